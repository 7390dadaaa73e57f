"""The five people who stand before every door of staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_officer, make_unit, make_user


@dataclass(frozen=True)
class People:
    """Units and, by name, signed-in browsers."""

    unit: Any
    other_unit: Any
    users: dict[str, Any]
    clients: dict[str, Client]


def browser(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def people(db) -> People:
    """anonymous; requester (no role); other (officer elsewhere); officer (of the unit); gone (a former one)."""
    unit, other_unit = make_unit("Kultur", owned=False), make_unit("Teknisk", owned=False)
    users = {
        "anonymous": None,
        "requester": make_user("Rita Requester"),
        "other": make_officer(other_unit, "Odd Other"),
        "officer": make_officer(unit, "Ola Officer"),
        "gone": make_officer(unit, "Guri Gone"),
    }
    clients = {name: browser(user) for name, user in users.items()}
    users["gone"].is_active = False
    users["gone"].save()
    return People(unit, other_unit, users, clients)
