"""What is said to other programs: little. Identifiers, what happened, where it stands, and where to ask for more.

No names, no words that people wrote, no organisations: whoever may read them asks the API, which knows who asks.
"""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse

from booking.cases.models import Case, Line
from booking.foundation.conf import booking_settings
from booking.seasons.models import SeasonRound
from booking.webhooks import rules
from booking.webhooks.models import WebhookEvent
from booking.works.models import Works


def body_of(event: WebhookEvent) -> str | None:
    """The JSON that is sent and signed; None when what it was about is gone."""
    family = event.type.partition(".")[0]
    if event.type == rules.TEST:
        data: dict[str, Any] | None = dict(event.facts)
    else:
        data = _DATA[family](event)
    if data is None:
        return None
    at = event.at.astimezone(booking_settings().tz).replace(microsecond=0).isoformat()
    return json.dumps({"type": event.type, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def _link(name: str, **kwargs: str) -> str:
    return booking_settings().public_base_url + reverse(f"booking_api:{name}", kwargs=kwargs)


def _request(event: WebhookEvent) -> dict[str, Any] | None:
    case = Case.objects.select_related("unit").filter(pk=event.about).first()
    if case is None:
        return None
    facts = event.facts
    numbers = facts.get("lines", [])
    things = Line.objects.filter(case=case, number__in=numbers) if numbers else Line.objects.none()
    found = {
        "ref": case.reference,
        "kind": case.kind,
        "what": facts["what"],
        "unit": event.unit.slug if event.unit is not None else None,
        "lines": numbers,
        "resources": sorted(set(things.values_list("resource__slug", flat=True))),
    }
    found |= {name: facts[name] for name in ("from_unit", "to_unit") if name in facts}
    # Where the case has gone to another unit meanwhile, how it stands there is not told here.
    if case.unit_id == event.unit_id and facts["what"] != "handed_over":
        found |= {"state": case.state, "waiting_on": case.waiting_on, "version": case.version}
    return found | {"url": _link("request", ref=case.reference)}


def _works(event: WebhookEvent) -> dict[str, Any] | None:
    works = Works.objects.select_related("unit").filter(pk=event.about).first()
    if works is None:
        return None
    return {
        "ref": works.reference,
        "what": event.facts["what"],
        "unit": works.unit.slug,
        "version": event.facts["version"],
        "state": works.state,
        "url": _link("works_one", ref=works.reference),
    }


def _season(event: WebhookEvent) -> dict[str, Any] | None:
    row = SeasonRound.objects.select_related("unit").filter(pk=event.about).first()
    if row is None:
        return None
    found = {"slug": row.slug, "what": event.facts["what"], "unit": row.unit.slug, "state": row.state}
    if "proposal" in event.facts:
        found["proposal"] = event.facts["proposal"]
    return found | {"url": _link("season", slug=row.slug)}


_DATA = {"request": _request, "works": _works, "season": _season}
