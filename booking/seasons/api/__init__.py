"""The HTTP door of season rounds (api.md "Seasons"). ``URLS`` are those of all parts."""

from __future__ import annotations

from booking.seasons.api import routes_hearing, routes_proposals, routes_rounds

URLS = [*routes_rounds.URLS, *routes_proposals.URLS, *routes_hearing.URLS]
