"""CSV, XLSX, JSON and GeoJSON files as rows with their place in the file. Nothing here knows what a resource is.

What people send is dirty: a byte-order mark, Excel's cp1252, semicolons, line breaks inside of cells, a comma after the
last member. That is read. What can't be read as meant is refused with the line: half a row is worse than none.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
#: Unpacked size of a workbook: a zip of a few kilobytes can hold gigabytes.
MAX_UNPACKED = 150 * 1024 * 1024


class FileRefused(Exception):
    """The whole file can't be read; the message says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row or object. ``line``: line (CSV, JSON) or row (XLSX) where it begins. ``fault``: why it can't be read."""

    line: int
    data: dict[str, Any]
    fault: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file's rows. ``shape``: table, objects (a JSON list), features (GeoJSON) or tree (nested JSON)."""

    name: str
    shape: str
    columns: tuple[str, ...]
    rows: list[Row]
    #: What was wrong with the file as a whole and could be read all the same.
    notes: list[str] = field(default_factory=list)


def read(path: Path) -> Sheet:
    """The rows of a file by its ending. Raises ``FileRefused``."""
    readers = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".json": _json, ".geojson": _json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FileRefused(_("The ending “%s” is not known. Use CSV, XLSX, JSON or GeoJSON.") % path.suffix)
    try:
        size = path.stat().st_size
        if not path.is_file() or size == 0:
            raise FileRefused(_("The file is empty."))
        if size > MAX_BYTES:
            raise FileRefused(_("The file is too big: at most %s megabytes.") % (MAX_BYTES // 1024 // 1024))
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(_("The file can't be opened: %s") % error.strerror) from error
    sheet = reader(path.stem, raw)
    if len(sheet.rows) > MAX_ROWS:
        raise FileRefused(_("The file has too many rows: at most %s.") % MAX_ROWS)
    return sheet


def decode(raw: bytes) -> str:
    """Text of a file: by its byte-order mark, else UTF-8, else what Excel in the West writes (cp1252)."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    encoding = next((found for mark, found in marks if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise FileRefused(_("The file is not text in the encoding that it claims.")) from None
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        raise FileRefused(_("The file is not text.")) from None


# --- tables ----------------------------------------------------------------------------------------------------------


def _csv(name: str, raw: bytes) -> Sheet:
    text = decode(raw)
    notes = []
    offset = 0
    first = text.split("\n", 1)[0].strip()
    if re.fullmatch(r"sep=.", first):  # Excel's own hint
        delimiter, text, offset = first[-1], text.split("\n", 1)[1], 1
    else:
        delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    while True:
        line = reader.line_num + 1 + offset
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise FileRefused(
                _("Line %(line)s: the table can't be read (%(why)s).") % {"line": line, "why": error}
            ) from None
        if len(rows) > MAX_ROWS:
            raise FileRefused(_("The file has too many rows: at most %s.") % MAX_ROWS)
        rows.append((line, cells))
    return _table(name, rows, notes)


def _table(name: str, rows: list[tuple[int, list[Any]]], notes: list[str]) -> Sheet:
    """A header and what follows. Empty rows are passed over; a row of the wrong width is at fault."""
    filled = [(line, cells) for line, cells in rows if any(str(cell).strip() for cell in cells if cell is not None)]
    if not filled:
        raise FileRefused(_("The file is empty."))
    header = [" ".join(str(cell or "").split()) for cell in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    named = [cell.casefold() for cell in header if cell]
    if len(header) > MAX_COLUMNS or len(set(named)) != len(named) or not named:
        raise FileRefused(_("The first row must name the columns, each once."))
    found = []
    for line, cells in filled[1:]:
        width = len(cells)
        while width > len(header) and not str(cells[width - 1] or "").strip():
            width -= 1
        fault = ""
        if width != len(header):
            fault = _("%(found)s cells where the header has %(wanted)s (a broken line?)") % {
                "found": width,
                "wanted": len(header),
            }
        data = {column: cell for column, cell in zip(header, cells, strict=False) if column}
        found.append(Row(line, data, fault))
    return Sheet(name, "table", tuple(column for column in header if column), found, notes)


def _xlsx(name: str, raw: bytes) -> Sheet:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise FileRefused(_("The workbook is too big when unpacked."))
        # Formulas are read as such and refused: their kept values may be years old.
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(_("This is no workbook that can be read.")) from error
    try:
        sheet = book.worksheets[0]
        rows: list[tuple[int, list[Any]]] = []
        faults: dict[int, str] = {}
        for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1):
            number = next((cell.row for cell in cells if getattr(cell, "row", None)), None)
            if number is None:
                continue
            if len(rows) > MAX_ROWS:
                raise FileRefused(_("The file has too many rows: at most %s.") % MAX_ROWS)
            rows.append((number, [cell.value for cell in cells]))
            formula = next((cell for cell in cells if getattr(cell, "data_type", "") == "f"), None)
            if formula is not None:
                faults[number] = _("cell %s holds a formula: paste it as a value") % formula.coordinate
        notes = []
        if len(book.worksheets) > 1:
            notes.append(_("Only the first sheet, “%s”, was read.") % sheet.title)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(_("This is no workbook that can be read.")) from error
    finally:
        book.close()
    table = _table(name, rows, notes)
    # A workbook pads its rows with empty cells; missing ones at the end are empty too.
    mended = []
    for row in table.rows:
        data = {column: row.data.get(column) for column in table.columns}
        mended.append(Row(row.line, data, faults.get(row.line, "")))
    return Sheet(name, "table", table.columns, mended, table.notes)


# --- JSON ------------------------------------------------------------------------------------------------------------

_STRING_OR_STRAY_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_no_constant)


def _json(name: str, raw: bytes) -> Sheet:
    text = decode(raw)
    notes: list[str] = []
    try:
        value = _decoder.decode(text)
    except (ValueError, RecursionError):
        mended, stray = _without_stray_commas(text)
        try:
            value = _decoder.decode(mended)
        except ValueError as error:
            where = getattr(error, "lineno", 0)
            why = getattr(error, "msg", str(error))
            raise FileRefused(_("Line %(line)s: this is no JSON (%(why)s).") % {"line": where, "why": why}) from None
        except RecursionError:
            raise FileRefused(_("This is no JSON: it nests too deep.")) from None
        text = mended
        lines = ", ".join(map(str, stray[:5])) + (" …" if len(stray) > 5 else "")
        notes.append(_("Commas too many were passed over, line %s.") % lines)
    if isinstance(value, dict) and value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
        crs = str(((value.get("crs") or {}).get("properties") or {}).get("name", "")) if value.get("crs") else ""
        if crs and not re.search(r"CRS84|4326|4258", crs):
            raise FileRefused(_("The coordinates are in “%s”; export them as WGS84 (EPSG:4326).") % crs)
        return _items(name, "features", value["features"], text, '"features"', notes)
    if isinstance(value, dict) and value.get("type") == "Feature":
        return _items(name, "features", [value], text, "", notes)
    if isinstance(value, list):
        return _items(name, "objects", value, text, "", notes)
    if isinstance(value, dict):
        rows = [Row(line, data) for line, data in _branches(value, text)]
        return Sheet(name, "tree", (), rows, notes)
    raise FileRefused(_("There is no list of places in this file."))


def _without_stray_commas(text: str) -> tuple[str, list[int]]:
    """``text`` with commas before a closing bracket turned into blanks (places stay), and the lines they stood in."""
    lines: list[int] = []

    def blank(match: re.Match[str]) -> str:
        if match.group() != ",":
            return match.group()
        lines.append(text.count("\n", 0, match.start()) + 1)
        return " "

    return _STRING_OR_STRAY_COMMA.sub(blank, text), lines


def _items(name: str, shape: str, values: list[Any], text: str, key: str, notes: list[str]) -> Sheet:
    lines = _lines_of_items(text, key, len(values))
    rows = []
    for number, value in enumerate(values):
        line = lines[number] if number < len(lines) else number + 1
        if isinstance(value, dict):
            rows.append(Row(line, value))
        else:
            rows.append(Row(line, {}, _("not an object")))
    columns: dict[str, None] = {}
    for row in rows[:100]:
        inner = row.data.get("properties") if shape == "features" else row.data
        columns.update(dict.fromkeys(inner if isinstance(inner, dict) else ()))
    return Sheet(name, shape, tuple(columns), rows, notes)


def _lines_of_items(text: str, key: str, count: int) -> list[int]:
    """The line on which each member of the list begins. [] when the list can't be found (then numbers must do)."""
    at = text.find(key) if key else 0
    at = text.find("[", at) + 1
    lines, line, seen = [], 1, 0
    for _number in range(count):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        line += text.count("\n", seen, at)
        seen = at
        lines.append(line)
        try:
            _value, at = _decoder.raw_decode(text, at)
        except ValueError:
            return []
    return lines


def _branches(tree: dict[str, Any], text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The leaves of a tree of two levels: ``{"group": {"name": {...}}}``."""
    at = 0
    for group, members in tree.items():
        if not isinstance(members, dict):
            yield 1, {"group": group, "name": None, "tags": members}
            continue
        at = max(text.find(json.dumps(group, ensure_ascii=False), at), at)
        for member, tags in members.items():
            at = max(text.find(json.dumps(member, ensure_ascii=False) + ":", at), at)
            yield text.count("\n", 0, at) + 1, {"group": group, "name": member, "tags": tags}
