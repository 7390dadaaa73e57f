"""The table at the end of `make bench`: what was seen, the goal, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.seasons import Row

#: Per database and load ("sqlite 1000"): what tools/bench.py measured.
Found = dict[str, dict[str, Any]]

#: Of the selectors, from the smallest to the biggest load; the availability grows with the rows in its answer.
GROWTH = {"search free from-to, 300 resources": 1.5, "check a weekly series of 40, busy resource": 4.0}
RACE_GOAL = 3.0
NOT_MODIFIED = "304 of a feed"
NOT_MODIFIED_QUERIES = 3

_HEAD = ("", "seen", "goal", "")


def tables(found: Found, loads: list[int]) -> Iterator[str]:
    """One text per database, then growth."""
    big = max(loads)
    for key, measured in found.items():
        name, lines = key.split()
        if int(lines) == big:
            yield f"\n=== {name}, {big:,} lines\n" + _lay_out([_HEAD, *_ratios(name, measured), *_crowds(measured)])
    if len(loads) > 1:
        yield from _growth(found, min(loads), big)


def seasons(rows: list[Row]) -> str:
    """Drafts of season rounds; no database is in them."""
    verdicts = [(row.what, row.seen, row.goal, "" if row.met is None else _verdict(row.met)) for row in rows]
    return "\n=== season rounds, CPU time\n" + _lay_out([_HEAD, *verdicts])


def _ratios(name: str, measured: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The goals of selectors and services are PostgreSQL's; beside SQLite they stand in brackets, without a verdict."""
    for row in measured["rows"]:
        goal = f"<= {row['goal']:g} x" if row["goal"] else "-"
        counts = row["goal"] and (name == "postgresql" or row["bound"] != "raw")
        yield (
            row["what"],
            f"{row['ours']['ms']:.2f} ms = {row['ratio']:.2f} x {row['bound']} ({row['against']['ms']:.2f} ms)",
            goal if counts or not row["goal"] else f"({goal})",
            _verdict(row["ratio"] <= row["goal"]) if counts else "",
        )
        if row["what"] == NOT_MODIFIED:
            few = row["queries"] <= NOT_MODIFIED_QUERIES
            yield f"{NOT_MODIFIED}, queries", str(row["queries"]), f"<= {NOT_MODIFIED_QUERIES}", _verdict(few)


def _crowds(measured: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for one in measured.get("throughput", []):
        seen, goal = one["per_second"], one["goal"]
        yield f"8 clients at once: {one['what']}", f"{seen:.0f}/s", f">= {goal:.0f}/s", _verdict(seen >= goal)
    races = measured.get("races")
    if races:
        yield (
            "100 races of 32 clients for one slot",
            f"{races['ours']:.2f} s = {races['ratio']:.2f} x bare table ({races['bare']:.2f} s)",
            f"<= {RACE_GOAL:g} x",
            _verdict(races["ratio"] <= RACE_GOAL),
        )
        won = f"{races['winners']} races, {races['errors']} errors"
        yield "  exactly one winner", won, "100, 0", _verdict(races["winners"] == 100 and not races["errors"])


def _growth(found: Found, small: int, big: int) -> Iterator[str]:
    """How much slower the biggest load is than the smallest, and whether it takes the same queries."""
    for name in ("sqlite", "postgresql"):
        if f"{name} {big}" not in found or f"{name} {small}" not in found:
            continue
        before = {row["what"]: row for row in found[f"{name} {small}"]["rows"]}
        rows: list[tuple[str, ...]] = [_HEAD]
        for row in found[f"{name} {big}"]["rows"]:
            if row["what"] not in before:
                continue
            first, goal = before[row["what"]], GROWTH.get(row["what"])
            times = row["ours"]["ms"] / first["ours"]["ms"]
            met = _verdict(times <= goal) if goal else ""
            rows.append((row["what"], f"{times:.2f} x", f"<= {goal:g} x" if goal else "-", met))
            queries = f"{first['queries']} -> {row['queries']}"
            rows.append(("  queries", queries, "constant", _verdict(row["queries"] == first["queries"])))
        yield f"\n=== {name}: growth from {small:,} to {big:,} lines\n" + _lay_out(rows)


def _verdict(met: bool) -> str:
    return "ok" if met else "MISSED"


def _lay_out(rows: list[tuple[str, ...]]) -> str:
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows
    )
