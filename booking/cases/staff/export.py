"""The queue as a spreadsheet: what the list shows, without contact data, in pieces that fit any memory.

Organisations are named; private persons aren't, so nobody's looks need noting (decision 027). Text that a program would
take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language, gettext, override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from booking.cases.desk.rules import cell
from booking.cases.models import Case
from booking.cases.staff import words
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized

FORMATS = ("csv", "xlsx")
#: Cases that are in memory at once.
PIECE = 500
#: A workbook smaller than this never touches the disk.
_IN_MEMORY = 2_000_000


class _Echo:
    def write(self, value: str) -> str:
        return value


def headings() -> list[str]:
    """In the reader's language."""
    return [
        gettext("Reference"), gettext("Kind"), gettext("State"), gettext("Waiting on"), gettext("Received"),
        gettext("Answer by"), gettext("First promised for"), gettext("Unit"), gettext("Case officer"),
        gettext("Organisation"), gettext("Title"), gettext("What and when"), gettext("Times asked for"),
        gettext("Hand-overs"),
    ]  # fmt: skip


def row(case: Case, on: date) -> list[Any]:
    """One case. Dates are dates, so that a program can sort them."""
    return [
        case.reference,
        str(case.get_kind_display()),
        str(case.get_state_display()),
        str(case.get_waiting_on_display()),
        local_date(case.received_at, booking_settings().tz),
        case.answer_by,
        case.first_answer_by,
        str(localized(case.unit, "name")),
        str(case.officer.get_full_name()) if case.officer is not None else "",
        case.organisation.name if case.organisation is not None else "",
        # What a private person called it may name them.
        case.title if case.organisation is not None else "",
        words.what(case, on=on) if case.lines.all() else "",
        len(case.lines.all()),
        case.hand_overs,
    ]


def rows(cases: QuerySet[Case], on: date) -> Iterator[list[Any]]:
    """All rows, read in pieces."""
    for case in cases.iterator(chunk_size=PIECE):
        yield [cell(value) for value in row(case, on)]


def as_csv(cases: QuerySet[Case], on: date) -> StreamingHttpResponse:
    """Comma-separated UTF-8 with a mark that spreadsheet programs know it by. Written while it is read."""
    language = get_language() or "nb"

    def stream() -> Iterator[bytes]:
        # Pieces are made after the view, when the reader's language is no longer the active one.
        with override(language):
            yield b"\xef\xbb\xbf"
            writer = csv.writer(_Echo())
            yield writer.writerow(headings()).encode()
        lines = rows(cases, on)
        while True:
            with override(language):
                piece = list(_some(lines, PIECE))
            if not piece:
                return
            yield "".join(writer.writerow(_texts(line)) for line in piece).encode()

    return _named(StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8"), "csv")


def as_xlsx(cases: QuerySet[Case], on: date) -> FileResponse:
    """A workbook, written row by row to a file that goes by itself."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("Cases"))
    sheet.freeze_panes = "A2"
    sheet.append(headings())
    for line in rows(cases, on):
        sheet.append([_typed(sheet, value) for value in line])
    kept: Any = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    book.save(kept)
    kept.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(kept, as_attachment=True, filename=_filename("xlsx"), content_type=kind)


def _typed(sheet: Any, value: Any) -> Any:
    found = WriteOnlyCell(sheet, value)
    if found.data_type == "f":
        found.data_type = "s"
    return found


def _texts(line: Sequence[Any]) -> list[str]:
    return ["" if value is None else value.isoformat() if isinstance(value, date) else str(value) for value in line]


def _some(lines: Iterable[list[Any]], most: int) -> Iterator[list[Any]]:
    for _number, line in zip(range(most), lines, strict=False):
        yield line


def _filename(ending: str) -> str:
    return f"{gettext('cases')}.{ending}"


def _named(answer: StreamingHttpResponse, ending: str) -> StreamingHttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{_filename(ending)}"'
    return answer


def export(cases: QuerySet[Case], kind: str, on: date) -> HttpResponseBase:
    """The answer for one of ``FORMATS``."""
    return as_csv(cases, on) if kind == "csv" else as_xlsx(cases, on)
