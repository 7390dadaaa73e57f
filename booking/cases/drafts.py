"""What somebody wants to ask for, read strictly. API and forms come through here, so both refuse the same things.

`parse` tells malformed and impossible values (400 `invalid`, each with its path) before any rule runs. Then come the
things that the asker may not know to exist (404): slugs of resources and organisations. Source: api.md "Exact meaning".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from booking.cases.access import choose_hat
from booking.cases.rules import BANDS, MOST, Occurrence, Rule, expand, parse_rule
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.rules import not_to_leave_out, unpacked
from booking.catalogue.kits.selectors import Offered, offered_kits
from booking.catalogue.models import Resource, Unit
from booking.catalogue.selectors import Snapshot, Thing
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid, Loc, NotFound
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.rules import HatKind

IfTaken = Literal["refuse", "skip", "waiting_list"]

#: Bounds of what makes sense. Rules of the house come later; this is only against nonsense.
FIRST_YEAR, LAST_YEAR = 1970, 2100
MOST_LINES = 1000
MOST_SERIES = 50
MOST_CO_HOSTS = 20
MOST_USES = 50
MOST_LEFT_OUT = 20
MOST_TICKS = 100
MOST_QUANTITY = 10_000
MOST_HEADS = 100_000
MOST_MINUTES_AROUND = 24 * 60
LONGEST = timedelta(days=366)
_TITLE = 150
_NAME = 150
_PHONE = 30

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")


@dataclass(frozen=True, slots=True)
class Responsible:
    """The adult who answers for the loan."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class OfKit:
    """What a line belongs to: which kit, how many of it, and the how-manieth kit of the request."""

    kit: Any
    group: int
    quantity: int


@dataclass(slots=True, unsafe_hash=True)  # not frozen: a check makes hundreds, at a third of the time
class DraftLine:
    """One resource (and quantity) at one time, `[start, end)` in UTC. `series`: which series it came from, if any."""

    resource: Any  # a Resource; in a draft that is only checked, a Thing
    start: datetime
    end: datetime
    quantity: int = 1
    setup_minutes: int = 0
    teardown_minutes: int = 0
    series: int | None = None
    loc: Loc = ()
    kit: OfKit | None = None

    @property
    def taken_from(self) -> datetime:
        """With the set-up."""
        return self.start - timedelta(minutes=self.setup_minutes) if self.setup_minutes else self.start

    @property
    def taken_until(self) -> datetime:
        """With the tear-down."""
        return self.end + timedelta(minutes=self.teardown_minutes) if self.teardown_minutes else self.end


@dataclass(frozen=True, slots=True)
class DraftSeries:
    """A repeating time: `[start, end)` in UTC as it was sent, the rule, and local start dates that are left out.

    `first` is the rule's first date, left out or not: where a calendar's series begins.
    """

    resource: Any  # a Resource; in a draft that is only checked, a Thing
    start: datetime
    end: datetime
    rule: Rule
    first: Occurrence
    occurrences: tuple[Occurrence, ...]
    quantity: int = 1
    exclude: tuple[date, ...] = ()
    setup_minutes: int = 0
    teardown_minutes: int = 0
    #: Where it was written; a kit is one entry there, and a series for each of its parts here.
    loc: Loc = ()
    kit: OfKit | None = None

    @property
    def rrule(self) -> str:
        return self.rule.text


@dataclass(frozen=True)
class RequestDraft:
    """A whole request, expanded: `all_lines` counts `lines`, then each series in date order without the excluded."""

    lines: Sequence[DraftLine]
    series: Sequence[DraftSeries] = ()
    organisation: Organisation | None = None
    hat: str = HatKind.PERSON.value
    purpose: str = ""
    title: str = ""
    title_public: bool = False
    audience: Mapping[str, Any] = field(default_factory=dict)
    responsible: Responsible = Responsible()
    if_taken: IfTaken = "refuse"
    co_hosts: Sequence[Organisation] = ()
    message: str = ""
    override_reason: str = ""
    accepted_rules: bool = False
    #: Slugs of the kinds of use that were ticked (needs N11).
    uses: tuple[str, ...] = ()
    #: What the asker says they know of, as verdicts ask for it (`Verdict.tick`).
    ticked: frozenset[str] = frozenset()

    @cached_property
    def all_lines(self) -> list[DraftLine]:
        """Shared: don't change it."""
        found = list(self.lines)
        for number, series in enumerate(self.series):
            found += [
                DraftLine(
                    series.resource,
                    occurrence.start,
                    occurrence.end,
                    series.quantity,
                    series.setup_minutes,
                    series.teardown_minutes,
                    number,
                    series.loc or ("series", number),
                    series.kit,
                )
                for occurrence in series.occurrences
            ]
        return found


