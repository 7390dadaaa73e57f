"""Letters of a round, each once: to whom, about what. The row is written with the letter, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from booking.correspondence.services import Outgoing, enqueue_many
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Membership, Organisation, OrganisationState
from booking.seasons.models import SeasonReminder, SeasonRound, Wish
from booking.seasons.selectors import last_season
from booking.seasons.selectors.visible import applicants
from booking.seasons.services.common import today_of

#: Who had hours last season and hasn't wished is reminded so long before the closing date.
REMIND = timedelta(days=7)


def addresses(
    found: Iterable[Organisation], on: Any, roles: Iterable[str] = LEADING_ROLES
) -> dict[int, list[tuple[str, str, Any]]]:
    """Whom to write to for each organisation: (address, language, person). Those with a leading role, else its own
    address. Two queries."""
    listed = list(found)
    rows = Membership.objects.filter(
        organisations.current(on), organisation__in=[one.pk for one in listed], role__in=tuple(roles),
        user__is_active=True,
    ).select_related("user")  # fmt: skip
    result: dict[int, list[tuple[str, str, Any]]] = {one.pk: [] for one in listed}
    seen: set[tuple[int, int]] = set()
    for row in rows.order_by("organisation_id", "user_id"):
        user = row.user
        address = str(getattr(user, user.get_email_field_name(), "") or "")
        if address and (row.organisation_id, user.pk) not in seen:
            seen.add((row.organisation_id, user.pk))
            result[row.organisation_id].append((address, str(getattr(user, "language", "") or "nb"), user))
    for one in listed:
        if not result[one.pk] and one.email:
            result[one.pk].append((one.email, one.language, None))
    return result


def tell_organisations(
    round: SeasonRound, found: Iterable[Organisation], kind: str, handler: str, *, now: datetime,
    payload: Mapping[int, Mapping[str, Any]] | None = None, legal: bool = False, roles: Iterable[str] = LEADING_ROLES,
) -> int:  # fmt: skip
    """One letter for each organisation and person, once for ``kind``; answers how many organisations were told now.

    ``payload``: more facts by organisation. The caller holds the round's lock.
    """
    told = set(
        SeasonReminder.objects.filter(round=round, kind=kind, organisation__isnull=False).values_list(
            "organisation_id", flat=True
        )
    )
    fresh = [one for one in found if one.pk not in told]
    if not fresh:
        return 0
    SeasonReminder.objects.bulk_create(
        SeasonReminder(round=round, organisation=one, kind=kind, at=now) for one in fresh
    )
    letters: list[Outgoing] = []
    whom = addresses(fresh, today_of(now), roles)
    for one in fresh:
        facts = {"round": round.pk, "organisation": one.pk, **((payload or {}).get(one.pk, {}))}
        for address, language, user in whom[one.pk]:
            receiver = str(user.pk) if user is not None else address
            letters.append(
                Outgoing(
                    key=f"season:{round.pk}:{kind}:{one.pk}:{receiver}"[:200], handler=handler, payload=facts,
                    recipient=address, recipient_user=user, language=language, due_at=now, legal=legal,
                )
            )  # fmt: skip
    enqueue_many(letters, now=now)
    return len(fresh)


def tell_opened(round: SeasonRound, *, now: datetime) -> int:
    """To every active organisation that is no part of the municipality: wishes can be entered."""
    found = Organisation.objects.exclude(state=OrganisationState.INACTIVE).exclude(kind="municipal").order_by("pk")
    return tell_organisations(round, found, "opens", "season_opens", now=now)


def remind_to_wish(round: SeasonRound, *, now: datetime) -> int:
    """To those that had hours last season and haven't wished yet, a week before the closing date."""
    on = today_of(now)
    if not round.closes_on - REMIND <= on <= round.closes_on or round.opens_on > on - timedelta(days=3):
        return 0
    asked = set(Wish.objects.filter(round=round).order_by().values_list("organisation_id", flat=True).distinct())
    had = last_season.organisations_with_hours(round, on) - asked
    found = Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(pk__in=had).order_by("pk")
    return tell_organisations(round, found, "closes_soon", "season_closes_soon", now=now)


def tell_closed(round: SeasonRound, *, now: datetime) -> int:
    """To those that take part: everybody can see the wishes now, and what comes next."""
    return tell_organisations(round, applicants(round), "closed", "season_closed", now=now)
