"""What every act on a meeting shares: who speaks for which side, the lock, the log, calendars, and letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.agreements.services.common import address_of, post
from booking.calendars import services as calendars
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.services import Outgoing
from booking.foundation.errors import Forbidden, Stale, WrongState
from booking.foundation.signals import send_revised
from booking.meetings.models import Meeting, MeetingEvent
from booking.meetings.selectors import today_of
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, MemberRole, Organisation

BINDING_ROLES = (MemberRole.LEADER, MemberRole.BOARD)
#: Who calls and leads meetings for a unit.
CALLING_ROLES = ("officer", "leader")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who acts, and for which side: an organisation, or (None) the municipality."""

    user: Any
    hat: str
    organisation: Organisation | None = None


def for_unit(user: Any, unit: Unit, now: datetime) -> Speaker:
    """``user`` as officer or leader of the unit (or one above). Raises ``Forbidden``."""
    if not catalogue.units_of(user, today_of(now), roles=CALLING_ROLES).filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only the unit that calls the meeting can do this."))
    return Speaker(user, organisations.unit_hat(unit).code)


def for_any_unit(user: Any, units: Iterable[Unit], now: datetime) -> Speaker:
    """``user`` as officer or leader of one of the units. Raises ``Forbidden``."""
    wanted = list(units)
    mine = catalogue.units_of(user, today_of(now), roles=CALLING_ROLES).filter(pk__in=[one.pk for one in wanted])
    ids = set(mine.values_list("pk", flat=True))
    unit = next((one for one in wanted if one.pk in ids), None)
    if unit is None:
        raise Forbidden("forbidden", _("Only a unit that takes part can do this."))
    return Speaker(user, organisations.unit_hat(unit).code)


def for_organisation(user: Any, organisation: Organisation, now: datetime) -> Speaker:
    """``user`` as somebody who leads the organisation or books for it. Raises ``Forbidden``."""
    mine = organisations.organisations_of(user, today_of(now), LEADING_ROLES)
    if not mine.filter(pk=organisation.pk).exists():
        raise Forbidden("forbidden", _("Only who leads the organisation or books for it can do this."))
    return Speaker(user, organisations.organisation_hat(organisation).code, organisation)


def locked(meeting: Meeting, *, if_version: int | None = None) -> Meeting:
    """The meeting, read fresh under its lock. Raises ``Stale`` when somebody changed what was looked at."""
    row = Meeting.objects.select_for_update(of=("self",)).select_related("unit", "resource").get(pk=meeting.pk)
    if if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed this meeting in the meantime. Look at it again."))
    return row


def need_state(meeting: Meeting, *states: str) -> None:
    """Raises ``WrongState`` in any other."""
    if meeting.state not in states:
        raise WrongState(
            "wrong_state",
            _("This can't be done any more: the meeting is “%(state)s”."),
            params={"state": meeting.get_state_display()},
        )


def log(meeting: Meeting, kind: str, *, who: Speaker | None = None, now: datetime, **data: Any) -> None:
    """One entry of the log: ids, dates and codes only."""
    MeetingEvent.objects.create(
        meeting=meeting, at=now, type=kind, actor=who.user if who else None, hat=who.hat if who else "", data=data
    )


def store(meeting: Meeting, now: datetime) -> None:
    """Save with a new version; calendars that show it change in this transaction."""
    meeting.version += 1
    meeting.revised_at = max(now, meeting.revised_at)
    meeting.save()
    tell(meeting, now)


def scopes_of(meeting: Meeting) -> set[str]:
    """The calendars that show it: of organisations, of units, and of what happens in town."""
    units = {meeting.unit_id, *meeting.units.values_list("pk", flat=True)}
    scopes = {f"meetings:{pk}" for pk in units}
    scopes |= {f"organisation:{pk}" for pk in meeting.parties.values_list("organisation_id", flat=True)}
    return scopes | {"happenings"}


def tell(meeting: Meeting, now: datetime, *, also: Iterable[str] = ()) -> None:
    """New versions of the calendars. Each meeting is a part of its own, as each case is: nobody waits for another."""
    calendars.raise_part({*scopes_of(meeting), *also}, -meeting.pk, now)
    send_revised(cause=f"meeting:{meeting.reference}", scopes=[f"unit:{meeting.unit_id}"])


# --- letters ----------------------------------------------------------------------------------------------------------


def to_organisations(
    meeting: Meeting,
    handler: str,
    key: str,
    *,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    only: Iterable[int] | None = None,
    soon: bool = False,
) -> list[Outgoing]:
    """One letter per person who leads an invited organisation, else to its own address. ``only``: ids of some."""
    on = today_of(now)
    wanted = None if only is None else set(only)
    found: dict[str, Outgoing] = {}
    for party in meeting.parties.select_related("organisation").order_by("pk"):
        if wanted is not None and party.organisation_id not in wanted:
            continue
        one = party.organisation
        base = {"meeting": meeting.pk, "organisation": one.pk, **(payload or {})}
        rows = organisations.members(one, on).filter(role__in=BINDING_ROLES, user__is_active=True)
        people = {row.user_id: row.user for row in rows if address_of(row.user)}
        for pk, person in sorted(people.items()):
            found.setdefault(f"user:{pk}", _outgoing(key, str(pk), handler, base, person, "", "", now, soon))
        if not people and one.email:
            found.setdefault(
                one.email, _outgoing(key, one.email, handler, base, None, one.email, one.language, now, soon)
            )
    return list(found.values())


def to_unit(unit: Unit, handler: str, key: str, *, now: datetime, payload: Mapping[str, Any]) -> list[Outgoing]:
    """To who answers for the unit today; to the unit's own address when nobody does (needs N5)."""
    person = catalogue.unit_responsible(unit, today_of(now)).acting
    base = {**payload, "organisation": None}
    if person is not None and address_of(person):
        return [_outgoing(key, str(person.pk), handler, base, person, "", "", now, False)]
    if unit.email:
        return [_outgoing(key, unit.email, handler, base, None, unit.email, "nb", now, False)]
    return []


def _outgoing(
    key: str, receiver: str, handler: str, payload: Mapping[str, Any], user: Any, address: str, language: str,
    now: datetime, soon: bool,
) -> Outgoing:  # fmt: skip
    return Outgoing(
        key=f"{key}:{receiver}"[:200],
        handler=handler,
        payload=payload,
        recipient=address_of(user) if user is not None else address,
        recipient_user=user,
        language=(str(getattr(user, "language", "") or "nb")) if user is not None else language,
        due_at=now,
        soon=soon,
    )


__all__ = [
    "BINDING_ROLES", "CALLING_ROLES", "Speaker", "for_any_unit", "for_organisation", "for_unit", "locked", "log",
    "need_state", "post", "scopes_of", "store", "tell", "to_organisations", "to_unit", "today_of",
]  # fmt: skip
