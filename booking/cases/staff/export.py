"""The queue as a spreadsheet: what the list shows, without contact data, in pieces that fit any memory.

Organisations are named; private persons aren't, so nobody's looks need noting (decision 027). Text that a program would
take for a formula gets an apostrophe in front (``foundation.sheets``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext

from booking.cases.models import Case
from booking.cases.staff import words
from booking.foundation import sheets
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.sheets import FORMATS, PIECE

__all__ = ["FORMATS", "export", "headings", "row"]


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
        yield row(case, on)


def export(cases: QuerySet[Case], kind: str, on: date) -> HttpResponseBase:
    """The answer for one of ``FORMATS``."""
    return sheets.answer(kind, gettext("cases"), gettext("Cases"), headings(), rows(cases, on))
