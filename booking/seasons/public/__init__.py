"""Public pages of season rounds. ``URLS`` are those of all parts; ``booking.urls`` includes them."""

from __future__ import annotations

from booking.seasons.public import routes_hearing, routes_proposals, routes_rounds

URLS = [*routes_rounds.URLS, *routes_proposals.URLS, *routes_hearing.URLS]
