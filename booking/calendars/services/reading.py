"""A calendar ready to send: kept bytes, brought up to date first if they aren't."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import DatabaseError, transaction

from booking.calendars import selectors, statements
from booking.calendars.rules import CALENDAR_END, COLOURS, Window, calendar_head, narrow, render
from booking.calendars.rules.window import MOST_BYTES, MOST_EVENTS
from booking.calendars.selectors import EXTRAS, Calendar
from booking.calendars.selectors.calendars import with_cut
from booking.calendars.services import keeping
from booking.calendars.services.keeping import Variant
from booking.catalogue.models import Resource
from booking.foundation.conf import booking_settings


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed ready to send. ``narrowed_to``: what begins from that day on was left out because there is too much."""

    head: bytes
    bodies: list[bytes]
    narrowed_to: date | None

    def __iter__(self) -> Iterator[bytes]:
        """The bytes in pieces of some size: a small write each would cost more than the query."""
        piece = [self.head]
        size = len(self.head)
        for body in self.bodies:
            piece.append(body)
            size += len(body)
            if size > 64_000:
                yield b"".join(piece)
                piece, size = [], 0
        piece.append(CALENDAR_END)
        yield b"".join(piece)


def resource_feed(
    resource: Resource,
    *,
    variant: Variant,
    window: Window,
    most_events: int = MOST_EVENTS,
    most_bytes: int = MOST_BYTES,
) -> Feed:
    """The public feed of a resource in this window, with what is known of all that share cells with it.

    The database being busy with a long write doesn't stop a reader: then the feed is rendered and not kept.
    """
    state = statements.kept_state(resource.pk, variant.code)
    scopes = [selectors.scope_of(row.resource_id) for row in state]
    fresh = all((row.version, window.code) == (row.rendered, row.window) for row in state)
    bodies, cut = _bodies(scopes, variant, window, fresh, most_events, most_bytes)
    name, text = selectors.heading(resource, variant.language, narrowed_to=cut)
    head = calendar_head(
        name=name,
        description=text,
        zone=resource.timezone or booking_settings().timezone,
        language=variant.language,
        source=selectors.feed_url(resource),
        zones=zones_in(bodies),
        colour=COLOURS["resource"],
    )
    return Feed(head, bodies, cut)


def read(
    calendar: Calendar,
    *,
    variant: Variant,
    window: Window,
    most_events: int = MOST_EVENTS,
    most_bytes: int = MOST_BYTES,
) -> Feed:
    """Any other calendar in this window. A constant number of queries, whatever it is made of."""
    scopes = list(calendar.scopes())
    state = statements.kept_state_of(scopes, variant.code, EXTRAS[variant.audience])
    fresh = all((row.version, window.code) == (row.rendered, row.window) for row in state)
    bodies, cut = _bodies(scopes, variant, window, fresh, most_events, most_bytes)
    name, text = calendar.heading(variant.language)
    head = calendar_head(
        name=name,
        description=with_cut(text, variant.language, cut),
        zone=calendar.zone,
        language=variant.language,
        source=calendar.source,
        zones=zones_in(bodies),
        colour=COLOURS.get(calendar.kind),
    )
    return Feed(head, bodies, cut)


def _bodies(
    scopes: Sequence[str], variant: Variant, window: Window, fresh: bool, most_events: int, most_bytes: int
) -> tuple[list[bytes], date | None]:
    """The components in order of start, and from which day on they were left out."""
    if not scopes:
        return [], None
    bodies: list[bytes] | None = None
    if not fresh:
        try:
            keeping.bring_up_to_date(scopes=scopes, variant=variant, window=window)
        except DatabaseError:
            if transaction.get_connection().in_atomic_block:
                raise
            bodies = rendered_now(scopes, variant, window)
    if bodies is None:
        bodies = statements.bodies(scopes, variant.code, window.start, window.end)
    fits = narrow(map(len, bodies), most_events=most_events, most_bytes=most_bytes)
    if fits is None:
        return bodies, None
    return bodies[:fits], _first_time(bodies[fits])


def rendered_now(scopes: Collection[str], variant: Variant, window: Window) -> list[bytes]:
    """The same bytes as the kept ones, made on the spot."""
    found = selectors.items_of(
        sorted(scopes), window, audience=variant.audience, language=variant.language, expand=variant.expand
    )
    wanted = set(scopes)
    items = {item.key: item for item in found if item.scope in wanted}
    return [render(item.facts) for item in sorted(items.values(), key=lambda item: (item.facts.start, item.key))]


_ZONE = re.compile(rb"\r\n(?:DTSTART|RECURRENCE-ID);TZID=([^:]+):")


def zones_in(bodies: Iterable[bytes]) -> tuple[str, ...]:
    """The zones that series refer to, sorted: each needs its VTIMEZONE."""
    # A plain search first: most feeds hold thousands of single events and few series.
    found = {match[1] for body in bodies if b";TZID=" in body and (match := _ZONE.search(body))}
    return tuple(sorted(zone.decode("ascii") for zone in found))


def _first_time(body: bytes) -> date:
    """The local or UTC date on which a component begins: for the sentence that says where the calendar was cut."""
    found = re.search(rb"\r\nDTSTART[^:]*:(\d{8})", body)
    assert found is not None  # noqa: S101 - we wrote it
    return date.fromisoformat(found[1].decode("ascii"))
