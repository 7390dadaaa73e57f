"""Writes behind the feeds: versions that rise with each change, and rendered events that are kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from booking.calendars import selectors, statements
from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.calendars.rules import (
    CALENDAR_END,
    SCHEMA,
    OneOff,
    Repeating,
    Window,
    calendar_head,
    narrow,
    render,
)
from booking.calendars.rules import window as window_at
from booking.calendars.rules.events import revision
from booking.calendars.rules.window import MOST_BYTES, MOST_EVENTS
from booking.catalogue.models import Resource
from booking.foundation.conf import booking_settings

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Variant:
    """For whom and in which form events are rendered."""

    language: str
    expand: bool

    @property
    def code(self) -> str:
        """Audience, language, form and schema."""
        return f"public-{self.language}{'-single' if self.expand else ''}-{SCHEMA}"


#: Every variant that a reader can ask for.
VARIANTS = tuple(Variant(language, expand) for language in ("nb", "nn", "en") for expand in (False, True))


def bump(*, resource_ids: Collection[int], now: datetime) -> None:
    """Raise the version of the feeds of these resources and of all that share cells with them.

    Runs in the transaction of the change, so that version and change are seen together or not at all. Rows are locked
    in order of their scope: two changes at once wait for each other and never in a circle.
    """
    if resource_ids:
        statements.raise_versions(resource_ids, now)


@transaction.atomic
def bring_up_to_date(*, resource_ids: Collection[int], variant: Variant, window: Window) -> None:
    """Render what has changed in these resources' scopes since the kept events were made; drop what is gone.

    The row of each scope is locked first and its version read after, so that two readers at once can't leave older
    bytes under a newer version. A constant number of queries, apart from the batches of new bytes.
    """
    scopes = {selectors.scope_of(pk): pk for pk in resource_ids}
    RenderedScope.objects.bulk_create(
        [RenderedScope(scope=scope, variant=variant.code) for scope in sorted(scopes)], ignore_conflicts=True
    )
    rows = list(
        RenderedScope.objects.select_for_update().filter(scope__in=scopes, variant=variant.code).order_by("scope")
    )
    versions = dict(FeedVersion.objects.filter(scope__in=scopes).values_list("scope", "version"))
    stale = [row for row in rows if (row.version, row.window) != (versions.get(row.scope, 0), window.code)]
    if not stale:
        return
    names = [row.scope for row in stale]
    wanted = {
        (item.scope, item.key): (revision(item.facts), item.facts)
        for item in selectors.items(
            [scopes[name] for name in names], window, language=variant.language, expand=variant.expand
        )
    }
    kept = {
        (scope, key): (pk, stamp)
        for pk, scope, key, stamp in RenderedEvent.objects.filter(scope__in=names, variant=variant.code).values_list(
            "pk", "scope", "key", "revision"
        )
    }
    fresh = [key for key, (stamp, _facts) in wanted.items() if key not in kept or kept[key][1] != stamp]
    gone = [pk for key, (pk, _stamp) in kept.items() if key not in wanted]
    for start in range(0, len(gone), _BATCH):
        RenderedEvent.objects.filter(pk__in=gone[start : start + _BATCH]).delete()
    RenderedEvent.objects.bulk_create(
        [_rendered(key, variant, *wanted[key]) for key in sorted(fresh)],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["scope", "key", "variant"],
        update_fields=["revision", "start", "end", "body"],
    )
    for row in stale:
        row.version, row.window = versions.get(row.scope, 0), window.code
    RenderedScope.objects.bulk_update(stale, ["version", "window"])


def _rendered(key: tuple[str, str], variant: Variant, stamp: str, facts: OneOff | Repeating) -> RenderedEvent:
    return RenderedEvent(
        scope=key[0],
        key=key[1],
        variant=variant.code,
        revision=stamp,
        start=facts.start,
        end=facts.end,
        body=render(facts),
    )


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
    """The public feed of a resource in this window: kept bytes, brought up to date first if they aren't.

    The database being busy with a long write doesn't stop a reader: then the feed is rendered and not kept.
    """
    state = statements.kept_state(resource.pk, variant.code)
    ids = [row.resource_id for row in state]
    bodies: list[bytes] | None = None
    if any((row.version, window.code) != (row.rendered, row.window) for row in state):
        try:
            bring_up_to_date(resource_ids=ids, variant=variant, window=window)
        except DatabaseError:
            if transaction.get_connection().in_atomic_block:
                raise
            bodies = rendered_now(ids, variant, window)
    scopes = [selectors.scope_of(pk) for pk in ids]
    if bodies is None:
        bodies = statements.bodies(scopes, variant.code, window.start, window.end)
    fits = narrow(map(len, bodies), most_events=most_events, most_bytes=most_bytes)
    cut = None
    if fits is not None:
        cut = _first_time(bodies[fits])
        bodies = bodies[:fits]
    name, text = selectors.heading(resource, variant.language, narrowed_to=cut)
    head = calendar_head(
        name=name,
        description=text,
        zone=resource.timezone or booking_settings().timezone,
        language=variant.language,
        source=selectors.feed_url(resource),
        zones=_zones_in(bodies),
    )
    return Feed(head, bodies, cut)


def rendered_now(ids: Collection[int], variant: Variant, window: Window) -> list[bytes]:
    """The same bytes as the kept ones, made on the spot."""
    found = selectors.items(ids, window, language=variant.language, expand=variant.expand)
    return [render(item.facts) for item in sorted(found, key=lambda item: (item.facts.start, item.key))]


_ZONE = re.compile(rb"\r\nDTSTART;TZID=([^:]+):")


def _zones_in(bodies: Iterable[bytes]) -> tuple[str, ...]:
    """The zones that series refer to, sorted: each needs its VTIMEZONE."""
    # A plain search first: most feeds hold thousands of single events and few series.
    found = {match[1] for body in bodies if b";TZID=" in body and (match := _ZONE.search(body))}
    return tuple(sorted(zone.decode("ascii") for zone in found))


def _first_time(body: bytes) -> date:
    """The local or UTC date on which a component begins: for the sentence that says where the calendar was cut."""
    found = re.search(rb"\r\nDTSTART[^:]*:(\d{8})", body)
    assert found is not None  # noqa: S101 - we wrote it
    return date.fromisoformat(found[1].decode("ascii"))


def render_ahead(now: datetime, *, limit: int = 50) -> int:
    """Bring up to date what somebody has read before and what has changed since, so that few readers wait for it.

    A job of `tick` and `work`: safe twice and in two places, since each scope is done under its own lock. Answers how
    many scopes were done. Resources with a zone of their own are left to their readers: their week turns at another
    moment.
    """
    shown = window_at(now, booking_settings().tz)
    version = FeedVersion.objects.filter(scope=OuterRef("scope")).values("version")
    stale = (
        RenderedScope.objects.annotate(current=Coalesce(Subquery(version), Value(0)))
        .exclude(version=F("current"), window=shown.code)
        .order_by("pk")
        .values_list("variant", "scope")[:limit]
    )
    by_variant: dict[str, list[str]] = defaultdict(list)
    for code, scope in stale:
        by_variant[code].append(scope)
    known = {variant.code: variant for variant in VARIANTS}
    done = 0
    for code, scopes in by_variant.items():
        if code not in known:
            # Of an older schema: nobody reads it any more.
            RenderedEvent.objects.filter(variant=code, scope__in=scopes).delete()
            RenderedScope.objects.filter(variant=code, scope__in=scopes).delete()
            continue
        ids = selectors.resource_ids_of(scopes)
        ids = set(Resource.objects.filter(pk__in=ids, timezone="").values_list("pk", flat=True))
        if ids:
            bring_up_to_date(resource_ids=ids, variant=known[code], window=shown)
            done += len(ids)
    return done
