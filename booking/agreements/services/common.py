"""What every act on an agreement shares: who speaks for which side, the lock, the log, and who is written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.agreements.models import Agreement, AgreementEvent, AgreementParty
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, Forbidden, Stale, WrongState
from booking.foundation.signals import send_revised
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, MemberRole, Organisation

#: Who binds an organisation. Bookers read, and mark tasks as done.
BINDING_ROLES = (MemberRole.LEADER, MemberRole.BOARD)
#: Who speaks for the municipality in a unit.
DECIDING_ROLES = ("officer", "leader")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who acts, and for which side: an organisation, or (None) the municipality."""

    user: Any
    hat: str
    organisation: Organisation | None = None


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def for_organisation(
    user: Any, organisation: Organisation, on: date, *, roles: Iterable[str] = BINDING_ROLES
) -> Speaker:
    """``user`` as somebody who speaks for ``organisation``. Raises ``Forbidden`` for who doesn't."""
    if not organisations.organisations_of(user, on, tuple(roles)).filter(pk=organisation.pk).exists():
        raise Forbidden("forbidden", _("Only the organisation's leader or board can do this."))
    return Speaker(user, organisations.organisation_hat(organisation).code, organisation)


def for_municipality(
    user: Any, unit: Unit, hosts: Iterable[Organisation], on: date, *, spoke: Iterable[int] = ()
) -> Speaker:
    """``user`` as somebody who speaks for the municipality towards ``hosts`` (needs N10; never relaxed).

    Raises ``Forbidden`` for who is no officer or leader of the unit or one above it. ``Disqualified`` for who leads one
    of the organisations, books for it, or has spoken for one on this agreement (``spoke``: ids of those); and, while
    every leader of the unit is tied so, for everybody below the unit above.
    """
    deciding = catalogue.units_of(user, on, roles=DECIDING_ROLES)
    if not deciding.filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only the unit that has the agreement can do this."))
    listed = list(hosts)
    if user.pk in set(spoke) or organisations.has_leading_role(user, listed, on):
        raise Disqualified(
            "disqualified", _("You have a conflict of interest in this agreement. A colleague must answer for us.")
        )
    leaders = catalogue.leaders(unit, on)
    if leaders and all(organisations.has_leading_role(one, listed, on) for one in leaders):
        above = unit.parent_id
        if above is None or not deciding.filter(pk=above).exists():
            raise Disqualified(
                "disqualified_leader",
                _("The leader of the unit has a conflict of interest here. The unit above must answer."),
            )
    return Speaker(user, organisations.unit_hat(unit).code)


def speaker(
    agreement: Agreement, *, by: Any, organisation: Organisation | None, now: datetime, roles: Any = BINDING_ROLES
) -> Speaker:
    """Who acts on this agreement: for ``organisation`` (one of its parties), or for the municipality."""
    parties = list(agreement.parties.select_related("organisation"))
    on = today_of(now)
    if organisation is not None:
        party = next((one for one in parties if one.organisation_id == organisation.pk), None)
        if party is None:
            raise Forbidden("forbidden", _("Only a party of the agreement can do this."))
        return for_organisation(by, party.organisation, on, roles=roles)
    spoke = {one.confirmed_by_id for one in parties if one.confirmed_by_id}
    if agreement.written_hat.startswith("organisation:"):
        spoke.add(agreement.written_by_id)
    return for_municipality(by, agreement.unit, [one.organisation for one in parties], on, spoke=spoke)


def locked(agreement: Agreement, *, if_version: int | None = None) -> Agreement:
    """The agreement, read fresh under its lock. Raises ``Stale`` when somebody changed what was looked at."""
    row = Agreement.objects.select_for_update(of=("self",)).select_related("unit", "case").get(pk=agreement.pk)
    check_version(row, if_version)
    return row


def check_version(agreement: Agreement, if_version: int | None) -> None:
    """Raises ``Stale`` when somebody changed what was looked at."""
    if if_version is not None and agreement.version != if_version:
        raise Stale("stale", _("Somebody changed this agreement in the meantime. Look at it again."))


def need_state(agreement: Agreement, *states: str) -> None:
    """Raises ``WrongState`` in any other."""
    if agreement.state not in states:
        raise WrongState(
            "wrong_state",
            _("This can't be done any more: the agreement is “%(state)s”."),
            params={"state": agreement.get_state_display()},
        )


def log(agreement: Agreement, kind: str, *, who: Speaker | None = None, now: datetime, **data: Any) -> None:
    """One entry of the log: ids, dates and codes only."""
    AgreementEvent.objects.create(
        agreement=agreement, at=now, type=kind, actor=who.user if who else None, hat=who.hat if who else "", data=data
    )


def store(agreement: Agreement, now: datetime) -> None:
    """Save with a new version, and tell who shows it."""
    agreement.version += 1
    agreement.revised_at = now
    agreement.save()
    tell(agreement)


