"""What agreements connect when Django starts: letters, their job in `tick`, and what the floors below ask of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.agreements import carrying, letters, personal, selectors, services, wording
from booking.agreements.models import Agreement
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.registry import PageNote, StaffPart
from booking.catalogue.signals import ownership_taken_over
from booking.correspondence import registry as correspondence
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import registry as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.registry import PagePart

#: So many stand on the organisation's own page; the list has them all.
FIRST = 5


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    correspondence.register_job("agreements", services.run_agreements)
    ownership_taken_over.connect(_leaver, dispatch_uid="booking.agreements.leaver")
    organisations.register_mover("agreements", services.move_parties)
    organisations.register_teller("agreements", services.agreements_that_move)
    organisations.register_page_part("agreements", page_part, waiting)
    carrying.register()
    catalogue.register_page_notes("agreements", page_notes)
    catalogue.register_staff_part("agreements", staff_part, order=20)


def _leaver(leaver: Any, now: datetime, **_kwargs: Any) -> None:
    services.take_over_agreements(leaver, now)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """The agreements of an organisation on its own page, those that wait first; for leading roles."""
    if not selectors.is_on() or not set(roles) & set(LEADING_ROLES):
        return None
    found = selectors.with_all(Agreement.objects.filter(parties__organisation=organisation)).exclude(
        state__in=["declined", "ended"]
    )
    rows = []
    for one in selectors.in_order(found)[:FIRST]:
        status = selectors.status_of(one, on)
        mark = (f"agreement_{status}", wording.status_words(status, wording.sides(one)))
        rows.append((one.title, _address("booking:my_agreement", organisation.slug, one.reference), mark))
    return PagePart(
        gettext_lazy("Agreements with the municipality"),
        "" if rows else gettext_lazy("Nothing is written down yet. An oral agreement can be, too."),
        rows,
        _address("booking:my_agreements", organisation.slug),
        gettext_lazy("All agreements"),
    )


def waiting(organisation_ids: Sequence[int]) -> Mapping[int, str]:
    """How many agreements wait for each organisation's yes."""
    if not selectors.is_on():
        return {}
    return {
        pk: ngettext("%(count)s agreement waits for your yes", "%(count)s agreements wait for your yes", count)
        % {"count": count}
        for pk, count in selectors.waiting_by_organisation(organisation_ids).items()
    }


def page_notes(resource: Resource, user: Any, on: date) -> list[PageNote]:
    """On a thing's page: the agreements about it that this reader may see, with how they stand."""
    found = []
    rows = selectors.of_resource(resource, user, on)
    if not rows:
        return []
    staff = set(
        selectors.staff_agreements(user, on).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True)
    )
    for one in rows:
        words = _("Agreement: %(title)s") % {"title": one.title}
        party = next(iter(selectors.roles_in(user, one, on)), None)
        if party is not None:
            slug = next(row.organisation.slug for row in one.parties.all() if row.organisation_id == party)
            url = _address("booking:my_agreement", slug, one.reference)
        else:
            url = _address("booking_agreements:inspect", one.pk) if one.pk in staff else ""
        status = selectors.status_of(one, on)
        found.append(PageNote(words, url, wording.status_words(status, wording.sides(one))))
    return found


def staff_part(request: Any, resource: Resource, now: datetime) -> StaffPart | None:
    """On a thing's page in the CMS admin: the agreements about it that the unit answers for, and how they stand."""
    if not selectors.is_on():
        return None
    on = clock.local_date(now, booking_settings().tz)
    lines = [
        PageNote(
            one.title,
            _address("booking_agreements:inspect", one.pk),
            wording.status_words(selectors.status_of(one, on), wording.sides(one)),
        )
        for one in selectors.of_resource_for_staff(resource, request.user, on)
    ]
    return StaffPart(
        gettext_lazy("Agreements about it"),
        lines,
        gettext_lazy("Nothing is written down yet. An oral agreement can be, too."),
        [(gettext_lazy("All agreements"), _address("booking_agreements:index"))],
    )
