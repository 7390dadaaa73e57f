"""Where a resource is presented, and with which picture: a registry that the page app fills.

`booking` never imports `pages`; a host with page types of its own registers them here in `AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Presentation:
    """The page of a resource. All is ready to show; empty means there is none."""

    url: str
    lead: str = ""
    picture_url: str = ""
    picture_alt: str = ""


#: Language → the address of the page that lists things of a kind, by kind.
Indexer = Callable[[str], dict[str, str]]
Presenter = Callable[[Iterable[int], str], dict[int, Presentation]]
_presenters: list[Presenter] = []
_indexers: list[Indexer] = []


def register(presenter: Presenter) -> None:
    """Add a function (resource ids, language) → presentations by id. The first that knows a resource wins."""
    if presenter not in _presenters:
        _presenters.append(presenter)


def presentations(resource_ids: Iterable[int], language: str) -> dict[int, Presentation]:
    """The presentations of these resources, by id; resources without a page are left out. Constant queries."""
    ids = list(resource_ids)
    found: dict[int, Presentation] = {}
    for presenter in _presenters:
        found = presenter(ids, language) | found
    return found


def register_index(indexer: Indexer) -> None:
    """Add a function language → addresses of the site's list pages, by kind."""
    if indexer not in _indexers:
        _indexers.append(indexer)


def index_urls(language: str) -> dict[str, str]:
    """The site's own list pages, by kind; a kind without one is left out."""
    found: dict[str, str] = {}
    for indexer in _indexers:
        found = indexer(language) | found
    return found
