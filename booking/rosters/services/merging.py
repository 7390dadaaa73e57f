"""Two entries of an organisation become one: rosters follow."""

from __future__ import annotations

from datetime import datetime

from booking.organisations.models import Organisation
from booking.rosters.models import RosterLink, WeekTold


def move_rosters(source: Organisation, target: Organisation, now: datetime) -> None:
    """Each side may have one open link to a roster: where both have, the one of the entry that goes is stopped."""
    theirs = RosterLink.objects.filter(organisation=target, revoked_at=None).values("case")
    RosterLink.objects.filter(
        organisation=source, revoked_at=None, case__in=list(theirs.values_list("case", flat=True))
    ).update(revoked_at=now)
    WeekTold.objects.filter(who=f"o{source.pk}").delete()
