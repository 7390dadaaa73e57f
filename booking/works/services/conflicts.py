"""Granted time that works meet: never cancelled by the system, settled one by one (notice-rules.md "Conflicts")."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Line
from booking.cases.services import withdraw_line
from booking.cases.services.relocating import relocate_line
from booking.cases.wanting import wanted_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import text
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, NotFound, Taken, WrongState
from booking.foundation.intervals import Interval, merge, subtract
from booking.occupancy import selectors as occupancy
from booking.occupancy.models import Cause, Klass, Status
from booking.occupancy.registry import tell_freed
from booking.occupancy.selectors import Alternative
from booking.occupancy.services import Take, again_on_collision, release, take
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES
from booking.works import selectors
from booking.works.models import (
    ConflictState,
    PartyKind,
    Works,
    WorksConflict,
    WorksOffer,
    WorksOfferState,
    WorksParty,
)
from booking.works.rules import states
from booking.works.services import figures, finding, occupying
from booking.works.services.common import (
    SYSTEM,
    Actor,
    check_impartial,
    current,
    locked,
    log,
    planner,
    store,
    today_of,
)

#: An alternative is held so many working days (notice-rules.md).
HELD_DAYS = 5
#: So many times as many alternatives are looked for, because works that aren't noticed yet may close some of them.
_SPARE = 6
#: How far before and after the plan another window is sought ("book around").
AROUND = timedelta(days=28)
#: A person settles a conflict so. The other outcomes follow from what happens to the line or the works.
BY_HAND = (ConflictState.PARTIAL_USE, ConflictState.SUSPENDED, ConflictState.OVERRIDDEN)
#: Settled because the line is no longer met. When it is met again all the same, nothing is settled.
_ELSEWHERE = (ConflictState.WORKS_MOVED, ConflictState.TIME_SHIFTED, ConflictState.RELOCATED)
#: Lines in conflicts settled so keep their time while the works go on.
STAYS = (ConflictState.PARTIAL_USE,)


def find_conflicts(works: Works, *, now: datetime) -> list[WorksConflict]:
    """One conflict per granted line that the current version makes impossible; what it meets no longer is settled.

    Under the works' lock. Safe twice. A constant number of queries.
    """
    version = current(works)
    hit = {
        line.pk: line
        for line, _felt in finding.lines_hit(finding.felt_by(version), finding.GRANTED, impossible_only=True)
        if line.end > now
    }
    known = {one.line_id: one for one in works.conflicts.select_related("line")}
    parties: dict[tuple[str, int | None], WorksParty] = {
        **{("o", one.organisation_id): one for one in works.parties.all() if one.organisation_id},
        **{("p", one.user_id): one for one in works.parties.all() if one.user_id},
    }
    new = [
        WorksConflict(
            works=works, version=version, line=line, found_at=now,
            lost_resource=line.resource, lost_start=line.start, lost_end=line.end,
            party=parties.get(("o", line.case.organisation_id)) or parties.get(("p", line.case.requester_id)),
        )
        for pk, line in hit.items()
        if pk not in known
    ]  # fmt: skip
    WorksConflict.objects.bulk_create(new)
    for conflict in known.values():
        if conflict.line_id in hit and conflict.state in _ELSEWHERE:
            conflict.state, conflict.settled_at, conflict.settled_by = ConflictState.OPEN, None, None
            line = hit[conflict.line_id]
            conflict.lost_resource, conflict.lost_start, conflict.lost_end = line.resource, line.start, line.end
            conflict.save()
        elif conflict.line_id not in hit and conflict.state == ConflictState.OPEN:
            _settle(conflict, _what_became(conflict, works), SYSTEM, now)
    return [*new, *(one for one in known.values() if one.state == ConflictState.OPEN)]


def _what_became(conflict: WorksConflict, works: Works) -> str:
    """Why a line is no longer met: it has gone, it has moved, or the works have."""
    line = conflict.line
    if line.state not in finding.GRANTED:
        return ConflictState.WITHDRAWN
    accepted = conflict.offers.filter(state=WorksOfferState.ACCEPTED).order_by("-pk").first()
    if accepted is not None and (accepted.start, accepted.resource_id) == (line.start, line.resource_id):
        return _outcome_of(accepted)
    if current(works).number > conflict.version.number or works.state not in states.BLOCKING:
        return ConflictState.WORKS_MOVED
    return ConflictState.TIME_SHIFTED


def settle_what_is_gone(works: Works, *, now: datetime) -> None:
    """The works are over, called off or elsewhere: open conflicts are settled, and offers that hold time go."""
    for conflict in works.conflicts.filter(state=ConflictState.OPEN).select_related("line", "version"):
        _end_offers(conflict, WorksOfferState.WITHDRAWN, now)
        _settle(conflict, ConflictState.WORKS_MOVED, SYSTEM, now)


def giving_way(works: Works, *, now: datetime) -> list[tuple[str, int]]:
    """The claims that are displaced when the works begin: all that is met but what keeps part of the place.

    Under the works' lock, in the caller's transaction.
    """
    stays = set(works.conflicts.filter(state__in=STAYS).values_list("line_id", flat=True))
    there = occupying.take_time(works, now=now)
    return [one for one in sorted(there) if one[0] != Cause.LINE or one[1] not in stays]


# --- what is free instead --------------------------------------------------------------------------------------------


def alternatives(conflict: WorksConflict, *, now: datetime, limit: int = 6) -> list[Alternative]:
    """What is really free at this moment instead of the line: the same place at another time, a similar place at the
    same time, a shorter time outside of the works.

    Never what these works, or others that are planned, close then: until their notice the calendar has them as notes.
    """
    found = occupancy.alternatives(wanted_of([conflict.line])[0], now=now, limit=limit * _SPARE)
    if not found:
        return []
    closed = _closed_by_works(
        conflict.works,
        {one.resource_id for one in found},
        min(one.start for one in found),
        max(one.end for one in found),
    )
    return [one for one in found if not _meets(closed, one.resource_id, one.start, one.end)][:limit]


_Closed = dict[int, list[Interval[datetime]]]


def _closed_by_works(works: Works, ids: Collection[int], start: datetime, end: datetime) -> _Closed:
    """When these works, and other announced ones, make these places impossible to use. Some queries for each works."""
    near = [one for one in selectors.works_on(ids, start, end) if one.pk != works.pk]
    found: _Closed = {}
    for one in (works, *near):
        for pk, felt in finding.felt_by(current(one)).items():
            if pk in ids and figures.makes_impossible(felt.impact):
                found.setdefault(pk, []).extend(felt.times)
    return found


def _meets(closed: _Closed, resource_id: int, start: datetime, end: datetime) -> bool:
    return any(span.start < end and start < span.end for span in closed.get(resource_id, ()))


@dataclass(frozen=True, slots=True)
class Window:
    """A time for the works in which no granted line is met, as long as they take now."""

    start: datetime
    end: datetime


def book_around(works: Works, *, now: datetime, most: int = 5) -> list[Window]:
    """Other windows for the works, as long as now, in which their places are free of granted time: the nearest first.

    Looked for within four weeks before (never in the past) and after. Two queries.
    """
    version = current(works)
    start, end = figures.first_day_of(version), figures.last_moment_of(version)
    length = end - start
    felt = {pk: one for pk, one in finding.felt_by(version).items() if figures.makes_impossible(one.impact)}
    since, until = max(start - AROUND, now + timedelta(days=1)), end + AROUND
    if not felt or until - since < length:
        return []
    rows = Line.objects.filter(resource__in=list(felt), state__in=list(finding.GRANTED), start__lt=until, end__gt=since)
    busy = merge(Interval(begins, ends) for begins, ends in rows.order_by().values_list("start", "end"))
    tz = booking_settings().tz
    found = []
    for gap in subtract([Interval(since, until)], busy):
        # Works begin at the hour of the day that was planned: the first such hour in the gap, and the nearest one.
        for day in range((gap.end - gap.start).days + 2):
            begins = _same_clock(start, gap.start, day, tz)
            if gap.start <= begins and begins + length <= gap.end and begins != start:
                found.append(Window(begins, begins + length))
    found.sort(key=lambda one: (abs(one.start - start), one.start))
    return found[:most]


def _same_clock(like: datetime, since: datetime, days: int, tz: Any) -> datetime:
    wall = like.astimezone(tz)
    day = since.astimezone(tz).date() + timedelta(days=days)
    return datetime.combine(day, wall.time(), tzinfo=tz).astimezone(like.tzinfo)


# --- offers ----------------------------------------------------------------------------------------------------------


def offer_alternative(
    conflict: WorksConflict,
    *,
    resource: Resource,
    start: datetime,
    end: datetime,
    quantity: int | None = None,
    by: Any,
    now: datetime,
) -> WorksOffer:
    """Hold another time or place for the party of the line, for five working days or until it begins. One offer at a
    time.

    A newer offer takes the place of an open one. Raises ``Taken`` when the time isn't free, ``Invalid``,
    ``WrongState`` for a conflict that is settled, ``Forbidden``.
    """
    if end <= start:
        raise Invalid("end_before_start", _("The end must be after the start."), loc=("end",))
    if start < now:
        raise Invalid("past", _("This time has passed."), loc=("start",))
    if not catalogue.visible_resources(by).filter(pk=resource.pk).exists():
        raise NotFound("unknown_resource", _("There is no such thing to lend."), loc=("resource",))

    def run() -> WorksOffer:
        with transaction.atomic():
            works = locked(conflict.works)
            actor = planner(by, works.unit, now)
            row = _fresh(conflict)
            if row.state != ConflictState.OPEN:
                raise WrongState("wrong_state", _("This has been settled already."))
            if _meets(_closed_by_works(works, {resource.pk}, start, end), resource.pk, start, end):
                raise Taken("taken", _("Works close this place then. Choose another time or place."))
            _end_offers(row, WorksOfferState.WITHDRAWN, now)
            count = quantity or row.line.quantity
            offer = WorksOffer.objects.create(
                conflict=row, resource=resource, quantity=count, start=start, end=end, at=now, by=by, hat=actor.hat,
                expires_at=min(_held_until(now), start),
            )  # fmt: skip
            hold(offer, row.line, now)
            _tell_party(works, row, offer, actor, now)
            log(works, "alternative_offered", by=actor, now=now, public=False, conflict=row.pk, offer=offer.pk)
            store(works, now)
            return offer

    return again_on_collision(run)


def _held_until(now: datetime) -> datetime:
    rules = figures.figures()
    day: date = rules.calendar.add_working_days(today_of(now), HELD_DAYS)
    return day_bounds(day, booking_settings().tz).end


def hold(offer: WorksOffer, line: Line, now: datetime) -> None:
    """Keep the time for them: a claim of the offer's own. Raises ``Taken``."""
    try:
        take(
            [
                Take(
                    offer.resource_id, offer.start, offer.end, offer.pk, offer.quantity, line.setup_minutes,
                    line.teardown_minutes, Klass.CLAIM, Status.TENTATIVE, Cause.WORKS_OFFER,
                )
            ],
            now=now,
        )  # fmt: skip
    except Taken as error:
        raise Taken(
            "taken", _("This alternative isn't free any more. Choose another one."), items=error.items
        ) from error


