"""The days that count for a notice: the municipality's working days less the rule set's own days off. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.foundation.clock import local, wall
from booking.foundation.workdays import OFFICE_CLOSES, WorkCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class NoticeCalendar(WorkCalendar):
    """A calendar that also knows quiet weeks, the hour after which a message counts as tomorrow's, and the zone.

    ``quiet_weeks`` are ISO week numbers, every year's: nobody is expected to read letters in them, so their days
    aren't working days of a notice. (They still are days on which works last.) Raises ``HolidayDataMissing`` like the
    calendar it extends.
    """

    tz: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Oslo"))
    cut_off: time = OFFICE_CLOSES
    quiet_weeks: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """True when ``day`` counts as a working day of a notice."""
        # The holidays first, so that a quiet week in a year without data is an error too.
        return self.is_office_day(day) and day.isocalendar().week not in self.quiet_weeks

    def is_office_day(self, day: date) -> bool:
        """True when the offices are at work on ``day``, in a quiet week too: the measure of how long works last."""
        return super().is_working(day)

    def given_day(self, sent: datetime, tz: ZoneInfo | None = None) -> date:
        """The local date a message counts as given: after the cut-off, or on a day off, the next working day."""
        moment = local(sent, tz or self.tz)
        day = moment.date()
        if moment.time() > self.cut_off:
            day += _DAY
        return self.next_working(day)

    def closing(self, day: date) -> datetime:
        """The last moment (UTC) at which a message still counts as given on ``day``."""
        return wall(day, self.cut_off, self.tz)

    def local_day(self, moment: datetime | date) -> date:
        """The local date of a moment, or the date itself."""
        return local(moment, self.tz).date() if isinstance(moment, datetime) else moment
