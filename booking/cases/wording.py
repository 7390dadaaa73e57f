"""Facts in words: events, reasons, times. Rendered when they are read, in the reader's language (style.md 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.catalogue.rules import Price, price_from
from booking.catalogue.wording import kroner, price_words

#: Event types of api.md, as people read them. `%(lines)s` names the dates where the event is about some of them.
EVENT_TEXTS: dict[str, Any] = {
    "received": gettext_lazy("Received"),
    "receipt_sent": gettext_lazy("Receipt sent"),
    "ticked": gettext_lazy("Said that they know of it"),
    "assigned": gettext_lazy("Given to a case officer"),
    "nudged": gettext_lazy("The case officer was reminded"),
    "escalated": gettext_lazy("The unit's leader was told"),
    "interim_drafted": gettext_lazy("A holding reply was drafted"),
    "late_status_sent": gettext_lazy("You were told that it is late"),
    "holding_reply": gettext_lazy("Holding reply with a new date"),
    "asked": gettext_lazy("The municipality asked you something"),
    "answered": gettext_lazy("The question was answered"),
    "handed_over": gettext_lazy("Moved to another unit or case officer"),
    "officer_changed": gettext_lazy("New case officer"),
    "granted": gettext_lazy("Granted"),
    "refused": gettext_lazy("Refused"),
    "partly_granted": gettext_lazy("Partly granted"),
    "waiting_listed": gettext_lazy("Put on the waiting list"),
    "offered": gettext_lazy("A free time was offered"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "offer_expired": gettext_lazy("The offer ran out"),
    "undone": gettext_lazy("The decision was undone before the letter left"),
    "displaced": gettext_lazy("Displaced"),
    "taken_back": gettext_lazy("The municipality took granted time back"),
    "objected": gettext_lazy("The party objected"),
    "objection_answered": gettext_lazy("The objection was answered"),
    "move_proposed": gettext_lazy("The municipality proposed another time or place"),
    "move_accepted": gettext_lazy("The other time was accepted"),
    "move_declined": gettext_lazy("The other time was declined; the old one stands"),
    "move_taken_back": gettext_lazy("The municipality took its proposal back; the old time stands"),
    "move_expired": gettext_lazy("Nobody answered the proposal; the old time stands"),
    "fault_reported": gettext_lazy("A fault was reported"),
    "fault_changed": gettext_lazy("What becomes of the fault has changed"),
    "change_asked": gettext_lazy("A change was asked for"),
    "changed": gettext_lazy("Changed"),
    "change_refused": gettext_lazy("The change was refused"),
    "change_withdrawn": gettext_lazy("The wish for a change was taken back"),
    "added_back": gettext_lazy("A date that was left out was asked for again"),
    "tie_declared": gettext_lazy("Somebody of the staff declared ties"),
    "tie_judged": gettext_lazy("The leader judged the ties"),
    "restored": gettext_lazy("The time is yours again"),
    "cancelled": gettext_lazy("Cancelled"),
    "appealed": gettext_lazy("Appealed"),
    "appeal_upheld": gettext_lazy("The decision stands; the appeal goes on to the appeals board"),
    "appeal_reopened": gettext_lazy("The appeal is admitted; it is decided anew"),
    "appeal_answered_by_adoption": gettext_lazy("The appeal was answered by a new timetable"),
    "dismissed": gettext_lazy("Dismissed"),
    "closed": gettext_lazy("Closed"),
    "message": gettext_lazy("Message"),
    "permit_changed": gettext_lazy("A permit changed"),
    "duty_changed": gettext_lazy("The duty roster changed"),
    "cohost_asked": gettext_lazy("An organisation was asked to be co-host"),
    "cohost_accepted": gettext_lazy("A co-host said yes"),
    "cohost_declined": gettext_lazy("An organisation said no to being co-host"),
    "cohost_left": gettext_lazy("A co-host is no longer part of it"),
    "disqualified": gettext_lazy("Moved to somebody else because of a conflict of interest"),
    "automatic_approval": gettext_lazy("Granted at once by the rules"),
    "goes_on_from": gettext_lazy("Goes on from an enquiry"),
    "became_request": gettext_lazy("Became a request"),
    "plan_published": gettext_lazy("The plan is shown in public"),
    "plan_hidden": gettext_lazy("The plan is no longer shown in public"),
}

#: What became of the roster (`duty_changed`, by its `what`).
DUTY_TEXTS: dict[str, Any] = {
    "signed_up": gettext_lazy("Somebody signed up for a duty"),
    "withdrew": gettext_lazy("Somebody withdrew from a duty"),
    "taken_off": gettext_lazy("Somebody was taken off a duty"),
    "swap_asked": gettext_lazy("Somebody looks for a swap of duties"),
    "swapped": gettext_lazy("A duty was taken over by somebody else"),
    "added": gettext_lazy("Duties were added"),
    "removed": gettext_lazy("Duties were removed"),
    "changed": gettext_lazy("A duty needs more or fewer people"),
    "link_made": gettext_lazy("A link to the roster was made for a helper"),
    "link_stopped": gettext_lazy("A helper's link was stopped"),
    "open_link_made": gettext_lazy("An open link to the roster was made"),
    "open_link_stopped": gettext_lazy("The open link to the roster was stopped"),
}

#: Why a file that came with an e-mail was not taken in.
LEFT_OUT_TEXTS: dict[str, Any] = {
    "type": gettext_lazy("of a kind that we don't take"),
    "too_large": gettext_lazy("too large"),
    "too_many": gettext_lazy("one of too many"),
    "cut": gettext_lazy("the e-mail was too large"),
}

#: Why a line stands as it does.
REASON_TEXTS: dict[str, Any] = {
    "taken": gettext_lazy("The time was taken already."),
    "rival_granted": gettext_lazy("Somebody else who had asked for the same time was given it."),
    "dismissed": gettext_lazy("The case was dismissed."),
    "agreement_ended": gettext_lazy("The agreement that gave the hours has ended."),
    "season_changed": gettext_lazy("A new timetable was adopted, and these hours are not in it."),
    "season_released": gettext_lazy("The organisation has given up the rest of the season."),
    "closure": gettext_lazy("The place is closed then."),
    "maintenance": gettext_lazy("The place is being maintained then."),
    "works": gettext_lazy("There are works there then."),
    "take_back": gettext_lazy("The municipality has taken this time back."),
    "resource": gettext_lazy("The place can't be used as before."),
}


_worded: dict[str, Callable[[Mapping[str, Any]], str]] = {}


def register_event_words(kind: str, words: Callable[[Mapping[str, Any]], str]) -> None:
    """Let a higher floor word its events by what they hold; "" for the plain words. It must not ask the database."""
    _worded[kind] = words


def event_text(kind: str, data: Mapping[str, Any], lines_in_all: int) -> str:
    """The event in words; where it is about some of the dates only, how many."""
    words = (_worded[kind](data) if kind in _worded else "") or str(EVENT_TEXTS.get(kind, kind))
    if kind == "duty_changed":
        words = str(DUTY_TEXTS.get(str(data.get("what")), words))
    numbers = data.get("lines")
    if isinstance(numbers, Sequence) and not isinstance(numbers, str) and 0 < len(numbers) < lines_in_all:
        count = len(numbers)
        some = ngettext("%(count)s of %(all)s date", "%(count)s of %(all)s dates", lines_in_all)
        words += " (" + some % {"count": count, "all": lines_in_all} + ")"
    if data.get("way") == "digest":
        words += ", " + _("by link from the digest")
    return words


def prices_in_words(prices: Sequence[Price]) -> list[str]:
    """What several dates cost, alike ones together, each with the rule that gave it; then the sum (needs N12)."""
    counts: dict[Price, int] = {}
    for price in prices:
        counts[price] = counts.get(price, 0) + 1
    # Free for the same reason is said once, however many dates there are.
    free: dict[str, None] = {}
    words = []
    for price, count in counts.items():
        said = price_words(price)
        if not price.amount:
            free[said] = None
        else:
            words.append(f"{count} × {said}" if count > 1 else said)
    found = [*free, *words]
    total = sum((price.amount for price in prices), Decimal(0))
    if total and len(prices) > 1:
        found.append(_("In all: %(sum)s") % {"sum": kroner(total)})
    return found


def price_change(line: Any, change: Any) -> str:
    """What a proposed change does to the price: before and after; "" where no price was told."""
    before = price_from(line.price, line.price_rule) if line.price is not None else None
    after = price_from(change.price, change.price_rule) if change.price is not None else None
    if before is None or after is None:
        return ""
    if before.amount == after.amount:
        return _("The price stays: %(price)s.") % {"price": price_words(after)}
    return _("The price becomes %(after)s. Now it is %(before)s.") % {
        "after": price_words(after),
        "before": price_words(before),
    }


def reason_text(code: str) -> str:
    """The reason in words; "" when there is none."""
    return str(REASON_TEXTS.get(code, ""))


def left_out_text(code: str) -> str:
    """Why a file isn't here."""
    return str(LEFT_OUT_TEXTS.get(code, code))


