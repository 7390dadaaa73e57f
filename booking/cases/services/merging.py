"""What cases do when two organisations become one, and the case that answers who told of a lost leader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext, ngettext_lazy

from booking.cases.models import Case, CoHost, Line
from booking.cases.services.submitting import submit_enquiry
from booking.organisations.models import LeaderMatter, Organisation


def move_cases(source: Organisation, target: Organisation, now: datetime) -> None:
    """Cases, hats of requesters and co-hosts go over; nobody co-hosts with themselves, nor twice.

    The log keeps the hat as it was worn. Versions rise, so that nobody decides on a page that names the other entry.
    """
    old, new = f"organisation:{source.slug}", f"organisation:{target.slug}"
    touched = Q(organisation=source) | Q(requester_hat=old) | Q(co_hosts__organisation=source)
    ids = list(Case.objects.filter(touched).order_by("pk").values_list("pk", flat=True).distinct())
    cases = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    for case in cases:
        if case.organisation_id == source.pk:
            case.organisation = target
        if case.requester_hat == old:
            case.requester_hat = new
        case.version = F("version") + 1
        case.revised_at = now
        case.save(update_fields=["organisation", "requester_hat", "version", "revised_at"])
        hosts = CoHost.objects.filter(case=case, organisation__in=[source, target])
        if case.organisation_id == target.pk or hosts.count() > 1:
            spare = hosts if case.organisation_id == target.pk else hosts.filter(organisation=source)
            spare.delete()


def lines_that_move(source: Organisation) -> list[tuple[int, Any]]:
    """Granted and asked-for times, for the list of consequences."""
    count = Line.objects.filter(case__organisation=source).count()
    return [(count, ngettext_lazy("time asked for or granted", "times asked for or granted", count))]


def answer_matter(matter: LeaderMatter, contact: Mapping[str, str], now: datetime) -> str:
    """The enquiry of who told that an organisation has lost its leader, with a receipt and a date as any other."""
    case = submit_enquiry(
        message=gettext("%(organisation)s has lost its leader: %(reason)s.\n\n%(words)s")
        % {
            "organisation": matter.organisation.name,
            "reason": matter.get_reason_display(),
            "words": matter.message,
        },
        user=matter.filed_by,
        contact_name=contact["name"],
        contact_email=contact["email"],
        contact_phone=contact["phone"],
        now=now,
    )
    return case.reference