class Faults:
    """Collects every fault, so that one answer names them all."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, loc: Loc, code: str, message: Any, **params: Any) -> None:
        self.found.append(FieldError(loc, code, message, params))

    def of(self, error: Invalid, loc: Loc) -> None:
        if error.errors:
            self.found += error.errors
        else:
            self.found.append(FieldError(loc, error.code, error.message, error.params))

    def text(self, data: Mapping[str, Any], key: str, limit: int, loc: Loc = (), *, multiline: bool = False) -> str:
        try:
            return text.clean(data.get(key), max_length=limit, loc=(*loc, key), multiline=multiline)
        except Invalid as error:
            self.of(error, (*loc, key))
            return ""

    def check(self) -> None:
        if self.found:
            raise Invalid.of(self.found)


def parse(data: Any, *, user: Any, hat: str | None = None, known: Snapshot | None = None) -> RequestDraft:
    """A request body or form as a draft. `user` may be None or anonymous (then the organisation stays unknown).

    `hat` is what the caller says (``organisation:<slug>``, ``unit:<slug>``, ``person``). With `known` the draft holds
    things of that snapshot: good for a check; what is to be stored needs the rows themselves. Raises ``Invalid`` with a
    path per fault, then ``NotFound`` for a resource or organisation that the caller may not know, or may not ask for.
    """
    if not isinstance(data, Mapping):
        raise Invalid("not_an_object", _("The request must be an object with named fields."))
    faults = Faults()
    purpose = faults.text(data, "purpose", text.PURPOSE, multiline=True)
    title = faults.text(data, "title", _TITLE)
    message = faults.text(data, "message", text.MESSAGE, multiline=True)
    override_reason = faults.text(data, "override_reason", text.PURPOSE, multiline=True)
    title_public = _flag(data, "title_public", faults)
    accepted_rules = _flag(data, "accept_rules", faults)
    if "accept_rules" in data and not accepted_rules and data["accept_rules"] is not None:
        faults.add(("accept_rules",), "must_accept", _("You must accept the house rules."))
    audience = _audience(data.get("audience"), faults)
    responsible = _responsible(data.get("responsible"), faults)
    if_taken: Any = data.get("if_taken") or "refuse"
    if if_taken not in ("refuse", "skip", "waiting_list"):
        faults.add(
            ("if_taken",), "unknown_choice", _("Choose one of: %(choices)s."), choices="refuse, skip, waiting_list"
        )
    organisation_slug = read_slug(data.get("organisation"), ("organisation",), faults)
    co_host_slugs = _co_hosts(data.get("co_hosts"), faults)
    use_slugs = _uses(data.get("uses"), faults)
    ticked = _ticked(data, faults)
    raw_lines = _list(data, "lines", MOST_LINES, faults)
    raw_series = _list(data, "series", MOST_SERIES, faults)
    if not raw_lines and not raw_series and not faults.found:
        faults.add(("lines",), "required", _("Ask for at least one time."))
    lines = [_line(raw, ("lines", index), faults) for index, raw in enumerate(raw_lines)]
    series = [_series(raw, ("series", index), faults) for index, raw in enumerate(raw_series)]
    faults.check()

    # Everything is well formed; from here on it is about what exists for this person.
    lines, series = _unpacked(lines, series, user, known)
    resources = _resources([(one["resource"], (*one["loc"], "resource")) for one in (*lines, *series)], user, known)
    found_lines = [
        DraftLine(
            resources[one["resource"]], one["start"], one["end"], one["quantity"], one["setup"], one["teardown"],
            None, one["loc"], one["of_kit"],
        )
        for one in lines
    ]  # fmt: skip
    found_series: list[DraftSeries] = []
    for one in series:
        # The parts of a kit share one rule: what is wrong with it is told once.
        if not any(fault.loc[:2] == one["loc"] for fault in faults.found):
            found_series.append(_expanded(one, resources[one["resource"]], one["loc"], faults))
    faults.check()
    total = len(found_lines) + sum(len(one.occurrences) for one in found_series)
    if total > MOST_LINES:
        raise Invalid(
            "too_many_dates", _("A request has at most %(most)s dates."), loc=("series",), params={"most": MOST_LINES}
        )
    _check_uses(use_slugs, known)
    organisation, chosen_hat = organisation_of(organisation_slug, user, hat)
    return RequestDraft(
        lines=found_lines,
        series=found_series,
        organisation=organisation,
        hat=chosen_hat,
        purpose=purpose,
        title=title,
        title_public=title_public,
        audience=audience,
        responsible=responsible,
        if_taken=if_taken,
        co_hosts=_co_host_rows(co_host_slugs, organisation, user),
        message=message,
        override_reason=override_reason,
        accepted_rules=accepted_rules,
        uses=use_slugs,
        ticked=ticked,
    )


# --- values ----------------------------------------------------------------------------------------------------------


def parse_moment(value: Any, loc: Loc, faults: Faults) -> datetime | None:
    """An RFC 3339 moment with offset (or an aware datetime from a form), in whole minutes, in UTC."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _MOMENT.fullmatch(value.strip()):
        try:
            moment = datetime.fromisoformat(value.strip().upper())
        except ValueError:
            faults.add(loc, "not_a_time", _("There is no such time."))
            return None
    elif value in (None, ""):
        faults.add(loc, "required", _("This is needed."))
        return None
    else:
        faults.add(loc, "not_a_time", _("Write the time as 2026-06-01T18:00:00+02:00."))
        return None
    if moment.tzinfo is None or moment.utcoffset() is None:
        faults.add(loc, "no_zone", _("The time needs a zone, as in 2026-06-01T18:00:00+02:00."))
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        faults.add(
            loc, "out_of_range", _("The year must be between %(first)s and %(last)s."), first=FIRST_YEAR, last=LAST_YEAR
        )
        return None
    if moment.second or moment.microsecond:
        faults.add(loc, "whole_minutes", _("Times are in whole minutes."))
        return None
    return moment.astimezone(UTC)