def time_range(start: datetime, end: datetime, tz: ZoneInfo) -> str:
    """``Tuesday 3 March 2026, 18:00-20:00`` on the wall clock of `tz`; both days where it ends on another one.

    An end at midnight belongs to the evening before: 24:00.
    """
    first, last = start.astimezone(tz), end.astimezone(tz)
    day = _day(first)
    if last.date() == first.date():
        return f"{day}, {first:%H:%M}–{last:%H:%M}"
    if last.date() == first.date() + timedelta(days=1) and last.hour == last.minute == 0:
        return f"{day}, {first:%H:%M}–24:00"
    return _("%(from)s to %(to)s") % {"from": f"{day}, {first:%H:%M}", "to": f"{_day(last)}, {last:%H:%M}"}


def _day(moment: datetime) -> str:
    return f"{date_format(moment, 'l')} {date_format(moment, 'DATE_FORMAT')}"


#: Of a reason, words to pass on tell so much.
_PASSED_ON = 200


def to_pass_on(times: Sequence[tuple[str, str]], reason: str) -> str:
    """Words that a coach can paste into a chat: what is off, when, why (needs N8). `times`: places and times in words.

    No link: the page of the case isn't for everybody in the chat.
    """
    why = " ".join(reason.split())
    why = why if len(why) <= _PASSED_ON else why[: _PASSED_ON - 1].rstrip() + "…"
    lines = [_("Note: this is off:")]
    lines += [f"– {place}, {when}" for place, when in times]
    if why:
        lines.append(_("Why: %(reason)s") % {"reason": why})
    lines.append(_("The municipality has taken the time back. I tell you here as soon as we have another one."))
    return "\n".join(lines)
