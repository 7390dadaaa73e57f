"""Who is on a case: everybody sees the same thread, and hears of it (needs N14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.contrib.auth import get_user_model

from booking.cases.access import DECIDING_ROLES, hosts_of, is_staff_for, party_hats
from booking.cases.models import HOSTING, Case
from booking.catalogue import selectors as catalogue
from booking.organisations import selectors as organisations

Side = Literal["party", "staff"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who hears of a case. ``user`` is None for who has no account; then there is only an address."""

    side: Side
    address: str
    language: str
    name: str
    user: Any = None
    #: What somebody without an account is on the case: "contact", "responsible", "host:<id>", "organisation".
    role: str = ""

    @property
    def key(self) -> str:
        """What tells people apart."""
        return f"u{self.user.pk}" if self.user is not None else self.address.lower()


def people_of(case: Case, on: date) -> list[Person]:
    """Who hears of the case on that day: requester, responsible adult, leaders of the co-hosts, whoever has written,
    and who answers it for the municipality. Each once; who is both party and staff counts as a party."""
    from booking.cases.selectors.detail import acting_for

    found: dict[str, Person] = {}

    def add(side: Side, user: Any = None, role: str = "", *words: str) -> None:
        address, name, language = (*words, "", "", "")[:3]
        if user is not None:
            if not user.is_active:
                return
            address, name = address_of(user), str(user.get_full_name() or user)
            language = getattr(user, "language", "") or "nb"
        if not address:
            return
        person = Person(side, address, language or case.contact_language, name, user, role)
        same = any(one.address.lower() == address.lower() for one in found.values())
        if not same:
            found[person.key] = person

    hat = case.requester_hat
    if case.requester is not None and not hat.startswith("unit:"):
        add("party", case.requester)
    if not found:
        add("party", None, "contact", case.contact_email, case.contact_name)
    if case.responsible is not None:
        add("party", case.responsible)
    elif case.responsible_email:
        add("party", None, "responsible", case.responsible_email, case.responsible_name)
    for host in case.co_hosts.filter(state__in=HOSTING).select_related("organisation").order_by("pk"):
        leading = [row.user for row in organisations.leaders(host.organisation, on)]
        for user in leading:
            add("party", user)
        if not leading:
            of = host.organisation
            add("party", None, f"host:{of.pk}", of.email, of.name, of.language)
    if not found and case.organisation is not None:
        of = case.organisation
        add("party", None, "organisation", of.email, of.name, of.language)
        if not found:
            # The requester is gone, and the organisation has no address of its own.
            for row in organisations.leaders(of, on):
                add("party", row.user)
    holder, _why = acting_for(case, on)
    for user in writers_of(case):
        if party_hats(user, case, on):
            add("party", user)
        elif is_staff_for(user, case, on):
            add("staff", user)
    if holder is not None:
        add("staff", holder)
    return list(found.values())


def writers_of(case: Case) -> list[Any]:
    """Users who have written on the case, notes included, in the order of their first word."""
    ids = list(dict.fromkeys(case.messages.exclude(author=None).order_by("pk").values_list("author_id", flat=True)))
    users = get_user_model()._default_manager.in_bulk(ids)
    return [users[pk] for pk in ids if pk in users]


def callable_people(case: Case, on: date, *, internal: bool) -> dict[int, str]:
    """Who can be called with @ on the case, by id: everybody on it, and the unit's officers; in a note, staff only."""
    names: dict[int, str] = {}
    if not internal:
        names |= {one.user.pk: one.name for one in people_of(case, on) if one.user is not None}
        for host in hosts_of(case):
            names |= {row.user_id: str(row.user.get_full_name() or row.user) for row in organisations.leaders(host, on)}
    for user in catalogue.people_of(case.unit, on, DECIDING_ROLES):
        if user.is_active and not party_hats(user, case, on):
            names.setdefault(user.pk, str(user.get_full_name() or user))
    return names


def address_of(user: Any) -> str:
    """Where somebody with an account reads mail."""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def user_at(address: str) -> Any:
    """The living account with this address; None when there is none, or more than one."""
    people = get_user_model()
    lookup: dict[str, Any] = {f"{people.get_email_field_name()}__iexact": address, "is_active": True}
    found: Iterable[Any] = people._default_manager.filter(**lookup)[:2] if address else ()
    users = list(found)
    return users[0] if len(users) == 1 else None
