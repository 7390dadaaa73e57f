"""What a file of works says, feature by feature. Pure: no tables, no clock.

Two shapes are read, known by what is in them: our own (docs/works-planners/importing.md), and the Work Zone Data
Exchange 4.x of road authorities. Older WZDx names things differently and is refused as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from booking.foundation.doors.params import parse_int, parse_moment
from booking.foundation.errors import Invalid
from booking.foundation.text import clean

#: Bytes and features of one file. A county's feed has some thousands.
LARGEST = 50_000_000
MOST_FEATURES = 10_000
MOST_LISTED = 400
_MINUTE = timedelta(minutes=1)
#: What WZDx says about vehicles → what those on the ground feel. What isn't known counts as closed.
WZDX_IMPACT = {
    "all-lanes-open": "nuisance",
    "all-lanes-open-shift-left": "nuisance",
    "all-lanes-open-shift-right": "nuisance",
    "flagging": "access_limited",
    "alternating-one-way": "access_limited",
    "some-lanes-closed": "access_limited",
    "some-lanes-closed-merge-left": "access_limited",
    "some-lanes-closed-merge-right": "access_limited",
    "some-lanes-closed-split": "access_limited",
    "all-lanes-closed": "closed",
    "unknown": "closed",
}


class FileRefused(Exception):
    """The file as a whole can't be read. The message is for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Period:
    """Time really taken, ``[start, end)``, UTC."""

    start: datetime
    end: datetime
    kind: str = "work"


@dataclass(frozen=True, slots=True)
class Draft:
    """One piece of works as a file describes it. ``targets``: (slug of the resource, impact)."""

    external_id: str
    title: str
    reason: str
    start: datetime
    end: datetime
    footprint: Any = None
    notify_area: Any = None
    buffer_m: int | None = None
    impact: str = "closed"
    targets: tuple[tuple[str, str], ...] = ()
    periods: tuple[Period, ...] = ()
    start_confidence: str = "estimated"
    end_confidence: str = "estimated"
    haste: str = ""
    why_here: str = ""
    why_now: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    digest: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Feature:
    """What became of one feature: a draft, a fault, or why it isn't for us."""

    number: int
    name: str
    draft: Draft | None = None
    fault: Invalid | None = None
    left_out: Any = ""


