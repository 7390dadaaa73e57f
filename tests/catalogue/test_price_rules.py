"""What a loan costs (needs N12): the pure rule against a naive reading of its description, and its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.catalogue.rules import Asker, PriceTerm, inherit_prices, price_from, price_of
from tests.thoroughness import examples

OSLO = ZoneInfo("Europe/Oslo")
KINDS = ["", "club", "informal", "firm"]
AUDIENCES = ["everybody", "children_youth", "organisation", "private", "commercial"]


def term(
    audience: str = "everybody", amount: str = "100", per: str = "hour", kind: str = "", least: str = ""
) -> PriceTerm:
    return PriceTerm(audience, kind, Decimal(amount), per, Decimal(least) if least else None)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=OSLO)


EVENING, LATER = at(2, 18), at(2, 20)


def costs(
    *terms: PriceTerm, start: datetime = EVENING, end: datetime = LATER, quantity: int = 1, **who: object
) -> Decimal:
    asker = Asker(**({"kind": "club"} | who))  # type: ignore[arg-type]
    price = price_of(terms, asker, start, end, OSLO, quantity)
    assert price is not None
    return price.amount


class TestWhoPays:
    def test_without_a_rule_it_is_free_and_says_so(self) -> None:
        price = price_of((), Asker("firm"), at(2, 18), at(2, 20), OSLO)
        assert price is not None
        assert (price.amount, price.why) == (0, "none")

    def test_a_rule_for_others_asks_nothing(self) -> None:
        assert costs(term("commercial"), kind="club") == 0
        assert costs(term("private"), kind="club") == 0
        assert costs(term("organisation"), kind="") == 0

    def test_children_and_youth_come_before_a_kind_of_organisation(self) -> None:
        rules = [term("children_youth", "0"), term("organisation", "50", kind="club"), term("everybody", "100")]
        assert costs(*rules, children_youth=True) == 0
        assert costs(*rules) == 100

    def test_a_kind_comes_before_who_asks_and_that_before_everybody(self) -> None:
        rules = [term("everybody", "100"), term("organisation", "50"), term("organisation", "10", kind="informal")]
        assert costs(*rules, kind="informal") == 20
        assert costs(*rules, kind="club") == 100
        assert costs(*rules, kind="") == 200

    def test_a_rule_that_names_both_is_the_most_specific(self) -> None:
        rules = [term("children_youth", "0"), term("children_youth", "300", kind="firm")]
        assert costs(*rules, kind="firm", children_youth=True) == 600

    def test_of_two_ways_to_count_the_cheaper_one_holds(self) -> None:
        rules = [term(amount="300"), term(amount="1000", per="day")]
        assert costs(*rules) == 600
        assert costs(*rules, start=at(2, 9), end=at(2, 21)) == 1000

    def test_the_municipality_pays_nobody_for_its_own_use(self) -> None:
        price = price_of([term()], Asker("", own=True), at(2, 18), at(2, 20), OSLO)
        assert price is not None
        assert (price.amount, price.why) == (0, "own")

    def test_unknown_who_asks_is_told_only_where_it_makes_no_difference(self) -> None:
        assert price_of([term("commercial")], Asker(None), at(2, 18), at(2, 20), OSLO) is None
        same = price_of([term("everybody", "80")], Asker(None), at(2, 18), at(2, 20), OSLO)
        assert same is not None
        assert same.amount == 160
        children = price_of(
            [term("children_youth", "0"), term("private")], Asker(None, True), at(2, 18), at(2, 20), OSLO
        )
        assert children is not None
        assert children.amount == 0


class TestHowMuch:
    def test_minutes_count_and_the_sum_is_rounded_half_up_once(self) -> None:
        assert costs(term(amount="100"), end=at(2, 18, 50)) == Decimal("83.33")
        assert costs(term(amount="0.05"), end=at(2, 18, 6)) == Decimal("0.01")

    def test_a_minimum_is_the_least_that_is_paid(self) -> None:
        assert costs(term(amount="100", least="250")) == 250
        assert costs(term(amount="100", least="250"), end=at(2, 22)) == 400

    def test_a_night_is_as_long_as_the_clock_on_the_wall_says(self) -> None:
        """The night summer time begins has an hour less, the one it ends an hour more; both are eight on the wall."""
        assert costs(term(amount="10"), start=at(28, 22), end=at(29, 6)) == 80
        assert costs(term(amount="10"), start=at(24, 22, month=10), end=at(25, 6, month=10)) == 80

    def test_within_the_hour_that_comes_twice_real_time_counts(self) -> None:
        start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time
        end = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 winter time
        assert costs(term(amount="60"), start=start, end=end) == 45

    def test_days_are_the_dates_it_touches_and_midnight_belongs_to_the_day_before(self) -> None:
        day = term(amount="100", per="day")
        assert costs(day, start=at(2, 9), end=at(3, 0)) == 100
        assert costs(day, start=at(2, 9), end=at(3, 1)) == 200
        assert costs(day, start=at(2, 0), end=at(5, 0)) == 300

    def test_pieces_and_loans(self) -> None:
        assert costs(term(amount="5", per="piece"), quantity=40) == 200
        assert costs(term(amount="5", per="loan"), quantity=40) == 5


def test_the_nearest_level_that_speaks_of_somebody_decides_for_them() -> None:
    hall = [term("commercial", "900"), term("everybody", "100")]
    unit = [term("children_youth", "0"), term("commercial", "500"), term("commercial", "4000", "day")]
    held = inherit_prices([hall, unit])
    assert {(one.audience, one.amount) for one in held} == {
        ("commercial", Decimal(900)), ("everybody", Decimal(100)), ("children_youth", Decimal(0)),
    }  # fmt: skip


FIRST, LAST = datetime.combine(date(2026, 1, 1), time()), datetime.combine(date(2026, 12, 31), time())
terms = st.builds(
    PriceTerm,
    audience=st.sampled_from(AUDIENCES),
    kind=st.sampled_from(["", "", "club", "firm"]),
    amount=st.decimals(0, 2000, places=2),
    per=st.sampled_from(["hour", "day", "loan", "piece"]),
    minimum=st.none() | st.decimals(0, 500, places=2),
)


def naive(found: list[PriceTerm], kind: str, young: bool, start: datetime, end: datetime, quantity: int) -> Decimal:
    """As the documentation says it, word by word."""

    def meant(one: PriceTerm) -> bool:
        who = {
            "everybody": True, "children_youth": young, "private": kind == "", "commercial": kind == "firm",
            "organisation": kind in ("club", "informal"),
        }  # fmt: skip
        return who[one.audience] and one.kind in ("", kind)

    order = [
        lambda one: one.audience == "children_youth" and one.kind != "",
        lambda one: one.audience == "children_youth",
        lambda one: one.kind != "" and one.audience != "everybody",
        lambda one: one.kind != "",
        lambda one: one.audience != "everybody",
        lambda one: True,
    ]
    best: list[PriceTerm] = []
    for asks in order:
        best = [one for one in found if meant(one) and asks(one)]
        if best:
            break
    sums = []
    first, last = start.astimezone(OSLO), end.astimezone(OSLO)
    for one in best:
        if one.per == "hour":
            wall = (last.replace(tzinfo=None) - first.replace(tzinfo=None)).total_seconds()
            seconds = wall if wall > 0 else (end - start).total_seconds()
            amount = one.amount * Decimal(int(seconds)) / 3600
        elif one.per == "day":
            days, day = 0, first.date()
            while datetime.combine(day, time()) < last.replace(tzinfo=None):
                days, day = days + 1, day + timedelta(days=1)
            amount = one.amount * max(days, 1)
        else:
            amount = one.amount * (quantity if one.per == "piece" else 1)
        amount = max(amount, one.minimum or Decimal(0))
        sums.append(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return min(sums, default=Decimal(0))


@settings(max_examples=examples(300), deadline=None)
@given(
    found=st.lists(terms, max_size=8),
    kind=st.sampled_from(KINDS),
    young=st.booleans(),
    start=st.datetimes(FIRST, LAST).map(lambda value: value.replace(second=0, microsecond=0, tzinfo=UTC)),
    minutes=st.integers(1, 4000),
    quantity=st.integers(1, 50),
)
def test_it_is_what_a_naive_reading_gives(found, kind, young, start, minutes, quantity) -> None:  # type: ignore[no-untyped-def]
    end = start + timedelta(minutes=minutes)
    price = price_of(found, Asker(kind, young), start, end, OSLO, quantity)
    assert price is not None
    assert price.amount == naive(found, kind, young, start, end, quantity)
    # What is kept is all that was known: read again it is the same.
    assert price_from(price.amount, price.as_facts()) == price_from(
        price.amount,
        price_from(price.amount, price.as_facts()).as_facts(),  # type: ignore[union-attr]
    )


@settings(max_examples=examples(100), deadline=None)
@given(found=st.lists(terms, max_size=6), young=st.booleans(), minutes=st.integers(1, 2000))
def test_what_is_told_to_who_hasnt_signed_in_holds_for_everybody(found, young, minutes) -> None:  # type: ignore[no-untyped-def]
    start = datetime(2026, 3, 2, 17, tzinfo=UTC)
    end = start + timedelta(minutes=minutes)
    told = price_of(found, Asker(None, young), start, end, OSLO)
    each = {price_of(found, Asker(kind, young), start, end, OSLO).amount for kind in [*KINDS, "council"]}  # type: ignore[union-attr]
    if told is not None:
        assert each == {told.amount}


@pytest.mark.parametrize("facts", [{"why": "none", "count": "1"}, {"why": "own", "count": "1"}])
def test_free_without_a_rule_is_kept_too(facts: dict[str, str]) -> None:
    price = price_from(Decimal(0), facts)
    assert price is not None
    assert price.term is None
    assert price_from(Decimal(0), {}) is None


def test_the_oslo_of_these_tests_is_the_municipalitys() -> None:
    assert at(2, 18).astimezone(UTC).date() == date(2026, 3, 2)