def _integer(data: Mapping[str, Any], key: str, default: int, least: int, most: int, loc: Loc, faults: Faults) -> int:
    value = data.get(key)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) <= 18:
        value = int(value.strip())
    if isinstance(value, bool) or not isinstance(value, int):
        faults.add((*loc, key), "not_a_number", _("This must be a whole number."))
        return default
    if not least <= value <= most:
        faults.add(
            (*loc, key), "out_of_range", _("This must be between %(least)s and %(most)s."), least=least, most=most
        )
        return default
    return value


def _flag(data: Mapping[str, Any], key: str, faults: Faults) -> bool:
    value = data.get(key, False)
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    if value in ("true", "on", "1", "false", "off", "0", ""):
        return value in ("true", "on", "1")
    faults.add((key,), "not_yes_or_no", _("This must be yes or no."))
    return False


def read_slug(value: Any, loc: Loc, faults: Faults, *, required: bool = False) -> str:
    if value in (None, ""):
        if required:
            faults.add(loc, "required", _("This is needed."))
        return ""
    if not isinstance(value, str):
        faults.add(loc, "not_text", _("This must be text."))
        return ""
    # What can't be a slug can't exist either; but a NUL or a novel is a malformed value.
    if not _SLUG.fullmatch(value):
        faults.add(loc, "not_a_slug", _("This is not the short name of anything."))
        return ""
    return value


def _list(data: Mapping[str, Any], key: str, most: int, faults: Faults) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        faults.add((key,), "not_a_list", _("This must be a list."))
        return []
    if len(value) > most:
        faults.add((key,), "too_many", _("At most %(most)s."), most=most)
        return []
    return list(value)


def _ticked(data: Mapping[str, Any], faults: Faults) -> frozenset[str]:
    found = set()
    for index, value in enumerate(_list(data, "ticked", MOST_TICKS, faults)):
        found.add(read_slug(value, ("ticked", index), faults, required=True))
    return frozenset(found)


def read_ticked(data: Mapping[str, Any]) -> frozenset[str]:
    """``ticked`` of a body that asks for a date. Raises ``Invalid``."""
    faults = Faults()
    found = _ticked(data, faults)
    faults.check()
    return found


