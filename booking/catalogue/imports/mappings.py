"""From a publisher's row to a draft of a resource: one `Mapping` per shape, found by the columns.

Each mapping is described for people in docs/administrators/importing.md; keep the two in step.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from booking.catalogue.imports import categories
from booking.catalogue.imports.reading import Row, Sheet
from booking.catalogue.rules import distance_km
from booking.foundation.errors import Invalid
from booking.foundation.text import clean


class RowRefused(Exception):
    """This row can't become a resource: field and reason."""

    def __init__(self, column: str, reason: Any) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}" if self.column else str(self.reason)


@dataclass
class Draft:
    """What a row says about a resource. ``values``: columns of `Resource` as JSON; ``features``: slugs."""

    external_id: str
    values: dict[str, Any]
    features: list[str] = field(default_factory=list)
    unit: str = ""
    stock: int | None = None
    #: What was odd about the row and did not stop it.
    notes: list[str] = field(default_factory=list)
    #: A row that is only a feature (a category list): no resource comes of it.
    only_feature: bool = False


@dataclass(frozen=True)
class Mapping:
    """One known shape. ``source``: what makes its ids unique; empty: the file's name does."""

    name: str
    source: str
    fits: Callable[[Sheet], bool]
    draft: Callable[[Row], Draft]


#: Features that mappings name, in three languages. Others are made with the name that the list gives.
FEATURES: dict[str, tuple[str, str, str]] = {
    "lekeplass": ("Lekeplass", "Leikeplass", "Playground"),
    "skole": ("Skole", "Skule", "School"),
    "badeplass": ("Badeplass", "Badeplass", "Swimming area"),
    "toalett": ("Toalett", "Toalett", "Toilet"),
    "brygge": ("Brygge", "Bryggje", "Jetty"),
    "garderobe": ("Garderobe", "Garderobe", "Changing room"),
    "badstue": ("Badstue", "Badstove", "Sauna"),
    "lys": ("Lys", "Lys", "Lighting"),
    "parkering": ("Parkering", "Parkering", "Parking"),
}

# --- values ----------------------------------------------------------------------------------------------------------

_FORMULA = re.compile(r"^\s*(?:[=@]|[+\-][^0-9\s]*\()")


def text(row: MappingABC[str, Any], *columns: str, most: int = 150, required: bool = False) -> str:
    """The first of the columns that has something, in one line. Wrapped cells and double blanks become one blank.

    Raises ``RowRefused`` for control characters, too long texts, and what a spreadsheet would run as a formula.
    """
    for column in columns:
        value = row.get(column)
        if value is None or value == "":
            continue
        if isinstance(value, bool | dict | list):
            raise RowRefused(column, _("this must be text"))
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a workbook's idea of an id
        try:
            tidy = clean(str(value), max_length=most, loc=(column,))
        except Invalid as error:
            raise RowRefused(column, error.text) from None
        if _FORMULA.match(tidy):
            raise RowRefused(column, _("this looks like a formula"))
        if tidy:
            return tidy
    if required:
        raise RowRefused(columns[0], _("this is missing"))
    return ""


def number(row: MappingABC[str, Any], column: str) -> float | None:
    """A number, with a decimal point or comma; None when the cell is empty. Raises ``RowRefused``."""
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RowRefused(column, _("“%s” is no number") % str(value)[:40])
    try:
        found = float(value if not isinstance(value, str) else value.strip().replace("\xa0", "").replace(",", "."))
    except ValueError:
        raise RowRefused(column, _("“%s” is no number") % str(value)[:40]) from None
    if not math.isfinite(found):
        raise RowRefused(column, _("“%s” is no number") % str(value)[:40])
    return found


def whole(row: MappingABC[str, Any], column: str) -> int | None:
    """A whole number from 0; None when the cell is empty. Raises ``RowRefused``."""
    found = number(row, column)
    if found is None:
        return None
    if found != int(found) or not 0 <= found < 2**31:
        raise RowRefused(column, _("“%s” is no whole number") % str(row.get(column))[:40])
    return int(found)


