"""The rows of the rules' page: age bands, hours by age, ordered classes. Rows come and go by buttons, without a script.

A button sends the whole form with ``act``: ``add-windows``, ``drop-windows-2``, ``up-classes-1``, ``down-classes-0``,
``add-any-1`` and ``drop-any-1-0`` (a condition of a class).

Age bands have keys, not numbers, because other rows name them: ``add-bands`` (``add-bands-seniors`` for one that the
code has words for), ``drop-bands-youth``, which leaves a band that is used where it is, and ``clear-bands-youth``,
which takes it away everywhere. Nothing is saved by a button: the page comes again with its rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from booking.seasons.rules import presets

#: Most rows of each kind; the reading of the rules has the same limits.
MOST = {"windows": 60, "classes": 12, "any": 12, "bands": presets.MOST_BANDS}
#: Fields of an age band, and what comes before its key in their names.
BAND_FIELDS = (("band", "title"), ("band", "from"), ("band", "to"), ("share", "least"), ("share", "standard"))
_ACT = re.compile(r"(add|drop|up|down)-(windows|classes|any)(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_BAND_ACT = re.compile(r"(add|drop|clear)-bands(?:-([a-z][a-z0-9_]{0,39}))?")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")

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
    if band := _BAND_ACT.fullmatch(act):
        return _changed_bands(posted, band[1], band[2] or "")
    match = _ACT.fullmatch(act)
    if match is None:
        return None
    what, kind = match[1], match[2]
    at, below = (int(one) if one is not None else -1 for one in (match[3], match[4]))
    windows, classes = _windows(posted), _classes(posted)
    if kind == "any":
        if 0 <= at < len(classes):
            _act(classes[at][1], what, below, {}, MOST["any"])
    elif kind == "windows":
        _act(windows, what, at, {}, MOST["windows"])
    else:
        _act(classes, what, at, ({}, [{}]), MOST["classes"])
    return _with(posted, windows, classes)


def _windows(posted: QueryDict) -> list[Row]:
    return _rows(posted, "windows", MOST["windows"])


def _classes(posted: QueryDict) -> list[Class]:
    return [
        (row, _rows(posted, f"classes-{number}-any", MOST["any"]))
        for number, row in enumerate(_rows(posted, "classes", MOST["classes"]))
    ]


def _with(posted: QueryDict, windows: list[Row], classes: list[Class]) -> QueryDict:
    """What was typed, with these rows in place of the ones that came."""
    found = QueryDict(mutable=True)
    for key in posted:
        if not key.startswith(("windows-", "classes-")):
            found.setlist(key, posted.getlist(key))
    _put(found, "windows", windows)
    _put(found, "classes", [row for row, _any in classes])
    for number, (_row, conditions) in enumerate(classes):
        _put(found, f"classes-{number}-any", conditions)
    return found


# --- age bands --------------------------------------------------------------------------------------------------------


def band_keys(posted: QueryDict) -> list[str]:
    """The keys of the bands' rows as they came: each once, no more than there may be."""
    sent = (one for one in posted.getlist("bands") if _KEY.fullmatch(one))
    return list(dict.fromkeys(sent))[: MOST["bands"]]


@dataclass(frozen=True, slots=True)
class BandUse:
    """A row that names a band, by its position. ``condition`` -1: a row of hours by age.

    ``goes``: it names no other band, and without this one it would be about everybody; so it is taken away with the
    band. ``whole``: so is its class, since nothing is left in it.
    """

    row: int
    condition: int = -1
    goes: bool = False
    whole: bool = False


def uses_of(posted: QueryDict, key: str) -> list[BandUse]:
    """Where a band is named in what was typed."""
    found = [
        BandUse(at, goes=set(row["bands"]) == {key})
        for at, row in enumerate(_windows(posted))
        if key in row.get("bands", ())
    ]
    for at, (_row, conditions) in enumerate(_classes(posted)):
        lost = [set(one.get("bands", ())) == {key} for one in conditions]
        found += [
            BandUse(at, position, goes=lost[position], whole=all(lost))
            for position, one in enumerate(conditions)
            if key in one.get("bands", ())
        ]
    return found


def _changed_bands(posted: QueryDict, what: str, key: str) -> QueryDict:
    keys = band_keys(posted)
    found = posted.copy()
    found.setlist("bands", keys)
    if what == "add":
        key = key or next(one for n in range(1, 100) if (one := f"new_{n}") not in keys)
        if len(keys) < MOST["bands"] and key not in keys:
            found.setlist("bands", [*keys, key])
            for before, part in BAND_FIELDS[3:]:  # a start: what the oldest age has
                found[f"{before}_{key}_{part}"] = posted.get(f"{before}_{keys[-1]}_{part}", "") if keys else ""
        return found
    if key not in keys or len(keys) == 1 or (what == "drop" and uses_of(posted, key)):
        return found
    found.setlist("bands", [one for one in keys if one != key])
    for before, part in BAND_FIELDS:
        found.pop(f"{before}_{key}_{part}", None)
    windows = [left for row in _windows(posted) if (left := _without(row, key)) is not None]
    classes = []
    for row, conditions in _classes(posted):
        kept = [left for one in conditions if (left := _without(one, key)) is not None]
        if kept or not conditions:
            classes.append((row, kept))
    return _with(found, windows, classes)


def _without(row: Row, key: str) -> Row | None:
    """A row that doesn't name the band any more; None where it named no other."""
    bands = row.get("bands", [])
    if key not in bands:
        return row
    left = [one for one in bands if one != key]
    return row | {"bands": left} if left else None


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
