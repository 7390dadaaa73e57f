"""The promise of an answer: its steps, a new date, and the pause while the requester must answer.

Source: requests.md "The answer clock" 2-5.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, hosts_of
from booking.cases.models import Attention, Case, Message, Step
from booking.cases.rules import promise
from booking.cases.services.shared import (
    Actor,
    event,
    letters,
    lock_cases,
    post,
    refresh,
    states_of,
    tell_calendars,
)
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, Stale, WrongState
from booking.foundation.workdays import work_calendar


def plan_steps(case: Case, *, now: datetime, again: bool = False) -> None:
    """Write down the steps of the case's present promise, in the caller's transaction; those of an older one go."""
    if case.answer_by is None:
        return
    Step.objects.filter(case=case, done_at__isnull=True).delete()
    due = promise.steps(
        case.owed_since or case.received_at,
        case.answer_by,
        work_calendar(),
        booking_settings().tz,
        since=now,
        again=again,
    )
    Step.objects.bulk_create(
        [Step(case=case, kind=one.kind, about=one.about, due_at=one.at) for one in due], ignore_conflicts=True
    )


#: A holding reply is offered for so many working days more; the officer writes another date if they like.
PROPOSED_DAYS = 10


def proposed_date(case: Case, *, now: datetime) -> date:
    """A new answer-by date to begin with: later than today, and than what was promised. Within what may be promised."""
    on = local_date(now, booking_settings().tz)
    proposed = work_calendar().add_working_days(max(on, case.answer_by or on), PROPOSED_DAYS)
    return min(proposed, on + timedelta(days=promise.FARTHEST_PROMISE))


def holding_reply(
    case: Case,
    *,
    until: date,
    message: str = "",
    by: Any,
    now: datetime,
    if_version: int | None = None,
    by_link: bool = False,
) -> Case:
    """Say that the answer comes later, and by when. The first date stays on record; the statistics count from it.

    ``by_link``: without signing in, by a link of the morning's letter (``desk.services.use_link``); the log says so.

    Raises ``Invalid`` for a date that isn't later than the promised one, or too far ahead, ``WrongState`` when the case
    doesn't wait on the municipality, ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    words = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True)
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, if_version)
        actor = _staff(fresh, by, on)
        _must_owe_an_answer(fresh)
        if until <= on:
            raise Invalid("past", _("Choose a day after today."), loc=("until",))
        if fresh.answer_by is not None and until <= fresh.answer_by:
            raise Invalid(
                "not_later",
                _("You have promised an answer by %(day)s already. Choose a later day."),
                params={"day": _in_words(fresh.answer_by)},
                loc=("until",),
            )
        if until > on + timedelta(days=promise.FARTHEST_PROMISE):
            raise Invalid("too_far", _("Choose a day within three months."), loc=("until",))
        note = _say(fresh, words, actor, now)
        fresh.answer_by = until
        fresh.promises += 1
        fresh.touched_by_officer = True
        _log(fresh, "holding_reply", actor, now, note, until=until.isoformat(), **_way(by_link))
        plan_steps(fresh, now=now, again=True)
        payload = {"until": until.isoformat(), "message": note.pk if note else None}
        post(letters(fresh, "case_holding_reply", f"holding:{fresh.pk}:{fresh.promises}", payload, due_at=now), now=now)
        return finish(fresh, now)


def ask(
    case: Case, *, message: str, by: Any, now: datetime, if_version: int | None = None, by_link: bool = False
) -> Case:
    """Ask the requester something. The municipality's clock stands until they reply; everybody sees that it does.

    ``by_link``: as for ``holding_reply``.

    Raises ``Invalid`` without a question, ``WrongState`` when the case doesn't wait on the municipality (a second
    question while the first is open is allowed), ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    words = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, if_version)
        actor = _staff(fresh, by, on)
        open_already = fresh.stored_act == "waiting_for_requester"
        if not open_already:
            _must_owe_an_answer(fresh)
        note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=words, at=now)
        fresh.stored_act = "waiting_for_requester"
        fresh.paused_on = fresh.paused_on or on
        fresh.touched_by_officer = True
        fresh.attention = "" if fresh.attention == Attention.NO_REPLY else fresh.attention
        _log(fresh, "asked", actor, now, note, **_way(by_link))
        Step.objects.filter(case=fresh, done_at__isnull=True).delete()
        Step.objects.bulk_create(
            [
                Step(case=fresh, kind=one.kind, about=one.about, due_at=one.at)
                for one in promise.question_steps(now, work_calendar(), booking_settings().tz)
            ],
            ignore_conflicts=True,
        )
        post(
            letters(fresh, "case_asked", f"asked:{note.pk}", {"message": note.pk}, due_at=now, soon=True),
            now=now,
        )
        return finish(fresh, now)


def resume(case: Case, *, now: datetime) -> None:
    """The requester has replied: the clock goes on where it stood. On a locked case, in the caller's transaction.

    The promise moves on by the working days that the municipality waited (requests.md "The answer clock" 5).
    """
    on = local_date(now, booking_settings().tz)
    asked, case.paused_on = case.paused_on, None
    case.stored_act = ""
    case.attention = "" if case.attention == Attention.NO_REPLY else case.attention
    if case.answer_by is not None and asked is not None:
        later = promise.resumed(case.answer_by, asked, on, work_calendar())
        moved, case.answer_by = later != case.answer_by, later
        case.promises += moved
    plan_steps(case, now=now, again=True)


# --- shared by the acts of staff on a whole case ---------------------------------------------------------------------


def _staff(case: Case, by: Any, on: date) -> Actor:
    return Actor(by, check_may_prepare(by, case, hosts_of(case), on))


def fresh_case(case: Case, if_version: int | None) -> Case:
    """The case under its lock, read anew: rights are judged on it, for it may belong to another unit by now.

    Raises ``Stale`` when somebody was faster.
    """
    fresh = lock_cases([case.pk])[case.pk]
    if if_version is not None and fresh.version != if_version:
        raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
    return fresh


def finish(case: Case, now: datetime) -> Case:
    """Derive and store the state, tell calendars. Answers the case."""
    refresh([case], states_of([case.pk]), now=now)
    tell_calendars(case)
    return case


#: In the reader's language, when it is read.
def _day_in_words(day: date) -> str:
    return str(date_format(day, "DATE_FORMAT"))


_in_words = lazy(_day_in_words, str)


def _must_owe_an_answer(case: Case) -> None:
    if case.waiting_on != "municipality":
        raise WrongState("wrong_state", _("This case doesn't wait for an answer from the municipality."))


def _way(by_link: bool) -> dict[str, str]:
    return {"way": "digest"} if by_link else {}


def _say(case: Case, words: str, actor: Actor, now: datetime) -> Message | None:
    if not words:
        return None
    return Message.objects.create(case=case, author=actor.user, hat=actor.hat, body=words, at=now)


def _log(case: Case, kind: str, actor: Actor, now: datetime, note: Message | None, **data: Any) -> None:
    entry = event(case, kind, now=now, by=actor, **data)
    if note is not None:
        entry.data["message"] = note.pk
    entry.save()
