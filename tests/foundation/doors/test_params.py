from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory

from booking.foundation.doors.middleware import UnavailableMiddleware, server_error
from booking.foundation.doors.params import Hat, parse_date, parse_hat, parse_int, parse_moment, parse_window
from booking.foundation.errors import Invalid

OSLO = ZoneInfo("Europe/Oslo")


def code_of(parse, *args, **kwargs):
    with pytest.raises(Invalid) as caught:
        parse(*args, **kwargs)
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-17T18:00:00+02:00",
        "2026-05-17T18:00:00 02:00",
        "2026-05-17T18:00 02:00",
        "2026-05-17T16:00:00Z",
        "2026-05-17t16:00:00z",
        "2026-05-17 16:00Z",
        "2026-05-17T16:00:00.000Z",
        " 2026-05-17T16:00:00Z ",
    ],
)
def test_a_moment_in_any_offset_is_one_moment(text):
    assert parse_moment(text) == datetime(2026, 5, 17, 16, tzinfo=UTC)


def test_a_date_is_its_local_midnight_where_dates_are_allowed():
    assert parse_moment("2026-05-17", tz=OSLO) == datetime(2026, 5, 16, 22, tzinfo=UTC)
    assert code_of(parse_moment, "2026-05-17") == "not_a_time"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-05-17T18:00:00", "no_zone"),
        ("9999-12-31T23:59:59Z", "out_of_range"),
        ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("2026-02-30T10:00:00Z", "not_a_time"),
        ("2026-05-17T24:30:00Z", "not_a_time"),
        ("2026-05-17T10:00:00+99:00", "not_a_time"),
        ("20260517T100000Z", "not_a_time"),
        ("2026-W20-7", "not_a_time"),
        ("٢٠٢٦-05-17T10:00:00Z", "not_a_time"),
        ("tomorrow", "not_a_time"),
        ("", "not_a_time"),
        ("1" * 100_000, "not_a_time"),
        (None, "not_a_time"),
        (1_747_000_000, "not_a_time"),
        (["2026-05-17"], "not_a_time"),
    ],
)
def test_what_is_no_moment_is_refused_by_rule(value, code):
    assert code_of(parse_moment, value) == code


def test_lines_take_whole_minutes():
    assert code_of(parse_moment, "2026-05-17T18:00:01Z", whole_minutes=True) == "not_whole_minutes"
    assert code_of(parse_moment, "2026-05-17T18:00:00.5Z", whole_minutes=True) == "not_whole_minutes"


def test_a_window_is_bounded_in_local_days():
    window = parse_window({"from": "2026-03-01", "to": "2026-06-01"}, tz=OSLO, max_days=92)
    assert (window.start, window.end) == (datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 5, 31, 22, tzinfo=UTC))
    # 92 local days over the autumn's clock change are an hour more than 92 * 24.
    parse_window({"from": "2026-09-01", "to": "2026-12-02"}, tz=OSLO, max_days=92)
    assert code_of(parse_window, {"from": "2026-03-01", "to": "2026-06-02"}, tz=OSLO, max_days=92) == "too_long"
    assert code_of(parse_window, {"from": "2026-03-01"}, tz=OSLO) == "required"
    assert code_of(parse_window, {"from": "2026-03-01", "to": "2026-03-01"}, tz=OSLO) == "end_before_start"


def test_dates_and_numbers():
    assert parse_date("2028-02-29") == date(2028, 2, 29)
    assert code_of(parse_date, "2026-02-29") == "not_a_date"
    assert code_of(parse_date, "2226-02-28") == "out_of_range"
    assert parse_int("40") == 40
    assert parse_int(0) == 0
    for nonsense in ("4.0", True, 1.5, None, "", "9" * 5000):
        assert code_of(parse_int, nonsense) == "not_a_number"
    assert code_of(parse_int, 10**12) == "out_of_range"
    assert code_of(parse_int, -1) == "out_of_range"


def test_a_hat_is_an_organisation_or_a_unit():
    assert parse_hat("organisation:lilleby-korps") == Hat("organisation", "lilleby-korps")
    assert parse_hat(None) is None
    for nonsense in ("unit:", "unit:a b", "king:harald", "unit", "unit:" + "x" * 81):
        assert code_of(parse_hat, nonsense) == "bad_hat"


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection is closed")])
def test_a_lost_database_is_503_on_pages_and_in_the_api(error, rf: RequestFactory):
    middleware = UnavailableMiddleware(lambda request: None)
    page = middleware.process_exception(rf.get("/lokaler/"), error)
    api = middleware.process_exception(rf.get("/api/booking/v1/resources/"), error)
    assert (page.status_code, api.status_code) == (503, 503)
    assert page["Content-Type"].startswith("text/html")
    assert api["Content-Type"] == "application/problem+json"
    assert int(page["Retry-After"]) > 0
    assert int(api["Retry-After"]) > 0
    assert middleware.process_exception(rf.get("/"), ZeroDivisionError()) is None


def test_a_form_that_met_a_lost_database_is_on_the_page_to_be_sent_again(rf: RequestFactory):
    middleware = UnavailableMiddleware(lambda request: None)

    def page(data, **kwargs):
        answer = middleware.process_exception(rf.post("/ask/hallen/?a=1&b=2", data, **kwargs), OperationalError("gone"))
        return answer.content.decode()

    form = "application/x-www-form-urlencoded"
    text = page("title=%3Cb%3E%22x%22&title=y&bands=6-12", content_type=form)
    assert 'action="/ask/hallen/?a=1&amp;b=2"' in text
    assert '<input type="hidden" name="title" value="&lt;b&gt;&quot;x&quot;">' in text
    assert '<input type="hidden" name="title" value="y">' in text
    assert "<b>" not in text
    # A novel or a file is sent from the form itself: the page says so, and is no novel.
    for answer in (
        page("title=" + "x" * 200_000, content_type=form),
        page({"file": "x"}),
        page("\xff=%ff", content_type=form),
    ):
        assert len(answer) < 10_000


def test_a_database_that_is_lost_while_a_session_is_saved_is_no_crash(rf: RequestFactory):
    try:
        raise OperationalError("the connection is closed")
    except OperationalError:
        assert server_error(rf.get("/")).status_code == 503
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert server_error(rf.get("/")).status_code == 500