def _tell_party(works: Works, conflict: WorksConflict, offer: WorksOffer, actor: Actor, now: datetime) -> None:
    from booking.works.models import NoticeKind
    from booking.works.services import telling

    if conflict.party is None:
        return
    rows = telling.newest_rows([conflict.party.pk])
    if rows:
        telling.say(
            works, NoticeKind.ANSWER, rows, key=f"offer:{offer.pk}", now=now, actor=actor, data={"offer": offer.pk}
        )


def accept_alternative(offer: WorksOffer, *, by: Any, now: datetime) -> WorksOffer:
    """The party takes what was offered: the line moves there, as the same line. Twice is the same as once.

    Raises ``WrongState`` when the offer has run out or was taken back, ``Forbidden`` for who doesn't speak for the
    party.
    """

    def run() -> WorksOffer:
        with transaction.atomic():
            works = locked(offer.conflict.works)
            row = _fresh_offer(offer)
            actor = speaker(row.conflict.party, row.conflict.line, by, now)
            if row.state == WorksOfferState.ACCEPTED:
                return row
            if row.state != WorksOfferState.OPEN or row.expires_at <= now:
                raise WrongState("offer_expired", _("This offer has run out."))
            relocate_line(
                row.conflict.line_id, resource=row.resource, start=row.start, end=row.end, by=by, hat=actor.hat,
                held_by=(Cause.WORKS_OFFER, row.pk), now=now,
            )  # fmt: skip
            _answer(row, WorksOfferState.ACCEPTED, by, now)
            conflict = _fresh(row.conflict)
            _settle(conflict, ConflictState.WORKS_MOVED if _came_back(row) else _outcome_of(row), actor, now)
            log(
                works, "conflict_settled", by=actor, now=now, public=False, conflict=conflict.pk, outcome=conflict.state
            )
            occupying.take_time(works, now=now)
            store(works, now)
            return row

    return again_on_collision(run)