def tell(agreement: Agreement) -> None:
    """Re-checks of those affected (works) and lists hear of it, in this transaction."""
    scopes = {f"unit:{agreement.unit_id}"}
    scopes |= {f"resource:{pk}" for pk in agreement.resources.values_list("pk", flat=True)}
    scopes |= {f"organisation:{pk}" for pk in agreement.parties.values_list("organisation_id", flat=True)}
    send_revised(cause=f"agreement:{agreement.reference}", scopes=scopes)


# --- letters ---------------------------------------------------------------------------------------------------------


def to_organisations(
    agreement: Agreement,
    handler: str,
    key: str,
    *,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    only: Iterable[int] | None = None,
    legal: bool = False,
) -> list[Outgoing]:
    """One letter per person who leads a party (board members too), else to the organisation's own address.

    ``only``: ids of the organisations; default all. Who leads two parties gets one letter, about the first.
    """
    on = today_of(now)
    wanted = None if only is None else set(only)
    found: dict[str, Outgoing] = {}
    for party in agreement.parties.select_related("organisation"):
        if wanted is not None and party.organisation_id not in wanted:
            continue
        base = {"agreement": agreement.pk, "organisation": party.organisation_id, **(payload or {})}
        people = {
            row.user_id: row.user
            for row in organisations.members(party.organisation, on).filter(
                role__in=BINDING_ROLES, user__is_active=True
            )
            if address_of(row.user)
        }
        for pk, person in sorted(people.items()):
            found.setdefault(
                f"user:{pk}",
                _outgoing(key, f"{pk}", handler, base, address_of(person), _language(person), person, now, legal),
            )
        email = party.organisation.email
        if not people and email:
            found.setdefault(
                email, _outgoing(key, email, handler, base, email, party.organisation.language, None, now, legal)
            )
    return list(found.values())


def to_municipality(
    agreement: Agreement,
    handler: str,
    key: str,
    *,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    legal: bool = False,
    not_to: Any = None,
) -> list[Outgoing]:
    """A letter to who answers for the agreement today; to the unit's own address when nobody does (needs N5)."""
    from booking.agreements.selectors import acting_for

    person, _reason = acting_for(agreement, today_of(now))
    base = {"agreement": agreement.pk, "organisation": None, **(payload or {})}
    if person is not None and address_of(person):
        if not_to is not None and person.pk == not_to.pk:
            return []
        return [
            _outgoing(key, f"{person.pk}", handler, base, address_of(person), _language(person), person, now, legal)
        ]
    if agreement.unit.email:
        return [_outgoing(key, agreement.unit.email, handler, base, agreement.unit.email, "nb", None, now, legal)]
    return []


def to_others(
    agreement: Agreement, handler: str, key: str, who: Speaker, *, now: datetime, **options: Any
) -> list[Outgoing]:
    """To every side but the one that acts."""
    mine = who.organisation.pk if who.organisation is not None else None
    others = [pk for pk in agreement.parties.values_list("organisation_id", flat=True) if pk != mine]
    found = to_organisations(agreement, handler, key, now=now, only=others, **options)
    if who.organisation is not None:
        found += to_municipality(agreement, handler, key, now=now, **options)
    return found


def to_everybody(agreement: Agreement, handler: str, key: str, *, now: datetime, **options: Any) -> list[Outgoing]:
    """To every side."""
    found = to_organisations(agreement, handler, key, now=now, **options)
    return [*found, *to_municipality(agreement, handler, key, now=now, **options)]


def post(messages: Iterable[Outgoing], *, now: datetime) -> None:
    """Into the outbox, in this transaction; each person once."""
    unique = {(one.handler, one.recipient, one.key): one for one in messages}
    enqueue_many(list(unique.values()), now=now)


def address_of(user: Any) -> str:
    """The e-mail address of a person; "" without one."""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def _language(user: Any) -> str:
    return str(getattr(user, "language", "") or "nb")


def _outgoing(
    key: str,
    receiver: str,
    handler: str,
    payload: Mapping[str, Any],
    address: str,
    language: str,
    user: Any,
    now: datetime,
    legal: bool,
) -> Outgoing:
    side = "m" if payload["organisation"] is None else "o"
    return Outgoing(
        key=f"{key}:{side}:{receiver}"[:200],
        handler=handler,
        payload=payload,
        recipient=address,
        recipient_user=user,
        language=language,
        due_at=now,
        legal=legal,
    )


def confirmed_by_all(agreement: Agreement, parties: Iterable[AgreementParty]) -> bool:
    """Every organisation and the municipality."""
    return agreement.confirmed_at is not None and all(one.confirmed_at is not None for one in parties)


__all__ = [
    "BINDING_ROLES", "DECIDING_ROLES", "LEADING_ROLES", "Speaker", "address_of", "check_version", "confirmed_by_all",
    "for_municipality",
    "for_organisation", "locked", "log", "need_state", "post", "speaker", "store", "tell", "to_everybody",
    "to_municipality", "to_organisations", "to_others", "today_of",
]  # fmt: skip
