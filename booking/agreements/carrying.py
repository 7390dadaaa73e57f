"""What a person carries of agreements, for the hand-over of everything; what a new club leader must know of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.agreements import selectors, services, wording
from booking.agreements.models import Agreement, AgreementState
from booking.catalogue import registry as catalogue
from booking.catalogue.carrying import ROLES
from booking.catalogue.registry import Carried
from booking.foundation.errors import WrongState
from booking.organisations import registry as organisations
from booking.organisations.models import LEADING_ROLES, Membership, Organisation
from booking.organisations.registry import Entry
from booking.organisations.selectors import current

_LIVING = (AgreementState.PROPOSED, AgreementState.AGREED)
#: So many stand on the page of a first day; the list has them all.
MOST = 30


def register() -> None:
    """Fill the registries of the floors below."""
    catalogue.register_carried(
        "agreements", carried, label=gettext_lazy("Agreements"), hand_over=hand_over_agreement, unowned=unowned,
        named=named, taken_over=taken_over, roles=ROLES, order=40,
    )  # fmt: skip
    organisations.register_first_day("agreements", first_day, label=gettext_lazy("Your agreements"), order=20)


def carried(user: Any, on: date) -> list[Carried]:
    """Agreements whose officer or deputy the person is, what ends first. A constant number of queries."""
    if not selectors.is_on():
        return []
    rows = list(_living(on).filter(Q(officer=user) | Q(deputy=user)))
    tied = _tied(rows, on)
    return [
        _row(
            one,
            on,
            role="officer" if one.officer_id == user.pk else "deputy",
            suggested=[pk for pk in (one.deputy_id, one.unit.officer_id, one.unit.deputy_id) if pk and pk != user.pk],
            barred=tied[one.pk],
            # A deputy's name goes by itself: the unit's leader stands in then.
            movable=one.officer_id == user.pk,
        )
        for one in rows
    ]


def unowned(on: date) -> list[Carried]:
    """Living agreements without an officer who can sign in."""
    if not selectors.is_on():
        return []
    return [_row(one, on) for one in _living(on).filter(Q(officer=None) | Q(officer__is_active=False))]


def taken_over(units: Collection[int]) -> list[Carried]:
    """Agreements of these units that went to somebody because another left, and that nobody has looked at since."""
    if not selectors.is_on():
        return []
    rows = selectors.with_all(Agreement.objects.filter(unit__in=units, taken_over=True)).order_by("reference")
    return [
        Carried(
            key=str(one.pk), title=str(one), link=_link(one), unit=one.unit_id, detail=str(one.officer or ""),
            due=one.last_day,
        )
        for one in rows
    ]  # fmt: skip


def named() -> set[int]:
    """Everybody who is the officer or deputy of an agreement that isn't over."""
    pairs = Agreement.objects.filter(state__in=_LIVING).order_by().values_list("officer_id", "deputy_id").distinct()
    return {pk for pair in pairs for pk in pair if pk}


def hand_over_agreement(key: str, *, leaver: Any, to: Any, reason: str, by: Any, now: datetime) -> None:
    """Another officer of the same unit answers for it. The reason stands in the log of the hand-over of everything."""
    pk = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    with transaction.atomic():
        row = Agreement.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or row.officer_id != leaver.pk:
            raise WrongState("moved", _("Somebody else has this already."))
        services.assign_agreement(row, unit=None, officer=to, by=by, now=now)


def first_day(organisation: Organisation, on: date) -> list[Entry]:
    """The organisation's living agreements; those that wait for its yes first."""
    if not selectors.is_on():
        return []
    waiting = {
        row.pk
        for row in Agreement.objects.filter(
            parties__organisation=organisation, parties__confirmed_at=None, state=AgreementState.PROPOSED
        )
    }
    rows = sorted(_living(on).filter(parties__organisation=organisation), key=lambda one: one.pk not in waiting)
    return [
        Entry(
            title=one.title,
            detail=" · ".join((one.reference, _status(one, on))),
            link=reverse("booking:my_agreement", args=[organisation.slug, one.reference]),
            when=one.last_day,
            mark=_("Waits for you") if one.pk in waiting else "",
        )
        for one in rows[:MOST]
    ]


def _living(on: date) -> Any:
    rows = Agreement.objects.filter(Q(last_day=None) | Q(last_day__gte=on), state__in=_LIVING)
    return selectors.with_all(rows).order_by(F("last_day").asc(nulls_last=True), "reference")


def _tied(rows: list[Agreement], on: date) -> dict[int, set[int]]:
    """Who must keep away from each agreement: leading roles in its organisations (needs N10)."""
    parties = {one.pk: {party.organisation_id for party in one.parties.all()} for one in rows}
    leading: dict[int, set[int]] = {}
    held = Membership.objects.filter(
        current(on), organisation__in=set().union(*parties.values()), role__in=LEADING_ROLES
    )
    for organisation_id, user_id in held.values_list("organisation_id", "user_id"):
        leading.setdefault(organisation_id, set()).add(user_id)
    return {pk: set().union(*(leading.get(one, set()) for one in ids)) for pk, ids in parties.items()}


def _row(one: Agreement, on: date, **more: Any) -> Carried:
    return Carried(
        key=str(one.pk), title=str(one), link=_link(one), unit=one.unit_id, detail=_status(one, on), due=one.last_day,
        **more,
    )  # fmt: skip


def _status(one: Agreement, on: date) -> str:
    return str(wording.status_words(selectors.status_of(one, on), wording.sides(one)))


def _link(one: Agreement) -> str:
    """The agreement's page in the CMS admin; "" on a site without it."""
    try:
        return reverse("booking_agreements:inspect", args=[one.pk])
    except NoReverseMatch:
        return ""
