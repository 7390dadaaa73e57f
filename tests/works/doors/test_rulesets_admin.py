"""Notice rules in the CMS admin: everybody of a unit reads them, the administrator writes; a difference in figures."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.works.rulesets import comparing, reading, selectors
from booking.works.rulesets.models import NoticeRuleSet
from tests.factories import make_user
from tests.works.world import World

pytestmark = pytest.mark.django_db
SMALL = reading.preset_source("small_town")
MILDER = SMALL.replace("calendar_days: 4", "calendar_days: 3", 1)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(world: World) -> Client:
    return signed_in(make_user("Aslak Dragland", is_staff=True, is_superuser=True))


def address(name: str, *args: Any) -> str:
    return reverse(f"booking_rulesets:{name}", args=args)


def test_a_draft_is_written_compared_published_and_used(admin: Client) -> None:
    empty = admin.get(address("index"))
    assert empty.status_code == 200
    assert address("add") in empty.content.decode()  # without a version of its own: the presets stand there
    new = admin.get(address("add"))
    assert "code: small_town" in new.content.decode()
    assert admin.get(address("add"), {"from": "full"}).status_code == 200
    assert admin.get(address("add"), {"from": "nothing"}).status_code == 404
    refused = admin.post(address("add"), {"source": MILDER.replace("calendar_days: 3", "calendar_days: many")})
    assert refused.status_code == 400
    assert "rows.4.need.calendar_days" in refused.content.decode()
    assert "many" in refused.content.decode()
    assert admin.post(address("add"), {"source": MILDER, "note": "Tre dager holder"}).status_code == 302
    row = NoticeRuleSet.objects.get()
    page = admin.get(address("inspect", row.pk))
    # Short works, and minor ones that only make it harder to get there: those count as short.
    told = [(one.works.split(" ")[0], one.before, one.after, one.stricter) for one in page.context["differences"]]
    assert sorted(told) == [("minor", "4", "3", False), ("short", "4", "3", False)]
    assert selectors.ruleset() == reading.preset("small_town")
    edited = MILDER.replace("working_days: 3", "working_days: 4", 1)
    assert admin.post(address("edit_draft", row.pk), {"source": edited, "note": ""}).status_code == 302
    assert admin.post(address("use", row.pk)).status_code == 409
    assert admin.post(address("publish", row.pk), {"in_use": "yes"}).status_code == 302
    assert selectors.ruleset() == reading.parse(edited)
    assert admin.get(address("edit_draft", row.pk)).status_code == 404
    again = admin.post(address("publish", row.pk))
    assert again.status_code == 409
    assert admin.get(address("index")).status_code == 200


def test_another_set_is_used_and_a_draft_thrown_away(admin: Client) -> None:
    admin.post(address("add"), {"source": SMALL.replace("code: small_town", "code: lilleby")})
    row = NoticeRuleSet.objects.get()
    assert admin.get(address("publish", row.pk)).status_code == 302
    admin.post(address("publish", row.pk))
    assert selectors.code_in_use() == "small_town"
    assert admin.post(address("use", row.pk)).status_code == 302
    assert selectors.code_in_use() == "lilleby"
    admin.post(address("add"), {"source": MILDER})
    draft = NoticeRuleSet.objects.get(state="draft")
    assert admin.post(address("discard", draft.pk)).status_code == 302
    assert admin.get(address("inspect", draft.pk)).status_code == 404


def test_who_works_by_the_rules_reads_them_and_writes_nothing(admin: Client, world: World) -> None:
    admin.post(address("add"), {"source": MILDER})
    row = NoticeRuleSet.objects.get()
    planner = signed_in(world.planner)
    assert planner.get(address("index")).status_code == 200
    assert planner.get(address("inspect", row.pk)).status_code == 200
    assert planner.get(address("add")).status_code in (302, 403)
    for name in ("publish", "use", "discard"):
        assert planner.post(address(name, row.pk)).status_code in (302, 403)
    assert planner.post(address("edit_draft", row.pk), {"source": SMALL}).status_code in (302, 403)
    row.refresh_from_db()
    assert row.state == "draft"
    assert signed_in(world.singer).get(address("index")).status_code == 302


def test_the_difference_is_told_in_figures_once_for_each_kind_of_works() -> None:
    old, new = reading.preset("full"), reading.preset("small_town")
    found = comparing.differences(old, new)
    by_figure = {(one.works.split(" ")[0], one.figure): (one.before, one.after) for one in found}
    assert by_figure["major", str(comparing.FIGURES["working_days"])] == ("20", "40")
    assert all(one.stricter for one in found)
    assert comparing.differences(new, new) == []
    kinds = {line.kind for line in comparing.lines(old, new)}
    assert kinds == {"removed", "added", "same"}
