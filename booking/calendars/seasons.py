"""Seasons in calendars: the adopted weekly hours of a round for everybody, of one organisation, or of one team.

`/feeds/season-<slug>.ics`, `/feeds/season-<slug>--<organisation>.ics`, `/feeds/season-<slug>--<organisation>--<number
of the wish>.ics` (decision 045). Read from the floor below (`seasons`), which sends `revised` with `season:<id>`; a
change of a case raises those that show it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from booking.calendars import registry
from booking.calendars.rules import Window
from booking.calendars.selectors import Audience, Calendar, Item, public_url
from booking.calendars.selectors.calendars import made_of
from booking.calendars.selectors.lines import season_items
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.seasons.models import Allocation, SeasonCase, SeasonRound, Wish
from booking.seasons.selectors.rounds import is_on

SEASON = "season"
#: Between the parts of an address. A slug holds single hyphens only.
BETWEEN = "--"


def register() -> None:
    """Take the seasons in."""
    registry.register_scope(SEASON, _items)
    registry.register_calendar(SEASON, find)
    registry.register_series_titles(SEASON, titles)
    registry.register_case_scopes(SEASON, scopes_of)


def slug_of(round: SeasonRound, organisation: str = "", wish: int | None = None) -> str:
    """What stands in the address after `season-`."""
    parts = [round.slug, *([organisation] if organisation else []), *([str(wish)] if wish is not None else [])]
    return BETWEEN.join(parts)


def find(slug: str) -> Calendar | None:
    """The calendar at that address; None while nothing is adopted, and for who has no hours in the round."""
    if not slug or not is_on():
        return None
    name, *more = slug.split(BETWEEN)
    round = SeasonRound.objects.filter(slug=name, adopted__isnull=False).first()
    if round is None or len(more) > 2:
        return None
    if not more:
        return _calendar(round, slug, f"{SEASON}:{round.pk}")
    case = SeasonCase.objects.filter(round=round, organisation__slug=more[0]).select_related("organisation").first()
    if case is None:
        return None
    scope = f"{SEASON}:{round.pk}.{case.organisation_id}"
    if len(more) == 1:
        return _calendar(round, slug, scope, case.organisation.name)
    if not (more[1].isascii() and more[1].isdigit() and len(more[1]) < 7):
        return None
    wish = Wish.objects.filter(
        round=round, organisation=case.organisation_id, number=int(more[1]), withdrawn_at__isnull=True
    ).first()
    if wish is None:
        return None
    return _calendar(round, slug, f"{scope}.{wish.pk}", f"{case.organisation.name} {wish.team}")


def _calendar(round: SeasonRound, slug: str, scope: str, who: str = "") -> Calendar:
    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            name = str(localized(round, "name", language))
            facts = {"name": name, "who": who, "municipality": booking_settings().municipality_name}
            if who:
                return (
                    _("%(who)s, %(name)s") % facts,
                    _("The weekly hours of %(who)s in the halls. From %(municipality)s. Changes come by themselves.")
                    % facts,
                )
            return name, _("Who has the halls when, in the season. From %(municipality)s.") % facts

    return made_of(
        SEASON, f"season-{slug}", [scope], words, audience=Audience.PUBLIC, source=public_url(f"season-{slug}")
    )


def _items(scopes: Sequence[str], window: Window, language: str) -> list[Item]:
    return season_items(scopes, window, language=language, expand=False)


def titles(ids: Collection[int]) -> dict[int, str]:
    """ "Lilleby IL J13" for the series of weekly hours. One query."""
    rows = Allocation.objects.filter(series__in=ids)
    return {
        series: f"{organisation} {team}"
        for series, organisation, team in rows.values_list("series_id", "wish__organisation__name", "wish__team")
    }


def scopes_of(ids: Collection[int]) -> set[str]:
    """The calendars that show the hours of these cases."""
    rows = SeasonCase.objects.filter(case__in=ids).values_list("round_id", "organisation_id")
    found: set[str] = set()
    for round, organisation in rows:
        found |= {f"{SEASON}:{round}", f"{SEASON}:{round}.{organisation}"}
        wishes = Wish.objects.filter(round=round, organisation=organisation).values_list("pk", flat=True)
        found |= {f"{SEASON}:{round}.{organisation}.{wish}" for wish in wishes}
    return found


__all__ = ["BETWEEN", "find", "register", "slug_of"]