def decline_alternative(offer: WorksOffer, *, by: Any, now: datetime) -> WorksOffer:
    """The party doesn't want it: the time is free again, the conflict stays open."""
    with transaction.atomic():
        works = locked(offer.conflict.works)
        row = _fresh_offer(offer)
        actor = speaker(row.conflict.party, row.conflict.line, by, now)
        if row.state == WorksOfferState.DECLINED:
            return row
        if row.state != WorksOfferState.OPEN:
            raise WrongState("offer_expired", _("This offer has run out."))
        release(cause_kind=Cause.WORKS_OFFER, cause_ids=[row.pk], now=now)
        _answer(row, WorksOfferState.DECLINED, by, now)
        _pass_on([row], now)
        log(works, "alternative_declined", by=actor, now=now, public=False, offer=row.pk)
        store(works, now)
        return row


def withdraw_offer(offer: WorksOffer, *, by: Any, now: datetime) -> WorksOffer:
    """The planner takes an open offer back."""
    with transaction.atomic():
        works = locked(offer.conflict.works)
        actor = planner(by, works.unit, now)
        row = _fresh_offer(offer)
        if row.state == WorksOfferState.OPEN:
            _end_offers(row.conflict, WorksOfferState.WITHDRAWN, now)
            log(works, "offer_withdrawn", by=actor, now=now, public=False, offer=row.pk)
            store(works, now)
        return _fresh_offer(row)


