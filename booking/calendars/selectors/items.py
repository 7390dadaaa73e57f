"""Which components the scopes of a calendar hold, whatever their kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from booking.calendars import registry
from booking.calendars.rules import Window
from booking.calendars.selectors import lines
from booking.calendars.selectors.scopes import Audience, Item, ids_of


def items_of(scopes: Sequence[str], window: Window, *, audience: Audience, language: str, expand: bool) -> list[Item]:
    """All components of these scopes that touch the window, as this audience may know them.

    Resources, organisations, people and what happens are known here; other kinds come from who registered them.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for scope in scopes:
        kinds[scope.partition(":")[0]].append(scope)
    found: list[Item] = []
    if resources := ids_of("resource", kinds.pop("resource", [])):
        found += lines.resource_items(resources, window, language=language, expand=expand, audience=audience)
    organisations = ids_of("organisation", kinds.pop("organisation", []))
    people = ids_of("person", kinds.pop("person", []))
    if audience is Audience.PARTY and (organisations or people):
        found += lines.party_items(organisations, people, window, language=language, expand=expand)
        found += registry.on_organisations(organisations, window, language) if organisations else []
    elif audience is Audience.HAPPENING and organisations:
        found += lines.happening_items(window, language=language, expand=expand, organisations=organisations)
    if kinds.pop("happenings", []):
        found += lines.happening_items(window, language=language, expand=expand)
        found += registry.more_happenings(window, language)
    if seasons := kinds.pop("season", []):
        found += lines.season_items(seasons, window, language=language, expand=expand)
    for kind, names in kinds.items():
        found += registry.items_of_kind(kind, names, window, language)
    return found