def point(lat: float | None, lon: float | None, columns: tuple[str, str]) -> dict[str, Any] | None:
    """A GeoJSON point, or None when neither is given. Raises ``RowRefused`` for half a one or an impossible one."""
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise RowRefused(columns[0] if lat is None else columns[1], _("half of the position is missing"))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise RowRefused(columns[0], _("latitude and longitude are out of range (metres? swapped?)"))
    if lat == 0 and lon == 0:
        raise RowRefused(columns[0], _("0, 0 is in the Gulf of Guinea: the position is not known"))
    return {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}


#: EPSG codes of the national grids of the north: all are UTM zones on ETRS89 (SWEREF99 TM is zone 33, TM35FIN zone 35).
_UTM_ZONES = {25831: 31, 25832: 32, 25833: 33, 25834: 34, 25835: 35, 25836: 36, 3006: 33, 3067: 35}
_UTM_ZONES |= {32600 + zone: zone for zone in range(28, 39)}


def from_utm(north: float, east: float, zone: int, columns: tuple[str, str]) -> tuple[float, float]:
    """Latitude and longitude of UTM metres (ETRS89 and WGS84 differ by less than a metre here)."""
    import utm

    try:
        lat, lon = utm.to_latlon(east, north, zone, northern=True)
    except utm.OutOfRangeError:
        raise RowRefused(columns[0], _("these are no UTM coordinates in metres")) from None
    return float(lat), float(lon)


def feature_slug(name: str) -> str:
    """The slug under which a feature of that name is kept."""
    from booking.catalogue.services.common import slug_of

    return slug_of(name, max_length=60)


# --- schools of Stavanger --------------------------------------------------------------------------------------------

#: NS 3457 / the cadastre's building types.
_SCHOOLS = {
    "613": "Barneskole",
    "614": "Ungdomsskole",
    "615": "Barne- og ungdomsskole",
    "616": "Videregående skole",
    "619": "Skolebygning",
    "621": "Universitet eller høgskole",
}
#: How far two positions of one building may lie apart. Metres. Real ones differ by up to 150: door, middle, address.
POSITIONS_APART = 250


def _school(row: Row) -> Draft:
    data = row.data
    notes: list[str] = []
    north, east = number(data, "Nord"), number(data, "øst")
    wgs = point(number(data, "Latitude"), number(data, "Longitude"), ("Latitude", "Longitude"))
    geometry = wgs
    if north is not None and east is not None:
        lat, lon = from_utm(north, east, 32, ("Nord", "øst"))
        surveyed = point(lat, lon, ("Nord", "øst"))
        if wgs is not None:
            other_lon, other_lat = wgs["coordinates"]
            apart = distance_km(lat, lon, other_lat, other_lon) * 1000
            if apart > POSITIONS_APART:
                raise RowRefused(
                    "Nord, øst",
                    _("the position in UTM and the one in degrees lie %(metres)s metres apart: which is right?")
                    % {"metres": round(apart)},
                )
        geometry = surveyed
    said = text(data, "INFORMASJON")
    owner = {"kommunal": "municipality", "fylkeskommunal": "county", "privat": "private", "statlig": "state"}.get(
        said.casefold().split(" ")[0] if said else ""
    )
    if owner is None:
        notes.append(_("INFORMASJON: “%s” names no owner, so it is unsettled") % said)
    kind = _SCHOOLS.get(text(data, "BYGGTYP_NBR"), "Skolebygning")
    rooms = text(data, "KAPASITET", most=200)
    # Numbers of pupils stand in KAPASITET too ("725 elever"); they are no room for people at an event.
    said_rooms = rooms if re.search(r"klasse", rooms) else ""
    return Draft(
        text(data, "ID", required=True, most=120),
        {
            "name": text(data, "Skolenavn", required=True),
            "kind": "venue",
            "summary": f"{kind}, {said_rooms}" if said_rooms else kind,
            "address": text(data, "ADRESSE", most=200),
            "owner": owner or "unsettled",
            "geometry": geometry,
        },
        ["skole"],
        notes=notes,
    )


