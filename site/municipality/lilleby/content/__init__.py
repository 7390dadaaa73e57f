"""What Lilleby is made of: people, organisations, things, words."""

from __future__ import annotations

from municipality.lilleby.content.outdoors_and_equipment import AREAS, EQUIPMENT, HELP, SKIS
from municipality.lilleby.content.venues import VENUES

THINGS = [*VENUES, *AREAS, *EQUIPMENT, *SKIS, *HELP]
