"""A list of hours that exists elsewhere, taken in once as granted lines (``import_lines``, and a page in the admin)."""

from booking.calendars.incoming.lines.drafting import Defaults, Draft, RowRefused, drafts
from booking.calendars.incoming.lines.loading import Outcome, Report, load, source_of

__all__ = ["Defaults", "Draft", "Outcome", "Report", "RowRefused", "drafts", "load", "source_of"]
