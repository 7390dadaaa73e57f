"""The file that goes with letters about granted time: the same UIDs and SEQUENCE as in the feeds.

A letter that grants or moves time carries METHOD:PUBLISH, one that only takes time away METHOD:CANCEL (RFC 5546), so
that the receiver's program puts the dates in, moves or takes them out with one press. No ATTENDEE: nobody is asked to
reply to a machine. The ORGANIZER is the unit, which both methods ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from booking.calendars.rules import CALENDAR_END, Repeating, Status, file_head, render, render_dates, with_organizer
from booking.calendars.selectors import CANCELLED, CONFIRMED, case_items
from booking.calendars.services.reading import zones_in
from booking.cases.models import Case, Line, LineChange
from booking.correspondence import registry
from booking.correspondence.letters import Attachment
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized

Payload = Mapping[str, Any]


def _numbers(payload: Payload) -> Collection[int]:
    return list(payload.get("lines", ()))


def _all(payload: Payload) -> Collection[int]:
    return list(Line.objects.filter(case=payload["case"]).values_list("number", flat=True))


def _changed(payload: Payload) -> Collection[int]:
    """The lines of a change that was granted; none of one that was refused."""
    rows = LineChange.objects.filter(batch=payload["batch"], state="granted")
    return list(rows.values_list("line__number", flat=True))


#: Name of the letter → which lines of the case it is about.
LETTERS: dict[str, Callable[[Payload], Collection[int]]] = {
    "case_receipt": _all,  # there is a file only where something was granted at once
    "case_decision": _numbers,
    "case_moved": _numbers,
    "case_restored": _numbers,
    "case_change_decided": _changed,
    "case_withdrawn": _numbers,
    "case_displaced": _numbers,
    "case_taken_back": _numbers,
    "case_taken_back_ended": _numbers,
}


def register() -> None:
    """Add the file to those letters."""
    for name in LETTERS:
        registry.register_attachments(name, "calendar", _attach(name))


def _attach(name: str) -> Callable[[Payload, str], list[Attachment]]:
    def attach(payload: Payload, language: str) -> list[Attachment]:
        case = Case.objects.select_related("unit").filter(pk=payload.get("case")).first()
        found = calendar_file(case, LETTERS[name](payload), language) if case is not None else None
        return [found] if found is not None else []

    return attach


def calendar_file(case: Case, numbers: Collection[int], language: str) -> Attachment | None:
    """The dates of these lines as a file: those that are granted now, or, if none is, those that were and aren't any
    more. None where neither is (asked for, refused)."""
    lines = list(case.lines.filter(number__in=numbers))
    granted = [line for line in lines if line.state in CONFIRMED]
    gone = [line for line in lines if line.state in CANCELLED]
    if not granted and not gone:
        return None
    bodies = _published(case, granted, language) if granted else _cancelled(case, gone, language)
    if not bodies:
        return None
    method = "PUBLISH" if granted else "CANCEL"
    unit = case.unit
    address = unit.email or f"noreply@{_host()}"
    events = with_organizer(b"".join(bodies), address, str(localized(unit, "name", language)))
    content = file_head(method=method, language=language, zones=zones_in(bodies)) + events + CALENDAR_END
    return Attachment(f"{case.reference}.ics", content, f"text/calendar; method={method}")


def _host() -> str:
    return booking_settings().public_base_url.partition("://")[2].partition(":")[0].partition("/")[0]


def _published(case: Case, lines: Collection[Line], language: str) -> list[bytes]:
    """The components that these lines are part of; a series as a whole, since its rule can't be cut."""
    uids = {line.uid for line in lines}
    series = {line.series_id for line in lines if line.series_id is not None}
    found = []
    for item in case_items(case.pk, language):
        kind, _colon, number = item.key.partition(":")
        if item.facts.uid in uids or (kind == "series" and int(number) in series):
            found.append(render(item.facts))
    return found


def _cancelled(case: Case, lines: Collection[Line], language: str) -> list[bytes]:
    """Each of these dates as cancelled: of a series by its RECURRENCE-ID, or all of it when none of it is left."""
    uids = {line.uid for line in lines}
    series = {line.series_id for line in lines if line.series_id is not None}
    found = []
    for item in case_items(case.pk, language):
        _kind, _colon, number = item.key.partition(":")
        facts = item.facts
        if not isinstance(facts, Repeating):
            if facts.uid in uids and facts.status is Status.CANCELLED:
                found.append(render(facts))
        elif int(number) in series:
            found.append(render(facts) if facts.status is Status.CANCELLED else render_dates(facts, uids))
    return found
