"""The running season: hours given up, use reported with one tap, and the question after two dates without use.

A single date is given up on the case like any other line (`cases.services.withdraw_line`); here is the rest of the
season. Nothing here is a penalty: two reported non-uses in a row ask, and a person answers (seasons.md 7).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Line, LineState
from booking.cases.services.shared import Actor, lock
from booking.catalogue import selectors as catalogue
from booking.foundation.clock import local_date, wall
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.occupancy.services import again_on_collision
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES
from booking.seasons.models import Allocation, UseReport
from booking.seasons.services.adopting import end_hours, offer_freed
from booking.seasons.services.speaking import locked, log, post, store, to_organisation, to_unit, today_of

#: The lines of a season's hours that took place, or were to.
HELD = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)
#: So many dates in a row without use ask whether the hours are needed.
IN_A_ROW = 2
MOST_HEADS = 100_000
#: Use can be reported from the beginning of a date until so long after.
REPORT_FOR = timedelta(days=60)


def release_rest(allocation: Allocation, *, since: date, by: Any, now: datetime) -> Allocation:
    """The organisation gives up a weekly hour from a local date on, for the rest of the season.

    The series ends by its rule; the freed time goes to the waiting list first, and then to anybody. Twice is once.
    Raises ``Forbidden``, ``Invalid`` for a day outside of the season, ``WrongState``.
    """

    @transaction.atomic
    def act() -> Allocation:
        round = locked(allocation.round)
        row = _locked_allocation(allocation.pk)
        on = today_of(now)
        organisation = row.wish.organisation
        if not organisations.organisations_of(by, on, LEADING_ROLES).filter(pk=organisation.pk).exists():
            raise Forbidden("forbidden", _("Only the organisation's leader, board or bookers can do this."))
        if row.ended_at is not None:
            if row.ended_why == "released":
                return row
            raise WrongState("ended", _("These hours have ended already."))
        if since > row.until or since < on:
            raise Invalid("out_of_range", _("Choose a day from today to the end of the season."), loc=("since",))
        assert row.series is not None  # noqa: S101 - an adoption gives one
        after = max(now, wall(since, time(), catalogue.zone(row.resource)))
        case = row.series.case
        lock([row.resource_id], ())
        freed = list(
            Line.objects.filter(series=row.series, state=LineState.GRANTED, start__gte=after)
            .select_related("resource", "case")
            .order_by("pk")
        )
        actor = Actor(by, organisations.organisation_hat(organisation).code)
        last = max(since - timedelta(days=1), row.since)
        end_hours(Case.objects.get(pk=case.pk), [row], after=after, last=since - timedelta(days=1), by=actor,
                  municipality=False, reason="season_released", now=now)  # fmt: skip
        row.until, row.ended_at, row.ended_why = last, now, "released"
        row.save(update_fields=["until", "ended_at", "ended_why"])
        log(round, "hours_released", now=now, public=False, allocation=row.pk, dates=len(freed))
        store(round, now)
        offer_freed(freed, now=now)
        payload = {"round": round.pk, "allocation": row.pk, "dates": len(freed)}
        key = f"season_released:{row.pk}"
        post(
            [
                *to_organisation(organisation, "season_released", key, payload, now=now, legal=True),
                *to_unit(round, "season_released", key, payload, now=now),
            ],
            now=now,
        )
        return row

    return again_on_collision(act)


def _locked_allocation(pk: int) -> Allocation:
    return (
        Allocation.objects.select_for_update(of=("self",))
        .select_related("wish__organisation", "resource", "series__case", "round")
        .get(pk=pk)
    )


def may_report(user: Any, line: Line, on: date) -> str:
    """The hat in which ``user`` may report the use of a line: the organisation's, or the unit's. "" when in none."""
    organisation = line.case.organisation
    if organisation is not None and organisations.has_leading_role(user, [organisation], on):
        return organisations.organisation_hat(organisation).code
    roles = ("officer", "leader", "caretaker")
    units = {line.case.unit_id, line.resource.unit_id}
    unit = catalogue.units_of(user, on, roles=roles).filter(pk__in=units).order_by("pk").first()
    return organisations.unit_hat(unit).code if unit is not None else ""


@transaction.atomic
def report_use(line: Line, *, used: bool, heads: int | None = None, by: Any, hat: str = "", now: datetime) -> UseReport:
    """One tap: the date was used, or it wasn't. Said again it is corrected.

    ``by`` None: by the caretaker's page that needs no account, ``hat`` then says whose. The organisation that had two
    dates in a row without use is asked, once, whether it gives the hours up. Raises ``Forbidden``, ``WrongState``
    before the date or long after it, ``Invalid`` for heads that can't be.
    """
    row = (
        Line.objects.select_for_update(of=("self",))
        .select_related("case__organisation", "resource", "series")
        .filter(pk=line.pk, case__season__isnull=False)
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("There are no season hours here."))
    if by is not None:
        hat = may_report(by, row, today_of(now))
    if not hat:
        raise Forbidden("forbidden", _("Only the organisation, the caretaker or the unit can report use."))
    if row.state not in HELD:
        raise WrongState("not_held", _("These hours were given up or taken back."))
    if now < row.start:
        raise WrongState("too_early", _("It hasn't begun yet."))
    if now > row.end + REPORT_FOR:
        raise WrongState("too_late", _("It is too long ago."))
    if heads is not None and not 0 <= heads <= MOST_HEADS:
        raise Invalid("out_of_range", _("Give a number from 0 up."), loc=("heads",))
    report, _made = UseReport.objects.update_or_create(
        line=row, defaults={"used": used, "heads": heads if used else None, "by": by, "hat": hat, "at": now}
    )
    allocation = Allocation.objects.filter(series=row.series_id, ended_at__isnull=True).first()
    if allocation is not None:
        _ask_to_give_up(allocation, now)
    return report


def _ask_to_give_up(allocation: Allocation, now: datetime) -> None:
    """Two reported non-uses in a row ask; a use after that forgets it."""
    row = _locked_allocation(allocation.pk)
    latest = list(
        UseReport.objects.filter(line__series=row.series_id, line__state__in=HELD)
        .order_by("-line__start")
        .values_list("used", flat=True)[:IN_A_ROW]
    )
    unused = len(latest) == IN_A_ROW and not any(latest)
    if unused and row.asked_to_give_up_at is None:
        row.asked_to_give_up_at = now
        row.save(update_fields=["asked_to_give_up_at"])
        payload = {"round": row.round_id, "allocation": row.pk}
        key = f"season_unused:{row.pk}:{local_date(now, catalogue.zone(row.resource)).isoformat()}"
        post(to_organisation(row.wish.organisation, "season_unused", key, payload, now=now), now=now)
    elif not unused and row.asked_to_give_up_at is not None:
        row.asked_to_give_up_at = None
        row.save(update_fields=["asked_to_give_up_at"])


@transaction.atomic
def keep_hours(allocation: Allocation, *, by: Any, now: datetime) -> Allocation:
    """The organisation answers that it needs the hours. Raises ``Forbidden``."""
    row = _locked_allocation(allocation.pk)
    if not organisations.has_leading_role(by, [row.wish.organisation], today_of(now)):
        raise Forbidden("forbidden", _("Only the organisation's leader, board or bookers can do this."))
    row.asked_to_give_up_at = None
    row.save(update_fields=["asked_to_give_up_at"])
    return row
