"""Rule sets as rows: drafts, publishing, what works keep; and that the database refuses to change a published one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from booking.foundation.errors import Invalid, WrongState
from booking.works.rulesets import guards, reading, selectors, services
from booking.works.rulesets.models import NoticeRuleSet
from tests import factories as f

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MILDER = reading.preset_source("small_town").replace("calendar_days: 4", "calendar_days: 3", 1)
OWN = MILDER.replace("code: small_town", "code: lilleby")


@pytest.fixture
def by() -> Any:
    return f.make_user("Aslak Dragland")


def test_without_rows_the_presets_hold() -> None:
    assert selectors.code_in_use() == "small_town"
    assert selectors.ruleset() == reading.preset("small_town")
    assert selectors.ruleset("full") == reading.preset("full")
    for name in ("nothing", "small_town@1", "small_town@x", "small_town@99999999999999", "full@"):
        if name == "full@":
            assert selectors.ruleset(name) == reading.preset("full")
            continue
        with pytest.raises(Invalid, match="unknown_ruleset"):
            selectors.ruleset(name)


def test_what_works_keep_is_a_row_that_stays(by: Any) -> None:
    name = services.keep_in_use(now=NOW)
    assert name == "small_town@1"
    assert services.keep_in_use(now=NOW + timedelta(days=1)) == name
    assert selectors.ruleset(name) == reading.preset("small_town")

    draft = services.write_draft(source=MILDER, note="Tre dager holder", by=by, now=NOW)
    services.publish(draft, by=by, now=NOW)
    assert selectors.ruleset().rows != reading.preset("small_town").rows
    assert services.keep_in_use(now=NOW) == "small_town@2"
    assert selectors.ruleset(name) == reading.preset("small_town")  # what was promised under it still holds


def test_a_draft_holds_for_nobody_and_is_rewritten(by: Any) -> None:
    draft = services.write_draft(source=OWN, by=by, now=NOW)
    with pytest.raises(Invalid, match="unknown_ruleset"):
        selectors.ruleset("lilleby")
    with pytest.raises(Invalid, match="draft_exists"):
        services.write_draft(source=OWN, by=by, now=NOW)
    with pytest.raises(Invalid, match="other_code"):
        services.write_draft(source=MILDER, by=by, now=NOW, row=draft)
    again = services.write_draft(source=OWN.replace("working_days: 3", "working_days: 2"), by=by, now=NOW, row=draft)
    assert (again.pk, again.version) == (draft.pk, 1)
    with pytest.raises(Invalid):
        services.write_draft(source="code: lilleby", by=by, now=NOW, row=draft)
    assert NoticeRuleSet.objects.get().source == again.source


def test_publishing_and_choosing(by: Any) -> None:
    draft = services.write_draft(source=OWN, by=by, now=NOW)
    with pytest.raises(WrongState):
        services.use(draft, by=by, now=NOW)
    services.publish(draft, by=by, now=NOW)
    assert selectors.code_in_use() == "small_town"
    assert selectors.ruleset("lilleby").code == "lilleby"
    services.use(draft, by=by, now=NOW)
    assert selectors.code_in_use() == "lilleby"
    assert services.keep_in_use(now=NOW) == "lilleby@1"

    same = services.write_draft(source=OWN, by=by, now=NOW)
    with pytest.raises(Invalid, match="no_difference"):
        services.publish(same, by=by, now=NOW)
    other = services.write_draft(source=OWN.replace("days: 3", "days: 2"), by=by, now=NOW, row=same)
    services.publish(other, by=by, now=NOW)
    # The municipality follows the code, so it follows its newest version.
    assert services.keep_in_use(now=NOW) == "lilleby@2"
    assert NoticeRuleSet.objects.filter(in_use=True).count() == 1


def test_a_draft_that_is_thrown_away_leaves_its_number(by: Any) -> None:
    draft = services.write_draft(source=OWN, by=by, now=NOW)
    services.discard_draft(draft, by=by, now=NOW)
    with pytest.raises(WrongState):
        services.publish(draft, by=by, now=NOW)
    assert services.write_draft(source=OWN, by=by, now=NOW).version == 2


def test_the_database_keeps_a_published_version_as_it_is(by: Any) -> None:
    row = services.publish(services.write_draft(source=OWN, by=by, now=NOW), by=by, now=NOW)
    for changed in ({"source": "x"}, {"state": "draft", "published_at": None}, {"version": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            NoticeRuleSet.objects.filter(pk=row.pk).update(**changed)
    NoticeRuleSet.objects.filter(pk=row.pk).update(in_use=True)
    assert guards.missing(connection) == []
    with pytest.raises(WrongState):
        services.write_draft(source=OWN, by=by, now=NOW, row=row)


def test_the_database_knows_one_in_use_and_one_draft(by: Any) -> None:
    row = services.publish(services.write_draft(source=OWN, by=by, now=NOW), by=by, now=NOW, in_use=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeRuleSet.objects.create(
            code="b", version=1, source=OWN, created_at=NOW, revised_at=NOW, state="published", published_at=NOW,
            shipped=True, in_use=True,
        )  # fmt: skip
    services.write_draft(source=MILDER, by=by, now=NOW)
    for fields in ({"created_by": by, "code": "small_town"}, {"code": "c"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            NoticeRuleSet.objects.create(**{"version": 7, "source": OWN, "created_at": NOW, "revised_at": NOW} | fields)
    assert row.in_use