# --- playgrounds of Bergen -------------------------------------------------------------------------------------------


def _playground(row: Row) -> Draft:
    data = row.data
    geometry = point(number(data, "latitude"), number(data, "longitude"), ("latitude", "longitude"))
    return Draft(
        text(data, "id", required=True, most=120),
        {"name": text(data, "navn", required=True), "kind": "area", "owner": "municipality", "geometry": geometry},
        ["lekeplass"],
    )


# --- LIPAS (Finland) -------------------------------------------------------------------------------------------------

_LIPAS_OWNERS = {
    "kunta": "municipality",
    "valtio": "state",
    "rekisteröity yhdistys": "private",
    "yritys": "private",
    "säätiö": "private",
    "kuntaenemmistöinen yritys": "private",
}
_LIPAS_FEATURES = {
    "toilet": "toalett",
    "pier": "brygge",
    "changingRooms": "garderobe",
    "sauna": "badstue",
    "ligthing": "lys",  # their spelling
    "lighting": "lys",
    "parkingPlace": "parkering",
}


def _lipas_kind(code: int) -> str:
    """LIPAS type codes: 2xxx are halls and gyms, 31xx swimming halls; the rest is ground and water."""
    return "venue" if 2000 <= code < 3200 else "area"


def _lipas(row: Row) -> Draft:
    data = row.data
    place, kind = data.get("location"), data.get("type")
    if not isinstance(place, dict):
        raise RowRefused("location", _("this is missing"))
    if not isinstance(kind, dict) or not isinstance(kind.get("typeCode"), int):
        raise RowRefused("type.typeCode", _("this is missing"))
    facts = data.get("properties") or {}
    if not isinstance(facts, dict):
        raise RowRefused("properties", _("this must be an object"))
    city = place.get("city") if isinstance(place.get("city"), dict) else {}
    street, post = text(place, "address", most=150), text(place, "postalCode", most=10)
    town = text(place, "postalOffice", most=60) or text(city or {}, "name", most=60)
    features = sorted({slug for key, slug in _LIPAS_FEATURES.items() if facts.get(key) is True})
    if 3200 <= kind["typeCode"] < 3300:
        features.append("badeplass")
    admin = text(data, "admin")
    return Draft(
        text(data, "sportsPlaceId", required=True, most=120),
        {
            "name": text(data, "name", required=True),
            "kind": _lipas_kind(kind["typeCode"]),
            "address": ", ".join(part for part in (street, f"{post} {town}".strip()) if part)[:200],
            "owner": _LIPAS_OWNERS.get(text(data, "owner").casefold(), "unsettled"),
            "basis_of_use": admin if admin and not admin.startswith("Kunta") else "",
            "geometry": _lipas_geometry(place),
        },
        features,
    )


def _lipas_geometry(place: dict[str, Any]) -> dict[str, Any] | None:
    """The drawn geometries as one; else the point."""
    drawn = place.get("geometries") if isinstance(place.get("geometries"), dict) else {}
    found = drawn.get("features") if isinstance(drawn, dict) else None
    shapes = [item.get("geometry") for item in found or [] if isinstance(item, dict)]
    if len(shapes) == 1:
        return shapes[0]
    if shapes:
        return {"type": "GeometryCollection", "geometries": shapes}
    spots = place.get("coordinates")
    wgs = spots.get("wgs84") if isinstance(spots, dict) else None
    if not isinstance(wgs, dict):
        return None
    return point(number(wgs, "lat"), number(wgs, "lon"), ("lat", "lon"))


# --- categories of the sports-facility register ----------------------------------------------------------------------


def _category(row: Row) -> Draft:
    name = row.data.get("name")
    if not isinstance(name, str) or not isinstance(row.data.get("tags"), dict):
        raise RowRefused(str(row.data.get("group"))[:60], _("a category must be an object of names and tags"))
    tidy = text({"name": name}, "name", required=True)
    return Draft(feature_slug(tidy), {"name": tidy}, only_feature=True)


# --- everybody's own table -------------------------------------------------------------------------------------------

