"""Fetching a calendar of others over HTTP, for real: a server with TLS on this machine, asked as any other
(feeds.md "Calendars in")."""

from __future__ import annotations

import gzip
import time

import pytest

from booking.calendars.incoming import addresses
from booking.calendars.incoming.fetching import HOPS, fetch
from booking.calendars.incoming.reading import MAX_BYTES, Unreadable
from tests.calendars.incoming.servers import Served, calendar_server

HERE = ["127.0.0.0/8"]
BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def refusal(*args, **kwargs) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        fetch(*args, **kwargs)
    return caught.value


def test_a_calendar_comes_with_its_validators_and_is_asked_for_only_when_it_has_changed(server: Served):
    url = server.give(BODY, ETag='"one"', Last_Modified="Mon, 02 Mar 2026 09:00:00 GMT")
    first = fetch(url, networks=HERE)
    assert (first.body, first.etag, first.last_modified) == (BODY, '"one"', "Mon, 02 Mar 2026 09:00:00 GMT")
    again = fetch(url, etag=first.etag, last_modified=first.last_modified, networks=HERE)
    assert again.body is None
    assert server.asked[-1][1]["If-Modified-Since"] == first.last_modified
    assert "Cookie" not in server.asked[-1][1]


def test_webcal_is_read_as_https(server: Served):
    url = server.give(BODY).replace("https://", "webcal://")
    assert fetch(url, networks=HERE).body == BODY


def test_what_is_packed_is_unpacked_and_a_bomb_is_noticed_at_the_limit(server: Served):
    assert fetch(server.give(gzip.compress(BODY), Content_Encoding="gzip"), networks=HERE).body == BODY
    bomb = gzip.compress(b"\0" * (200 * 1024 * 1024))
    assert len(bomb) < 300_000
    assert refusal(server.give(bomb, Content_Encoding="gzip"), networks=HERE).code == "too_big"
    cut = gzip.compress(BODY * 50)[:-9]
    assert refusal(server.give(cut, Content_Encoding="gzip"), networks=HERE).code == "cut_off"
    assert refusal(server.give(BODY, Content_Encoding="br"), networks=HERE).code == "coding"


def test_more_than_five_megabytes_are_refused(server: Served):
    assert refusal(server.give(b"x" * (MAX_BYTES + 1)), networks=HERE).code == "too_big"


def test_a_body_that_breaks_off_is_no_calendar(server: Served):
    def half(request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"half")

    server.answers["/half.ics"] = half
    assert refusal(server.url("/half.ics"), networks=HERE).code in ("cut_off", "connection_lost")


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_is_cut_off_by_the_clock_however_slowly_it_goes_on(server: Served, where):
    def drip(request) -> None:
        start = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + (b"\r\n" if where == "body" else b"X-Slow: ")
        request.wfile.write(start)
        for _number in range(100):
            request.wfile.write(b"x")
            time.sleep(0.05)

    server.answers["/slow.ics"] = drip
    begun = time.monotonic()
    assert refusal(server.url("/slow.ics"), networks=HERE, seconds=0.6).code == "server_slow"
    assert time.monotonic() - begun < 2


def test_redirects_are_followed_five_times_and_each_is_checked(server: Served):
    server.give(BODY)
    for number in range(HOPS):
        server.lead(f"/{number}", f"/{number + 1}" if number + 1 < HOPS else "/calendar.ics")
    assert fetch(server.url("/0"), networks=HERE).body == BODY
    server.lead("/more", "/0")
    assert refusal(server.url("/more"), networks=HERE).code == "too_many_hops"
    server.lead("/loop", "/loop")
    assert refusal(server.url("/loop"), networks=HERE).code == "too_many_hops"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("http://127.0.0.1/plain.ics", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://10.0.0.1/calendar.ics", "private_address"),
        ("https://[::ffff:169.254.169.254]/latest/meta-data/", "private_address"),
        ("https://name:word@127.0.0.1/", "bad_address"),
        ("https://lilleby.example/feeds/resource-hall.ics", "own_feed"),
    ],
)
def test_a_redirect_leads_nowhere_that_the_address_itself_could_not(server: Served, to, code):
    url = server.lead("/away", to)
    assert refusal(url, networks=HERE, own_base="https://lilleby.example").code == code


def test_nobody_gets_the_server_to_ask_into_the_own_network(server: Served):
    url = server.give(BODY)
    for address in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "2130706433")):
        assert refusal(address).code == "private_address"
    assert server.asked == []


def test_an_error_a_wrong_certificate_and_a_host_that_is_not_there_are_told_apart(server: Served, pem, monkeypatch):
    failed = refusal(server.give(b"no", status=403), networks=HERE)
    assert (failed.code, failed.params["status"]) == ("http_status", 403)
    assert refusal("https://no-such-host.invalid/a.ics").code == "unknown_host"
    monkeypatch.delenv("SSL_CERT_FILE")
    with calendar_server(pem) as stranger:
        assert refusal(stranger.give(BODY), networks=HERE).code == "certificate"
    assert refusal(stranger.url(), networks=HERE).code == "no_connection"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address that is refused
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_may_be_connected_to(address, allowed):
    assert addresses.may_connect(address, ()) is allowed


def test_the_allow_list_opens_a_network_and_nothing_beside_it():
    assert addresses.may_connect("10.20.1.1", ["10.20.0.0/16"])
    assert addresses.may_connect("::ffff:10.20.1.1", ["10.20.0.0/16"])
    assert not addresses.may_connect("10.21.1.1", ["10.20.0.0/16"])


@pytest.mark.parametrize(
    "address",
    ["", "calendar.ics", "https://", "https://host:99999/", "https://ho st/", "https://host/\r\nX: y", "x" * 1001],
)
def test_what_is_no_address_is_refused_before_anything_is_asked(address):
    with pytest.raises(Unreadable):
        addresses.place_of(address)


def test_norwegian_letters_in_an_address_are_written_as_the_net_wants_them():
    place = addresses.place_of("webcal://blåbær.no/møte.ics?år=1")
    assert place.url == "https://xn--blbr-roah.no/m%C3%B8te.ics?%C3%A5r=1"
