"""The officers' desk: lists that are kept by name, and this morning's letter with its links."""

from __future__ import annotations

from booking.cases.desk.services import save_view
from booking.cases.services.ticking import to_staff
from booking.catalogue.models import Unit
from booking.correspondence.services import enqueue_many
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import desk


def build_desk(town: Town) -> None:
    """After everything else: the letter tells of what waits now."""
    for who, slug, title, query in desk.LISTS:
        unit = Unit.objects.get(slug=slug) if slug else None
        save_view(title=title, query=query, unit=unit, by=town.people[who], now=town.now)
    for who in desk.READ_IN_THE_MORNING:
        enqueue_many(to_staff(town.people[who], "staff_digest", town.today, town.now), now=town.now)
