"""Consultation: what those affected say, by when they are answered, and "you said / we did" (needs N7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Line
from booking.foundation import text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, WrongState
from booking.foundation.workdays import work_calendar
from booking.works import selectors
from booking.works.models import (
    NoticeKind,
    ReplyKind,
    Works,
    WorksAnswer,
    WorksParty,
    WorksReply,
    WorksReport,
)
from booking.works.rules import states
from booking.works.services import figures, finding
from booking.works.services.common import (
    Actor,
    check_impartial,
    current,
    locked,
    log,
    planner,
    store,
    today_of,
)

#: Answers are due so many working days after, by the same clock as cases.
ANSWER_DAYS = 5
MOST_PROPOSED = 5


@transaction.atomic
def reply(
    works: Works,
    *,
    kind: str,
    message: str = "",
    proposed: Sequence[tuple[datetime, datetime]] = (),
    party: WorksParty | None = None,
    report: WorksReport | None = None,
    by: Any = None,
    hat: str = "",
    now: datetime,
    submission_key: str | None = None,
) -> WorksReply:
    """Somebody says something about the works: it gets an officer, and a date for the answer.

    ``party``: whom it is from; None with ``report`` for who says they are affected too. A proposal is checked at once
    against other works and bookings. ``confirm`` needs no answer, and is a receipt. Raises ``Invalid``, ``WrongState``
    for works that are over.
    """
    if kind not in ReplyKind.values:
        params = {"choices": ", ".join(ReplyKind.values)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("kind",))
    words = text.clean(
        message, max_length=text.MESSAGE, loc=("message",), multiline=True, required=kind != ReplyKind.CONFIRM
    )
    if submission_key and (there := WorksReply.objects.filter(submission_key=submission_key).first()):
        return there
    fresh = locked(works)
    if fresh.state not in states.PUBLIC or fresh.state in states.OVER:
        raise WrongState("wrong_state", _("These works are over."))
    times = _checked_times(proposed, kind, now)
    officer, _reason = selectors.acting_for(fresh, today_of(now))
    conf = booking_settings()
    row = WorksReply.objects.create(
        works=fresh, version=current(fresh), party=party, report=report, kind=kind, message=words,
        proposed=[[start.isoformat(), end.isoformat()] for start, end in times],
        checked=[check_time(fresh, start, end) for start, end in times],
        by=by if getattr(by, "is_authenticated", False) else None, hat=hat, in_window=window_is_open(fresh, now),
        officer=None if kind == ReplyKind.CONFIRM else officer, at=now,
        answer_by=None if kind == ReplyKind.CONFIRM else work_calendar().answer_by(now, ANSWER_DAYS, conf.tz),
        submission_key=submission_key or None,
    )  # fmt: skip
    log(fresh, "replied", now=now, public=kind != ReplyKind.CONFIRM, kind=kind)
    if kind == ReplyKind.CONFIRM and party is not None:
        from booking.works.services.receiving import acknowledge

        acknowledge(party, by=by, hat=hat, now=now)
    elif kind != ReplyKind.CONFIRM:
        from booking.works import letters

        letters.to_officer(fresh, "reply", f"reply:{row.pk}", now=now, reply=row.pk)
    store(fresh, now)
    return row


def _checked_times(
    proposed: Sequence[tuple[datetime, datetime]], kind: str, now: datetime
) -> Sequence[tuple[datetime, datetime]]:
    if kind != ReplyKind.PROPOSE:
        return ()
    if len(proposed) > MOST_PROPOSED:
        raise Invalid("too_many", _("At most %(most)s."), params={"most": MOST_PROPOSED}, loc=("proposed",))
    for index, (start, end) in enumerate(proposed):
        if start.tzinfo is None or end.tzinfo is None:
            raise Invalid("no_zone", _("A time needs a time zone."), loc=("proposed", index))
        if end <= start:
            raise Invalid("end_before_start", _("The end must be after the start."), loc=("proposed", index))
        if start < now:
            raise Invalid("past", _("This time has passed."), loc=("proposed", index))
    return proposed


def window_is_open(works: Works, now: datetime) -> bool:
    """The consultation has been opened and isn't over."""
    last = works.notices.filter(kind=NoticeKind.CONSULTATION).order_by("-pk").first()
    if last is None or works.state not in ("consulting", *states.NOTICED):
        return False
    return works.state == "consulting" or now < datetime.fromisoformat(last.data["until"])


