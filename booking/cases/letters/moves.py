"""The letters about time that moves after it was decided: offered, taken back, changed.

Texts that are longer than a few sentences stand in ``booking/templates/booking/emails/``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.cases.letters.facts import (
    MOST_LINES,
    LineText,
    Payload,
    alternatives_of,
    case_of,
    common_of,
    lines_of,
    title_of,
)
from booking.cases.letters.promise import day_of, notice, who_to_call, words_of
from booking.cases.models import Case, ChangeState, LineChange, Offer, OfferState, TakeBack, Tie
from booking.cases.wording import time_range, to_pass_on
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.correspondence.letters import Letter, render
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized


def offered(payload: Payload, language: str) -> Letter:
    """A time from the waiting list is free: held for you until when, and what to do."""
    case = case_of(payload)
    until = Offer.objects.get(pk=payload["offer"]).expires_at.astimezone(booking_settings().tz)
    lines = [line for line in lines_of(case, language) if line.number in payload["lines"]]
    context = {
        **common_of(case, language),
        "lines": lines[:MOST_LINES],
        "until_day": day_of(until.date()),
        "until_time": f"{until:%H:%M}",
    }
    return render("offered", context, language, reply_to=case.unit.email)


def offer_is_open(payload: Payload) -> bool:
    return Offer.objects.filter(pk=payload["offer"], state=OfferState.OPEN).exists()


def offer_expired(payload: Payload, language: str) -> Letter:
    """Nobody answered in time: the next on the list is asked, the place is kept."""
    case = case_of(payload)
    when = "; ".join(f"{one.place}, {one.when}" for one in lines_of(case, language) if one.number in payload["lines"])
    return notice(
        case,
        language,
        _("The offer has run out"),
        [
            _("We held this time for you and have not heard from you: %(when)s.") % {"when": when},
            _("It is offered to the next on the list now. You keep your place: if it comes free again, we ask you."),
        ],
    )


# --- taken back ------------------------------------------------------------------------------------------------------


def taken_back(payload: Payload, language: str) -> Letter:
    """What the municipality takes back and why, until when to reply, what is free instead; within 48 hours also words
    to pass on to the others."""
    case = case_of(payload)
    rows = {
        row.line.number: row
        for row in TakeBack.objects.filter(line__case=case, line__number__in=payload["lines"])
        .select_related("line")
        .order_by("pk")
    }
    gone = [line for line in lines_of(case, language) if line.number in rows]
    first = next(iter(rows.values()), None)
    offered = _offered_instead(list(rows.values()), language)
    near = [line for line in gone if rows[line.number].short_notice]
    context = {
        **common_of(case, language),
        "gone": gone[:MOST_LINES],
        "reason": first.reason if first else "",
        "reply_by": day_of(first.reply_by) if first else "",
        "alternatives": offered,
        "pass_on": to_pass_on([(line.place, line.when) for line in near], first.reason) if near and first else "",
    }
    return render("taken_back", context, language, reply_to=case.unit.email)


def _offered_instead(rows: Sequence[TakeBack], language: str) -> list[dict[str, str]]:
    listed = [one for row in rows for one in row.alternatives]
    places = Resource.objects.in_bulk({pk for pk, _start, _end in listed})
    return [
        {
            "place": str(localized(places[pk], "name", language)),
            "when": time_range(datetime.fromisoformat(start), datetime.fromisoformat(end), catalogue.zone(places[pk])),
        }
        for pk, start, end in listed
        if pk in places
    ][:MOST_LINES]


def moved(payload: Payload, language: str) -> Letter:
    """Granted at another time or place than first."""
    case = case_of(payload)
    return notice(
        case,
        language,
        _("The new time is yours"),
        [
            _("%(title)s is granted here:") % {"title": title_of(case)},
            *_named(case, payload, language),
            _("Your calendar shows it already. If you can't use it, withdraw it on the page of the case."),
        ],
    )


def _named(case: Case, payload: Payload, language: str) -> list[str]:
    lines = [line for line in lines_of(case, language) if line.number in payload["lines"]]
    return _texts(lines)


def _texts(lines: Sequence[LineText]) -> list[str]:
    texts = [f"{line.place}, {line.when}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        more = len(lines) - MOST_LINES
        texts.append(ngettext("and %(count)s more date", "and %(count)s more dates", more) % {"count": more})
    return texts


def objected(payload: Payload, language: str) -> Letter:
    """The receipt of an objection."""
    case = case_of(payload)
    body, _who = words_of(payload)
    due = ""
    if case.answer_by is not None:
        due = _("We answer it by %(day)s.") % {"day": day_of(case.answer_by)}
    return notice(
        case, language, _("We have your objection"), [due, who_to_call(case)], quote=body, quoted=_("You wrote")
    )


def objection_answered(payload: Payload, language: str) -> Letter:
    """The taking back stands, and why; what the party can do."""
    case = case_of(payload)
    body, who = words_of(payload)
    free = alternatives_of(case, payload["lines"], language)
    return notice(
        case,
        language,
        _("We have answered your objection"),
        [
            _("We can't give you the time back:"),
            *_named(case, payload, language),
            _("You can still choose another time on the page of the case.") if free else "",
        ],
        quote=body,
        quoted=who,
    )


def taken_back_ended(payload: Payload, language: str) -> Letter:
    """The deadline has passed: the time is cancelled."""
    case = case_of(payload)
    return notice(
        case,
        language,
        _("Time that was taken back is cancelled"),
        [
            *_named(case, payload, language),
            _("The deadline to reply has passed. We are sorry that it could not be otherwise."),
        ],
    )


# --- ties, to the leader ---------------------------------------------------------------------------------------------


def tie_declared(payload: Payload, language: str) -> Letter:
    """Somebody of the staff has declared ties to a case: the leader decides."""
    case = case_of(payload)
    tie = Tie.objects.select_related("user").get(pk=payload["tie"])
    return notice(
        case,
        language,
        _("Ties to a case: %(who)s") % {"who": str(tie.user)},
        [
            _("%(who)s has ties to %(reference)s, and keeps away from it until you have decided.")
            % {"who": str(tie.user), "reference": case.reference},
            _("Say whether it rules them out. Parties never see this."),
        ],
        quote=tie.why,
        staff=True,
    )


def tie_waits(payload: Payload) -> bool:
    return Tie.objects.filter(pk=payload["tie"], verdict="").exists()


# --- changed ---------------------------------------------------------------------------------------------------------


def change_received(payload: Payload, language: str) -> Letter:
    """The receipt of a proposed change: until when it is answered, and that the old time stands."""
    case = case_of(payload)
    due = ""
    if case.answer_by is not None:
        due = _("You will hear from us by %(day)s.") % {"day": day_of(case.answer_by)}
    return notice(
        case,
        language,
        _("We have your wish for a change"),
        [
            *_wished(payload, language),
            _("The old time is yours until the new one is granted."),
            due,
            who_to_call(case),
        ],
    )


def change_is_open(payload: Payload) -> bool:
    return LineChange.objects.filter(batch=payload["batch"], state=ChangeState.OPEN).exists()


def change_decided(payload: Payload, language: str) -> Letter:
    """A proposed change is granted or refused; refused, the old time stands."""
    case = case_of(payload)
    rows = LineChange.objects.filter(batch=payload["batch"])
    first = rows.first()
    granted = first is not None and first.state == ChangeState.GRANTED
    return notice(
        case,
        language,
        _("The change is granted") if granted else _("The change is not granted"),
        [
            *_wished(payload, language),
            _("Your calendar shows it already.") if granted else _("The time that you had is still yours."),
        ],
        quote=first.grounds if first is not None else "",
    )


# --- proposed by the municipality ------------------------------------------------------------------------------------


def move_proposed(payload: Payload, language: str) -> Letter:
    """Another time or place is proposed: which, why, until when to answer, and that the old one stands."""
    case = case_of(payload)
    row = LineChange.objects.select_related("line").get(batch=payload["batch"])
    reply_by = day_of(row.reply_by) if row.reply_by is not None else ""
    return notice(
        case,
        language,
        _("Can you take another time?"),
        [
            _("You have, or have asked for:"),
            *_named(case, payload, language),
            _("We propose instead:"),
            *_wished(payload, language),
            _("Say yes or no on the page of the case by %(day)s. Nothing is moved without your yes.")
            % {"day": reply_by},
            who_to_call(case),
        ],
        quote=row.why,
        quoted=_("Why"),
        action=_("Answer"),
    )


def move_over(payload: Payload, language: str) -> Letter:
    """The proposal was taken back, or nobody answered in time: the old time stands."""
    case = case_of(payload)
    row = LineChange.objects.get(batch=payload["batch"])
    late = row.state == ChangeState.EXPIRED
    return notice(
        case,
        language,
        _("Nothing is moved"),
        [
            _("We have not heard from you about this proposal:") if late else _("We have taken this proposal back:"),
            *_wished(payload, language),
            _("It stays as it was:"),
            *_named(case, payload, language),
        ],
    )


def move_answered(payload: Payload, language: str) -> Letter:
    """To the officer: what the party said to the proposed move, or that it said nothing."""
    case = case_of(payload)
    row = LineChange.objects.get(batch=payload["batch"])
    said = {
        ChangeState.GRANTED: _("They said yes to the other time: %(reference)s"),
        ChangeState.REFUSED: _("They said no to the other time: %(reference)s"),
    }.get(ChangeState(row.state), _("No answer to the other time: %(reference)s"))
    after = "" if row.state == ChangeState.GRANTED else _("The old time stands.")
    return notice(
        case,
        language,
        said % {"reference": case.reference},
        [*_wished(payload, language), after],
        quote=row.grounds,
        quoted=_("They wrote"),
        staff=True,
    )


def _wished(payload: Payload, language: str) -> list[str]:
    rows = LineChange.objects.filter(batch=payload["batch"]).select_related("resource").order_by("start", "pk")
    return _texts(
        [
            LineText(
                0, str(localized(row.resource, "name", language)),
                time_range(row.start, row.end, catalogue.zone(row.resource)), row.quantity, "", "", "",
            )
            for row in rows
        ]
    )  # fmt: skip
