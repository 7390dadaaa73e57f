"""Codes of calendars in, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Why a whole copy wasn't taken in (``Unreadable``), by code.
FAILURES: dict[str, Promise] = {
    "bad_address": gettext_lazy("This isn't an address of a calendar."),
    "scheme": gettext_lazy("The address must begin with https:// or webcal://."),
    "own_feed": gettext_lazy("This is a calendar of our own. Taking it in would be a loop."),
    "unknown_host": gettext_lazy("There is no server called %(host)s."),
    "private_address": gettext_lazy(
        "%(host)s lies in a closed network, so it may not be asked. An administrator can allow it."
    ),
    "no_connection": gettext_lazy("%(host)s can't be reached."),
    "certificate": gettext_lazy("The certificate of %(host)s doesn't hold."),
    "server_slow": gettext_lazy("The server was too slow: nothing whole came within %(seconds)s seconds."),
    "connection_lost": gettext_lazy("The connection broke off."),
    "too_many_hops": gettext_lazy("The address leads on and on: more than %(most)s times."),
    "http_status": gettext_lazy("The server answered with an error (%(status)s)."),
    "coding": gettext_lazy("The server packed the calendar in a way that we don't know (%(coding)s)."),
    "too_big": gettext_lazy("The calendar is too big: at most %(mb)s megabytes."),
    "cut_off": gettext_lazy("The calendar is cut off in the middle."),
    "html": gettext_lazy("This is a web page, not a calendar. Often it means that the address needs a sign-in."),
    "not_a_calendar": gettext_lazy("This isn't a calendar file (iCalendar, .ics)."),
    "not_text": gettext_lazy("This file isn't text."),
    "which_school": gettext_lazy("Which school? The list has %(count)s: %(schools)s"),
    "bad_date": gettext_lazy("“%(value)s” isn't a date."),
    "too_many_events": gettext_lazy(
        "There are too many events in it: at most %(most)s within the next year and a half."
    ),
    "too_many_blocks": gettext_lazy("It would take too many times in too many places: at most %(most)s."),
    "too_slow": gettext_lazy("It took more than %(seconds)s seconds to work out its dates."),
    "too_heavy": gettext_lazy("Its dates take more memory than we give one calendar."),
}

#: Why one event was left out.
REFUSALS: dict[str, Promise] = {
    "no_start": gettext_lazy("it has no start"),
    "no_end": gettext_lazy("it has no end"),
    "end_before_start": gettext_lazy("it ends before it begins, or at the same moment"),
    "too_long": gettext_lazy("it lasts more than a year"),
    "year": gettext_lazy("its year lies outside of 1970–2100"),
    "sub_daily": gettext_lazy("it repeats more than once a day"),
    "rscale": gettext_lazy("it repeats by another calendar than ours"),
    "range": gettext_lazy("it changes “this and all following”, which we can't read"),
    "several_rules": gettext_lazy("it has more than one rule of repeating"),
    "too_many_dates": gettext_lazy("it lists more than a thousand dates"),
    "too_many_instances": gettext_lazy("it repeats more than 750 times in a year and a half"),
    "too_slow": gettext_lazy("its rule of repeating can't be worked out"),
    "broken": gettext_lazy("it can't be read"),
}


def failure_words(error: Mapping[str, Any]) -> str:
    """A stored failure (``{"code": ..., params}``) in the reader's language; "" for none."""
    code = error.get("code", "")
    if not code:
        return ""
    text = FAILURES.get(code)
    return str(text) % error if text is not None else _("The calendar can't be taken in (%(code)s).") % {"code": code}


def refusal_words(code: str) -> str:
    """Why an event was left out."""
    return str(REFUSALS.get(code, REFUSALS["broken"]))
