"""The letters about permits. Each is written when it leaves, from what is true then."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.cases import registry as cases
from booking.cases.letters.facts import case_of, common_of, title_of
from booking.cases.models import Case
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.correspondence.registry import Payload
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.permits import selectors, wording
from booking.permits.models import Permit


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("permit_decided", decided, still_stands)
    registry.register("permit_asked", asked, still_asked)
    registry.register("permit_left", left, something_is_left)


def _permit(payload: Payload) -> Permit | None:
    return selectors.with_all(Permit.objects.filter(pk=payload["permit"])).first()


def _day(day: Any) -> str:
    return f"{date_format(day, 'l')} {date_format(day, 'DATE_FORMAT')}"


def _letter(
    case: Case, language: str, subject: str, paragraphs: list[str], items: list[str], **more: Any
) -> dict[str, Any]:
    return common_of(case, language) | {
        "subject": subject,
        "paragraphs": [one for one in paragraphs if one],
        "items": items,
        **more,
    }


def decided(payload: Payload, language: str) -> Letter:
    """Granted, refused or not needed: by whom, until when, and what is left."""
    permit = selectors.with_all(Permit.objects.all()).get(pk=payload["permit"])
    case = case_of({"case": permit.case_id})
    one = selectors.catalogue.requirement_of(permit.requirement)
    state = wording.state_words(one.kind, permit.state)
    rest = _items(case)
    context = _letter(
        case,
        language,
        f"{one.what}: {state}",
        [
            _("%(who)s has said where this stands: %(what)s. It is now: %(state)s.")
            % {"who": one.who, "what": one.what, "state": state},
            _("It holds to and including %(day)s.") % {"day": _day(permit.valid_to)} if permit.valid_to else "",
            _("It is about your case %(title)s.") % {"title": title_of(case)},
        ],
        rest,
        quote=permit.note,
        items_label=_("This is left before the loan:") if rest else "",
    )
    return render("permit", context, language, reply_to=case.unit.email, thread=case.reference)


def still_stands(payload: Payload) -> bool:
    """Nobody has corrected it since."""
    return Permit.objects.filter(pk=payload["permit"], state=payload["state"]).exists()


def asked(payload: Payload, language: str) -> Letter:
    """To who grants it: somebody has applied, or handed something in."""
    permit = selectors.with_all(Permit.objects.all()).get(pk=payload["permit"])
    case = case_of({"case": permit.case_id})
    one = selectors.catalogue.requirement_of(permit.requirement)
    context = _letter(
        case,
        language,
        _("To look at: %(what)s") % {"what": one.what},
        [
            _("%(title)s (%(reference)s) waits for you to say where this stands: %(what)s.")
            % {"title": title_of(case), "reference": case.reference, "what": one.what},
        ],
        [],
        quote=permit.note,
        link=staff_url(permit),
        action_label=_("Look at it"),
    )
    return render("permit", context, language)


def still_asked(payload: Payload) -> bool:
    """Somebody may have answered it already."""
    permit = _permit(payload)
    return permit is not None and permit.state in ("applied", "needed", "expired")


def left(payload: Payload, language: str) -> Letter:
    """What is left before a loan: one letter for all of the case, duties and what else there may be included."""
    case = case_of(payload)
    items = _items(case)
    context = _letter(
        case,
        language,
        ngettext("%(count)s thing is left before your loan", "%(count)s things are left before your loan", len(items))
        % {"count": len(items)},
        [
            _("Your loan begins on %(day)s: %(title)s.")
            % {"day": _day(selectors.first_day(selectors.lines_of(case), clock.now())), "title": title_of(case)},
        ],
        items,
        items_label=_("This is left before the loan:"),
    )
    return render("permit", context, language, reply_to=case.unit.email, thread=case.reference)


def something_is_left(payload: Payload) -> bool:
    """Still, and the date has not been moved or taken back."""
    case = case_of(payload)
    day = selectors.first_day(selectors.lines_of(case), clock.now())
    return day is not None and day.isoformat() == payload["about"] and bool(_items(case))


def _items(case: Case) -> list[str]:
    """What isn't done, with who does or grants it and by when."""
    tz = booking_settings().tz
    words = []
    for one in cases.left_of(case, clock.now()):
        if one.done:
            continue
        line = f"{one.what} ({one.who})" if one.who else one.what
        if one.due is not None:
            line += ": " + _("by %(day)s") % {"day": _day(one.due.astimezone(tz).date())}
        words.append(line)
    return words


def staff_url(permit: Permit) -> str:
    """The permit's page in the CMS admin."""
    try:
        return booking_settings().public_base_url + reverse("booking_permits:inspect", args=[permit.pk])
    except NoReverseMatch:
        return booking_settings().public_base_url