def give_up_line(conflict: WorksConflict, *, by: Any, now: datetime) -> WorksConflict:
    """The party gives the hour up: cancelled by them, and free for nobody while the works last."""
    with transaction.atomic():
        works = locked(conflict.works)
        row = _fresh(conflict)
        actor = speaker(row.party, row.line, by, now)
        if row.state != ConflictState.OPEN:
            return row
        _end_offers(row, WorksOfferState.WITHDRAWN, now)
        withdraw_line(row.line.case, row.line.number, by=by, now=now, hat=actor.hat or None)
        _settle(row, ConflictState.WITHDRAWN, actor, now)
        occupying.take_time(works, now=now)
        store(works, now)
        return row


def settle_conflict(conflict: WorksConflict, *, state: str, reason: str = "", by: Any, now: datetime) -> WorksConflict:
    """A planner settles it: part of the place can be used, the line keeps its place but can't be used now, or it is
    decided against them with reasons. The last two displace the line at once where the works are noticed.

    Who leads the organisation doesn't decide that. Raises ``Invalid``, ``Disqualified``, ``Forbidden``, ``WrongState``.
    """
    if state not in BY_HAND:
        params = {"choices": ", ".join(BY_HAND)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("state",))
    words = text.clean(
        reason, max_length=text.GROUNDS, loc=("reason",), multiline=True, required=state == ConflictState.OVERRIDDEN
    )
    with transaction.atomic():
        works = locked(conflict.works)
        actor = planner(by, works.unit, now)
        row = _fresh(conflict)
        if row.party is not None and row.party.organisation is not None:
            check_impartial(by, [row.party.organisation], now)
        if row.state == state:
            return row
        if row.state != ConflictState.OPEN:
            raise WrongState("wrong_state", _("This has been settled already."))
        if state == ConflictState.OVERRIDDEN and alternatives(row, now=now) and not row.offers.exists():
            raise WrongState("offer_first", _("Something is free instead. Offer it before you decide against them."))
        _end_offers(row, WorksOfferState.WITHDRAWN, now)
        _settle(row, state, actor, now, words)
        public = state == ConflictState.OVERRIDDEN
        log(works, "conflict_settled", by=actor, now=now, public=public, conflict=row.pk, outcome=state)
        if works.state in states.BLOCKING:
            gone = [(str(Cause.LINE), row.line_id)] if state not in STAYS else []
            occupying.take_time(works, now=now, displacing=gone)
        store(works, now)
        return row


