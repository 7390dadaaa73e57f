"""What happened is written down for those who asked for it, in the very transaction in which it happens."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.cases.models import Event
from booking.catalogue.models import Unit
from booking.catalogue.selectors.carrying import with_units_above
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.seasons.models import RoundEvent
from booking.webhooks import rules
from booking.webhooks.models import EndpointState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from booking.works.models import WorksEvent

#: Endpoints in these states collect what happens: a paused one is told of it when it goes on.
COLLECTING = (EndpointState.ACTIVE, EndpointState.PAUSED)


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of a log as others may hear of it. ``units``: whose it is; a hand-over is of both."""

    key: str
    type: str
    about: int
    units: tuple[int, ...]
    facts: dict[str, Any]
    at: datetime


def record(*, sender: type, entries: Sequence[Any], **kwargs: Any) -> None:
    """Receiver of ``foundation.signals.logged``: one row per entry that somebody subscribes to, and one per subscriber.

    A constant number of queries for any number of entries; one where nobody subscribes, none where webhooks are off.
    """
    if not booking_settings().is_on("webhooks"):
        return
    describe = _DESCRIBE.get(sender)
    if describe is None:
        return
    known = [one for one in map(describe, entries) if one is not None]
    if not known:
        return
    endpoints = list(WebhookEndpoint.objects.filter(state__in=COLLECTING).order_by("pk").only("pk", "unit_id", "types"))
    wanted = [(one, _subscribers(one, endpoints)) for one in known] if endpoints else []
    wanted = [(one, found) for one, found in wanted if found]
    if wanted:
        store(wanted)


def store(wanted: Iterable[tuple[Happened, Sequence[WebhookEndpoint]]]) -> None:
    """The rows, in the caller's transaction. An entry that is stored already is an error: the database refuses it."""
    events, deliveries = [], []
    for one, endpoints in wanted:
        event = WebhookEvent(
            key=one.key, message_id=f"msg_{uuid.uuid4().hex}", type=one.type, about=one.about,
            unit_id=one.units[0] if one.units else None, facts=one.facts, at=one.at, created_at=one.at,
        )  # fmt: skip
        events.append(event)
        deliveries += [
            WebhookDelivery(
                event=event, endpoint=to, created_at=event.created_at, next_at=min(event.created_at, clock.real())
            )
            for to in endpoints
        ]
    WebhookEvent.objects.bulk_create(events, batch_size=500)
    for row in deliveries:
        row.event_id = row.event.pk
    WebhookDelivery.objects.bulk_create(deliveries, batch_size=500)


def _subscribers(one: Happened, endpoints: Sequence[WebhookEndpoint]) -> list[WebhookEndpoint]:
    asked = [to for to in endpoints if one.type in to.types]
    # Units are only asked for when somebody's answer depends on them.
    above = with_units_above(one.units) if any(to.unit_id for to in asked) else set()
    return [to for to in asked if to.unit_id is None or to.unit_id in above]


def _of_case(entry: Event) -> Happened | None:
    kind = rules.REQUEST.get(entry.type)
    if kind is None or entry.staff_only:
        return None
    facts: dict[str, Any] = {"what": entry.type}
    if lines := rules.line_numbers(entry.data):
        facts["lines"] = lines
    units = [entry.case.unit_id]
    if entry.type == "handed_over":
        # The unit that gives it away hears it too, and then nothing more.
        facts |= {"from_unit": entry.data.get("from_unit"), "to_unit": entry.data.get("to_unit")}
        former = Unit.objects.filter(slug=entry.data.get("from_unit")).values_list("pk", flat=True)
        units += [pk for pk in former if pk not in units]
    return Happened(f"request:{entry.pk}", kind, entry.case_id, tuple(units), facts, entry.at)


def _of_works(entry: WorksEvent) -> Happened | None:
    kind = rules.WORKS.get(entry.type)
    if kind is None or not entry.public:
        return None
    facts = {"what": entry.type, "version": entry.number}
    return Happened(f"works:{entry.pk}", kind, entry.works_id, (entry.works.unit_id,), facts, entry.at)


def _of_round(entry: RoundEvent) -> Happened | None:
    kind = rules.SEASON.get(entry.type)
    if kind is None or not entry.public:
        return None
    facts: dict[str, Any] = {"what": entry.type}
    if isinstance(entry.facts.get("proposal"), int):
        facts["proposal"] = entry.facts["proposal"]
    return Happened(f"season:{entry.pk}", kind, entry.round_id, (entry.round.unit_id,), facts, entry.at)


_DESCRIBE: dict[type, Any] = {Event: _of_case, WorksEvent: _of_works, RoundEvent: _of_round}
