"""Rights as a table: every address of a part, walked as every kind of person. An address without a row fails the test.

    ROWS = {"booking_organisations:index": row("in in 404 200 in"), ...}

A cell is a status (``200``, ``404``), or ``in``: sent to the sign-in page; ``no``: sent back to the admin's front page,
which is Wagtail's way to forbid; ``done``: the act was done and the browser sent on to somewhere else.

``names_of`` enumerates what a URL configuration really has, so a new address can't be forgotten; ``walk`` tells every
cell that is not as the table says, all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

#: The columns of a row, unless a matrix brings its own.
WHO = ("anonymous", "requester", "other", "officer", "gone")


@dataclass(frozen=True)
class Row:
    """What each kind of person gets for one address. ``own``/``args``: how to fill the address."""

    expected: tuple[str, ...]
    method: str = "get"
    #: Arguments of the address: a function of the things that the test has made.
    args: Callable[[Any], Iterable[Any]] = field(default=lambda things: ())
    #: Form or JSON data to send.
    data: Callable[[Any], Any] = field(default=lambda things: None)
    extra: Mapping[str, Any] = field(default_factory=dict)


def row(expected: str, method: str = "get", args: Any = None, data: Any = None, **extra: Any) -> Row:
    """``row("in in 404 200 in", args=lambda things: [things.case.pk])``."""
    return Row(tuple(expected.split()), method, args or (lambda things: ()), data or (lambda things: None), extra)


def patterns_of(resolver: Any = None, prefix: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(route, full name) of every address below ``resolver`` (default: the whole site)."""
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from patterns_of(one, route, inner)
        elif isinstance(one, URLPattern):
            yield route, ":".join((*namespaces, one.name or ""))


def names_of(*, route: str = "", namespace: str = "") -> set[str]:
    """Names of all addresses whose route starts with ``route`` or whose namespace starts with ``namespace``."""
    return {
        name
        for path, name in patterns_of()
        if (route and path.startswith(route)) or (namespace and name.startswith(namespace))
    }


def missing_rows(names: Iterable[str], rows: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """(addresses without a row, rows without an address). A name may have several rows: ``name#what``."""
    described = {name.partition("#")[0] for name in rows}
    return set(names) - described, described - set(names)


def walk(rows: Mapping[str, Row], clients: Mapping[str, Client], things: Any, who: tuple[str, ...] = WHO) -> list[str]:
    """Every cell that is not as the table says. ``things`` is handed to ``args`` and ``data``.

    Columns are walked from the weakest to the strongest right, so that an act which succeeds comes last.
    """
    wrong = []
    order = sorted(range(len(who)), key=lambda index: who[index] in ("officer", "leader", "party", "admin"))
    for name, cell in rows.items():
        if len(cell.expected) != len(who):
            wrong.append(f"{name}: {len(cell.expected)} cells for {len(who)} kinds of people")
            continue
        address = reverse(name.partition("#")[0], args=list(cell.args(things)))
        for index in order:
            client = clients[who[index]]
            client.raise_request_exception = False
            kwargs: dict[str, Any] = {**cell.extra}
            data = cell.data(things)
            if data is not None:
                kwargs["data"] = data
            answer = getattr(client, cell.method)(address, **kwargs)
            if (got := outcome(answer)) != cell.expected[index]:
                wrong.append(f"{name} ({cell.method} {address}) as {who[index]}: {got}, not {cell.expected[index]}")
    return wrong


def outcome(answer: Any) -> str:
    """The cell that an answer stands for."""
    if answer.status_code not in (301, 302, 303):
        return str(answer.status_code)
    target = answer["Location"].partition("?")[0]
    if target.endswith("/account/login/"):
        return "in"
    return "no" if target == "/admin/" else "done"
