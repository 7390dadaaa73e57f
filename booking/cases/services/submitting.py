"""Asking: a request with its lines, or an enquiry. The receipt is written in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from booking.cases import following as followers
from booking.cases import registry
from booking.cases.access import DECIDING_ROLES, disqualification, impartial, leader_is_out
from booking.cases.drafts import DraftLine, RequestDraft
from booking.cases.models import (
    Case,
    CaseKind,
    Channel,
    Decision,
    Event,
    Line,
    LineState,
    RoutingRule,
    Series,
)
from booking.cases.rules import AnswerBy, Slow, answer_by, derive_state, routing, waiting_on
from booking.cases.services.checking import CheckLine, CheckResult, check_request
from booking.cases.services.hosting import ask_hosts
from booking.cases.services.knowing import keep_known, must_tick, tell_known, unticked
from booking.cases.services.promising import plan_steps
from booking.cases.services.shared import FOLLOWER, Actor, event, letters, post, tell_calendars
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, RuleBroken, Taken
from booking.foundation.i18n import current_language
from booking.foundation.references import next_reference
from booking.foundation.workdays import work_calendar
from booking.occupancy.models import Klass, Status
from booking.occupancy.services import Take, again_on_collision, take
from booking.organisations.models import Organisation
from booking.privacy import services as privacy


def submit_request(
    draft: RequestDraft, *, user: Any, now: datetime, submission_key: str | None = None, follows: Case | None = None
) -> Case:
    """Send a request: the case, its lines, its occupancy, the receipt's event and letter commit together.

    Lines whose resource grants by itself are granted at once. `submission_key` is the form's own token (or an
    Idempotency-Key): sent twice by the same person it gives the same case. Raises ``Taken`` when all that blocks is
    time that somebody else has, ``RuleBroken`` when a rule of the house says no and no `override_reason` is given;
    `items` are then the `CheckLine`s. `follows`: the enquiry that becomes this request (`continuing`).
    """
    key = _key(user, submission_key)
    try:
        return again_on_collision(lambda: _submit(draft, user=user, now=now, key=key, follows=follows))
    except _Refused:
        # Told after the transaction: finding out what to say takes long, and everybody else would wait for our locks.
        raise _refusal(draft, user=user, now=now) from None
    except IntegrityError:
        # Two at once with the same key: the other one was first.
        twin = Case.objects.filter(submission_key=key).first() if key else None
        if twin is None:
            raise
        return twin


def submit_enquiry(
    *,
    message: str,
    user: Any = None,
    unit: Unit | None = None,
    about: Resource | None = None,
    organisation: Organisation | None = None,
    hat: str = "person",
    contact_name: str = "",
    contact_email: str = "",
    contact_phone: str = "",
    nameless: bool = False,
    now: datetime,
    submission_key: str | None = None,
    title: str = "",
    channel: str = Channel.PAGE,
    logged_by: Actor | None = None,
    language: str = "",
    unreachable: bool = False,
    then: Callable[[Case], object] | None = None,
) -> Case:
    """Ask something that isn't bookable (yet). It has the same receipt and answer-by promise as a request.

    It goes to `unit`, else where the routing rules say, else to the unit of the thing it is `about`, else to the unit
    that has no parent (the town's front desk). `nameless`: asked by a follower, who reads the answer on a secret page.
    `unreachable`: told without any address (a fault in a hall): what becomes of it is read on a page.
    `logged_by`: who wrote down what somebody else asked; a phone number is enough then. `then(case)` runs in the same
    transaction. Raises ``Invalid`` without a message, or without an address to answer to.
    """
    body = text.clean(message, max_length=text.MESSAGE, loc=("message",), multiline=True, required=True)
    title = text.clean(title, max_length=150, loc=("title",))
    signed_in = getattr(user, "is_authenticated", False)
    reachable = contact_email or nameless or unreachable or (logged_by is not None and contact_phone)
    if not signed_in and not reachable:
        raise Invalid("required", _("Write an e-mail address that we can answer to."), loc=("contact", "email"))
    unit = unit or routed_to(f"{title} {body}", about) or (about.unit if about is not None else None) or front_desk()
    key = _key(user if signed_in else contact_email, submission_key)
    if key and (twin := Case.objects.filter(submission_key=key).first()):
        return twin
    conf = booking_settings()
    with transaction.atomic():
        on = local_date(now, conf.tz)
        who = catalogue.responsible(about, on) if about is not None else catalogue.unit_responsible(unit, on)
        due = promised_by(unit, now)
        case = Case(
            reference=next_reference("case", now, conf.tz),
            kind=CaseKind.ENQUIRY,
            organisation=organisation,
            requester=user if signed_in else None,
            requester_hat=FOLLOWER if nameless else hat,
            contact_name=contact_name,
            contact_email=contact_email.lower(),
            contact_phone=contact_phone,
            contact_language=language or current_language(get_language()),
            title=title,
            message=body,
            channel=channel,
            unit=unit,
            officer=who.officer or who.acting,
            deputy=who.deputy,
            received_at=now,
            answer_by=due.day,
            first_answer_by=due.day,
            slow_reason=due.slow_reason,
            submission_key=key,
            revised_at=now,
        )
        _step_aside(case, [organisation] if organisation else [], now)
        case.state = derive_state((), (), touched=False)
        case.waiting_on = waiting_on(case.state, ())
        case.save()
        by = logged_by or Actor(case.requester, hat)
        event(case, "received", now=now, by=by, about=about.pk if about else None, channel=channel).save()
        if then is not None:
            then(case)
        plan_steps(case, now=now)
        post(letters(case, "case_receipt", f"receipt:{case.pk}", {}, due_at=now, soon=True), now=now)
        tell_calendars(case)
    return case


# --- a request -------------------------------------------------------------------------------------------------------


class _Refused(Exception):
    """The check, or the race for the time, says no. Undoes everything; `submit_request` tells why."""


@transaction.atomic
def _submit(draft: RequestDraft, *, user: Any, now: datetime, key: str | None, follows: Case | None = None) -> Case:
    if key and (twin := Case.objects.filter(submission_key=key).first()):
        return twin
    check = check_request(draft, user=user, now=now, alternatives=False)
    chosen = _choose(draft, check, user=user, now=now)
    case = _case(draft, check, user=user, now=now, key=key)
    lines = _lines(case, draft, check, chosen, now)
    # Before the time is taken: who keeps receipts locks what is above the calendar first, as its own acts do.
    tell_known(case, check.verdicts, Actor(case.requester, case.requester_hat), now)
    _take(case, draft, check, lines, user=user, now=now)
    if not lines:
        raise _Refused
    _finish(case, draft, check, lines, skipped=len(check.lines) - len(lines), now=now)
    _note_rules(case, draft, check, user=user, now=now)
    registry.tell_asked(case, lines, now)
    if follows is not None:
        from booking.cases.services.continuing import go_on_as

        go_on_as(follows, case, by=user, now=now)
    return case


def _note_rules(case: Case, draft: RequestDraft, check: CheckResult, *, user: Any, now: datetime) -> None:
    """Which house rules, word for word, were accepted: a version each, also when they are rewritten the day after.

    An officer who writes a request down for somebody ticks a box, and doesn't agree in their name.
    """
    if not draft.accepted_rules or user is None or case.requester_hat.startswith("unit:"):
        return
    texts = {(one.rules.house_rules, one.rules.house_rules_nn, one.rules.house_rules_en) for one in check.lines}
    for nb, nn, en in sorted(texts):
        # Rules that stand in one language only are read in that one.
        bodies = {"nb": nb or nn or en, "nn": nn, "en": en}
        if bodies["nb"]:
            text_of = privacy.new_text(kind="house_rules", bodies=bodies, now=now)
            privacy.agree(user=user, text=text_of, about=f"case:{case.reference}", now=now)


def _choose(draft: RequestDraft, check: CheckResult, *, user: Any, now: datetime) -> list[tuple[CheckLine, str]]:
    """Which lines are stored, and in which state. Raises what the check forbids."""
    broken = any(verdict.blocks for verdict in check.verdicts) or any(line.broken for line in check.lines)
    if (broken and not draft.override_reason) or unticked(check.verdicts):
        raise _Refused
    taken = {line.index for line in check.lines if line.taken}
    if taken and draft.if_taken == "refuse":
        raise _Refused
    # A kit goes as one: it is granted at once only when all of it is.
    waits = {_kit_and_time(line) for line in check.lines if line.kit and line.index not in check.automatic}
    automatic = {i for i in check.automatic if _kit_and_time(check.lines[i]) not in waits}
    # Where dates that are taken are left out, a kit that lacks a part then is left out whole.
    lacking: set[Any] = set()
    if draft.if_taken == "skip":
        lacking = {
            _kit_and_time(line)
            for line in check.lines
            if line.kit and line.taken and any(conflict.status != "own" for conflict in line.conflicts)
        }
    chosen: list[tuple[CheckLine, str]] = []
    kept: set[int] = set()
    for line in check.lines:
        if line.kit and _kit_and_time(line) in lacking:
            continue
        # Lines that only clash with each other: the first that is kept has the time, the later ones don't.
        still_taken = line.index in taken and any(
            conflict.status != "own" or conflict.cause_id in kept for conflict in line.conflicts
        )
        if still_taken and draft.if_taken == "skip":
            continue
        kept.add(line.index)
        if still_taken:
            kept.discard(line.index)
            chosen.append((line, LineState.WAITING_LIST))
        elif line.index in automatic and not draft.override_reason:
            chosen.append((line, LineState.GRANTED))
        elif line.rules.pending_policy == "hold" and line.ok:
            chosen.append((line, LineState.HELD))
        else:
            chosen.append((line, LineState.REQUESTED))
    if not chosen:
        raise _Refused
    return chosen


def _kit_and_time(line: CheckLine) -> tuple[int, datetime] | None:
    """What lines of the same kit at the same time have in common; None for what is in no kit."""
    return (line.kit.group, line.start) if line.kit else None


def _refusal(draft: RequestDraft, *, user: Any, now: datetime) -> Taken | RuleBroken:
    """The refusal with the check as it is now, alternatives included: 409 if only taken time blocks, else 422."""
    check = check_request(draft, user=user, now=now)
    extra = {"verdicts": list(check.verdicts), "check": check}
    whole = any(verdict.blocks for verdict in check.verdicts)
    if not whole and not any(line.broken for line in check.lines):
        return Taken("taken", _("This time has just been taken by someone else."), items=check.lines, extra=extra)
    missing = unticked(check.verdicts)
    if missing:
        return must_tick(missing, items=check.lines, extra=extra)
    return RuleBroken("rule_broken", _("The rules do not allow this as it stands."), items=check.lines, extra=extra)


def _case(draft: RequestDraft, check: CheckResult, *, user: Any, now: datetime, key: str | None) -> Case:
    """The case belongs to the unit of its first line: one unit answers for all of it."""
    conf = booking_settings()
    first: Resource = check.lines[0].resource
    who = catalogue.responsibles([first], local_date(now, conf.tz), line=check.line)[first.pk]
    due = promised_by(who.unit, now, line=check.line)
    return Case(
        reference=next_reference("case", now, conf.tz),
        kind=CaseKind.REQUEST,
        organisation=draft.organisation,
        requester=user,
        requester_hat=draft.hat,
        contact_language=current_language(get_language()),
        responsible=_person(draft.responsible.email),
        responsible_name=draft.responsible.name,
        responsible_phone=draft.responsible.phone,
        responsible_email=draft.responsible.email,
        title=draft.title,
        title_public=draft.title_public,
        purpose=draft.purpose,
        audience=dict(draft.audience),
        uses=list(draft.uses),
        message=draft.message,
        override_reason=draft.override_reason,
        unit=who.unit,
        officer=who.officer or who.acting,
        deputy=who.deputy,
        received_at=now,
        answer_by=due.day,
        first_answer_by=due.day,
        slow_reason=due.slow_reason,
        submission_key=key,
        revised_at=now,
    )


def _lines(
    case: Case, draft: RequestDraft, check: CheckResult, chosen: Sequence[tuple[CheckLine, str]], now: datetime
) -> list[Line]:
    """Store the case, its series and its lines, each with one statement."""
    hosts = [draft.organisation] if draft.organisation else []
    aside = _step_aside(case, [*hosts, *draft.co_hosts], now)
    case.save(force_insert=True)
    if aside is not None:
        aside.save()
    if draft.co_hosts:
        ask_hosts(case, draft.co_hosts, by=case.requester, now=now)
    series = [
        Series(
            case=case,
            number=number,
            resource=one.resource,
            quantity=one.quantity,
            start=one.first.start,
            end=one.first.end,
            rrule=one.rrule,
            exclude=[day.isoformat() for day in one.exclude],
            created_at=now,
            revised_at=now,
        )
        for number, one in enumerate(draft.series)
    ]
    Series.objects.bulk_create(series)
    drafted = draft.all_lines
    places: dict[int, int] = {}
    lines = []
    for number, (checked, state) in enumerate(chosen, start=1):
        source: DraftLine = drafted[checked.index]
        of = series[source.series] if source.series is not None else None
        if source.series is not None:
            places[source.series] = places.get(source.series, -1) + 1
        lines.append(
            Line(
                case=case,
                number=number,
                resource=source.resource,
                quantity=source.quantity,
                start=source.start,
                end=source.end,
                setup_minutes=source.setup_minutes,
                teardown_minutes=source.teardown_minutes,
                series=of,
                series_index=places[source.series] if source.series is not None else None,
                series_start=source.start if of is not None else None,
                kit=source.kit.kit if source.kit else None,
                kit_group=source.kit.group if source.kit else None,
                kit_quantity=source.kit.quantity if source.kit else None,
                state=state,
                reason="taken" if state == LineState.WAITING_LIST else "",
                price=checked.price.amount if checked.price is not None else None,
                price_rule=checked.price.as_facts() if checked.price is not None else {},
                created_at=now,
                revised_at=now,
            )
        )
    Line.objects.bulk_create(lines, batch_size=500)
    case.verdicts = _facts(check, {checked.index: number for number, (checked, _s) in enumerate(chosen, start=1)})
    return lines


_TAKEN_AS: dict[str, tuple[str, str]] = {
    LineState.GRANTED: (Klass.CLAIM, Status.CONFIRMED),
    LineState.HELD: (Klass.CLAIM, Status.TENTATIVE),
    LineState.REQUESTED: (Klass.NOTE, Status.TENTATIVE),
}


def _take(case: Case, draft: RequestDraft, check: CheckResult, lines: list[Line], *, user: Any, now: datetime) -> None:
    """Take the time. Who lost a race in between is told so, skipped, or put on the waiting list, as they asked for."""
    label = case.title if case.title_public else ""
    taking = [line for line in lines if line.state in _TAKEN_AS]
    takes = [
        Take(
            line.resource_id, line.start, line.end, line.pk, line.quantity, line.setup_minutes, line.teardown_minutes,
            *_TAKEN_AS[line.state], label=label,
        )
        for line in taking
    ]  # fmt: skip
    try:
        result = take(takes, now=now, partial=draft.if_taken != "refuse", effective=check.effective)
    except Taken as error:
        raise _Refused from error
    lost = {taking[conflict.index].pk for conflict in result.refused}
    if not lost:
        return
    if draft.if_taken == "skip":
        Line.objects.filter(pk__in=lost).delete()
        lines[:] = [line for line in lines if line.pk not in lost]
        return
    for line in lines:
        if line.pk in lost:
            line.state, line.reason = LineState.WAITING_LIST, "taken"
    Line.objects.filter(pk__in=lost).update(state=LineState.WAITING_LIST, reason="taken")


def _finish(
    case: Case, draft: RequestDraft, check: CheckResult, lines: Sequence[Line], *, skipped: int, now: datetime
) -> None:
    """The derived state, the log, and the receipt."""
    by = Actor(case.requester, case.requester_hat)
    events: list[Event] = [
        event(case, "received", now=now, by=by, lines=[line.number for line in lines], skipped=skipped)
    ]
    events += keep_known(case, check.verdicts, by, now)
    granted = [line for line in lines if line.state == LineState.GRANTED]
    waiting = [line.number for line in lines if line.state == LineState.WAITING_LIST]
    if granted:
        decision = Decision.objects.create(case=case, by=None, hat="rules", outcome="grant", at=now)
        Line.objects.filter(pk__in=[line.pk for line in granted]).update(decision=decision)
        events.append(
            event(case, "automatic_approval", now=now, lines=[line.number for line in granted], decision=decision.pk)
        )
    if waiting:
        events.append(event(case, "waiting_listed", now=now, lines=waiting, reason="taken"))
    Event.objects.bulk_create(events)
    states = [line.state for line in lines]
    case.state = derive_state((), states, touched=False)
    case.waiting_on = waiting_on(case.state, states)
    if case.waiting_on != "municipality":
        case.answered_at = now
    case.save(update_fields=["state", "waiting_on", "answered_at", "verdicts"])
    if case.waiting_on == "municipality":
        plan_steps(case, now=now)
    post(letters(case, "case_receipt", f"receipt:{case.pk}", {}, due_at=now, soon=True), now=now)
    followers.granted(case, granted, now=now)
    tell_calendars(case)


def _facts(check: CheckResult, numbers: dict[int, int]) -> list[dict[str, Any]]:
    """The verdicts that stood when it was sent, as codes and values, for the record."""
    facts = [verdict.as_fact(None) for verdict in check.verdicts]
    for line in check.lines:
        if line.index in numbers:
            facts += [verdict.as_fact(numbers[line.index]) for verdict in line.verdicts]
    return facts


# --- whose move, and until when --------------------------------------------------------------------------------------


def promised_by(unit: Unit, now: datetime, *, line: catalogue.Lineage | None = None) -> AnswerBy:
    """Until when `unit` answers what is received at `now`: its promise, its slow weeks, at most a month.

    A unit without a promise of its own has that of the unit above; the slow weeks of the units above hold for it too.
    """
    conf = booking_settings()
    line = line or catalogue.lineage([])
    slow = [
        Slow(weeks.start, weeks.end, weeks.promise_days, weeks.reason)
        for weeks in catalogue.slow_weeks(unit, local_date(now, conf.tz), line=line)
    ]
    return answer_by(now, catalogue.promise_days(unit, line=line), work_calendar(), conf.tz, slow)


def _step_aside(case: Case, hosts: Sequence[Organisation], now: datetime) -> Event | None:
    """Put somebody impartial in the officer's place from the start; the log says that, never which tie it is."""
    on = local_date(now, booking_settings().tz)
    officer = case.officer
    if officer is None or not (
        disqualification(officer, case, hosts, on) or _is_below_a_leader_with_ties(case, hosts, on)
    ):
        return None
    case.officer = impartial(case, hosts, on, first=[case.deputy])
    if case.deputy == case.officer or (case.deputy and disqualification(case.deputy, case, hosts, on)):
        case.deputy = None
    return event(case, "disqualified", now=now, officer=officer.pk, now_with=case.officer.pk if case.officer else None)


def _is_below_a_leader_with_ties(case: Case, hosts: Sequence[Organisation], on: date) -> bool:
    """The officer may prepare but not decide: then somebody has the case who can."""
    if not hosts or not leader_is_out(case, hosts, on):
        return False
    above, officer = case.unit.parent_id, case.officer
    if above is None:
        return bool(case.unit.substitute_id) and case.officer_id != case.unit.substitute_id
    return not catalogue.units_of(officer, on, roles=DECIDING_ROLES).filter(pk=above).exists()


def routed_to(words: str, about: Resource | None = None) -> Unit | None:
    """The unit that the routing rules name for a question; None when no rule fits. One query."""
    rows = list(RoutingRule.objects.filter(active=True, unit__active=True).select_related("unit"))
    units = {row.unit_id: row.unit for row in rows}
    found = routing.unit_for(
        words,
        [routing.Rule(row.unit_id, routing.words_of(row.words), row.kind, row.resource_id) for row in rows],
        resource=about.pk if about is not None else None,
        kind=about.kind if about is not None else "",
    )
    return units[found] if found is not None else None


def front_desk() -> Unit:
    """Where questions go that nobody else has: the unit that has none above it."""
    unit = Unit.objects.filter(parent__isnull=True, active=True, municipal=True).order_by("pk").first()
    if unit is None:
        raise Invalid("no_unit", _("There is nobody to send this to yet."), loc=("unit",))
    return unit


def _person(email: str) -> Any:
    if not email:
        return None
    people = get_user_model()
    field = people.get_email_field_name()
    return people._default_manager.filter(**{f"{field}__iexact": email}, is_active=True).first()


def _key(who: Any, submission_key: str | None) -> str | None:
    """The form's token, scoped to who sends it, so that nobody can fetch another's case with it."""
    if not submission_key:
        return None
    owner = who if isinstance(who, str) else f"user:{getattr(who, 'pk', None)}"
    return hashlib.sha256(f"{owner}\n{submission_key}".encode()).hexdigest()
