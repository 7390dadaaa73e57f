"""Councils that speak for those a place is tagged for: youth, the elderly, people with disabilities (needs N14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from booking.organisations.models import Organisation, OrganisationKind, OrganisationState

#: Feature of a place → what stands in the slug of the council that speaks for its users.
COUNCILS: Mapping[str, str] = {
    "for-ungdom": "ungdom",
    "for-eldre": "eldre",
    "for-funksjonsnedsettelse": "funksjon",
}


def councils_for(tags: Collection[str]) -> dict[int, tuple[str, ...]]:
    """The councils that speak for the users of places with these tags: their ids, and for which. One query, none for
    no tags."""
    asked = [tag for tag in COUNCILS if tag in tags]
    if not asked:
        return {}
    rows = Organisation.objects.filter(kind=OrganisationKind.COUNCIL, merged_into=None)
    found = {}
    for pk, slug in rows.exclude(state=OrganisationState.INACTIVE).order_by("pk").values_list("pk", "slug"):
        speaks_for = tuple(tag for tag in asked if COUNCILS[tag] in slug)
        if speaks_for:
            found[pk] = speaks_for
    return found
