"""Calendar files of others as times: what is read, what is refused with its reason, and that one bad event loses only
itself (feeds.md "Calendars in"). Everything here goes through the worker, as in life."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.calendars.incoming import expanding, reading, worker
from booking.calendars.incoming.reading import Unreadable
from tests.calendars.incoming.texts import calendar, event
from tests.thoroughness import examples

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2027, 9, 1, tzinfo=UTC)
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "calendars"
OWN = Path(__file__).resolve().parents[2] / "data" / "calendars"


def expand(raw: bytes, **kwargs) -> expanding.Expanded:
    """In this process, for what is safe."""
    return expanding.expand(raw, START, END, **kwargs)


def times(found: expanding.Expanded) -> list[tuple[str, str]]:
    """(start, end), floating ones with the clock on the wall."""
    return sorted(
        tuple(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" for at in (one.start, one.end))
        for one in found.occurrences
    )


def refused(raw: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        expand(raw)
    return caught.value.code


def left_out(*events) -> list[str]:
    return [code for _name, code in expand(calendar(*events)).refused]


# --- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("cp1252", b""), ("utf-16", b"")]
)
def test_a_file_is_read_with_a_mark_as_utf8_and_as_old_outlook_writes_it(encoding, mark):
    raw = calendar(event("a", "20260310T090000Z", "20260310T110000Z", "SUMMARY:Skøytedag på Ånes"))
    found = expand(mark + raw.decode().encode(encoding))
    assert [one.title for one in found.occurrences] == ["Skøytedag på Ånes"]


def test_a_fold_in_the_middle_of_a_letter_is_mended_before_the_letters_are_read():
    raw = calendar(event("a", "20260310T090000Z", "20260310T110000Z", "SUMMARY:Blåbærtur"))
    cut = raw.replace("Blå".encode(), b"Bl\xc3\r\n \xa5")
    assert [one.title for one in expand(cut).occurrences] == ["Blåbærtur"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_calendar"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html"),
        (b"\r\n\r\n  <html lang=no>", "html"),
        (b"id;name\r\n1;x\r\n", "not_a_calendar"),
        (calendar(event())[:-17], "cut_off"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VCALENDAR\r\n", "cut_off"),
        (b"BEGIN:VCALENDAR\r\nPRODID:-//Samskap//Samskap//NB\r\nEND:VCALENDAR\r\n", "own_feed"),
        (b"\x81\x8d\x8f\x90\x9d", "not_text"),
        (b"x" * (reading.MAX_BYTES + 1), "too_big"),
    ],
)
def test_what_is_no_calendar_is_refused_whole(raw, code):
    assert refused(raw) == code


# --- times ------------------------------------------------------------------------------------------------------------


def test_a_series_across_both_switches_of_the_clock_stays_at_five():
    zone = "TZID=Europe/Oslo:"
    found = expand(
        calendar(
            event("a", f"{zone}20260320T170000", f"{zone}20260320T183000", "RRULE:FREQ=WEEKLY;UNTIL=20261106T160000Z")
        )
    )
    walls = {
        datetime.fromtimestamp(one.start, expanding.ZoneInfo("Europe/Oslo")).strftime("%H:%M")
        for one in found.occurrences
    }
    assert walls == {"17:00"}
    # UNTIL is the last one exactly.
    assert len(found.occurrences) == 34


def test_the_hour_that_is_missing_and_the_hour_that_comes_twice():
    zone = "TZID=Europe/Oslo:"
    assert times(
        expand(
            calendar(
                event("a", f"{zone}20260329T023000", f"{zone}20260329T040000"),
                event("b", f"{zone}20261025T023000", f"{zone}20261025T040000"),
            )
        )
    ) == [("2026-03-29 01:30", "2026-03-29 02:00"), ("2026-10-25 00:30", "2026-10-25 03:00")]


def test_a_zone_that_only_the_file_knows_is_taken_from_the_file():
    zones = [
        "BEGIN:VTIMEZONE", "TZID:Skolens tid", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE",
    ]  # fmt: skip
    zone = "TZID=Skolens tid:"
    raw = calendar(event("a", f"{zone}20260310T120000", f"{zone}20260310T130000"), head=zones)
    assert times(expand(raw)) == [("2026-03-10 09:00", "2026-03-10 10:00")]


def test_days_and_times_without_a_zone_are_the_walls_own():
    found = expand(
        calendar(event("a", "20260310", "20260312"), event("b", "20260401T080000", "20260401T100000"),
                 ["BEGIN:VEVENT", "UID:c", "DTSTART;VALUE=DATE:20260501", "END:VEVENT"])
    )  # fmt: skip
    assert [(one.floating, one.all_day) for one in found.occurrences] == [(True, True), (True, False), (True, True)]
    assert times(found) == [
        ("2026-03-10 00:00", "2026-03-12 00:00"),
        ("2026-04-01 08:00", "2026-04-01 10:00"),
        ("2026-05-01 00:00", "2026-05-02 00:00"),
    ]
    named = expand(calendar(event("b", "20260401T080000", "20260401T100000"), head=["X-WR-TIMEZONE:Europe/Oslo"]))
    assert named.zone == "Europe/Oslo"
    assert expand(calendar(event(), head=["X-WR-TIMEZONE:Ytre Enebakk"])).zone == ""


def test_dates_that_are_taken_out_moved_and_cancelled():
    series = event("a", "20260302T170000Z", "20260302T180000Z", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260302T170000Z")
    moved = event("a", "20260311T100000Z", "20260311T110000Z", "RECURRENCE-ID:20260309T170000Z")
    before = event("a", "20260301T100000Z", "20260301T110000Z", "RECURRENCE-ID:20260330T170000Z")
    cancelled = event("a", "20260316T170000Z", "20260316T180000Z", "RECURRENCE-ID:20260316T170000Z", "STATUS:CANCELLED")
    found = expand(calendar(series, moved, before, cancelled))
    assert times(found) == [
        ("2026-03-01 10:00", "2026-03-01 11:00"),
        ("2026-03-11 10:00", "2026-03-11 11:00"),
        ("2026-03-23 17:00", "2026-03-23 18:00"),
    ]
    assert len({one.occurrence for one in found.occurrences}) == 3
    # A moved one keeps its name, so that it is known again.
    assert "20260309T170000Z" in {one.occurrence for one in found.occurrences}


def test_the_same_date_twice_is_told_by_the_highest_sequence_and_then_by_the_last_change():
    old = event("a", "20260310T090000Z", "20260310T100000Z", "SEQUENCE:1", "LAST-MODIFIED:20260101T000000Z")
    new = event("a", "20260311T090000Z", "20260311T100000Z", "SEQUENCE:2", "LAST-MODIFIED:20250101T000000Z")
    later = event("a", "20260312T090000Z", "20260312T100000Z", "SEQUENCE:2", "LAST-MODIFIED:20260201T000000Z")
    assert times(expand(calendar(later, new, old))) == [("2026-03-12 09:00", "2026-03-12 10:00")]


def test_what_takes_no_time_is_kept_as_information_and_what_is_cancelled_isn_t():
    found = expand(
        calendar(
            event("a", "20260310", "20260311", "TRANSP:TRANSPARENT"),
            event("b", "20260310", "20260311", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"),
            event("c", "20260310", "20260311", "STATUS:CANCELLED"),
            event("d", "20260310", "20260311"),
        )
    )
    assert [(one.uid, one.busy) for one in found.occurrences] == [("a", False), ("b", False), ("d", True)]


def test_seconds_are_rounded_outwards_as_our_calendar_knows_none():
    assert times(expand(calendar(event("a", "20260310T090030Z", "20260310T095901Z")))) == [
        ("2026-03-10 09:00", "2026-03-10 10:00")
    ]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=SECONDLY"), "sub_daily"),
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=HOURLY"), "sub_daily"),
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=DAILY;BYHOUR=1,2,3"), "sub_daily"),
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=YEARLY;RSCALE=CHINESE"), "rscale"),
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=DAILY;INTERVAL=0"), "broken"),
        (("20260301T000000Z", "20260301T000100Z", "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"), "year"),
        (("19600101T000000Z", "19600101T010000Z"), "year"),
        (("20260301T000000Z", "22000301T000000Z"), "year"),
        (("20260301T000000Z", "20280301T000000Z"), "too_long"),
        (("20260301T100000Z", "20260301T100000Z"), "end_before_start"),
        (("20260302", "20260301"), "end_before_start"),
        (("20260302", "20260302T100000Z"), "broken"),
        (("rubbish", "20260301T100000Z"), "broken"),
        (("20260301T090000Z", "20260301T100000Z", "RRULE:FREQ=DAILY", "RDATE:" + ",".join(["20260401T090000Z"] * 1001)),
         "too_many_dates"),
        (("20260301T090000Z", "20260301T100000Z", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "several_rules"),
    ],
)  # fmt: skip
def test_an_event_that_can_t_be_read_safely_is_left_out_alone_with_its_reason(lines, code):
    found = expand(calendar(event("bad", *lines, "SUMMARY:Feil"), event("good")))
    assert found.refused == [("Feil", code)]
    assert [one.uid for one in found.occurrences] == ["good"]


def test_more_than_750_times_of_one_event_are_too_many_and_so_are_20000_in_all(monkeypatch):
    # Two a day would be sub-daily: more than 750 in eighteen months only come about by many dates.
    dates = [START + timedelta(hours=13 * number) for number in range(800)]
    lines = [f"RDATE:{','.join(f'{one:%Y%m%dT%H%M%SZ}' for one in dates[at : at + 100])}" for at in range(0, 800, 100)]
    assert left_out(event("a", "20260301T090000Z", "20260301T100000Z", *lines)) == ["too_many_instances"]
    monkeypatch.setattr(expanding, "MAX_EVENTS", 2)
    assert refused(calendar(event("a"), event("b"), event("c"))) == "too_many_events"


def test_events_without_a_name_are_known_by_what_they_say():
    nameless = ["BEGIN:VEVENT", "DTSTART:20260310T090000Z", "DTEND:20260310T100000Z", "SUMMARY:A", "END:VEVENT"]
    first, second = (expand(calendar(nameless, event("b"))).occurrences for _time in range(2))
    assert first[0].uid == second[0].uid
    assert first[0].uid.startswith("no-uid:")
    long = "x" * 3000
    assert expand(calendar(event(long))).occurrences[0].uid.startswith("sha256:")


# --- the worker -------------------------------------------------------------------------------------------------------


def test_the_worker_says_the_same_as_the_rules_do():
    raw = calendar(
        event("a", "20260302T170000Z", "20260302T180000Z", "RRULE:FREQ=WEEKLY;COUNT=5"), event("b", "x", "y")
    )
    assert worker.expand(raw, START, END) == expand(raw)
    with pytest.raises(Unreadable) as caught:
        worker.expand(b"<html>", START, END)
    assert caught.value.code == "html"


def test_a_file_that_takes_too_long_is_killed():
    rules = [event(f"n{number}", "19700101T000000Z", "19700101T010000Z", "RRULE:FREQ=DAILY") for number in range(400)]
    with pytest.raises(Unreadable) as caught:
        worker.expand(calendar(*rules), START, END, seconds=1)
    assert caught.value.code == "too_slow"


def test_the_worker_gets_half_a_gigabyte_and_thirty_seconds_and_no_more():
    """Tried for real, in a process that limits itself as the worker does."""
    greedy = "from booking.calendars.incoming import child; child.limit(); bytearray({mb} * 1024 * 1024)"
    for mb, code in ((400, 0), (600, 1)):
        done = subprocess.run(
            [sys.executable, "-c", greedy.format(mb=mb)], capture_output=True, check=False, timeout=30
        )
        assert (done.returncode, b"MemoryError" in done.stderr) == (code, bool(code))
    told = (
        "import resource; from booking.calendars.incoming import child; child.limit();"
        "print(*map(resource.getrlimit, (resource.RLIMIT_AS, resource.RLIMIT_CPU)))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, timeout=30)
    assert done.stdout.decode().strip() == f"({512 * 2**20}, {512 * 2**20}) (30, 31)"


def test_the_worker_sees_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x" * 60)
    seen = {}
    real = worker.subprocess.run

    def watch(command, **kwargs):
        seen.update(kwargs["env"])
        return real(command, **kwargs)

    monkeypatch.setattr(worker.subprocess, "run", watch)
    worker.expand(calendar(event()), START, END)
    assert set(seen) == {"PYTHONPATH", "PATH", "PYTHONIOENCODING"}


@settings(max_examples=examples(100), deadline=None)
@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused_and_never_an_error(raw):
    for body in (raw, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + raw + b"\r\nEND:VEVENT\r\nEND:VCALENDAR"):
        with contextlib.suppress(Unreadable):
            expand(body)


# --- files of others --------------------------------------------------------------------------------------------------


def files(name: str) -> list[Path]:
    """The invented file of the same shape, which is always there, and the real one."""
    found = [
        OWN / name.replace("ferien-bayern", "school-holidays").replace("stavanger-skolerute-2016-17", "school-days")
    ]
    return [*found, REAL / name]


@pytest.mark.parametrize("path", files("ferien-bayern.ics"), ids=["invented", "real"])
def test_a_feed_of_school_holidays_goes_through(path):
    if not path.exists():
        pytest.skip(f"{path.name} may not be committed and isn't here")
    found = worker.expand(path.read_bytes(), datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert found.refused == []
    assert len(found.occurrences) >= 5
    assert all(one.all_day and not one.busy for one in found.occurrences)


@pytest.mark.parametrize(
    ("path", "school"),
    list(zip(files("stavanger-skolerute-2016-17.csv"), ["Nordre skole", "Auglend skole"], strict=True)),
    ids=["invented", "real"],
)  # fmt: skip
def test_a_list_of_school_days_goes_through_as_days_off_in_a_row(path, school):
    if not path.exists():
        pytest.skip(f"{path.name} may not be committed and isn't here")
    raw = path.read_bytes()
    days = reading.free_days(reading.decode(raw), school)
    autumn = next(one for one in days if one.title == "Høstferie")
    assert (autumn.first, autumn.last) == (date(2016, 10, 10), date(2016, 10, 14))
    with pytest.raises(Unreadable) as caught:
        worker.expand(raw, START, END)
    assert caught.value.code == "which_school"
    assert school in caught.value.params["schools"]
    found = worker.expand(
        raw, datetime(2016, 8, 1, tzinfo=UTC), datetime(2017, 8, 1, tzinfo=UTC), school=school.upper()
    )
    assert len(found.occurrences) == len(days)
