"""What somebody who asks for time must say that they know of, such as works beside it (`Verdict.tick`).

A new request, a date that moves and a date that is asked for again: each wants the tick, and each keeps it as evidence
with the case and with whoever asked for it (notice-rules.md "Conflicts").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases import registry
from booking.cases.models import Case, Event
from booking.cases.services.shared import Actor, event
from booking.cases.verdicts import Verdict
from booking.foundation.errors import FieldError, RuleBroken


def unticked(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What the asker must say that they know of, and hasn't. No reason and no officer stands in for that."""
    return [verdict for verdict in verdicts if verdict.tick and verdict.blocks]


def must_tick(
    missing: Iterable[Verdict], *, items: Iterable[Any] = (), extra: Mapping[str, Any] | None = None
) -> RuleBroken:
    """The refusal: ``must_tick``, with a fault at the field ``ticked`` for each box."""
    errors = [
        FieldError(("ticked",), "must_tick", verdict.suggestion or verdict.message, verdict.params)
        for verdict in missing
    ]
    words = _("Say that you know of it: tick the box.")
    return RuleBroken("must_tick", words, items=list(items), extra=dict(extra or {}), errors=errors)


def tell_known(case: Case, verdicts: Iterable[Verdict], actor: Actor, now: datetime) -> None:
    """Give whoever keeps receipts what was ticked. Before the calendar's locks: who is above it locks its own first."""
    registry.tell_ticked(case, [one.tick for one in verdicts if one.tick], actor.user, actor.hat, now)


def keep_known(case: Case, verdicts: Iterable[Verdict], actor: Actor, now: datetime) -> list[Event]:
    """The ticks as facts of the case, and the entries of its log (unsaved). The caller saves the case.

    Said again, it is logged again and stands once among the case's verdicts.
    """
    ticked = [one for one in verdicts if one.tick]
    known = {fact.get("ticked") for fact in case.verdicts}
    case.verdicts = [*case.verdicts, *(one.as_fact(None) for one in ticked if one.tick not in known)]
    return [event(case, "ticked", now=now, by=actor, code=one.code, tick=one.tick) for one in ticked]
