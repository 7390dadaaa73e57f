"""What the template components need worked out before they can be painted. Plain values in, plain values out.

The components themselves are in `templates/booking/components/`, their tags in `templatetags/booking_ui.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.foundation import clock, wording


@dataclass(frozen=True, slots=True)
class Tone:
    """How a state is said: words, the colour role (`data-color`), and an icon. Never colour alone."""

    label: Any
    color: str
    icon: str


#: Every code that a chip can show: case states, line states, what availability says, and the states of a resource.
TONES: dict[str, Tone] = {
    "draft": Tone(_("Draft"), "neutral", "pencil"),
    "received": Tone(_("Received"), "info", "inbox"),
    "in_review": Tone(_("In review"), "info", "clock"),
    "waiting_for_requester": Tone(_("Needs your reply"), "warning", "reply"),
    "on_hold": Tone(_("On hold"), "neutral", "pause"),
    "granted": Tone(_("Granted"), "success", "check"),
    "partly_granted": Tone(_("Partly granted"), "success", "half"),
    "refused": Tone(_("Refused"), "danger", "cross"),
    "dismissed": Tone(_("Dismissed"), "neutral", "cross"),
    "withdrawn": Tone(_("Withdrawn"), "neutral", "undo"),
    "appealed": Tone(_("Appealed"), "warning", "scale"),
    "closed": Tone(_("Closed"), "neutral", "archive"),
    "requested": Tone(_("Asked for"), "info", "clock"),
    "held": Tone(_("Held for you"), "info", "lock"),
    "waiting_list": Tone(_("Waiting list"), "warning", "queue"),
    "displaced": Tone(_("Displaced"), "danger", "alert"),
    "cancelled_by_organisation": Tone(_("Cancelled by the organisation"), "neutral", "undo"),
    "cancelled_by_municipality": Tone(_("Cancelled by the municipality"), "danger", "alert"),
    "handed_out": Tone(_("Handed out"), "info", "box"),
    "returned": Tone(_("Returned"), "success", "check"),
    "completed": Tone(_("Completed"), "neutral", "check"),
    "overdue": Tone(_("Overdue"), "danger", "alert"),
    "free": Tone(_("Free"), "success", "check"),
    "cannot": Tone(_("Can't be had"), "warning", "alert"),
    "taken": Tone(_("Taken"), "neutral", "cross"),
    "confirmed": Tone(pgettext_lazy("a time", "Taken"), "neutral", "lock"),
    "tentative": Tone(_("Others have asked"), "warning", "clock"),
    "works": Tone(_("Works"), "warning", "works"),
    "shut": Tone(pgettext_lazy("a place", "Closed"), "danger", "lock"),
    "active": Tone(_("Published"), "success", "check"),
    "retired": Tone(_("Retired"), "neutral", "archive"),
    "agreement_one_side": Tone(_("Confirmed by one side only"), "warning", "clock"),
    "agreement_coming": Tone(_("Agreed, not begun"), "info", "clock"),
    "agreement_in_force": Tone(_("In force"), "success", "check"),
    "agreement_ending": Tone(_("In force, notice given"), "warning", "flag"),
    "agreement_ended": Tone(_("Ended"), "neutral", "archive"),
    "agreement_declined": Tone(_("Declined"), "danger", "cross"),
    "meeting_draft": Tone(_("Being prepared"), "neutral", "pencil"),
    "meeting_invited": Tone(_("Called"), "info", "calendar"),
    "meeting_held": Tone(_("Held"), "success", "check"),
    "meeting_cancelled": Tone(_("Cancelled"), "danger", "alert"),
    "meeting_yes": Tone(_("We come"), "success", "check"),
    "meeting_maybe": Tone(_("Perhaps"), "warning", "clock"),
    "meeting_no": Tone(_("We can't come"), "neutral", "cross"),
    "commitment_open": Tone(_("To be done"), "info", "clock"),
    "commitment_kept": Tone(_("Kept"), "success", "check"),
    "commitment_kept_late": Tone(_("Kept, late"), "success", "check"),
    "commitment_dropped": Tone(_("Dropped"), "neutral", "cross"),
    "host_asked": Tone(_("asked, has not answered"), "warning", "clock"),
    "host_accepted": Tone(_("co-host"), "success", "check"),
    "host_declined": Tone(_("said no"), "neutral", "cross"),
    "host_left": Tone(_("no longer co-host"), "neutral", "archive"),
    "duty_filled": Tone(_("Filled"), "success", "check"),
    "duty_unfilled": Tone(_("Nobody yet"), "warning", "alert"),
    "duty_some": Tone(_("Some missing"), "warning", "clock"),
    "duty_needed": Tone(_("Needed before you can use it"), "danger", "alert"),
    "automatic": Tone(_("Answer at once"), "success", "bolt"),
    "automatic_for": Tone(_("Answer at once for some"), "neutral", "bolt"),
    "manual": Tone(_("A case officer answers"), "neutral", "person"),
}

#: What the sections of the bar and the list of taken times say.
STATUS_WORDS = {
    "confirmed": pgettext_lazy("a time", "taken"),
    "tentative": _("others have asked"),
    "works": _("works"),
    "closed": pgettext_lazy("a place", "closed"),
}


def tone(code: str, label: Any = None) -> Tone:
    """The tone of a state's code; an unknown code is neutral and shows ``label`` or itself, so nothing is hidden."""
    known = TONES.get(code)
    if known is None:
        return Tone(label or code, "neutral", "dot")
    return Tone(label or known.label, known.color, known.icon)


