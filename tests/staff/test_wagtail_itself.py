"""What Wagtail itself shows to somebody who may open the admin and nothing else in it.

An upgrade of Wagtail, or a new app of the site, that opens a further address to all unit staff fails here: look at it,
then add it to the list, or close it.
"""

from __future__ import annotations

import re

import pytest

from tests.factories import make_officer, make_organisation, make_resource, make_unit
from tests.matrix import patterns_of
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db

#: Addresses of Wagtail that answer every admin user: the shell, one's own account, and choosers of public content.
KNOWN = {
    "admin/",
    "admin/account/",
    "admin/api/main/documents/",
    "admin/api/main/images/",
    "admin/api/main/pages/",
    "admin/choose-anchor-link/",
    "admin/choose-email-link/",
    "admin/choose-external-link/",
    "admin/choose-page/",
    "admin/choose-page/chosen-multiple/",
    "admin/choose-page/search/",
    "admin/choose-phone-link/",
    "admin/dismissibles/",
    "admin/documents/chooser/",
    "admin/documents/chooser/chosen-multiple/",
    "admin/documents/chooser/results/",
    "admin/embeds/chooser/",
    "admin/embeds/chooser/upload/",
    "admin/images/chooser/",
    "admin/images/chooser/chosen-multiple/",
    "admin/images/chooser/results/",
    "admin/jsi18n/",
    "admin/reports/site-history/",
    "admin/reports/site-history/results/",
    "admin/sprite/",
    "admin/tag-autocomplete/",
    "admin/test404/",
    "admin/workflows/task_chooser/",
    "admin/workflows/task_chooser/create/",
    "admin/workflows/task_chooser/results/",
}
#: A test page of Wagtail that fails on purpose, for debugging mail to administrators.
FAILS_ON_PURPOSE = "admin/failwhale/"


def plain_admin_routes():
    """Wagtail's admin addresses without arguments; the plugin's own stand in test_matrix."""
    for route, _name in patterns_of():
        path = route.replace("^", "").replace("$", "")
        if path.startswith("admin/") and not re.search(r"[<(\\*]", path) and not path.startswith("admin/booking/"):
            yield path


def test_unit_staff_see_only_the_known_pages_of_wagtail_and_nothing_fails():
    client = browser(make_officer(make_unit(owned=False)))
    client.raise_request_exception = False
    paths = sorted(set(plain_admin_routes()) - {FAILS_ON_PURPOSE})
    answers = {path: client.get(f"/{path}").status_code for path in paths}
    assert len(answers) > 50
    assert not {path: status for path, status in answers.items() if status >= 500}
    seen = {path for path, status in answers.items() if status == 200}
    assert not seen - KNOWN, f"open to all unit staff and not known: {sorted(seen - KNOWN)}"
    assert not (KNOWN & set(answers)) - seen, f"known and not open any more: {sorted((KNOWN & set(answers)) - seen)}"


def test_none_of_them_tells_of_things_of_another_unit():
    elsewhere = make_unit("Annen enhet", owned=False)
    make_resource("Hemmelig lokale", unit=elsewhere, public=False)
    make_organisation("Hemmelig forening")
    client = browser(make_officer(make_unit(owned=False), role="planner"))
    for path in KNOWN:
        answer = client.get(f"/{path}")
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"Hemmelig" not in body, path