def _audience(value: Any, faults: Faults) -> dict[str, Any]:
    loc: Loc = ("audience",)
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping):
        faults.add(loc, "not_an_object", _("Give head counts by age band."))
        return {}
    if "about" in value:
        unknown = set(value) - {"about", "bands"}
        about = _integer(value, "about", 0, 0, MOST_HEADS, loc, faults)
        bands = value.get("bands") or []
        if not isinstance(bands, list | tuple) or any(band not in BANDS for band in bands) or unknown:
            faults.add((*loc, "bands"), "unknown_band", _("The age bands are %(bands)s."), bands=", ".join(BANDS))
            return {}
        return {"about": about, "bands": [band for band in BANDS if band in bands]}
    counts = {}
    for band in value:
        if band not in BANDS:
            faults.add(loc, "unknown_band", _("The age bands are %(bands)s."), bands=", ".join(BANDS))
            return {}
        counts[band] = _integer(value, band, 0, 0, MOST_HEADS, loc, faults)
    return {band: counts[band] for band in BANDS if counts.get(band)}


def _responsible(value: Any, faults: Faults) -> Responsible:
    loc: Loc = ("responsible",)
    if value in (None, ""):
        return Responsible()
    if not isinstance(value, Mapping):
        faults.add(loc, "not_an_object", _("Give name, phone and e-mail."))
        return Responsible()
    email = faults.text(value, "email", text.EMAIL, loc)
    check_email(email, (*loc, "email"), faults)
    return Responsible(faults.text(value, "name", _NAME, loc), faults.text(value, "phone", _PHONE, loc), email)


def check_email(value: str, loc: Loc, faults: Faults) -> None:
    if value:
        try:
            validate_email(value)
        except ValidationError:
            faults.add(loc, "not_an_email", _("This is not an e-mail address."))


def _co_hosts(value: Any, faults: Faults) -> list[str]:
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple) or len(value) > MOST_CO_HOSTS:
        faults.add(("co_hosts",), "not_a_list", _("This must be a list of at most %(most)s."), most=MOST_CO_HOSTS)
        return []
    slugs = [read_slug(one, ("co_hosts", index), faults, required=True) for index, one in enumerate(value)]
    return list(dict.fromkeys(slugs))


def _uses(value: Any, faults: Faults) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_USES:
        faults.add(("uses",), "not_a_list", _("This must be a list of at most %(most)s."), most=MOST_USES)
        return ()
    slugs = [read_slug(one, ("uses", index), faults, required=True) for index, one in enumerate(value)]
    return tuple(dict.fromkeys(slug for slug in slugs if slug))


# --- lines and series ------------------------------------------------------------------------------------------------


def _line(raw: Any, loc: Loc, faults: Faults) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        faults.add(loc, "not_an_object", _("This must be an object with named fields."))
        return {}
    start = parse_moment(raw.get("start"), (*loc, "start"), faults)
    end = parse_moment(raw.get("end"), (*loc, "end"), faults)
    if start is not None and end is not None:
        if end <= start:
            faults.add((*loc, "end"), "end_before_start", _("The end must be after the start."))
        elif end - start > LONGEST:
            faults.add((*loc, "end"), "too_long", _("One loan lasts at most %(days)s days."), days=LONGEST.days)
    of_kit = raw.get("kit") not in (None, "")
    if of_kit and raw.get("resource") not in (None, ""):
        faults.add((*loc, "kit"), "kit_or_resource", _("Ask for a kit or for a thing, not for both in one."))
    return {
        "resource": read_slug(raw.get("resource"), (*loc, "resource"), faults, required=not of_kit),
        "kit": read_slug(raw.get("kit"), (*loc, "kit"), faults),
        "without": _without(raw.get("without"), of_kit, (*loc, "without"), faults),
        "start": start,
        "end": end,
        "quantity": _integer(raw, "quantity", 1, 1, MOST_QUANTITY, loc, faults),
        "setup": _integer(raw, "setup_minutes", 0, 0, MOST_MINUTES_AROUND, loc, faults),
        "teardown": _integer(raw, "teardown_minutes", 0, 0, MOST_MINUTES_AROUND, loc, faults),
    }


def _without(value: Any, of_kit: bool, loc: Loc, faults: Faults) -> tuple[str, ...]:
    """Slugs of the parts that somebody does without."""
    if value in (None, "", [], ()):
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_LEFT_OUT:
        faults.add(loc, "not_a_list", _("This must be a list of at most %(most)s."), most=MOST_LEFT_OUT)
        return ()
    if not of_kit:
        faults.add(loc, "no_kit", _("Only parts of a kit can be left out."))
        return ()
    slugs = [read_slug(one, (*loc, index), faults, required=True) for index, one in enumerate(value)]
    return tuple(dict.fromkeys(slug for slug in slugs if slug))


