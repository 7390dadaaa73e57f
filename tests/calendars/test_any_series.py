"""Any series, with any dates taken out, moved or made longer: what is read back is what was granted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.calendars.rules import CALENDAR_END, OneOff, Place, Wording, calendar_head, describe, render
from booking.calendars.rules.series import Member
from booking.cases.rules import series as series_rules
from booking.foundation.errors import Invalid
from tests.calendars.conftest import NOW, OSLO
from tests.calendars.reading import NODE, by_ical_js, by_icalendar
from tests.thoroughness import examples

PLACE = Place("Hallen", "", None, "http://localhost/x", "Europe/Oslo", NOW)
WORDS = Wording("Taken", "", "Loan")
SPREAD = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def rules(draw) -> str:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    parts = [f"FREQ={freq}", f"COUNT={draw(st.integers(1, 20))}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 4))}")
    if freq == "WEEKLY" and draw(st.booleans()):
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True))
        parts.append(f"BYDAY={','.join(days)}")
    if freq == "MONTHLY" and draw(st.booleans()):
        parts.append(f"BYDAY={draw(st.sampled_from(['1', '2', '-1']))}{draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


@st.composite
def starts(draw) -> datetime:
    """Wall-clock starts, often close to a clock change."""
    day = draw(
        st.one_of(
            st.dates(date(2026, 3, 20), date(2026, 4, 2)),
            st.dates(date(2026, 10, 15), date(2026, 10, 30)),
            st.dates(date(2026, 1, 1), date(2028, 12, 31)),
        )
    )
    minutes = draw(st.one_of(st.integers(0, 95).map(lambda n: n * 15), st.sampled_from([90, 120, 150, 165, 180])))
    return datetime(day.year, day.month, day.day, tzinfo=OSLO).replace(hour=minutes // 60, minute=minutes % 60)


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(start=starts(), length=st.integers(1, 40).map(lambda n: n * 15), rrule=rules(), data=st.data())
def test_any_series_is_read_as_granted(start, length, rrule, data):
    first, last = start.astimezone(UTC), start.astimezone(UTC) + timedelta(minutes=length)
    try:
        dates = series_rules.expand(series_rules.parse_rule(rrule), first, last, OSLO)
    except Invalid:
        return
    members = []
    for index, when in enumerate(dates):
        fate = data.draw(st.sampled_from(["as asked", "as asked", "as asked", "out", "moved", "longer"]))
        if fate == "out":
            continue
        shift = timedelta(minutes=15 * data.draw(st.integers(-200, 200))) if fate == "moved" else timedelta()
        more = timedelta(minutes=45) if fate == "longer" else timedelta()
        line = OneOff(UUID(int=index + 1), when.start + shift, when.end + shift + more, 0, NOW, NOW, WORDS, PLACE)
        members.append(Member(when.start, 0, line))
    if not members:
        return
    facts = describe(
        uid=UUID(int=999),
        rrule=rrule,
        start=first,
        end=last,
        members=members,
        sequence=0,
        created_at=NOW,
        revised_at=NOW,
        wording=WORDS,
        place=PLACE,
    )
    assert facts is not None
    head = calendar_head(name="x", description="x", zone="Europe/Oslo", language="en", zones=("Europe/Oslo",))
    body = head + render(facts) + CALENDAR_END
    granted = sorted((member.line.start, member.line.end, "Taken") for member in members)
    assert by_icalendar(body, *SPREAD) == granted
    if NODE:
        assert by_ical_js(body, *SPREAD) == granted
