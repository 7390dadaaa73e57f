"""The typed ``BOOKING = {...}`` settings of the host site. Every key is optional; a wrong one is a system check error.

``booking_settings()`` is cached and follows ``override_settings``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache
from ipaddress import ip_network
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from booking.foundation.clock import zone
from booking.foundation.workdays import ExtraDay, HolidayDataMissing, WorkCalendar, parse_extra_day


@dataclass(frozen=True, slots=True)
class Switches:
    """Parts of the product that a municipality may leave off: then there is no menu, mail, page or API path for it."""

    works: bool = True
    seasons: bool = True
    rosters: bool = True
    agreements: bool = True
    meetings: bool = True
    equipment_desk: bool = True
    help: bool = True
    # Off and silent by default.
    sms: bool = False
    webhooks: bool = False
    register_lookup: bool = False


@dataclass(frozen=True, slots=True)
class MailIn:
    """How e-mail comes in (docs/administrators/mail-in.md). Nothing set: nothing comes in, and every letter says so."""

    #: The mailbox for answers, "reply@post.example.org": a case then has the address reply+<token>@post.example.org.
    #: Empty: letters say that answers to them are not read.
    address: str = ""
    #: The most that one mail may weigh, in bytes. Of a bigger one the first part is kept, and its files are not.
    max_bytes: int = 30_000_000
    #: How long the mail as it came is kept after it was dealt with. Days.
    raw_kept_days: int = 30
    #: The mailbox that `tick` empties by IMAP. Empty: none.
    host: str = ""
    port: int = 993
    #: False only for a server on the same machine.
    tls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    #: Where mail is put that has been taken in; made when it isn't there.
    done_folder: str = "Samskap"
    #: OAuth 2.0 instead of a password: where tokens are given, and who we are there. With a refresh token it is used
    #: (and its successors are kept, sealed); without one we ask in our own name (client credentials).
    oauth_token_url: str = ""
    oauth_client_id: str = ""
    oauth_client_secret: str = field(default="", repr=False)
    oauth_refresh_token: str = field(default="", repr=False)
    oauth_scope: str = ""
    #: Lets a mail provider hand mail in at /mail-in/ (a bearer token of at least 32 characters). Empty: no such page.
    http_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """What a municipality decides about the plugin. Units and defaults in the comments."""

    #: Shown in letters, calendars and page titles.
    municipality_name: str = "Kommunen"
    #: ISO 3166-1 alpha-2, for the holiday calendar.
    country: str = "NO"
    #: IANA zone: the wall clock of resources, deadlines and letters.
    timezone: str = "Europe/Oslo"
    #: Further non-working days: dates, "2026-05-15", or "12-24" for every year.
    extra_days: tuple[ExtraDay, ...] = ()
    #: The promise: working days until an answer; a unit may have its own.
    promise_days: int = 10
    #: False: outsiders see the unit instead of the case officer's name.
    show_officer_names: bool = True
    #: Scheme and host for links in letters and feeds, without a slash at the end.
    public_base_url: str = "http://localhost:8000"
    #: From which share of heads under 20 an audience counts as "children and youth".
    child_share: Fraction = Fraction(2, 3)
    #: Two-person rules other than conflict of interest: "always", or "where_possible" (then logged as "alone").
    four_eyes: Literal["always", "where_possible"] = "where_possible"
    #: Days a party has to reply when granted time is taken back.
    takeback_reply_days: int = 14
    #: A decision's letter waits this long, so that undo costs nothing. Seconds.
    letter_delay_seconds: int = 60
    #: Hours of an agreement are taken so far ahead, and extended by ``tick``. Weeks.
    agreement_horizon_weeks: int = 52
    #: How long an untouched draft is kept. Days.
    draft_kept_days: int = 60
    #: How many days a class of personal data is kept, by its name (docs/administrators/privacy.md lists them). What
    #: isn't named is kept as long as its class says. A shorter time waits for an administrator's yes.
    retention_days: Mapping[str, int] = field(default_factory=dict)
    #: The demo site: log-in codes and sent mail are shown on pages. Never with real people's data.
    demo: bool = False
    #: ``tick --now`` is allowed even without DEBUG.
    allow_time_travel: bool = False
    #: Needed as a bearer token to read /metrics; empty: only from the machine itself.
    metrics_token: str = ""
    #: Keys for what is stored encrypted (followers' addresses, second factors), newest first, each of at least 32
    #: characters. Empty: derived from SECRET_KEY. See ``foundation.vault`` for how to change them.
    encryption_keys: tuple[str, ...] = ()
    #: How many proxies in front of the site write X-Forwarded-For; 0: trust the socket's address only.
    trusted_proxies: int = 0
    #: Where the national register of organisations answers (Enhetsregisteret); asked only with the switch
    #: ``register_lookup``.
    register_url: str = "https://data.brreg.no/enhetsregisteret/api"
    #: Who sends SMS, where the switch ``sms`` is on: the dotted name of a class (``correspondence.sms``).
    sms_backend: str = "booking.correspondence.sms.ConsoleBackend"
    #: Where the file backend writes.
    sms_file: str = ""
    #: Networks of one's own (CIDR, "10.20.0.0/16") that calendars may be fetched from; all private addresses else are
    #: refused, so that nobody gets the server to ask into the own network.
    calendar_networks: tuple[str, ...] = ()
    #: The same for webhooks: systems of one's own that are told what happens.
    webhook_networks: tuple[str, ...] = ()
    #: Webhooks may go to http addresses too, unencrypted. With DEBUG they always may.
    webhook_http: bool = False
    #: Tiles under the maps: an address with {z}, {x} and {y}. Empty: outlines and names on plain ground, and no other
    #: host is asked for anything. The site must let pictures come from there (its content security policy).
    map_tiles: str = ""
    #: Whose map that is: shown in its corner.
    map_attribution: str = ""
    #: Where an empty map begins: "latitude,longitude,zoom".
    map_start: str = "65,14,4"
    mail_in: MailIn = field(default_factory=MailIn)
    switches: Switches = field(default_factory=Switches)

    @property
    def tz(self) -> ZoneInfo:
        """The municipality's zone."""
        return zone(self.timezone)

    def is_on(self, switch: str) -> bool:
        """True when that part of the product is on. Raises ``AttributeError`` for an unknown name."""
        return bool(getattr(self.switches, switch))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in ``BOOKING``: a stable code, the key, and what would be right."""

    code: Literal["unknown_key", "wrong_type", "unknown_zone", "unknown_country", "bad_value"]
    key: str
    message: str


_DEFAULTS = BookingSettings()
_TILES = re.compile(r"https?://[^\s\"'<>;,]+")
_MAP_START = re.compile(r"-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?,\d{1,2}")
_SHORTEST_KEY = 32
#: Ninety years: longer is no time, but a slip of the finger. Days.
LONGEST_RETENTION = 33_000
_LEAST = {
    "promise_days": 1,
    "takeback_reply_days": 0,
    "letter_delay_seconds": 0,
    "draft_kept_days": 1,
    "agreement_horizon_weeks": 5,
    "max_bytes": 100_000,
    "raw_kept_days": 1,
    "port": 1,
}
#: The part before the @ leaves room for the token: no more than 64 characters in all (RFC 5321 4.5.3.1.1).
_MAILBOX = re.compile(r"[A-Za-z0-9._-]{1,20}@[A-Za-z0-9.-]{1,200}")


def _value(key: str, raw: Any, default: Any) -> Any:
    """``raw`` in the type of ``default``; raises ``TypeError`` or ``ValueError`` with what would be right."""
    if isinstance(default, bool):
        if not isinstance(raw, bool):
            raise TypeError("must be True or False")
        return raw
    if isinstance(default, int):
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise TypeError("must be a whole number")
        if raw < _LEAST.get(key, 0):
            raise ValueError(f"must be at least {_LEAST.get(key, 0)}")
        return raw
    if isinstance(default, Fraction):
        if isinstance(raw, bool | float) or not isinstance(raw, int | str | Fraction):
            raise TypeError('must be a fraction, for instance "2/3"')
        share = Fraction(raw)
        if not 0 < share <= 1:
            raise ValueError("must be more than 0 and at most 1")
        return share
    if key == "encryption_keys":
        if isinstance(raw, str) or not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
            raise TypeError("must be a list of texts")
        if any(len(one) < _SHORTEST_KEY for one in raw):
            raise ValueError(f"each key must have at least {_SHORTEST_KEY} characters")
        return tuple(raw)
    if key in ("calendar_networks", "webhook_networks"):
        if isinstance(raw, str) or not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
            raise TypeError("must be a list of networks")
        return tuple(str(ip_network(one)) for one in raw)
    if isinstance(default, tuple):
        if isinstance(raw, str) or not isinstance(raw, list | tuple | set | frozenset):
            raise TypeError('must be a list of days, for instance ["12-24", "2026-05-15"]')
        return tuple(parse_extra_day(item) for item in raw)
    if not isinstance(raw, str):
        raise TypeError("must be text")
    if (
        key == "map_tiles"
        and raw
        and not (_TILES.fullmatch(raw) and all(part in raw for part in ("{z}", "{x}", "{y}")))
    ):
        raise ValueError("must be an http address with {z}, {x} and {y}")
    if key == "map_start" and not _MAP_START.fullmatch(raw):
        raise ValueError('must be latitude, longitude and zoom, for instance "69.2,18.1,12"')
    return raw.rstrip("/") if key == "public_base_url" else raw


def read(raw: Mapping[str, Any]) -> tuple[BookingSettings, list[Fault]]:
    """``BOOKING`` as typed settings and all that is wrong in it (then with the default in that key's place)."""
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    names = {item.name for item in fields(BookingSettings)}
    for key, given in raw.items():
        if key not in names:
            faults.append(Fault("unknown_key", str(key), "is not a setting of BOOKING"))
        elif key == "switches":
            values["switches"] = _switches(given, faults)
        elif key == "retention_days":
            values["retention_days"] = _retention_days(given, faults)
        elif key == "mail_in":
            values["mail_in"] = _mail_in(given, faults)
        else:
            try:
                values[key] = _value(key, given, getattr(_DEFAULTS, key))
            except TypeError as error:
                faults.append(Fault("wrong_type", key, str(error)))
            except (ValueError, ZeroDivisionError) as error:
                faults.append(Fault("bad_value", key, str(error)))
    _check_values(values, faults)
    return BookingSettings(**values), faults


def _switches(given: Any, faults: list[Fault]) -> Switches:
    if not isinstance(given, Mapping):
        faults.append(Fault("wrong_type", "switches", "must be a dictionary of True and False"))
        return Switches()
    names = {item.name for item in fields(Switches)}
    chosen: dict[str, bool] = {}
    for key, on in given.items():
        if key not in names:
            faults.append(Fault("unknown_key", f"switches.{key}", "is not a switch"))
        elif not isinstance(on, bool):
            faults.append(Fault("wrong_type", f"switches.{key}", "must be True or False"))
        else:
            chosen[key] = on
    return Switches(**chosen)


def _retention_days(given: Any, faults: list[Fault]) -> dict[str, int]:
    """Days by class. Whether there is such a class is asked when all of them are known (``privacy.checks``)."""
    if not isinstance(given, Mapping):
        faults.append(Fault("wrong_type", "retention_days", "must be a dictionary of days by class"))
        return {}
    chosen: dict[str, int] = {}
    for name, days in given.items():
        if isinstance(days, bool) or not isinstance(days, int):
            faults.append(Fault("wrong_type", f"retention_days.{name}", "must be a whole number of days"))
        elif not 1 <= days <= LONGEST_RETENTION:
            faults.append(
                Fault("bad_value", f"retention_days.{name}", f"must be between 1 and {LONGEST_RETENTION} days")
            )
        else:
            chosen[str(name)] = days
    return chosen


def _mail_in(given: Any, faults: list[Fault]) -> MailIn:
    if not isinstance(given, Mapping):
        faults.append(Fault("wrong_type", "mail_in", "must be a dictionary"))
        return MailIn()
    defaults = MailIn()
    names = {item.name for item in fields(MailIn)}
    chosen: dict[str, Any] = {}
    for key, raw in given.items():
        if key not in names:
            faults.append(Fault("unknown_key", f"mail_in.{key}", "is not a setting of mail_in"))
            continue
        try:
            chosen[key] = _value(key, raw, getattr(defaults, key))
        except TypeError as error:
            faults.append(Fault("wrong_type", f"mail_in.{key}", str(error)))
        except ValueError as error:
            faults.append(Fault("bad_value", f"mail_in.{key}", str(error)))
    if chosen.get("address") and not _MAILBOX.fullmatch(chosen["address"]):
        why = "must be a plain address such as reply@post.example.org, with at most 20 characters before the @ and no +"
        faults.append(Fault("bad_value", "mail_in.address", why))
        del chosen["address"]
    if 0 < len(chosen.get("http_secret", "")) < _SHORTEST_KEY:
        faults.append(Fault("bad_value", "mail_in.http_secret", f"must have at least {_SHORTEST_KEY} characters"))
        del chosen["http_secret"]
    if (chosen.get("host") or chosen.get("http_secret")) and not chosen.get("address"):
        faults.append(Fault("bad_value", "mail_in", "needs an address that answers are sent to"))
    return MailIn(**chosen)


def _check_values(values: dict[str, Any], faults: list[Fault]) -> None:
    """Values of the right type that still make no sense; they are taken out of ``values``."""
    if "timezone" in values:
        try:
            zone(values["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.append(Fault("unknown_zone", "timezone", f"“{values.pop('timezone')}” is not an IANA time zone"))
    if "country" in values:
        try:
            WorkCalendar(values["country"])
        except HolidayDataMissing:
            faults.append(
                Fault("unknown_country", "country", f"there is no holiday calendar for “{values.pop('country')}”")
            )
    if values.get("register_url") and not values["register_url"].startswith(("https://", "http://")):
        faults.append(Fault("bad_value", "register_url", "must be an address with http:// or https://"))
        del values["register_url"]
    if values.get("four_eyes", "always") not in ("always", "where_possible"):
        faults.append(Fault("bad_value", "four_eyes", 'must be "always" or "where_possible"'))
        del values["four_eyes"]


@cache
def booking_settings() -> BookingSettings:
    """The settings in force. Raises ``ImproperlyConfigured`` that names every fault."""
    raw = getattr(settings, "BOOKING", {})
    if not isinstance(raw, Mapping):
        raise ImproperlyConfigured("BOOKING must be a dictionary.")
    result, faults = read(raw)
    if faults:
        raise ImproperlyConfigured("; ".join(f"BOOKING[{fault.key!r}] {fault.message}" for fault in faults))
    return result


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "BOOKING":
        booking_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="booking.foundation.conf")