def _series(raw: Any, loc: Loc, faults: Faults) -> dict[str, Any]:
    one = _line(raw, loc, faults)
    if not one:
        return one
    one["rule"] = None
    value = raw.get("rrule")
    if not isinstance(value, str) or not value.strip():
        faults.add((*loc, "rrule"), "required", _("Say how it repeats."))
    else:
        try:
            one["rule"] = parse_rule(value)
        except Invalid as error:
            faults.of(error, (*loc, "rrule"))
    one["exclude"] = _exclude(raw.get("exclude"), loc, faults)
    return one


def _exclude(value: Any, loc: Loc, faults: Faults) -> tuple[date, ...]:
    where = (*loc, "exclude")
    if value in (None, ""):
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST:
        faults.add(where, "not_a_list", _("This must be a list of at most %(most)s."), most=MOST)
        return ()
    days = []
    for index, item in enumerate(value):
        if isinstance(item, date) and not isinstance(item, datetime):
            days.append(item)
            continue
        try:
            if not isinstance(item, str) or not _DAY.fullmatch(item):
                raise ValueError
            days.append(date.fromisoformat(item))
        except ValueError:
            faults.add((*where, index), "not_a_date", _("Write the date as 2026-06-01."))
    return tuple(sorted(set(days)))


def _expanded(one: dict[str, Any], resource: Resource | Thing, loc: Loc, faults: Faults) -> DraftSeries:
    everything = [Occurrence(one["start"], one["end"], one["start"].date())]
    try:
        everything = expand(one["rule"], one["start"], one["end"], catalogue.zone(resource))
    except Invalid as error:
        faults.of(error, (*loc, "rrule"))
    left_out = frozenset(one["exclude"])
    occurrences = [occurrence for occurrence in everything if occurrence.day not in left_out]
    if not occurrences:
        faults.add((*loc, "exclude"), "no_dates", _("No date is left of this series."))
    return DraftSeries(
        resource, one["start"], one["end"], one["rule"], everything[0], tuple(occurrences), one["quantity"],
        one["exclude"], one["setup"], one["teardown"], loc, one["of_kit"],
    )  # fmt: skip


# --- what exists for this person -------------------------------------------------------------------------------------


def _unpacked(
    lines: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]], user: Any, known: Snapshot | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The same with each kit as its parts; every entry knows where it was written, and what it belongs to.

    Raises ``NotFound`` for kits that the asker may not know, ``Invalid`` for a part that can't be left out.
    """
    slugs = {one["kit"] for one in (*lines, *series) if one["kit"]}
    kits = {one.kit.slug: one for one in offered_kits(user, slugs=slugs, known=known)} if slugs else {}
    wanted = [(("lines", n), one) for n, one in enumerate(lines)] + [
        (("series", n), one) for n, one in enumerate(series)
    ]
    message = _("There is nothing to lend by this name.")
    missing = [(*loc, "kit") for loc, one in wanted if one["kit"] and one["kit"] not in kits]
    if missing:
        raise NotFound("not_found", message, errors=[FieldError(loc, "not_found", message) for loc in missing])
    faults = Faults()
    found: dict[str, list[dict[str, Any]]] = {"lines": [], "series": []}
    group = 0
    for loc, one in wanted:
        if not one["kit"]:
            found[str(loc[0])].append(one | {"loc": loc, "of_kit": None})
            continue
        group += 1
        for slug, quantity in _contents(kits[one["kit"]], one, loc, faults):
            of_kit = OfKit(kits[one["kit"]].kit, group, one["quantity"])
            part = {"resource": slug, "quantity": quantity, "loc": loc, "of_kit": of_kit}
            found[str(loc[0])].append(one | part)
    faults.check()
    return found["lines"], found["series"]


def _contents(offered: Offered, one: dict[str, Any], loc: Loc, faults: Faults) -> list[tuple[str, int]]:
    """(slug, how many) of what is asked for with this kit."""
    slugs = {part.resource_id: part.resource.slug for part in offered.parts}
    ids = {slug: pk for pk, slug in slugs.items()}
    without = [ids.get(slug, 0) for slug in one["without"]]
    for index in [n for n, pk in enumerate(without) if pk in not_to_leave_out(offered.contents, without)]:
        faults.add((*loc, "without", index), "cant_leave_out", _("The kit can't be had without this."))
    return [(slugs[pk], number) for pk, number in unpacked(offered.contents, one["quantity"], without)]


def _resources(wanted: Sequence[tuple[str, Loc]], user: Any, known: Snapshot | None) -> Mapping[str, Resource | Thing]:
    slugs = {slug for slug, _loc in wanted}
    visible: Any
    if known is not None:
        things = [known.by_slug[slug] for slug in slugs if slug in known.by_slug]
        if not all(thing.shown for thing in things):
            seen = {thing.pk for thing in known.visible_to(user)}
            things = [thing for thing in things if thing.pk in seen]
        visible = [thing for thing in things if thing.state == "active"]
    else:
        visible = catalogue.visible_resources(user).filter(slug__in=slugs, state="active")
    found = {resource.slug: resource for resource in visible}
    missing = [(slug, loc) for slug, loc in wanted if slug not in found]
    if missing:
        message = _("There is nothing to lend by this name.")
        raise NotFound("not_found", message, errors=[FieldError(loc, "not_found", message) for _slug, loc in missing])
    return found


def _check_uses(slugs: Sequence[str], known: Snapshot | None) -> None:
    """What nobody asks about can't be ticked; what is asked about is public. One query, none without ticks."""
    if not slugs:
        return
    there = {use.slug for use in (known.terms.uses if known is not None else catalogue.use_terms())}
    message = _("There is no such kind of use.")
    unknown = [index for index, slug in enumerate(slugs) if slug not in there]
    if unknown:
        raise Invalid.of([FieldError(("uses", index), "unknown_choice", message) for index in unknown])


