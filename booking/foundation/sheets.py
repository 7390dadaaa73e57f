"""Spreadsheets for people: CSV and XLSX, streamed, guarded against formulas (quality.md "Security and privacy")."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language, override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

FORMATS = ("csv", "xlsx")
#: Rows that are in memory at once.
PIECE = 500
#: A workbook smaller than this never touches the disk.
_IN_MEMORY = 2_000_000
#: What makes a spreadsheet program read a cell as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, value: str) -> str:
        return value


def cell(value: object) -> object:
    """A value for a cell: text that a program would take for a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def as_csv(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Comma-separated UTF-8 with a mark that spreadsheet programs know it by. Written while it is read, and ``rows``
    are read in the reader's language."""
    language = get_language() or "nb"
    first = [str(one) for one in headings]

    def stream() -> Iterator[bytes]:
        # Pieces are made after the view, when the reader's language is no longer the active one.
        writer = csv.writer(_Echo())
        yield b"\xef\xbb\xbf" + writer.writerow(first).encode()
        left = iter(rows)
        while True:
            with override(language):
                piece = [_texts(line) for _number, line in zip(range(PIECE), left, strict=False)]
            if not piece:
                return
            yield "".join(writer.writerow(line) for line in piece).encode()

    answer = StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_xlsx(name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """A workbook, written row by row to a file that goes by itself."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append([str(one) for one in headings])
    for line in rows:
        sheet.append([_typed(sheet, cell(value)) for value in line])
    kept: Any = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    book.save(kept)
    kept.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(kept, as_attachment=True, filename=f"{name}.xlsx", content_type=kind)


def answer(
    kind: str, name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponseBase:
    """The answer for one of ``FORMATS``. ``name``: of the file, without its ending; ``title``: of the sheet."""
    return as_csv(name, headings, rows) if kind == "csv" else as_xlsx(name, title, headings, rows)


def _typed(sheet: Any, value: Any) -> Any:
    found = WriteOnlyCell(sheet, value)
    if found.data_type == "f":
        found.data_type = "s"
    return found


def _texts(line: Sequence[Any]) -> list[str]:
    guarded = [cell(value) for value in line]
    return ["" if one is None else one.isoformat() if isinstance(one, date) else str(one) for one in guarded]
