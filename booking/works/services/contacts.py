"""Whom a message to a party goes to, by which means, without an address being written anywhere it needn't be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.cases.models import Line
from booking.correspondence import sms
from booking.foundation import vault
from booking.organisations import selectors as organisations
from booking.organisations.models import MemberRole
from booking.works.models import AffectedParty, Channel, PartyKind, WorksParty, WorksReport
from booking.works.services.affected import ADDRESS


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be reached: ``key`` says who, ``address`` where, in which language. "" when it is sealed."""

    key: str
    channel: str
    address: str
    language: str = "nb"
    user: Any = None


def email_of(user: Any) -> str:
    """The e-mail address of a person who can sign in; "" for others."""
    if user is None or not user.is_active:
        return ""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def contacts(row: AffectedParty, means: str, on: date) -> list[Contact]:
    """Whom this rung reaches for this party: [] when there is nobody (that is logged as a try, too)."""
    party = row.party
    if party.kind == PartyKind.FOLLOWERS:
        return [Contact("followers", Channel.FOLLOW, "")] if means == "email" else []
    if means == "phone":
        return [Contact(key_of(party), Channel.PHONE, phone_of(party, on))]
    if means == "poster":
        return [Contact(f"place:{pk}", Channel.POSTER, "") for pk in places_of(row)[:5]]
    if means == "sms":
        number = sms.plain_number(phone_of(party, on))
        return [Contact(key_of(party), Channel.SMS, number, language_of(party))] if number else []
    if party.kind == PartyKind.PERSON:
        return _people([party.user]) if means in ("email", "second_contact") else []
    if party.kind == PartyKind.DECLARED:
        sealed = party.report is not None and party.report.address_sealed
        key = f"report:{party.report_id}"
        return [Contact(key, Channel.EMAIL, "", language_of(party))] if sealed and means == "email" else []
    return _of_organisation(row, means, on)


def _of_organisation(row: AffectedParty, means: str, on: date) -> list[Contact]:
    organisation = row.party.organisation
    if organisation is None:
        return []
    members = list(organisations.members(organisation, on).select_related("user"))
    leading = [one.user for one in members if one.role == MemberRole.LEADER]
    board = [one.user for one in members if one.role in (MemberRole.BOARD, MemberRole.BOOKER)]
    own = (
        [Contact(f"organisation:{organisation.pk}", Channel.EMAIL, organisation.email, organisation.language)]
        if organisation.email
        else []
    )
    if means == "email":
        mine = {one.user_id for one in members}
        asked = [user for user in _askers(row) if user.pk in mine]
        return _people([*asked, *leading]) or _people(board) or own
    if means == "second_contact":
        return _people(board) + own
    if means == "leader":
        return _people(leading)
    return []


def _askers(row: AffectedParty) -> list[Any]:
    """Who asked for the hours that are hit: they know whom to tell."""
    ids = [one["line"] for one in row.evidence if "line" in one]
    if not ids:
        return []
    rows = Line.objects.filter(pk__in=ids, case__requester__is_active=True).select_related("case__requester")
    people = {line.case.requester.pk: line.case.requester for line in rows if line.case.requester is not None}
    return [people[pk] for pk in sorted(people)]


def _people(users: Iterable[Any]) -> list[Contact]:
    found: dict[int, Contact] = {}
    for user in users:
        if user is not None and email_of(user):
            language = str(getattr(user, "language", "") or "nb")
            found.setdefault(user.pk, Contact(f"user:{user.pk}", Channel.EMAIL, email_of(user), language, user))
    return list(found.values())


def key_of(party: WorksParty) -> str:
    """The party itself as a contact."""
    if party.kind == PartyKind.ORGANISATION:
        return f"organisation:{party.organisation_id}"
    if party.kind == PartyKind.PERSON:
        return f"user:{party.user_id}"
    return f"report:{party.report_id}" if party.kind == PartyKind.DECLARED else "followers"


def language_of(party: WorksParty) -> str:
    """In which language the party is written to."""
    if party.organisation is not None:
        return party.organisation.language
    if party.report is not None:
        return party.report.language
    return str(getattr(party.user, "language", "") or "nb")


def phone_of(party: WorksParty, on: date) -> str:
    """The number to call: the organisation's, else its leader's; the person's own. "" when nobody knows one."""
    if party.user is not None:
        return str(getattr(party.user, "phone", "") or "")
    organisation = party.organisation
    if organisation is None:
        return ""
    if organisation.phone:
        return organisation.phone
    leading = organisations.leaders(organisation, on).select_related("user")
    return next((str(one.user.phone) for one in leading if getattr(one.user, "phone", "")), "")


def places_of(row: AffectedParty) -> Sequence[int]:
    """The places where the party would see a poster: those of its evidence, else those of the works."""
    found: dict[int, None] = {}
    for one in row.evidence:
        if "resource" in one:
            found[one["resource"]] = None
        for pk in one.get("places", ()):
            found[pk] = None
    if not found:
        found = dict.fromkeys(row.listing.version.targets.values_list("resource_id", flat=True))
    return list(found)


def sealed_address(report: WorksReport | None) -> str:
    """The address that somebody left with "we are affected too"; "" when there is none any more."""
    if report is None or not report.address_sealed:
        return ""
    try:
        return vault.open_sealed(ADDRESS, report.address_sealed)
    except vault.Unreadable:
        return ""