def check_time(works: Works, start: datetime, end: datetime) -> dict[str, Any]:
    """What stands in the way of doing the works then: how many granted times, and which other works."""
    version = current(works)
    felt = {pk for pk, one in finding.felt_by(version).items() if figures.makes_impossible(one.impact)}
    rows = Line.objects.filter(resource__in=felt, state__in=list(finding.GRANTED), start__lt=end, end__gt=start)
    others = [one.reference for one in selectors.works_on(felt, start, end) if one.pk != works.pk]
    count = rows.count()
    return {
        "start": start.isoformat(), "end": end.isoformat(), "lines": count, "works": others,
        "free": not count and not others,
    }  # fmt: skip


@transaction.atomic
def answer_replies(
    works: Works, *, replies: Sequence[WorksReply], said: str, did: str, outcome: str, by: Any, now: datetime
) -> WorksAnswer:
    """Answer one or several alike replies together, in public: what was said (nobody named), and what was done.

    Who leads one of the organisations doesn't answer it. Raises ``Invalid``, ``Disqualified``, ``Forbidden``,
    ``WrongState`` when one has been answered.
    """
    if outcome not in WorksAnswer.Outcome.values:
        params = {"choices": ", ".join(WorksAnswer.Outcome.values)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("outcome",))
    they = text.clean(said, max_length=text.PURPOSE, loc=("said",), multiline=True, required=True)
    we = text.clean(did, max_length=text.GROUNDS, loc=("did",), multiline=True, required=True)
    if not replies:
        raise Invalid("required", _("Choose at least one reply."), loc=("replies",))
    fresh = locked(works)
    actor = planner(by, fresh.unit, now)
    rows = list(
        WorksReply.objects.filter(pk__in=[one.pk for one in replies], works=fresh)
        .exclude(kind=ReplyKind.CONFIRM)
        .select_related("party__organisation")
    )
    if len(rows) != len({one.pk for one in replies}):
        raise Invalid("unknown_reply", _("There is no such reply to answer."), loc=("replies",))
    if any(row.answer_id is not None for row in rows):
        raise WrongState("answered", _("This reply has been answered already."))
    groups = [row.party.organisation for row in rows if row.party is not None and row.party.organisation is not None]
    check_impartial(by, groups, now)
    answer = WorksAnswer.objects.create(works=fresh, said=they, did=we, outcome=outcome, by=by, hat=actor.hat, at=now)
    WorksReply.objects.filter(pk__in=[row.pk for row in rows]).update(answer=answer)
    _tell(fresh, rows, answer, actor, now)
    log(fresh, "answered", by=actor, now=now, answer=answer.pk, outcome=outcome, count=len(rows))
    store(fresh, now)
    return answer


def _tell(works: Works, rows: Sequence[WorksReply], answer: WorksAnswer, actor: Actor, now: datetime) -> None:
    """Those who said it hear the answer directly; who left no address reads it on the public page."""
    from booking.works.services import telling

    parties = {row.party_id for row in rows if row.party_id}
    # Also who is no longer affected because of what they said.
    listed = telling.newest_rows(parties)
    if listed:
        telling.say(
            works, NoticeKind.ANSWER, listed, key=f"answer:{answer.pk}", now=now, actor=actor,
            data={"answer": answer.pk},
        )  # fmt: skip


def run_replies(now: datetime) -> int:
    """Replies whose answer is due tomorrow are nudged, overdue ones go to the leader. ``tick`` calls it. How many."""
    from booking.works import letters

    done = 0
    today = today_of(now)
    calendar = work_calendar()
    soon = calendar.add_working_days(today, 1)
    waiting = WorksReply.objects.filter(answer__isnull=True, answer_by__isnull=False, answer_by__lte=soon)
    for pk in list(waiting.filter(escalated_at__isnull=True).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = (
                WorksReply.objects.select_for_update(of=("self",))
                .select_related("works__unit", "works__current", "works__owner", "works__deputy")
                .get(pk=pk)
            )
            if row.answer_id is not None or row.answer_by is None:
                continue
            if row.answer_by < today and row.escalated_at is None:
                row.escalated_at = now
                row.save(update_fields=["escalated_at"])
                letters.to_leaders(row.works, "reply_overdue", f"reply-overdue:{row.pk}", now=now, reply=row.pk)
                log(row.works, "reply_overdue", now=now, reply=row.pk)
                done += 1
            elif row.nudged_at is None and row.answer_by >= today:
                row.nudged_at = now
                row.save(update_fields=["nudged_at"])
                letters.to_officer(row.works, "reply_due", f"reply-due:{row.pk}", now=now, reply=row.pk)
                done += 1
    return done
