"""What people and programs send by mistake or on purpose, and how to try all of it in every place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from tests.second import SECOND_DATABASE
from tests.thoroughness import PROFILE

LONG = "x" * 500_000
#: Where in a document something stands.
Path = tuple[str | int, ...]


def _nested(depth: int) -> Any:
    found: Any = 1
    for _level in range(depth):
        found = [found]
    return found


#: Into any field of text: an address, a form, a JSON document.
TEXTS: dict[str, str] = {
    "empty": "",
    "blank": " \t ",
    "nul": "a\x00b",
    "escape": "\x1b[2J",
    "lone surrogate": "\ud800",
    "half a megabyte": LONG,
    "superscript digit": "²",
    "arabic digits": "٣٤",
    "forty digits": "9" * 40,
    "5000 digits": "9" * 5000,
    "negative": "-1",
    "zero": "0",
    "a billion billions": "1000000000000000000",
    "exponent": "1e3",
    "not a number": "NaN",
    "no zone": "2026-03-05T18:00:00",
    "a date": "2026-03-05",
    "29 February of no leap year": "2026-02-29",
    "year 9999": "9999-12-31T23:59:59-14:00",
    "day of year 9999": "9999-12-31",
    "year 1": "0001-01-01T00:00:00+14:00",
    "day of year 1": "0001-01-01",
    "an ISO week": "2026-W10-4",
    "hour 24": "24:00",
    "secondly": "FREQ=SECONDLY;COUNT=10",
    "endless": "FREQ=DAILY",
    "superscript count": "FREQ=DAILY;COUNT=²",
    "huge count": "FREQ=DAILY;INTERVAL=1;COUNT=99999999999999999999",
    "yearly for ever": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "until year 9999": "FREQ=DAILY;UNTIL=99991231T235959Z",
    "markup": "<script>alert(1)</script>",
    "quotes": "'\"`;--",
    "percents": "%s %(x)s %%",
    "unicode slug": "idrettshall-ø-體育館",
    "emoji": "👩‍👩‍👧‍👦",
    "right to left": "\u202eabc",
    "path": "../../etc/passwd",
    "commas": "a,,b," * 40,
    "a thousand words": "ord " * 1000,
    "organisation hat": "organisation:²",
}
#: Where each try is dear.
FEW = {
    name: TEXTS[name]
    for name in (
        "empty", "nul", "lone surrogate", "half a megabyte", "negative", "superscript digit", "5000 digits",
        "year 9999", "percents", "unicode slug", "organisation hat", "emoji",
    )
}  # fmt: skip
#: Into any member of a JSON document, besides texts.
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "minus one": -1,
    "nought": 0,
    "a thousand billions": 10**12,
    "beyond 64 bits": 2**70,
    "a fraction": 1.5,
    "a huge fraction": 1e308,
    "empty list": [],
    "empty object": {},
    "list of null": [None],
    "object of objects": {"a": {"b": {}}},
    "fifty deep": _nested(50),
    "2000 items": list(range(2000)),
    "2000 dates": ["2026-03-05"] * 2000,
    "text with a NUL as a name": {"\x00": 1},
}


#: What one database may take in another way than the next: text that it can't store, numbers and days beyond its types.
#: Whatever else is refused is refused by our own code before a database is asked, so once is enough.
_PER_DATABASE = {
    *FEW, "a billion billions", "forty digits", "negative", "quotes", "year 1", "day of year 1", "day of year 9999",
    "null", "a thousand billions", "beyond 64 bits", "a huge fraction", "2000 items", "text with a NUL as a name",
}  # fmt: skip


def tried_here(values: dict[str, Any]) -> dict[str, Any]:
    """All of ``values`` on SQLite; on the second database what a database can make a difference to."""
    if connection.vendor == "sqlite":
        return values
    return {name: value for name, value in values.items() if name in _PER_DATABASE}


def taken_in_turn(values: dict[str, Any], turn: int, fraction: int) -> dict[str, Any]:
    """One in ``fraction`` of ``values``, the next ones at each ``turn``: where a form has many fields, each value meets
    many of them and each field many values, in a fraction of the time. All of them with HYPOTHESIS_PROFILE=thorough.

    On the second database of a run one for each: readers refuse the rest there too, and what they let through goes into
    the same columns from every form.
    """
    fraction = len(values) if SECOND_DATABASE else fraction
    return {
        name: value
        for place, (name, value) in enumerate(values.items())
        if PROFILE == "thorough" or (place + turn) % fraction == 0
    }


def met(values: dict[str, Any], fraction: int) -> float:
    """How many of ``values`` each field meets, taken in turn."""
    return len(values) / fraction if PROFILE != "thorough" and not SECOND_DATABASE else 1


def places(body: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every member of a document, at any depth."""
    members: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in members:
        yield (*path, key)
        yield from places(value, (*path, key))


def replaced(body: Any, path: Path, value: Any) -> Any:
    """The document with one member replaced."""
    return changed(body, {path: value})


def changed(body: Any, members: Mapping[Path, Any]) -> Any:
    """The document with these members replaced, none of which lies in another."""
    found = copy.deepcopy(body)
    for path, value in members.items():
        _holder(found, path)[path[-1]] = value
    return found


def without(body: Any, path: Path) -> Any:
    """The document with one member left out."""
    found = copy.deepcopy(body)
    del _holder(found, path)[path[-1]]
    return found


def _holder(found: Any, path: Path) -> Any:
    for step in path[:-1]:
        found = found[step]
    return found


def variants(body: dict[str, Any], fraction: int = 3) -> list[dict[Path, list[tuple[str, Any]]]]:
    """What every member of the document is replaced by; `taken_in_turn`. In parts, of which each has only members that
    don't lie in each other: those that hold nothing, and what holds them, level by level."""
    tried = tried_here(TEXTS | VALUES)
    parts: dict[int, dict[Path, list[tuple[str, Any]]]] = {}
    every = list(places(body))
    for turn, path in enumerate(every):
        holds = any(other[: len(path)] == path and other != path for other in every)
        parts.setdefault(len(path) if holds else 0, {})[path] = list(taken_in_turn(tried, turn, fraction).items())
    return [parts[level] for level in sorted(parts)]


#: Bodies that are no JSON object, with the status that each must get.
BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "cut off": (b'{"lines": [', 400),
    "no UTF-8": (b"\xff\xfe{}", 400),
    "100 000 brackets": (b"[" * 100_000, 400),
    "100 000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "a list": (b"[]", 400),
    "a text": (b'"x"', 400),
    "null": (b"null", 400),
    "NaN": (b'{"purpose": NaN}', 400),
    "Infinity": (b'{"purpose": -Infinity}', 400),
    "5000 digits": (b'{"purpose": ' + b"9" * 5000 + b"}", 400),
    "more than we read": (json.dumps({"purpose": "x" * 1_000_001}).encode(), 413),
}
