"""What a loan costs, and by which rule (needs N12). Pure; kroner, no VAT, no payment.

Each rule is for an audience, and perhaps for one kind of organisation only. A rule of a thing takes the place of those
for the same audience and kind on what it is part of and on its units. Of the rules that fit who asks, the most specific
one holds; counted in several ways (per hour, per day), the cheapest. No rule: free.

Hours are those of the clock on the wall, to the minute: 22.00 to 06.00 is eight hours also in the night when the clocks
change. Days are the local dates that the loan touches; midnight as its end belongs to the day before. Amounts are
rounded half up to whole øre, once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

#: Kinds of organisation that pay as firms do.
COMMERCIAL_KINDS = frozenset({"firm"})
CURRENCY = "NOK"
_ORE = Decimal("0.01")
_OTHER = "\0other"  # a kind that no rule names


@dataclass(frozen=True, slots=True)
class PriceTerm:
    """One rule. ``source``: whose it is (``resource:<key>`` or ``unit:<key>``). ``kind``: "" for every kind."""

    audience: str
    kind: str
    amount: Decimal
    per: str
    minimum: Decimal | None = None
    source: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Whom it is for: what a rule further down takes the place of."""
        return (self.audience, self.kind)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. ``kind``: of the organisation; "" a private person; None: not known yet. ``own``: a unit's own use."""

    kind: str | None
    children_youth: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """What one line costs, why, and how many hours, days or pieces were counted.

    ``why``: ``rule`` (``term`` gave it), ``none`` (no rule fits: free) or ``own`` (the municipality's own use: free).
    """

    amount: Decimal
    why: Literal["rule", "none", "own"]
    term: PriceTerm | None = None
    count: Decimal = Decimal(1)

    def as_facts(self) -> dict[str, Any]:
        """As it is kept with a line: plain values, worded when they are read."""
        facts: dict[str, Any] = {"why": self.why, "count": f"{self.count.normalize():f}"}
        if self.term is not None:
            facts |= {
                "audience": self.term.audience,
                "kind": self.term.kind,
                "amount": f"{self.term.amount:.2f}",
                "per": self.term.per,
                "minimum": None if self.term.minimum is None else f"{self.term.minimum:.2f}",
                "source": self.term.source,
            }
        return facts


def price_from(amount: Decimal, facts: Mapping[str, Any]) -> Price | None:
    """The price that a line keeps; None where none was told."""
    if not facts:
        return None
    term = None
    if facts["why"] == "rule":
        least = facts.get("minimum")
        term = PriceTerm(
            facts["audience"],
            facts["kind"],
            Decimal(facts["amount"]),
            facts["per"],
            Decimal(least) if least is not None else None,
            facts.get("source", ""),
        )
    return Price(amount, facts["why"], term, Decimal(facts["count"]))


def inherit_prices(levels: Sequence[Sequence[PriceTerm]]) -> tuple[PriceTerm, ...]:
    """The rules that hold. ``levels``, nearest first: the nearest one that speaks of an audience and kind decides."""
    held: dict[tuple[str, str], list[PriceTerm]] = {}
    for level in levels:
        here: dict[tuple[str, str], list[PriceTerm]] = {}
        for term in level:
            here.setdefault(term.key, []).append(term)
        for key, terms in here.items():
            held.setdefault(key, terms)
    return tuple(term for terms in held.values() for term in terms)


def price_of(
    terms: Sequence[PriceTerm], asker: Asker, start: datetime, end: datetime, tz: ZoneInfo, quantity: int = 1
) -> Price | None:
    """What ``[start, end)`` (aware) costs on the wall clock of ``tz``.

    None: it depends on who asks, and that isn't known (``asker.kind`` None). Else always a price, free without a rule.
    """
    if asker.own:
        return Price(Decimal(0), "own")
    if asker.kind is not None:
        return _cheapest(_fitting(terms, asker.kind, asker.children_youth), start, end, tz, quantity)
    kinds = {"", "firm", _OTHER, *(term.kind for term in terms)}
    found = {_fitting(terms, kind, asker.children_youth) for kind in kinds}
    return _cheapest(found.pop(), start, end, tz, quantity) if len(found) == 1 else None


def _fits(term: PriceTerm, kind: str, children_youth: bool) -> bool:
    if term.kind and term.kind != kind:
        return False
    if term.audience == "children_youth":
        return children_youth
    if term.audience == "private":
        return not kind
    if term.audience == "commercial":
        return kind in COMMERCIAL_KINDS
    if term.audience == "organisation":
        return bool(kind) and kind not in COMMERCIAL_KINDS
    return True


def _rank(term: PriceTerm) -> int:
    """Children and youth come first, then a kind of organisation, then who is asking, then everybody."""
    return (
        4 * (term.audience == "children_youth")
        + 2 * bool(term.kind)
        + (term.audience in ("organisation", "private", "commercial"))
    )


def _fitting(terms: Sequence[PriceTerm], kind: str, children_youth: bool) -> tuple[PriceTerm, ...]:
    """The most specific rules for this asker; of one key, so they differ only in how they count."""
    fitting = [term for term in terms if _fits(term, kind, children_youth)]
    best = max((_rank(term) for term in fitting), default=-1)
    return tuple(term for term in fitting if _rank(term) == best)


def _cheapest(terms: Sequence[PriceTerm], start: datetime, end: datetime, tz: ZoneInfo, quantity: int) -> Price:
    found = [_cost(term, start, end, tz, quantity) for term in terms]
    return min(found, key=lambda price: price.amount, default=Price(Decimal(0), "none"))


def _cost(term: PriceTerm, start: datetime, end: datetime, tz: ZoneInfo, quantity: int) -> Price:
    count = _count(term.per, start, end, tz, quantity)
    minutes = term.per == "hour"
    amount = term.amount * count / 60 if minutes else term.amount * count
    if term.minimum is not None:
        amount = max(amount, term.minimum)
    shown = (count / 60).quantize(_ORE, ROUND_HALF_UP) if minutes else count
    return Price(amount.quantize(_ORE, ROUND_HALF_UP), "rule", term, shown)


def _count(per: str, start: datetime, end: datetime, tz: ZoneInfo, quantity: int) -> Decimal:
    """Minutes for prices per hour, else days, pieces or one."""
    first, last = start.astimezone(tz), end.astimezone(tz)
    if per == "hour":
        wall = last.replace(tzinfo=None) - first.replace(tzinfo=None)
        # A loan within the hour that comes twice may end before it began on the wall: then real time counts.
        length = wall if wall > timedelta() else end - start
        return Decimal(int(length.total_seconds()) // 60)
    if per == "day":
        days = (last.date() - first.date()).days + 1
        return Decimal(max(days - 1 if last.time() == time() else days, 1))
    return Decimal(quantity if per == "piece" else 1)