def organisation_of(slug: str, user: Any, hat: str | None) -> tuple[Organisation | None, str]:
    """The organisation that asks, and the hat it is asked in.

    Somebody with a leading role asks in the organisation's hat. An officer who says so (hat ``unit:``) may write down
    what an organisation asked for at the desk or by phone, in the unit's hat.
    """
    if user is None or not getattr(user, "is_authenticated", False):
        return None, HatKind.PERSON.value
    on = clock.today(booking_settings().tz)
    unit = unit_of_hat(user, hat, on) if hat and hat.startswith("unit:") else None
    if not slug:
        if hat and hat.startswith("organisation:"):
            return organisation_of(hat.partition(":")[2], user, None)
        return None, f"unit:{unit.slug}" if unit else HatKind.PERSON.value
    if unit is not None:
        known = organisations.visible_organisations(user, on).exclude(state="inactive")
        found = known.filter(slug=slug).first()
    else:
        found = organisations.organisations_of(user, on, LEADING_ROLES).filter(slug=slug).first()
    if hat and unit is None and hat != f"organisation:{slug}":
        raise Invalid("hat_mismatch", _("You act for another organisation than you ask for."), loc=("organisation",))
    if found is None:
        message = _("You can't ask in the name of this organisation.")
        raise NotFound("not_found", message, loc=("organisation",))
    if not hat:
        # Who leads it and works for the municipality may ask for it, or write down what it asked for (needs N10).
        fitting = [f"organisation:{slug}", *(f"unit:{one}" for one in _units_worn(user, on))]
        choose_hat(fitting, None)
    return found, f"unit:{unit.slug}" if unit else f"organisation:{slug}"


def _units_worn(user: Any, on: date) -> list[str]:
    """Slugs of the units in whose hat `user` may write down a request."""
    found = catalogue.units_of(user, on, roles=("officer", "leader"), with_children=False)
    return list(found.order_by("slug").values_list("slug", flat=True))


def unit_of_hat(user: Any, hat: str, on: date) -> Unit | None:
    """The unit whose hat somebody says to wear. Raises ``NotFound`` unless they are officer or leader there."""
    slug = hat.partition(":")[2]
    found = catalogue.units_of(user, on, roles=("officer", "leader")).filter(slug=slug).first()
    if found is None:
        raise NotFound("not_found", _("You have no such role."), loc=("hat",))
    return found


def _co_host_rows(slugs: Sequence[str], organisation: Organisation | None, user: Any) -> list[Organisation]:
    if not slugs or not getattr(user, "is_authenticated", False):
        return []
    on = clock.today(booking_settings().tz)
    known = {
        one.slug: one
        for one in organisations.visible_organisations(user, on).filter(slug__in=slugs).exclude(state="inactive")
    }
    for index, slug in enumerate(slugs):
        if slug not in known:
            raise NotFound("not_found", _("There is no such organisation."), loc=("co_hosts", index))
    return [known[slug] for slug in slugs if organisation is None or slug != organisation.slug]
