"""The rows of the rules' page: age bands, hours by age, ordered classes. Rows come and go by buttons, without a script.

A button sends the whole form with ``act``: ``add-windows``, ``drop-windows-2``, ``up-classes-1``, ``down-classes-0``,
``add-any-1`` and ``drop-any-1-0`` (a condition of a class). Nothing is saved by one: the page comes again with
its rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

#: Most rows of each kind; the reading of the rules has the same limits.
MOST = {"windows": 60, "classes": 12, "any": 12}
_ACT = re.compile(r"(add|drop|up|down)-(windows|classes|any)(?:-(\d{1,2}))?(?:-(\d{1,2}))?")

Row = dict[str, list[str]]
Class = tuple[Row, list[Row]]


def _rows(posted: QueryDict, prefix: str, most: int) -> list[Row]:
    """The fields of each row, by number, as they came; numbers without a gap."""
    sent = posted.get(f"{prefix}-rows", "")
    count = min(int(sent), most) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    found = []
    for number in range(count):
        start = f"{prefix}-{number}-"
        inside = {key.removeprefix(start): posted.getlist(key) for key in posted if key.startswith(start)}
        found.append({name: values for name, values in inside.items() if name.count("-") == 0})
    return found


def _put(posted: QueryDict, prefix: str, rows: list[Row]) -> None:
    posted[f"{prefix}-rows"] = str(len(rows))
    for number, row in enumerate(rows):
        for name, values in row.items():
            posted.setlist(f"{prefix}-{number}-{name}", values)


def changed(posted: QueryDict, act: str) -> QueryDict | None:
    """What was typed, with the rows as the button makes them; None for what is no button of the rows."""
    match = _ACT.fullmatch(act)
    if match is None:
        return None
    what, kind = match[1], match[2]
    at, below = (int(one) if one is not None else -1 for one in (match[3], match[4]))
    windows = _rows(posted, "windows", MOST["windows"])
    classes: list[Class] = [
        (row, _rows(posted, f"classes-{number}-any", MOST["any"]))
        for number, row in enumerate(_rows(posted, "classes", MOST["classes"]))
    ]
    if kind == "any":
        if 0 <= at < len(classes):
            _act(classes[at][1], what, below, {}, MOST["any"])
    elif kind == "windows":
        _act(windows, what, at, {}, MOST["windows"])
    else:
        _act(classes, what, at, ({}, [{}]), MOST["classes"])
    found = QueryDict(mutable=True)
    for key in posted:
        if not key.startswith(("windows-", "classes-")):
            found.setlist(key, posted.getlist(key))
    _put(found, "windows", windows)
    _put(found, "classes", [row for row, _any in classes])
    for number, (_row, conditions) in enumerate(classes):
        _put(found, f"classes-{number}-any", conditions)
    return found


def _act(rows: list[Any], what: str, at: int, fresh: Any, most: int) -> None:
    if what == "add":
        if len(rows) < most:
            rows.append(fresh)
    elif 0 <= at < len(rows):
        if what == "drop":
            del rows[at]
        else:
            other = at - 1 if what == "up" else at + 1
            if 0 <= other < len(rows):
                rows[at], rows[other] = rows[other], rows[at]


def from_rules(data: Mapping[str, Any]) -> QueryDict:
    """The rules as their page would send them: what stands in the fields at first."""
    found = QueryDict(mutable=True)

    def put(name: str, value: Any) -> None:
        if isinstance(value, list | tuple):
            found.setlist(name, [str(one) for one in value])
        elif value is True:
            found[name] = "on"
        elif value not in (None, False):
            found[name] = str(value)

    def choice(value: Any) -> str:
        return "" if value is None else "yes" if value else "no"

    windows, classes = data.get("windows") or [], data.get("classes") or []
    found["windows-rows"], found["classes-rows"] = str(len(windows)), str(len(classes))
    for number, one in enumerate(windows):
        for name, field in (("bands", "bands"), ("weekdays", "weekdays"), ("from", "start"), ("to", "end")):
            put(f"windows-{number}-{field}", one.get(name))
    for number, one in enumerate(classes):
        put(f"classes-{number}-name", one.get("name"))
        put(f"classes-{number}-title", one.get("title"))
        conditions = one.get("any") or []
        found[f"classes-{number}-any-rows"] = str(len(conditions))
        for position, each in enumerate(conditions):
            start = f"classes-{number}-any-{position}-"
            put(f"{start}bands", each.get("bands"))
            put(f"{start}kinds", each.get("kinds"))
            for name in ("indoor", "adapted", "organised"):
                put(f"{start}{name}", choice(each.get(name)))
    return found