#: Our columns and what people call them. The first is the one in the documentation.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "external_id": ("id", "external_id", "ekstern_id", "lokalid", "anleggsnummer"),
    "name": ("navn", "name", "anleggsnavn", "title"),
    "name_nn": ("navn_nn", "name_nn", "namn"),
    "name_en": ("navn_en", "name_en"),
    "kind": ("slag", "kind", "type", "anleggstype", "kategori", "category"),
    "summary": ("kort", "summary", "beskrivelse", "description"),
    "summary_nn": ("kort_nn", "summary_nn"),
    "summary_en": ("kort_en", "summary_en"),
    "address": ("adresse", "address"),
    "capacity": ("kapasitet", "capacity", "plasser"),
    "features": ("egenskaper", "features", "utstyr"),
    "unit": ("enhet", "unit"),
    "stock": ("antall", "stock", "quantity"),
    "owner": ("eier", "owner"),
    "owner_name": ("eiernavn", "owner_name"),
    "basis_of_use": ("bruksgrunnlag", "basis_of_use"),
    "lat": ("lat", "latitude", "breddegrad"),
    "lon": ("lon", "lng", "longitude", "lengdegrad"),
    "north": ("nord", "north", "y"),
    "east": ("øst", "ost", "east", "x"),
    "epsg": ("epsg",),
    "step_free": ("trinnfri", "step_free"),
    "accessible_toilet": ("hc_toalett", "accessible_toilet"),
    "hearing_loop": ("teleslynge", "hearing_loop"),
    "lift": ("heis", "lift"),
    "quiet_room": ("stillerom", "quiet_room"),
    "door_width_cm": ("dorbredde_cm", "dørbredde_cm", "door_width_cm"),
}
_KINDS = {
    "venue": "venue", "lokale": "venue", "bygning": "venue", "sal": "venue", "area": "area", "område": "area",
    "uteområde": "area", "equipment": "equipment", "utstyr": "equipment", "help": "help", "bistand": "help",
}  # fmt: skip
_OWNERS = {
    "municipality": "municipality", "kommune": "municipality", "kommunen": "municipality", "kommunal": "municipality",
    "county": "county", "fylkeskommune": "county", "fylkeskommunal": "county",
    "private": "private", "privat": "private",
    "state": "state", "stat": "state", "staten": "state", "statlig": "state", "unsettled": "unsettled",
    "uavklart": "unsettled",
}  # fmt: skip
_KNOWN = {
    "yes": "yes", "ja": "yes", "true": "yes", "1": "yes", "no": "no", "nei": "no", "false": "no", "0": "no",
    "not_checked": "not_checked", "ikke sjekket": "not_checked", "ikkje sjekka": "not_checked", "": "not_checked",
}  # fmt: skip
_ACCESS = ("step_free", "accessible_toilet", "hearing_loop", "lift", "quiet_room")


def _chosen(row: MappingABC[str, Any], column: str, words: MappingABC[str, str], said: str) -> str:
    found = words.get(said.casefold())
    if found is None:
        raise RowRefused(column, _("“%s” is none of the known words") % said[:40])
    return found


def _own_columns(data: MappingABC[str, Any]) -> dict[str, Any]:
    by_name = {str(key).strip().casefold(): value for key, value in data.items()}
    found: dict[str, Any] = {}
    for ours, names in _COLUMNS.items():
        for name in names:
            if name in by_name and by_name[name] not in (None, ""):
                found[ours] = by_name[name]
                break
    return found