def run_offers(now: datetime) -> int:
    """Offers that nobody answered in time: the time is free again. ``tick`` calls it. How many."""
    done = 0
    ids = WorksOffer.objects.filter(state=WorksOfferState.OPEN, expires_at__lte=now).values_list("pk", flat=True)
    for pk in list(ids):
        with transaction.atomic():
            found = WorksOffer.objects.select_related("conflict__works").get(pk=pk)
            works = locked(found.conflict.works)
            row = _fresh_offer(found)
            if row.state != WorksOfferState.OPEN:
                continue
            _end_offers(row.conflict, WorksOfferState.EXPIRED, now)
            log(works, "offer_expired", now=now, public=False, offer=row.pk)
            store(works, now)
            done += 1
    return done


def offers_displaced(ids: Sequence[int], by_cause: tuple[str, int], now: datetime) -> None:
    """Occupancy says: something took the time that was held. The offer is void."""
    WorksOffer.objects.filter(pk__in=ids, state=WorksOfferState.OPEN).update(
        state=WorksOfferState.WITHDRAWN, answered_at=now
    )
    release(cause_kind=Cause.WORKS_OFFER, cause_ids=list(ids), now=now)


# --- shared ----------------------------------------------------------------------------------------------------------


def speaker(party: WorksParty | None, line: Line, by: Any, now: datetime) -> Actor:
    """``by`` as somebody who speaks for the party of the line. Raises ``Forbidden``."""
    on = today_of(now)
    if party is not None and party.kind == PartyKind.ORGANISATION and party.organisation is not None:
        if organisations.organisations_of(by, on, LEADING_ROLES).filter(pk=party.organisation.pk).exists():
            return Actor(by, organisations.organisation_hat(party.organisation).code)
    elif line.case.requester_id is not None and getattr(by, "pk", None) == line.case.requester_id:
        return Actor(by, line.case.requester_hat)
    raise Forbidden("forbidden", _("Only those who act for the organisation can do this."))


def _fresh(conflict: WorksConflict) -> WorksConflict:
    return WorksConflict.objects.select_related("line__case", "party__organisation", "version").get(pk=conflict.pk)


def _fresh_offer(offer: WorksOffer) -> WorksOffer:
    return WorksOffer.objects.select_related(
        "resource", "conflict__works", "conflict__line__case", "conflict__party__organisation"
    ).get(pk=offer.pk)


def _came_back(offer: WorksOffer) -> bool:
    """The line is again where it was before the works."""
    conflict = offer.conflict
    lost = (conflict.lost_resource_id, conflict.lost_start, conflict.lost_end)
    return (offer.resource_id, offer.start, offer.end) == lost


def _outcome_of(offer: WorksOffer) -> str:
    same = offer.resource_id == offer.conflict.line.resource_id
    return ConflictState.TIME_SHIFTED if same else ConflictState.RELOCATED


def _settle(conflict: WorksConflict, state: str, actor: Actor, now: datetime, reason: str = "") -> None:
    conflict.state, conflict.settled_at, conflict.reason = state, now, reason
    conflict.settled_by, conflict.settled_hat = actor.user, actor.hat
    conflict.save(update_fields=["state", "settled_at", "reason", "settled_by", "settled_hat"])


def _answer(offer: WorksOffer, state: str, by: Any, now: datetime) -> None:
    WorksOffer.objects.filter(pk=offer.pk).update(state=state, answered_at=now, answered_by=by)
    offer.state, offer.answered_at = state, now


def _end_offers(conflict: WorksConflict, state: str, now: datetime) -> None:
    rows = list(conflict.offers.filter(state=WorksOfferState.OPEN))
    ids = [row.pk for row in rows]
    if ids:
        release(cause_kind=Cause.WORKS_OFFER, cause_ids=ids, now=now)
        WorksOffer.objects.filter(pk__in=ids).update(state=state, answered_at=now)
        _pass_on(rows, now)


def _pass_on(offers: Sequence[WorksOffer], now: datetime) -> None:
    """Time that works gave back, and those they displaced don't want: now the waiting list is asked."""
    for one in offers:
        if one.freed:
            tell_freed([one.resource_id], one.start, one.end, now)