# --- availability ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a day as a section of the bar: ``x`` and ``width`` in minutes from the bar's start."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time that can be asked for whole, as words and as a link."""

    times: str
    length: str
    quantity: int
    url: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TakenTime:
    times: str
    status: str
    words: Any
    label: str
    quantity: int = 1


@dataclass(slots=True)
class Day:
    """One row of the availability table."""

    day: date
    is_today: bool
    free: list[Slot] = field(default_factory=list)
    taken: list[TakenTime] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    free_minutes: int = 0
    #: Some of what is free can't be asked for in time any more.
    too_late: bool = False

    @property
    def free_words(self) -> str:
        """ "7 hours 30 min", "the whole day"."""
        if self.free_minutes >= 24 * 60:
            return gettext("the whole day")
        return wording.duration_words(timedelta(minutes=self.free_minutes))


@dataclass(frozen=True, slots=True)
class Availability:
    """The days of a window, all drawn on the same scale: ``first`` to ``first + minutes`` of the local day."""

    days: list[Day]
    first: int
    minutes: int
    ticks: list[str]
    lines: list[int]


def _when(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _get(item: Any, name: str, default: Any = None) -> Any:
    return item.get(name, default) if isinstance(item, Mapping) else getattr(item, name, default)


def _minute(moment: datetime, day: date, tz: ZoneInfo) -> int:
    """The minute on the wall clock of ``day`` (0 to 1440), cut at the day's ends."""
    wall = clock.local(moment, tz)
    if wall.date() < day:
        return 0
    if wall.date() > day:
        return 24 * 60
    return wall.hour * 60 + wall.minute


def availability_days(
    free: Iterable[Any],
    busy: Iterable[Any],
    *,
    first_day: date,
    days: int,
    tz: ZoneInfo,
    now: datetime,
    ask_url: str = "",
    shortest: int = 0,
    lead: timedelta = timedelta(),
) -> Availability:
    """Free and busy intervals (as the availability selector or the API give them) as rows, one per local day.

    An interval over midnight stands in both days' bars; as words and link it stands whole, on the day it begins, but
    free time of more than a day (a thing that is out at all hours) is offered on each day it touches.
    What has passed is left out, and so are free times shorter than ``shortest`` minutes; what can't be asked for in
    time any more (``lead`` before it begins) is drawn and not offered. The first offer begins on a quarter. ``ask_url``
    gets ``free_from`` and ``free_to`` (RFC 3339) appended, so that the request form opens filled in.
    """
    rows = [
        Day(first_day + timedelta(days=n), first_day + timedelta(days=n) == clock.local_date(now, tz))
        for n in range(days)
    ]
    by_day = {row.day: row for row in rows}
    for item in free:
        start, end = max(_when(_get(item, "start")), _quarter(now)), _when(_get(item, "end"))
        if end <= start:
            continue
        askable = max(start, _quarter(now + lead))
        for row in _touched(by_day, start, end, tz):
            _piece(row, start, end, tz, "free")
        if start < askable:
            for row in _touched(by_day, start, min(end, askable), tz):
                row.too_late = True
        if askable < end:
            _add_free(by_day, askable, end, int(_get(item, "quantity", 1) or 1), tz, ask_url, shortest)
    for item in busy:
        start, end, status = (
            _when(_get(item, "start")),
            _when(_get(item, "end")),
            str(_get(item, "status", "confirmed")),
        )
        words = STATUS_WORDS.get(status, status)
        for row in _touched(by_day, start, end, tz):
            _piece(row, start, end, tz, f"is-{status}")
            if end > now and (clock.local_date(start, tz) == row.day or row is rows[0]):
                label, quantity = str(_get(item, "label", "") or ""), int(_get(item, "quantity", 1) or 1)
                row.taken.append(TakenTime(wording.times_words(start, end, tz), status, words, label, quantity))
    # The eye reads the bar from left to right; what covers (works, closed) is drawn after what it covers.
    order = {"free": 0, "is-confirmed": 1, "is-tentative": 2, "is-closed": 3, "is-works": 4}
    for row in rows:
        row.pieces.sort(key=lambda piece: (order.get(piece.kind, 5), piece.x))
    return _scaled(rows)


def _quarter(moment: datetime) -> datetime:
    """The next full quarter of an hour: nobody asks from 18.08. Zones differ by whole quarters."""
    return datetime.fromtimestamp(-(-moment.timestamp() // 900) * 900, tz=UTC)


def _touched(by_day: Mapping[date, Day], start: datetime, end: datetime, tz: ZoneInfo) -> list[Day]:
    first, last = clock.local_date(start, tz), clock.local_date(end - timedelta(minutes=1), tz)
    return [row for day, row in by_day.items() if first <= day <= last]


def _piece(row: Day, start: datetime, end: datetime, tz: ZoneInfo, kind: str) -> int:
    left, right = _minute(start, row.day, tz), _minute(end, row.day, tz)
    if right > left:
        row.pieces.append(Piece(left, right - left, kind))
    return max(right - left, 0)


def _add_free(
    by_day: Mapping[date, Day], start: datetime, end: datetime, quantity: int, tz: ZoneInfo, ask_url: str, shortest: int
) -> None:
    touched = _touched(by_day, start, end, tz)
    for row in touched:
        row.free_minutes += max(_minute(end, row.day, tz) - _minute(start, row.day, tz), 0)
    if end - start < timedelta(minutes=shortest):
        return
    for row in touched if end - start > timedelta(days=1) else touched[:1]:
        first, last = start, end
        if end - start > timedelta(days=1):
            bounds = clock.day_bounds(row.day, tz)
            first, last = max(start, bounds.start), min(end, bounds.end)
        url = ""
        if ask_url:
            query = urlencode(
                {"free_from": clock.local(first, tz).isoformat(), "free_to": clock.local(end, tz).isoformat()}
            )
            url = f"{ask_url}{'&' if '?' in ask_url else '?'}{query}"
        whole = wording.span(first, last, tz).whole_days
        words = gettext("The whole day") if whole else wording.times_words(first, last, tz)
        row.free.append(Slot(words, wording.duration_words(last - first), quantity, url, first, last))


def _scaled(rows: Sequence[Day]) -> Availability:
    """One scale for all days: from the first to the last hour that holds anything, at least 8 hours."""
    pieces = [piece for row in rows for piece in row.pieces]
    first = min((piece.x for piece in pieces), default=8 * 60) // 60 * 60
    last = -(-max((piece.x + piece.width for piece in pieces), default=22 * 60) // 60) * 60
    last = min(max(last, first + 8 * 60), 24 * 60)
    first = max(min(first, last - 8 * 60), 0)
    minutes = last - first
    step = 60 * next(hours for hours in (2, 3, 4, 6) if minutes / (60 * hours) <= 6)
    marks = list(range(first, last + 1, step))
    if marks[-1] != last:
        marks[-1:] = [last] if last - marks[-1] < step / 2 else [marks[-1], last]
    for row in rows:
        row.pieces = [Piece(piece.x - first, piece.width, piece.kind) for piece in row.pieces]
    return Availability(
        list(rows),
        first,
        minutes,
        [f"{mark // 60:02d}" for mark in marks],
        [mark - first for mark in range(first + 60, last, 60)],
    )