def _own(row: Row) -> Draft:
    data, geometry = row.data, None
    if row.data.get("type") == "Feature":
        inner = row.data.get("properties") or {}
        if not isinstance(inner, dict):
            raise RowRefused("properties", _("this must be an object"))
        data = {"id": row.data.get("id"), **inner} if row.data.get("id") is not None else inner
        geometry = row.data.get("geometry")
    cells = _own_columns(data)
    features: list[str] = []
    kind = text(cells, "kind", required=True)
    if kind.casefold() in categories.VENUES | categories.AREAS:
        features.append(kind)
        kind = "venue" if kind.casefold() in categories.VENUES else "area"
    else:
        kind = _chosen(cells, "kind", _KINDS, kind)
    listed = cells.get("features")
    if isinstance(listed, list):
        features += [text({"features": one}, "features") for one in listed]
    else:
        features += [part.strip() for part in re.split(r"[;|]", text(cells, "features", most=2000)) if part.strip()]
    if geometry is None:
        geometry = _position(cells)
    values: dict[str, Any] = {
        "name": text(cells, "name", required=True),
        "kind": kind,
        "name_nn": text(cells, "name_nn"),
        "name_en": text(cells, "name_en"),
        "summary": text(cells, "summary", most=250),
        "summary_nn": text(cells, "summary_nn", most=250),
        "summary_en": text(cells, "summary_en", most=250),
        "address": text(cells, "address", most=200),
        "capacity": whole(cells, "capacity"),
        "owner": _chosen(cells, "owner", _OWNERS, text(cells, "owner") or "municipality"),
        "owner_name": text(cells, "owner_name"),
        "basis_of_use": text(cells, "basis_of_use", most=250),
        "door_width_cm": whole(cells, "door_width_cm"),
        "geometry": geometry,
    }
    for name in _ACCESS:
        said = cells.get(name)
        word = ("yes" if said else "no") if isinstance(said, bool) else text(cells, name)
        values[name] = _chosen(cells, name, _KNOWN, word)
    stock = whole(cells, "stock")
    if stock == 0:
        raise RowRefused("stock", _("a stock of none can't be lent"))
    return Draft(
        text(cells, "external_id", required=True, most=120),
        # What the list has no column for isn't said, so it can't be taken away from what staff wrote.
        {key: value for key, value in values.items() if key in cells or key in ("name", "kind", "owner", "geometry")},
        list(dict.fromkeys(features)),
        unit=text(cells, "unit", most=60),
        stock=stock,
    )


def _position(cells: MappingABC[str, Any]) -> dict[str, Any] | None:
    wgs = point(number(cells, "lat"), number(cells, "lon"), ("lat", "lon"))
    north, east = number(cells, "north"), number(cells, "east")
    if wgs is not None or (north is None and east is None):
        return wgs
    if north is None or east is None:
        raise RowRefused("north" if north is None else "east", _("half of the position is missing"))
    epsg = whole(cells, "epsg") or 25833  # Norway's national grid
    if epsg not in _UTM_ZONES:
        raise RowRefused("epsg", _("EPSG:%s is not known; use a UTM zone (25832, 25833, ...) or degrees") % epsg)
    return point(*from_utm(north, east, _UTM_ZONES[epsg], ("north", "east")), ("north", "east"))


def _has(*columns: str) -> Callable[[Sheet], bool]:
    return lambda sheet: sheet.shape in ("table", "objects") and set(columns) <= set(sheet.columns)


def _is_own(sheet: Sheet) -> bool:
    names = {column.strip().casefold() for column in sheet.columns}
    return sheet.shape in ("table", "objects", "features") and all(
        names & set(_COLUMNS[ours]) for ours in ("name", "kind")
    )


#: In the order in which they are tried.
MAPPINGS: dict[str, Mapping] = {
    mapping.name: mapping
    for mapping in (
        Mapping("stavanger-schools", "stavanger-schools", _has("Nord", "øst", "Skolenavn", "BYGGTYP_NBR"), _school),
        Mapping("lipas", "lipas", _has("sportsPlaceId", "location"), _lipas),
        Mapping(
            "bergen-playgrounds",
            "bergen-playgrounds",
            lambda sheet: sheet.shape == "objects" and set(sheet.columns) == {"id", "navn", "longitude", "latitude"},
            _playground,
        ),
        Mapping("facility-categories", "facility-categories", lambda sheet: sheet.shape == "tree", _category),
        Mapping("own", "", _is_own, _own),
    )
}


def detect(sheet: Sheet) -> Mapping | None:
    """The first mapping that the columns fit, or None."""
    return next((mapping for mapping in MAPPINGS.values() if mapping.fits(sheet)), None)
