"""Data from outside, read with its path: what is wrong is collected, and told all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, overload

from booking.seasons.rules.instance import DAY
from booking.seasons.rules.saying import Reason

Path = tuple[str | int, ...]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class RulesError(ValueError):
    """Rules that can't be used. ``faults``: a path in the data, and what is wrong there."""

    def __init__(self, faults: list[tuple[Path, Reason]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {why.code}" for path, why in faults))


class Reader:
    """A mapping at a path. A value that is wrong is noted, and the default stands in for it until ``done``."""

    def __init__(self, data: object, path: Path = (), faults: list[tuple[Path, Reason]] | None = None) -> None:
        self.path = path
        self.faults: list[tuple[Path, Reason]] = [] if faults is None else faults
        self.asked: set[str] = set()
        self.readers: list[Reader] = []
        if isinstance(data, Mapping):
            self.data: Mapping[Any, Any] = data
        else:
            self.data = {}
            self.wrong(path, "not_a_mapping")

    def wrong(self, path: Path, code: str, **params: object) -> None:
        self.faults.append((path, Reason(code, params)))

    def done(self) -> None:
        """Raises ``RulesError`` if anything was wrong."""
        if self.faults:
            raise RulesError(self.faults)

    def known(self) -> None:
        """Notes every member that nobody asked for, here and below."""
        for name in self.data:
            if name not in self.asked:
                self.wrong((*self.path, str(name)[:40]), "unknown")
        for reader in self.readers:
            reader.known()

    def over(self, below: Mapping[str, Any]) -> Reader:
        """This mapping's members in place of those of another."""
        own = {name: value for name, value in self.data.items() if name != "preset"}
        return Reader({**below, **own}, self.path, self.faults)

    def _take(self, name: str) -> Any:
        self.asked.add(name)
        return self.data.get(name)

    def _under(self, data: object, *path: str | int) -> Reader:
        reader = Reader(data, (*self.path, *path), self.faults)
        self.readers.append(reader)
        return reader

    def inner(self, name: str) -> Reader:
        value = self._take(name)
        return self._under({} if value is None else value, name)

    def items(self, name: str, least: int, most: int) -> list[Reader]:
        value = self._take(name)
        value = [] if value is None else value
        if not isinstance(value, list | tuple):
            self.wrong((*self.path, name), "not_a_list")
            return []
        if not least <= len(value) <= most:
            self.wrong((*self.path, name), "count", least=least, most=most)
            return []
        return [self._under(each, name, at) for at, each in enumerate(value)]

    def members(self, name: str, names: tuple[str, ...]) -> Iterator[tuple[str, Reader]]:
        inner = self.inner(name)
        for each in names:
            if each in inner.data:
                inner.asked.add(each)
                yield each, inner._under(inner.data[each], each)

    def name(self, name: str) -> str:
        value = self._take(name)
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self.wrong((*self.path, name), "missing" if value is None else "not_a_name")
        return ""

    def words(self, name: str) -> str:
        """A short text for people, on one line; "" where there is none."""
        value = self._take(name)
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= 80 and value.isprintable():
            return value.strip()
        self.wrong((*self.path, name), "not_words")
        return ""

    def names(self, name: str) -> tuple[str, ...]:
        value = self._take(name)
        value = [] if value is None else value
        if (
            isinstance(value, list | tuple)
            and len(value) <= 20
            and all(isinstance(one, str) and _NAME.fullmatch(one) for one in value)
        ):
            return tuple(value)
        self.wrong((*self.path, name), "not_names")
        return ()

    def choice(self, name: str, among: tuple[str, ...], default: str | None) -> str | None:
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, str) and value in among:
            return value
        self.wrong((*self.path, name), "not_among", among=", ".join(among))
        return default

    def choices(self, name: str, among: tuple[str, ...]) -> tuple[str, ...]:
        value = self._take(name)
        value = [] if value is None else value
        if isinstance(value, list | tuple) and all(isinstance(one, str) and one in among for one in value):
            return tuple(dict.fromkeys(value))
        self.wrong((*self.path, name), "not_among", among=", ".join(among))
        return ()

    def weekdays(self, name: str) -> tuple[int, ...]:
        value = self._take(name)
        if isinstance(value, list | tuple) and value and all(type(one) is int and 0 <= one <= 6 for one in value):
            return tuple(sorted(set(value)))
        self.wrong((*self.path, name), "not_weekdays")
        return ()

    def flag(self, name: str, default: bool | None) -> bool | None:
        value = self._take(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong((*self.path, name), "not_a_flag")
        return default

    @overload
    def number(self, name: str, least: int, most: int, default: int) -> int: ...
    @overload
    def number(self, name: str, least: int, most: int, default: None) -> int | None: ...
    def number(self, name: str, least: int, most: int, default: int | None) -> int | None:
        value = self._take(name)
        if value is None:
            return default
        if type(value) is int and least <= value <= most:
            return value
        self.wrong((*self.path, name), "not_a_number", least=least, most=most)
        return default

    def minutes(self, name: str, default: int) -> int:
        return self.number(name, 0, 7 * DAY, default)

    @overload
    def clock(self, name: str, default: int) -> int: ...
    @overload
    def clock(self, name: str, default: None) -> int | None: ...
    def clock(self, name: str, default: int | None) -> int | None:
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return int(value[:2]) * 60 + int(value[3:])
        self.wrong((*self.path, name), "not_a_clock")
        return default
