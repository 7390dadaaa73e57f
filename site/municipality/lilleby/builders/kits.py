"""Kits, and a request for one, by the use cases of people's clicks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking.cases import drafts
from booking.cases.services import submit_request
from booking.catalogue.kits.services import PartRow, save_kit
from booking.catalogue.models import Unit
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import kits as content


def build_kits(town: Town) -> None:
    """The kits, then a film night that borrowed one of them."""
    asker, now = town.people[content.ASKER], town.now - timedelta(days=content.AGO)
    for one in content.KITS:
        save_kit(
            slug=one.slug,
            values={
                "name": one.name.nb, "name_nn": one.name.nn, "name_en": one.name.en, "summary": one.summary.nb,
                "summary_nn": one.summary.nn, "summary_en": one.summary.en, "state": "active", "public": True,
                "unit": Unit.objects.get(slug=one.unit),
            },
            parts=[PartRow(town.things[slug], quantity, left_out) for slug, quantity, left_out in one.parts],
            now=now,
        )  # fmt: skip
    day = town.today + timedelta(days=content.AHEAD)
    slug = town.organisations[content.ORGANISATION].slug
    body: dict[str, Any] = {
        "organisation": slug, "title": content.TITLE, "purpose": content.PURPOSE, "audience": content.AUDIENCE,
        "lines": [
            {
                "kit": content.KIT, "start": town.at(day, content.START).isoformat(),
                "end": town.at(day, content.END).isoformat(),
            }
        ],
        "responsible": {"name": asker.get_full_name(), "phone": asker.phone, "email": asker.email},
    }  # fmt: skip
    submit_request(drafts.parse(body, user=asker, hat=f"organisation:{slug}"), user=asker, now=now)
    send_in_the_past(now=town.now)
