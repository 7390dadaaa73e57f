"""Rules as data: seven presets, how they are read, what they say, and how two differ. Source: seasons.md.

A set of rules is a mapping (YAML in a file, JSON in the database). ``read`` makes ``Rules`` of it, which the rest can
trust. ``{"preset": "small_town", "caps": {...}}`` takes a preset and replaces whole members of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from booking.seasons.rules.ages import OLDEST, members_in
from booking.seasons.rules.instance import DAY, Applicant, Wish
from booking.seasons.rules.reading import Reader, RulesError
from booking.seasons.rules.saying import Reason

__all__ = ["NAMES", "Rules", "RulesError", "differences", "explain_rules", "load", "of_instance", "preset_data", "read"]

NAMES = ("small_town", "age_windows", "points", "weights_coverage", "indoor_first", "first_come", "lottery")
DEFAULT = "small_town"
#: How wishes are served: the lowest coverage first, or one after the other in an order.
ORDERS = ("coverage", "received", "lottery")
TIES = ("coverage", "last_season", "lottery", "received")
LAST_SEASON = ("right", "preference", "none")
#: What counts once the worst-off of a class are as high as they can be: whoever is next, or hours in all.
AFTER_WORST = ("next_worst", "most_hours")
MOST_BANDS = 8


@dataclass(frozen=True, slots=True)
class Band:
    """An age band, both ends included."""

    name: str
    youngest: int = 0
    oldest: int = OLDEST
    title: str = ""  # in the municipality's own words; "": the name's

    @property
    def called(self) -> str:
        """What sentences say: the title, else the name, which has words of its own."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that bands may have on weekdays. A band with windows on a day has no others on it."""

    bands: tuple[str, ...]
    weekdays: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gates:
    """Who can get hours at all."""

    registered: bool = False
    resident: bool = False
    open_membership: bool = False
    no_own_hall: bool = False
    organised: bool = False
    heads: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """All that it names must hold; ``None`` and ``()`` ask nothing."""

    bands: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    adapted: bool | None = None
    indoor: bool | None = None
    organised: bool | None = None

    def fits(self, wish: Wish, applicant: Applicant, band: str) -> bool:
        return (
            (not self.bands or band in self.bands)
            and (not self.kinds or applicant.kind in self.kinds)
            and self.adapted in (None, wish.adapted)
            and self.indoor in (None, wish.indoor)
            and self.organised in (None, wish.organised)
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of wishes: what fits any of its conditions, or everything when there are none."""

    name: str
    any: tuple[Condition, ...] = ()
    title: str = ""  # in the municipality's own words; "": the name's

    @property
    def called(self) -> str:
        """What sentences say: the title, else the name, which has words of its own."""
        return self.title or self.name

    def fits(self, wish: Wish, applicant: Applicant, band: str) -> bool:
        return not self.any or any(one.fits(wish, applicant, band) for one in self.any)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most over all places together; ``None``: no cap. Minutes, and days a week."""

    team_minutes_day: int | None = None
    team_minutes_week: int | None = None
    team_days_week: int | None = None
    club_minutes_day: int | None = None
    club_minutes_week: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What a team (or so many members) of a band may count on: least and standard minutes a week."""

    least: int
    standard: int


@dataclass(frozen=True, slots=True)
class Rules:
    """A set of rules that has been read. Everything a preset can say."""

    code: str
    bands: tuple[Band, ...]
    tiers: tuple[Tier, ...]
    shares: Mapping[str, Share]
    order: str = "coverage"
    share_by: str = "teams"  # or "members"
    members_per_share: int | None = None  # by teams: no more teams count than this many members each make
    gates: Gates = Gates()
    windows: tuple[Window, ...] = ()
    caps: Caps = Caps()
    club_least: int = 0  # minutes a week that each organisation gets before anybody gets more
    whole_from: int | None = None  # a hall with parts is given whole from this time of day only
    after_worst: str = "next_worst"
    last_season: str = "preference"
    ties: tuple[str, ...] = ("coverage", "last_season", "received")
    seed: int = 0

    def band(self, wish: Wish) -> str:
        """The band that has most years of the wish's ages, the younger one of two; without ages the oldest."""
        low = 0 if wish.age_from is None else wish.age_from
        high = OLDEST if wish.age_to is None else min(wish.age_to, OLDEST)
        if wish.age_from is None and wish.age_to is None:
            return next((one.name for one in self.bands if one.youngest <= 30 <= one.oldest), self.bands[-1].name)
        years = [min(high, one.oldest) - max(low, one.youngest) + 1 for one in self.bands]
        return self.bands[max(range(len(years)), key=lambda at: (years[at], -at))].name

    def members(self, applicant: Applicant) -> dict[str, int]:
        """Members of an organisation by band."""
        return members_in(applicant.members, ((one.name, one.youngest, one.oldest) for one in self.bands))

    def called(self, band: str) -> str:
        """What sentences say of the band with that name."""
        return next((one.called for one in self.bands if one.name == band), band)

    def tier(self, wish: Wish, applicant: Applicant) -> int:
        """Position of the first class that fits; one after the last if none does."""
        band = self.band(wish)
        fitting = (at for at, tier in enumerate(self.tiers) if tier.fits(wish, applicant, band))
        return next(fitting, len(self.tiers))

    def hours(self, band: str, weekday: int) -> tuple[tuple[int, int], ...]:
        """``[start, end)`` that a band may have on a weekday; the whole day where no window speaks of it."""
        named = [one for one in self.windows if band in one.bands and weekday in one.weekdays]
        return tuple(sorted((one.start, one.end) for one in named)) if named else ((0, DAY),)


def load(name: str) -> Rules:
    """The preset of that name."""
    return read(preset_data(name))


@cache
def _delivered(name: str) -> dict[str, Any]:
    """As it stands in the file; read once, since YAML takes milliseconds and pages of a round ask for it again and
    again."""
    text = files("booking.seasons.rules").joinpath("presets", f"{name}.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def preset_data(name: str) -> dict[str, Any]:
    """The preset as data, to be changed and read again."""
    if name not in NAMES:
        raise RulesError([(("preset",), Reason("unknown", {"value": str(name)[:40]}))])
    return deepcopy(_delivered(name))


def of_instance(data: Mapping[str, object], *, seed: int = 0) -> Rules:
    """The rules of an instance; none means the default preset. ``seed`` where the data names none."""
    rules = read(data or {"preset": DEFAULT})
    return rules if rules.seed or not seed else replace_seed(rules, seed)


def replace_seed(rules: Rules, seed: int) -> Rules:
    return replace(rules, seed=seed)


def read(data: object) -> Rules:
    """``Rules`` from data. Raises ``RulesError`` with every fault: path, code and parameters."""
    top = Reader(data)
    preset = top.choice("preset", NAMES, None)
    if preset is not None:
        top = top.over(preset_data(preset))
    bands = tuple(
        Band(
            each.name("name"), each.number("from", 0, OLDEST, 0), each.number("to", 0, OLDEST, OLDEST),
            each.words("title"),
        )
        for each in top.items("bands", 1, MOST_BANDS)
    )  # fmt: skip
    names = tuple(one.name for one in bands)
    rules = Rules(
        code=top.name("code"),
        order=top.choice("order", ORDERS, "coverage") or "coverage",
        bands=bands,
        tiers=tuple(
            Tier(
                each.name("name"),
                tuple(_condition(one, names) for one in each.items("any", 0, 12)),
                each.words("title"),
            )
            for each in top.items("classes", 1, 12)
        ),
        shares={
            name: Share(least=each.minutes("least", 0), standard=each.minutes("standard", 0))
            for name, each in top.members("shares", names)
        },
        share_by=top.choice("share_by", ("teams", "members"), "teams") or "teams",
        members_per_share=top.number("members_per_share", 1, 500, None),
        gates=_gates(top.inner("gates")),
        windows=tuple(
            Window(
                each.choices("bands", names),
                each.weekdays("weekdays"),
                each.clock("from", 0),
                each.clock("to", DAY),
            )
            for each in top.items("windows", 0, 60)
        ),
        caps=Caps(
            **{
                one.name: inner.number(one.name, 1, 7 * DAY, None)
                for inner in [top.inner("caps")]
                for one in fields(Caps)
            }
        ),
        club_least=top.minutes("club_least", 0),
        whole_from=top.clock("whole_from", None),
        after_worst=top.choice("after_worst", AFTER_WORST, "next_worst") or "next_worst",
        last_season=top.choice("last_season", LAST_SEASON, "preference") or "preference",
        ties=top.choices("ties", TIES) or ("coverage", "last_season", "received"),
        seed=top.number("seed", 0, 2**53, 0),
    )
    top.known()
    if rules.share_by == "members" and rules.members_per_share is None:
        top.wrong(("members_per_share",), "missing")
    for at, window in enumerate(rules.windows):
        if window.start >= window.end:
            top.wrong(("windows", at, "to"), "end_before_start")
    for at, band in enumerate(bands):
        if band.youngest > band.oldest:
            top.wrong(("bands", at, "to"), "end_before_start")
        if names.count(band.name) > 1:
            top.wrong(("bands", at, "name"), "twice", value=band.name)
        if band.name not in rules.shares:
            top.wrong(("shares", band.name), "missing")
    for name, share in rules.shares.items():
        if share.least > share.standard:
            top.wrong(("shares", name, "least"), "above", most=share.standard)
    top.done()
    return rules


def check_bands(rules: Rules) -> None:
    """Every age is in one band, and no two bands are called the same. Asked when rules are set; rules that stand are
    read without it, so that a round that has other ones keeps its timetable.

    ::

        0 ────── 12  13 ────── 18    21 ────── 99     a gap: 19, 20
        0 ────── 12
              10 ───────────── 18                     twice: 10, 11, 12

    Raises ``RulesError`` with each gap and each overlap at the field of the older band, which names both.
    """
    faults: list[tuple[tuple[str | int, ...], Reason]] = []
    order = sorted(range(len(rules.bands)), key=lambda at: (rules.bands[at].youngest, rules.bands[at].oldest, at))
    below: Band | None = None
    for at in order:
        band = rules.bands[at]
        if below is None and band.youngest > 0:
            years: dict[str, object] = {"age_from": 0, "age_to": band.youngest - 1}
            faults.append((("bands", at, "from"), Reason("bands_start", {"band": band.called, **years})))
        elif below is not None and band.youngest > below.oldest + 1:
            years = {"age_from": below.oldest + 1, "age_to": band.youngest - 1}
            names: dict[str, object] = {"band": below.called, "next_band": band.called}
            faults.append((("bands", at, "from"), Reason("bands_gap", {**names, **years})))
        elif below is not None and band.youngest <= below.oldest:
            years = {"age_from": band.youngest, "age_to": min(band.oldest, below.oldest)}
            names = {"band": below.called, "next_band": band.called}
            faults.append((("bands", at, "from"), Reason("bands_overlap", {**names, **years})))
        if below is None or band.oldest > below.oldest:
            below = band
    if below is not None and below.oldest < OLDEST:
        years = {"age_from": below.oldest + 1, "age_to": OLDEST}
        at = rules.bands.index(below)
        faults.append((("bands", at, "to"), Reason("bands_end", {"band": below.called, **years})))
    called: set[str] = set()
    for at, band in enumerate(rules.bands):
        if band.called.casefold() in called:
            faults.append((("bands", at, "title"), Reason("twice", {"value": band.called})))
        called.add(band.called.casefold())
    if faults:
        raise RulesError(faults)


def _condition(each: Reader, bands: tuple[str, ...]) -> Condition:
    return Condition(
        bands=each.choices("bands", bands),
        kinds=each.names("kinds"),
        adapted=each.flag("adapted", None),
        indoor=each.flag("indoor", None),
        organised=each.flag("organised", None),
    )


def _gates(inner: Reader) -> Gates:
    return Gates(
        registered=bool(inner.flag("registered", False)),
        resident=bool(inner.flag("resident", False)),
        open_membership=bool(inner.flag("open_membership", False)),
        no_own_hall=bool(inner.flag("no_own_hall", False)),
        organised=bool(inner.flag("organised", False)),
        heads=inner.number("heads", 0, 1000, 0),
    )


def explain_rules(rules: Rules) -> list[Reason]:
    """The rules as sentences, in the order in which they count: the page that explains a preset."""
    return list(_said(rules))


def _said(rules: Rules) -> Iterator[Reason]:
    gates = rules.gates
    for name in ("registered", "resident", "open_membership", "no_own_hall", "organised"):
        if getattr(gates, name):
            yield Reason(f"rule_gate_{name}")
    if gates.heads:
        yield Reason("rule_gate_heads", {"heads": gates.heads})
    yield Reason(f"rule_order_{rules.order}", {"seed": rules.seed} if rules.order == "lottery" else {})
    if rules.order == "coverage":
        if len(rules.tiers) > 1:
            for at, tier in enumerate(rules.tiers, 1):
                yield Reason("rule_class", {"number": at, "tier": tier.called})
        if rules.club_least:
            yield Reason("rule_club_least", {"least_minutes": rules.club_least})
        yield Reason(f"rule_after_worst_{rules.after_worst}")
    for band in rules.bands:
        share = rules.shares[band.name]
        params: dict[str, object] = {
            "band": band.called, "age_from": band.youngest, "age_to": band.oldest,
            "least_minutes": share.least, "standard_minutes": share.standard,
        }  # fmt: skip
        if rules.members_per_share is not None:
            params["members"] = rules.members_per_share
        yield Reason(f"rule_share_{rules.share_by}{'' if share.least else '_only'}", params)
    if rules.share_by == "teams" and rules.members_per_share is not None:
        yield Reason("rule_teams_counted", {"members": rules.members_per_share})
    for window in rules.windows:
        for name in window.bands:
            yield Reason(
                "rule_window_until" if not window.start else "rule_window_from" if window.end == DAY else "rule_window",
                {"band": rules.called(name), "weekdays": window.weekdays, "start": window.start, "end": window.end},
            )
    for one in fields(Caps):
        most = getattr(rules.caps, one.name)
        if most is not None:
            yield Reason(f"rule_cap_{one.name}", {"days" if one.name.endswith("days_week") else "most_minutes": most})
    if rules.whole_from is not None:
        yield Reason("rule_whole_from", {"start": rules.whole_from})
    yield Reason(f"rule_last_season_{rules.last_season}")
    if rules.order == "coverage":
        for number, tie in enumerate(rules.ties, 1):
            yield Reason(f"rule_tie_{tie}", {"number": number})


def differences(before: Rules, after: Rules) -> list[tuple[str, list[Reason]]]:
    """What another set says differently: ``("gone" | "new", sentences)``, in the order of the explanation."""
    first, second = explain_rules(before), explain_rules(after)
    gone = [one for one in first if one not in second]
    new = [one for one in second if one not in first]
    return [(name, some) for name, some in (("gone", gone), ("new", new)) if some]
