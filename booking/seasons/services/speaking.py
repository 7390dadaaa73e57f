"""Who may act on a round, and for which side; its lock, its record, and letters to those who take part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Stale, WrongState
from booking.foundation.signals import send_revised
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.seasons.access import check_may_decide
from booking.seasons.models import RoundEvent, SeasonRound
from booking.seasons.selectors.hearing import participants, voices


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who acts, and for which side: an organisation, or (None) the municipality."""

    user: Any
    hat: str
    organisation: Organisation | None = None


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def for_organisation(user: Any, round: SeasonRound, organisation: Organisation, on: date) -> Speaker:
    """``user`` as leader, board member or booker of an organisation that takes part. Raises ``Forbidden``."""
    if not organisations.organisations_of(user, on, LEADING_ROLES).filter(pk=organisation.pk).exists():
        raise Forbidden("forbidden", _("Only the organisation's leader, board or bookers can do this."))
    if not participants(round).filter(pk=organisation.pk).exists():
        raise Forbidden("not_in_round", _("Only an organisation that takes part in the round can do this."))
    return Speaker(user, organisations.organisation_hat(organisation).code, organisation)


def for_voice(user: Any, round: SeasonRound, organisation: Organisation, on: date) -> Speaker:
    """As ``for_organisation``, also for a council that speaks for those who use the round's places (needs N14): it has
    no hours to confirm or swap, and may say what it thinks. Raises ``Forbidden``."""
    if not organisations.organisations_of(user, on, LEADING_ROLES).filter(pk=organisation.pk).exists():
        raise Forbidden("forbidden", _("Only the organisation's leader, board or bookers can do this."))
    if not voices(round).filter(pk=organisation.pk).exists():
        raise Forbidden("not_in_round", _("Only an organisation that takes part in the round can do this."))
    return Speaker(user, organisations.organisation_hat(organisation).code, organisation)


def for_municipality(user: Any, round: SeasonRound, on: date) -> Speaker:
    """``user`` as the municipality. Raises what ``check_may_decide`` does."""
    return Speaker(user, check_may_decide(user, round, on))


def locked(round: SeasonRound, *, if_version: int | None = None) -> SeasonRound:
    """The round, read fresh under its lock: taken before cells and cases. Raises ``Stale``."""
    row = SeasonRound.objects.select_for_update(of=("self",)).select_related("unit").get(pk=round.pk)
    if if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed this round in the meantime. Look at it again."))
    return row


def need_state(round: SeasonRound, *states: str) -> None:
    """Raises ``WrongState`` in any other."""
    if round.state not in states:
        raise WrongState(
            "wrong_state",
            _("This can't be done now: the round is “%(state)s”."),
            params={"state": round.get_state_display()},
        )


def log(
    round: SeasonRound, kind: str, *, who: Speaker | None = None, now: datetime, public: bool = True, **facts: Any
) -> None:
    """One entry of the record: ids, dates and codes only. Under the round's lock."""
    last = round.events.order_by("-number").values_list("number", flat=True).first() or 0
    RoundEvent.objects.create(
        round=round, number=last + 1, at=now, type=kind, by=who.user if who else None, hat=who.hat if who else "",
        public=public, facts=facts,
    )  # fmt: skip


def store(round: SeasonRound, now: datetime) -> None:
    """Save with a new version, and tell who shows it."""
    round.version += 1
    round.revised_at = now
    round.save()
    send_revised(cause=f"season:{round.slug}", scopes=[f"season:{round.pk}"])


# --- letters ---------------------------------------------------------------------------------------------------------


def to_organisation(
    organisation: Organisation,
    handler: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    legal: bool = False,
) -> list[Outgoing]:
    """One letter per person who leads or books for it, else to its own address."""
    base = {**payload, "organisation": organisation.pk}
    rows = organisations.members(organisation, today_of(now)).filter(role__in=LEADING_ROLES, user__is_active=True)
    people = {row.user_id: row.user for row in rows if address_of(row.user)}
    found = [
        Outgoing(
            key=f"{key}:{organisation.pk}:{pk}"[:200], handler=handler, payload=base, recipient=address_of(person),
            recipient_user=person, language=str(getattr(person, "language", "") or "nb"), due_at=now, legal=legal,
        )
        for pk, person in sorted(people.items())
    ]  # fmt: skip
    if not found and organisation.email:
        found.append(
            Outgoing(
                key=f"{key}:{organisation.pk}:mail"[:200], handler=handler, payload=base, recipient=organisation.email,
                recipient_user=None, language=organisation.language, due_at=now, legal=legal,
            )
        )  # fmt: skip
    return found


def to_unit(round: SeasonRound, handler: str, key: str, payload: Mapping[str, Any], *, now: datetime) -> list[Outgoing]:
    """To the officer of the round, to the deputy while they are away; to the unit's own address when there is none."""
    missing = catalogue.missing(today_of(now))
    person = next(
        (one for one in (round.officer, round.deputy) if one is not None and missing.living(one) and address_of(one)),
        None,
    )
    base = {**payload, "organisation": None}
    address = address_of(person) if person is not None else round.unit.email
    if not address:
        return []
    language = str(getattr(person, "language", "") or "nb")
    return [
        Outgoing(
            key=f"{key}:unit"[:200], handler=handler, payload=base, recipient=address, recipient_user=person,
            language=language, due_at=now,
        )
    ]  # fmt: skip


def post(messages: Iterable[Outgoing], *, now: datetime) -> None:
    """Into the outbox, in this transaction; the same thing once to a person."""
    unique = {(one.handler, one.recipient, one.key): one for one in messages}
    enqueue_many(list(unique.values()), now=now)


def address_of(user: Any) -> str:
    """The e-mail address of a person; "" without one."""
    return str(getattr(user, user.get_email_field_name(), "") or "")
