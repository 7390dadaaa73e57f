"""Acts that end a case, and the appeal that opens it again. Only people do this; no timer does.

Source: requests.md "Objects" (stored acts), "Deciding"; forvaltningsloven §§ 28-33 (appeal).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_decide, check_may_prepare, choose_hat, hosts_of, party_hats
from booking.cases.models import Case, CaseKind, Decision, Line, LineState, Message, OfferState
from booking.cases.rules import UNDECIDED, appeal_by
from booking.cases.services.offering import close_offers, pass_on, spans_of, waiting_for
from booking.cases.services.promising import finish, fresh_case, plan_steps
from booking.cases.services.shared import Actor, event, letters, lock, move_lines, post
from booking.cases.services.submitting import promised_by
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, Stale, WrongState
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, release, take

#: Hours that go on whatever became of the appeal: their case isn't closed by it.
LIVING = (CaseKind.SEASON, CaseKind.AGREEMENT)


def dismiss(case: Case, *, grounds: str, by: Any, now: datetime, if_version: int | None = None) -> Case:
    """Not admitted (avvist): the case isn't one that the unit can decide. What it holds of time is given free.

    Raises ``Invalid`` without grounds, ``WrongState`` when something has been granted or the case is over already,
    ``Forbidden``, ``Disqualified``, ``Stale``. Twice is the same as once.
    """
    why = text.clean(grounds, max_length=text.GROUNDS, loc=("grounds",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            fresh = _locked(case, if_version)
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            if fresh.stored_act == "dismissed":
                return fresh
            lines = list(fresh.lines.all())
            if fresh.stored_act == "closed" or any(
                line.state not in (*UNDECIDED, LineState.WAITING_LIST, LineState.WITHDRAWN) for line in lines
            ):
                raise WrongState("wrong_state", _("This case has been decided. It can't be dismissed any more."))
            appeal_until = appeal_by(now, booking_settings().tz)
            decision = Decision.objects.create(
                case=fresh, by=by, hat=actor.hat, outcome="refuse", grounds=why, appeal_by=appeal_until, at=now
            )
            holding = [line for line in lines if line.state in UNDECIDED or line.state == LineState.WAITING_LIST]
            freed = spans_of(line for line in lines if line.state == LineState.HELD)
            freed += close_offers(holding, OfferState.MOOT, now=now, by=by)
            if holding:
                release(cause_kind="line", cause_ids=[line.pk for line in holding], now=now)
            gone = [line for line in lines if line.state in (*UNDECIDED, LineState.WAITING_LIST)]
            move_lines(gone, LineState.REFUSED, now=now, reason="dismissed", decision=decision)
            fresh.stored_act = "dismissed"
            fresh.paused_on = None
            fresh.touched_by_officer = True
            fresh.answered_at = fresh.answered_at or now
            note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=why, at=now)
            event(fresh, "dismissed", now=now, by=actor, message=note.pk, decision=decision.pk).save()
            payload = {"message": note.pk, "appeal_by": appeal_until.isoformat()}
            post(letters(fresh, "case_dismissed", f"dismissed:{fresh.pk}", payload, due_at=now), now=now)
            done = finish(fresh, now)
            if freed:
                others = {line.case_id for line in waiting_for(freed, now=now)} - {fresh.pk}
                pass_on(freed, lock((), others) | {fresh.pk: fresh}, now=now)
            return done

    return again_on_collision(run)


def close_case(case: Case, *, message: str = "", by: Any, now: datetime, if_version: int | None = None) -> Case:
    """Nothing more is to be done: an enquiry that was answered, or a case whose time is over.

    Raises ``WrongState`` while something is undecided or still to come, ``Forbidden``, ``Disqualified``, ``Stale``.
    """
    words = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True)
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, if_version)
        actor = Actor(by, check_may_prepare(by, fresh, hosts_of(fresh), on))
        if fresh.stored_act == "closed":
            return fresh
        open_states = (*UNDECIDED, LineState.WAITING_LIST, LineState.DISPLACED, LineState.HANDED_OUT)
        if fresh.lines.filter(state__in=open_states).exists() or fresh.lines.filter(
            state=LineState.GRANTED, end__gt=now
        ):
            raise WrongState("still_open", _("Something in this case is undecided, or still to come."))
        if fresh.stored_act == "appealed":
            raise WrongState("appealed", _("There is an appeal. Answer it first."))
        note = None
        if words:
            note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=words, at=now)
        elif not fresh.lines.exists() and not fresh.messages.filter(internal=False, hat=actor.hat).exists():
            raise Invalid("required", _("Nobody has answered yet. Write an answer first."), loc=("message",))
        fresh.stored_act = "closed"
        fresh.paused_on = None
        fresh.touched_by_officer = True
        fresh.answered_at = fresh.answered_at or now
        event(fresh, "closed", now=now, by=actor, message=note.pk if note else None).save()
        if note is not None:
            payload = {"message": note.pk}
            post(letters(fresh, "case_message", f"message:{note.pk}", payload, due_at=now, legal=False), now=now)
        return finish(fresh, now)


def appeal(case: Case, *, message: str, by: Any, now: datetime, hat: str | None = None) -> Case:
    """A party appeals a decision. The case waits on the municipality again, with a new promised date.

    An appeal that comes late is taken in and marked: whether it is admitted is for the unit to decide (§ 31). Raises
    ``Invalid`` without grounds, ``WrongState`` when nothing can be appealed, ``Forbidden``, ``HatRequired``.
    """
    why = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    default = case.requester_hat if case.requester_id == by.pk else ""
    actor = Actor(by, choose_hat(party_hats(by, case, on, binding=True), hat, default=default))
    with transaction.atomic():
        fresh = fresh_case(case, None)
        if fresh.stored_act == "appealed":
            raise WrongState("wrong_state", _("There is an appeal already. Write a message to add something."))
        deadlines = [
            decision.appeal_by
            for decision in fresh.decisions.filter(legal_basis="decision", undone_at=None)
            if decision.appeal_by is not None
        ]
        if not deadlines:
            raise WrongState("nothing_to_appeal", _("There is no decision in this case that can be appealed."))
        note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=why, at=now)
        due = promised_by(fresh.unit, now)
        fresh.stored_act = "appealed"
        fresh.answer_by = due.day
        fresh.promises += 1
        late = bool(deadlines) and on > max(deadlines)
        event(fresh, "appealed", now=now, by=actor, message=note.pk, late=late).save()
        plan_steps(fresh, now=now, again=True)
        payload = {"message": note.pk}
        post(letters(fresh, "case_appealed", f"appealed:{note.pk}", payload, due_at=now, soon=True), now=now)
        return finish(fresh, now)


def answer_appeal(
    case: Case, *, outcome: str, grounds: str, by: Any, now: datetime, if_version: int | None = None
) -> Case:
    """``uphold``: the decision stands, and the appeal goes on to the appeals board; ``reopen``: it is decided anew.

    Reopening puts refused lines back among what is asked for, in their old place. A case whose hours live on (of a
    season, of an agreement) isn't closed. Raises ``Invalid``, ``WrongState`` when there is no appeal, ``Forbidden``,
    ``Disqualified``, ``Stale``.
    """
    if outcome not in ("uphold", "reopen"):
        raise Invalid(
            "unknown_choice", _("Choose one of: %(choices)s."), params={"choices": "uphold, reopen"}, loc=("outcome",)
        )
    why = text.clean(grounds, max_length=text.GROUNDS, loc=("grounds",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)

    def run() -> Case:
        with transaction.atomic():
            fresh = _locked(case, if_version)
            actor = Actor(by, check_may_decide(by, fresh, hosts_of(fresh), on))
            if fresh.stored_act != "appealed":
                raise WrongState("wrong_state", _("There is no appeal to answer."))
            lines = list(fresh.lines.select_related("resource"))
            again = [line for line in lines if line.state == LineState.REFUSED and line.end > now]
            if outcome == "reopen" and not again:
                raise WrongState("nothing_open", _("No refused time is left that could be decided anew."))
            note = Message.objects.create(case=fresh, author=by, hat=actor.hat, body=why, at=now)
            fresh.stored_act = "" if outcome == "reopen" or fresh.kind in LIVING else "closed"
            if outcome == "reopen":
                _ask_anew(again, now)
            kind = "appeal_reopened" if outcome == "reopen" else "appeal_upheld"
            event(fresh, kind, now=now, by=actor, message=note.pk).save()
            payload = {"message": note.pk, "outcome": outcome}
            post(letters(fresh, "case_appeal_answered", f"appeal:{note.pk}", payload, due_at=now), now=now)
            return finish(fresh, now)

    return again_on_collision(run)


def _ask_anew(lines: list[Line], now: datetime) -> None:
    move_lines(lines, LineState.REQUESTED, now=now)
    take(
        [
            Take(
                line.resource_id, line.start, line.end, line.pk, line.quantity, line.setup_minutes,
                line.teardown_minutes, Klass.NOTE, Status.TENTATIVE,
            )
            for line in lines
        ],
        now=now,
    )  # fmt: skip


def _locked(case: Case, if_version: int | None) -> Case:
    """Cells, then the case, as every act that frees or takes time (docs/decisions/013)."""
    resource_ids = set(case.lines.order_by().values_list("resource_id", flat=True))
    fresh = lock(resource_ids, [case.pk])[case.pk]
    if if_version is not None and fresh.version != if_version:
        raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
    return fresh
