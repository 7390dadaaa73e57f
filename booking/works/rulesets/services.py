"""Writing, publishing and choosing rule sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Invalid, WrongState
from booking.foundation.text import clean
from booking.works.rulesets import reading, selectors
from booking.works.rulesets.engine import RuleSet
from booking.works.rulesets.models import NoticeRuleSet, RuleSetState


def _next_version(code: str) -> int:
    # Rows of a code are never deleted once published, so numbers aren't used twice; the constraint decides a race.
    last = NoticeRuleSet.objects.select_for_update().filter(code=code).order_by("-version").first()
    return last.version + 1 if last else 1


@transaction.atomic
def keep_in_use(*, now: datetime, code: str = "") -> str:
    """The name ("small_town@1") under which works keep the rules in force now; a preset is copied into a row first.

    Called when works are first noticed (notice-rules.md "Rules are data"), inside their transaction.
    """
    code = code or selectors.code_in_use()
    row = selectors.current_row(code)
    if row is not None:
        return row.name
    source = reading.preset_source(code)
    same = selectors.published().filter(code=code, shipped=True, source=source).first()
    if same is not None:
        return same.name
    return NoticeRuleSet.objects.create(
        code=code,
        version=_next_version(code),
        state=RuleSetState.PUBLISHED,
        source=source,
        shipped=True,
        created_at=now,
        published_at=now,
        revised_at=now,
    ).name


@transaction.atomic
def write_draft(
    *, source: str, note: str = "", by: Any, now: datetime, row: NoticeRuleSet | None = None
) -> NoticeRuleSet:
    """Store a draft: a new one (``row`` None), or another text for one that is there.

    A text with faults isn't stored: raises ``Invalid`` with each of them. The code stands in the text; there is one
    draft of a code at a time (``draft_exists``), and the code of a draft can't be changed (``other_code``).
    """
    source = clean(source, max_length=reading.LONGEST, loc=("source",), multiline=True, required=True) + "\n"
    note = clean(note, max_length=300, loc=("note",))
    rules = reading.parse(source)
    if row is None:
        if NoticeRuleSet.objects.filter(code=rules.code, state=RuleSetState.DRAFT).exists():
            raise Invalid(
                "draft_exists",
                _("There is a draft of “%(code)s” already."),
                loc=("source",),
                params={"code": rules.code},
            )
        return NoticeRuleSet.objects.create(
            code=rules.code,
            version=_next_version(rules.code),
            source=source,
            note=note,
            created_by=by,
            created_at=now,
            revised_at=now,
        )
    row = _locked_draft(row)
    if rules.code != row.code:
        raise Invalid(
            "other_code", _("The code of a draft stays: “%(code)s”."), loc=("source",), params={"code": row.code}
        )
    row.source, row.note, row.revised_at = source, note, now
    row.save(update_fields=["source", "note", "revised_at"])
    return row


@transaction.atomic
def publish(row: NoticeRuleSet, *, by: Any, now: datetime, in_use: bool = False) -> NoticeRuleSet:
    """Make a draft hold from now on, for works that haven't been noticed yet. It can't be changed any more.

    ``in_use``: new works follow this code from now on; when they did already, they follow this version.
    Raises ``Invalid`` when the rules say the same as those that hold.
    """
    row = _locked_draft(row)
    rules = reading.parse(row.source)
    if rules == _before(row):
        raise Invalid("no_difference", _("These rules say the same as those that hold now."))
    was_in_use = selectors.code_in_use() == row.code
    row.state, row.published_by, row.published_at, row.revised_at = RuleSetState.PUBLISHED, by, now, now
    row.save(update_fields=["state", "published_by", "published_at", "revised_at"])
    if in_use or was_in_use:
        _use(row)
    return row


@transaction.atomic
def use(row: NoticeRuleSet, *, by: Any, now: datetime) -> NoticeRuleSet:
    """New works follow this published version from now on. Raises ``WrongState`` for a draft."""
    row = NoticeRuleSet.objects.select_for_update().get(pk=row.pk)
    if row.state != RuleSetState.PUBLISHED:
        raise WrongState("not_published", _("Publish the draft first."))
    _use(row)
    return row


@transaction.atomic
def discard_draft(row: NoticeRuleSet, *, by: Any, now: datetime) -> None:
    """Throw a draft away. The row stays, so that its number isn't used again."""
    row = _locked_draft(row)
    row.state, row.revised_at = RuleSetState.DISCARDED, now
    row.save(update_fields=["state", "revised_at"])


def _use(row: NoticeRuleSet) -> None:
    NoticeRuleSet.objects.filter(in_use=True).exclude(pk=row.pk).update(in_use=False)
    row.in_use = True
    row.save(update_fields=["in_use"])


def _locked_draft(row: NoticeRuleSet) -> NoticeRuleSet:
    found = NoticeRuleSet.objects.select_for_update().filter(pk=row.pk).first()
    if found is None or found.state != RuleSetState.DRAFT:
        raise WrongState("not_a_draft", _("This version is published and can't be changed. Write a new one."))
    return found


def _before(row: NoticeRuleSet) -> RuleSet | None:
    current = selectors.current_row(row.code)
    if current is not None:
        return selectors.parsed(current)
    return reading.preset(row.code) if row.code in reading.PRESETS else None
