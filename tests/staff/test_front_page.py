"""The admin's front page: the municipality's own, with what each looks after and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from booking.foundation.conf import booking_settings
from tests.factories import make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Client:
    return browser(make_unit().officer)


@pytest.fixture
def administrator() -> Client:
    user = make_user("Aslak Administrator")
    user.is_superuser = True
    user.save()
    return browser(user)


def page_of(client: Client) -> str:
    return client.get("/admin/").content.decode()


def menu_names(html: str) -> set[str]:
    """The names of the entries of the sidebar, out of the JSON that draws it."""
    return set(re.findall(r'"name": "([\w-]+)"', html))


def seen(html: str) -> dict[str, Any]:
    return {
        "searches pages": "Søk i alle sider …" in html,
        "foreign guide": "editor guide" in html,
        "help": "help" in menu_names(html),
    }


def test_an_officer_sees_cases_and_nothing_about_writing_pages(officer: Client) -> None:
    html = page_of(officer)
    assert seen(html) == {"searches pages": False, "foreign guide": False, "help": False}
    assert "booking" in menu_names(html)
    assert f'<h1 class="w-h1 w-mt-0">{booking_settings().municipality_name}</h1>' in html


def test_who_writes_pages_keeps_what_is_about_pages(administrator: Client) -> None:
    html = page_of(administrator)
    assert seen(html) == {"searches pages": True, "foreign guide": False, "help": True}
    # "Help" is also what the municipality lends: the menu has a word of its own.
    assert "Hjelp" in html


@pytest.mark.parametrize("who", ["officer", "administrator"])
def test_the_frame_is_the_municipalitys(who: str, request: pytest.FixtureRequest) -> None:
    html = page_of(request.getfixturevalue(who))
    assert f"- {booking_settings().municipality_name}</title>" in html
    assert "municipality/mark" in html
    assert "municipality/admin" in html
