"""Cases in words for staff: who asks, for what, whose move it is, until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, WaitingOn
from booking.cases.services.shared import FOLLOWER
from booking.catalogue import selectors as catalogue
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, duration_words, when_words

#: What a verdict's code means, for facts that were stored with the case.
VERDICT_LABELS: dict[str, Any] = {
    "taken": _("The time was taken"),
    "quantity": _("More than there are"),
    "rivals": _("Others had asked for the same time"),
    "opening_hours": _("Outside of the opening hours"),
    "lead_time": _("Asked for at short notice"),
    "horizon": _("Further ahead than can be asked for"),
    "past": _("In the past"),
    "length": _("Length doesn't fit"),
    "start_grid": _("Start doesn't fit the grid"),
    "capacity": _("More people than there is room for"),
    "private_persons": _("Not for private persons"),
    "unverified": _("The organisation is not verified"),
    "inactive": _("The organisation is inactive"),
    "organisation_kind": _("Not lent to this kind of organisation"),
    "members": _("Too few members, or nobody has counted"),
    "quota": _("More than the organisation's quota"),
    "responsible_adult": _("No responsible adult named"),
    "permits": _("Takes a permit, a condition or a document"),
    "works_ahead": _("Works are to be felt there then"),
}


def who(case: Case) -> str:
    """The organisation; else the person; else the name an enquirer gave."""
    if case.organisation is not None:
        return str(case.organisation.name)
    if case.requester is not None:
        return str(case.requester.get_full_name() or case.requester)
    if case.requester_hat == FOLLOWER:
        return gettext("a follower")
    return case.contact_name or case.contact_email or "–"


def what(case: Case, *, on: date) -> str:
    """The first line in words, and how many more there are. Reads prefetched lines only."""
    lines = sorted(case.lines.all(), key=lambda line: (line.start, line.number))
    if not lines:
        return case.title or gettext("A question without a time")
    first = lines[0]
    times = when_words(first.start, first.end, catalogue.zone(first.resource), today=on, short=True)
    words = f"{localized(first.resource, 'name')}, {times}"
    more = len(lines) - 1
    if more:
        words += " " + ngettext("and %(count)s more time", "and %(count)s more times", more) % {"count": more}
    return words


def whose_move(case: Case) -> str:
    """The municipality, the requester, or nobody."""
    return str(WaitingOn(case.waiting_on).label).capitalize()


def is_late(case: Case, on: date) -> bool:
    """The municipality has not answered on the promised day."""
    return case.waiting_on == WaitingOn.MUNICIPALITY and case.answer_by is not None and case.answer_by < on


def answer_by(case: Case, on: date) -> str:
    """The promised day; said in words when it has passed."""
    if case.answer_by is None:
        return gettext("No date promised")
    day = day_words(case.answer_by, today=on, short=True)
    if case.waiting_on != WaitingOn.MUNICIPALITY:
        return day
    left = (case.answer_by - on).days
    if left < 0:
        return gettext("Overdue since %(day)s (%(days)s)") % {"day": day, "days": duration_words(timedelta(days=-left))}
    if left == 0:
        return gettext("Today")
    return day


def audience(facts: Mapping[str, Any]) -> str:
    """ "20 (6-12), 3 (20-59)" or "about 20 (6-12)"; "" when nobody said."""
    if "about" in facts:
        bands = ", ".join(str(band) for band in facts.get("bands", ()))
        words = gettext("about %(count)s") % {"count": facts["about"]}
        return f"{words} ({bands})" if bands else words
    return ", ".join(f"{heads} ({band})" for band, heads in facts.items() if heads)


def hat(code: str) -> str:
    """In which role somebody asked."""
    kind = code.partition(":")[0]
    return {
        "organisation": gettext("for the organisation"),
        "unit": gettext("for the municipality"),
        "person": gettext("as a private person"),
    }.get(kind, "")