def load(path: Path) -> dict[str, Any]:
    """The FeatureCollection of a file. Raises ``FileRefused``."""
    try:
        if path.stat().st_size > LARGEST:
            raise FileRefused(_("The file is larger than %(most)s MB.") % {"most": LARGEST // 1_000_000})
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise FileRefused(_("The file can't be read: %(error)s") % {"error": error.strerror}) from None
    except (ValueError, RecursionError):
        raise FileRefused(_("This is no JSON in UTF-8.")) from None
    return check(data)


def check(data: Any) -> dict[str, Any]:
    """``data`` as a FeatureCollection that we can read. Raises ``FileRefused``."""
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise FileRefused(_("This is no GeoJSON FeatureCollection."))
    if "road_event_feed_info" in data:
        raise FileRefused(_("This is an old WZDx file. WZDx 4.0 or newer can be read."))
    features = data.get("features")
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        raise FileRefused(_("A file holds at most %(most)s features.") % {"most": MOST_FEATURES})
    if is_wzdx(data):
        version = str(_mapping(data.get("feed_info")).get("version", ""))
        if not version.startswith("4."):
            raise FileRefused(_("This is WZDx %(version)s. WZDx 4.x can be read.") % {"version": version[:20] or "?"})
    return data


def is_wzdx(data: Mapping[str, Any]) -> bool:
    """True when the features are road events of WZDx."""
    return any("core_details" in _mapping(_mapping(one).get("properties")) for one in data.get("features", [])[:50])


def read(data: Mapping[str, Any], tz: ZoneInfo) -> Iterator[Feature]:
    """Every feature, in order. One that can't be read carries its fault; no fault stops the others."""
    one_of = _wzdx if is_wzdx(data) else _own
    seen: set[str] = set()
    for number, raw in enumerate(data["features"], 1):
        feature = _mapping(raw)
        properties = _mapping(feature.get("properties"))
        name = _name(feature, properties)
        try:
            left_out = _not_for_us(properties)
            if left_out:
                yield Feature(number, name, left_out=left_out)
                continue
            draft = one_of(feature, properties, data, tz)
            if draft.external_id in seen:
                raise Invalid("twice", _("This id stands twice in the file."), loc=("id",))
        except Invalid as fault:
            yield Feature(number, name, fault=fault)
            continue
        seen.add(draft.external_id)
        yield Feature(number, name, draft)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    core = _mapping(properties.get("core_details"))
    for value in (properties.get("title"), core.get("name"), core.get("description"), feature.get("id")):
        if isinstance(value, str) and value.strip():
            return value.strip().replace("\n", " ")[:60]
    return "?"


def _not_for_us(properties: Mapping[str, Any]) -> Any:
    kind = _mapping(properties.get("core_details")).get("event_type")
    if kind is not None and kind != "work-zone":
        return _("not a work zone")
    return ""


def _words(source: Mapping[str, Any], name: str, most: int, *, required: bool = False, lines: bool = False) -> str:
    return clean(source.get(name), max_length=most, loc=(name,), required=required, multiline=lines)


def _external_id(feature: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    value = feature.get("id", properties.get("external_id"))
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return clean(value, max_length=120, loc=("id",), required=True)


def _digest(feature: Mapping[str, Any]) -> str:
    # So that the same feature is known again whatever the order of its members.
    return hashlib.sha256(json.dumps(feature, sort_keys=True, default=str).encode()).hexdigest()


def _start(value: Any, loc: tuple[str | int, ...], tz: ZoneInfo) -> datetime:
    """A moment, down to its whole minute: who is told too early a start loses nothing."""
    return parse_moment(value, loc=loc, tz=tz).replace(second=0, microsecond=0)


def _end(value: Any, loc: tuple[str | int, ...], tz: ZoneInfo) -> datetime:
    moment = parse_moment(value, loc=loc, tz=tz)
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + _MINUTE


def _list(source: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = source.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_LISTED:
        raise Invalid(
            "not_a_list", _("This must be a list of at most %(most)s."), loc=(name,), params={"most": MOST_LISTED}
        )
    return value


# --- our own ---------------------------------------------------------------------------------------------------------


def _own(feature: Mapping[str, Any], properties: Mapping[str, Any], _data: Mapping[str, Any], tz: ZoneInfo) -> Draft:
    impact = _words(properties, "impact", 20) or "closed"
    contact = _mapping(properties.get("contact"))
    return Draft(
        external_id=_external_id(feature, properties),
        title=_words(properties, "title", 150, required=True),
        reason=_words(properties, "reason", 4000, required=True, lines=True),
        start=_start(properties.get("start"), ("start",), tz),
        end=_end(properties.get("end"), ("end",), tz),
        footprint=feature.get("geometry"),
        notify_area=properties.get("notify_area"),
        buffer_m=None if properties.get("buffer_m") is None else parse_int(properties["buffer_m"], loc=["buffer_m"]),
        impact=impact,
        targets=tuple(_target(one, impact, index) for index, one in enumerate(_list(properties, "targets"))),
        periods=tuple(_period(one, index, tz) for index, one in enumerate(_list(properties, "periods"))),
        start_confidence=_words(properties, "start_confidence", 10) or "estimated",
        end_confidence=_words(properties, "end_confidence", 10) or "estimated",
        haste="urgent" if properties.get("urgent") is True else "",
        why_here=_words(properties, "why_here", 4000, lines=True),
        why_now=_words(properties, "why_now", 4000, lines=True),
        contact_name=_words(contact, "name", 150),
        contact_phone=_words(contact, "phone", 30),
        contact_email=_words(contact, "email", 254),
        digest=_digest(feature),
    )


def _target(value: Any, impact: str, index: int) -> tuple[str, str]:
    """ "elvesletta", or {"resource": "elvesletta", "impact": "partial"}."""
    one = {"resource": value} if isinstance(value, str) else _mapping(value)
    slug = clean(one.get("resource"), max_length=80, loc=("targets", index, "resource"), required=True)
    return slug, clean(one.get("impact"), max_length=20, loc=("targets", index, "impact")) or impact


def _period(value: Any, index: int, tz: ZoneInfo) -> Period:
    one = _mapping(value)
    return Period(
        _start(one.get("start"), ("periods", index, "start"), tz),
        _end(one.get("end"), ("periods", index, "end"), tz),
        clean(one.get("kind"), max_length=10, loc=("periods", index, "kind")) or "work",
    )


# --- WZDx 4.x --------------------------------------------------------------------------------------------------------


def _wzdx(feature: Mapping[str, Any], properties: Mapping[str, Any], data: Mapping[str, Any], tz: ZoneInfo) -> Draft:
    core = _mapping(properties.get("core_details"))
    roads = ", ".join(one for one in _list(core, "road_names") if isinstance(one, str))
    description = _words(core, "description", 4000, lines=True)
    title = _words(core, "name", 150) or " – ".join(part for part in (roads, description) if part)
    source = _source(data, core.get("data_source_id"))
    return Draft(
        external_id=_external_id(feature, properties),
        title=clean(title[:150], max_length=150, loc=("core_details", "name"), required=True),
        reason=description or _kinds_of_work(properties) or title,
        start=_start(properties.get("start_date"), ("start_date",), tz),
        end=_end(properties.get("end_date"), ("end_date",), tz),
        footprint=feature.get("geometry"),
        impact=WZDX_IMPACT.get(str(properties.get("vehicle_impact")), "closed"),
        start_confidence="certain" if properties.get("is_start_date_verified") is True else "estimated",
        end_confidence="certain" if properties.get("is_end_date_verified") is True else "estimated",
        why_here=roads[:4000],
        contact_name=_words(source, "contact_name", 150),
        contact_email=_words(source, "contact_email", 254),
        digest=_digest(feature),
    )


def _kinds_of_work(properties: Mapping[str, Any]) -> str:
    names = (_mapping(one).get("type_name") for one in _list(properties, "types_of_work"))
    return ", ".join(name for name in names if isinstance(name, str))


def _source(data: Mapping[str, Any], wanted: Any) -> Mapping[str, Any]:
    info = _mapping(data.get("feed_info"))
    for one in _list(info, "data_sources"):
        if _mapping(one).get("data_source_id") == wanted:
            return _mapping(one)
    return info
