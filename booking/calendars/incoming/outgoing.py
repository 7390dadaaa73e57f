"""What calendars of others put into our own feeds: closed time, and what is only told.

Such a time has no history of its own here, so its identity is made of all that it says: moved or renamed, it is another
event, and stamps never have to rise. Titles are told only where they were chosen (``CalendarSource.titles``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid5

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars import registry
from booking.calendars.incoming import selectors
from booking.calendars.incoming.models import BlockState, CalendarSource, ImportedBlock
from booking.calendars.rules import OneOff, Place, Window, Wording
from booking.calendars.selectors import Item, scope_of
from booking.calendars.selectors.places import place_of
from booking.catalogue.models import Resource
from booking.foundation.intervals import Interval, merge
from booking.occupancy.models import Cause, Occupancy

_SPACE = UUID("0d0c51b2-5c53-4b52-9a5e-3a4f1b7f4d55")


def register() -> None:
    """Tell the feeds."""
    registry.register_on_resources("calendars_in", _on_resources)


def _on_resources(ids: Collection[int], window: Window, language: str) -> list[Item]:
    """Closed time and information on these things. A constant number of queries; one where no calendar is subscribed
    to."""
    if not CalendarSource.objects.filter(active=True).exists():
        return []
    blocks = list(
        ImportedBlock.objects.filter(
            resource_id__in=ids, event__source__active=True, end__gt=window.start, start__lt=window.end
        )
        .select_related("event__source")
        .order_by("pk")
    )
    told = selectors.shown(ids, window.start, window.end)
    if not blocks and not told:
        return []
    things = Resource.objects.select_related("parent").in_bulk(
        {one.resource_id for one in blocks} | {pk for _, pk in told}
    )
    places = {pk: place_of(one, language) for pk, one in things.items()}
    found = []
    with translation.override(language):
        for block, start, end in _pieces(blocks):
            title = block.event.title if block.event.source.titles else ""
            words = pgettext("calendar event", "Closed")
            if title:
                words = _("%(what)s: %(reason)s") % {"what": words, "reason": title}
            wording = Wording(words, "", pgettext("calendar category", "Closure"))
            about = (block.event.source, block.event.uid, block.event.occurrence)
            found.append(_item(block.resource_id, about, start, end, wording, places[block.resource_id]))
        for event, pk in told:
            title = event.title if event.source.titles else ""
            wording = Wording(title or event.source.name, "", pgettext("calendar category", "Information"), free=True)
            about = (event.source, event.uid, event.occurrence)
            found.append(_item(pk, about, event.start, event.end, wording, places[pk]))
    return found


def _pieces(blocks: list[ImportedBlock]) -> list[tuple[ImportedBlock, datetime, datetime]]:
    """What each really takes: where granted time was in the way, only what is left around it."""
    around = [one.pk for one in blocks if one.state != BlockState.TAKEN]
    taken: dict[int, list[Interval[datetime]]] = defaultdict(list)
    if around:
        rows = Occupancy.objects.filter(cause_kind=Cause.IMPORT, cause_id__in=around).order_by()
        for pk, start, end in rows.values_list("cause_id", "start", "end").distinct():
            taken[pk].append(Interval(start, end))
    found = []
    for one in blocks:
        if one.state == BlockState.TAKEN:
            found.append((one, one.start, one.end))
        else:
            found += [(one, piece.start, piece.end) for piece in merge(taken[one.pk])]
    return found


def _item(
    pk: int, about: tuple[CalendarSource, str, str], start: datetime, end: datetime, wording: Wording, place: Place
) -> Item:
    source, uid, occurrence = about
    name = "|".join((str(source.pk), uid, occurrence, str(pk), start.isoformat(), end.isoformat(), wording.summary))
    identity = uuid5(_SPACE, name)
    return Item(
        scope_of(pk),
        f"imported:{identity}",
        OneOff(
            uid=identity,
            start=start,
            end=end,
            sequence=0,
            created_at=source.created_at,
            revised_at=source.created_at,
            wording=wording,
            place=place,
        ),
    )
