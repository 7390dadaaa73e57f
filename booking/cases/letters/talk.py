"""Letters of the conversation: one message at once, an hour's talk, the evening's summary, a colleague's note."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.cases.letters.facts import Payload, case_of, common_of, title_of, unit_name_of
from booking.cases.letters.promise import staff_url
from booking.cases.links import case_url
from booking.cases.models import Case, Message, Reader, WishKind
from booking.cases.selectors import staff_cases, visible_cases
from booking.cases.selectors.people import Person, people_of
from booking.cases.services.shared import FOLLOWER
from booking.cases.services.telling import goes_at_once_to, kind_for
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings

#: An evening's letter names so many cases; the pages have them all.
MOST_CASES = 20
#: Of a longer message a summary gives the beginning.
SHORT = 300


def message(payload: Payload, language: str) -> Letter:
    """One message that goes at once, to a party."""
    case = case_of(payload)
    row = _message(payload)
    context = common_of(case, language) | {
        "messages": [_shown(row, case, language)],
        "author": _author(row, case, language),
    }
    return render("message", context, language, reply_to=case.unit.email, thread=case.reference)


def message_to_officer(payload: Payload, language: str) -> Letter:
    """The same to who answers for the municipality."""
    case = case_of(payload)
    row = _message(payload)
    context = common_of(case, language) | {
        "messages": [_shown(row, case, language)],
        "author": _author(row, case, language),
        "needs_answer": row.needs_answer,
        "link": staff_url(case),
    }
    return render("message", context, language, thread=case.reference)


def note_to_you(payload: Payload, language: str) -> Letter:
    """A colleague calls you in a note. An answer by e-mail would go to the parties, so there is no address for one."""
    case = case_of(payload)
    row = _message(payload)
    context = common_of(case, language) | {
        "messages": [_shown(row, case, language)],
        "author": _author(row, case, language),
        "note": True,
        "link": staff_url(case),
    }
    return render("message", context, language)


def talk(payload: Payload, language: str) -> Letter:
    """What was said in one hour, in one letter."""
    case = case_of(payload)
    rows = _hour(payload, case)
    authors = list(dict.fromkeys(_author(row, case, language) for row in rows))
    context = common_of(case, language) | {
        "messages": [_shown(row, case, language) for row in rows],
        "count": len(rows),
        "author": authors[0] if len(authors) == 1 else "",
        "choose": _choose_url() if payload.get("user") else "",
    }
    staff = payload.get("side") == "staff"
    if staff:
        context["link"] = staff_url(case)
    return render("message", context, language, reply_to="" if staff else case.unit.email, thread=case.reference)


def something_was_said(payload: Payload) -> bool:
    """What the receiver hasn't read on the page meanwhile."""
    case = Case.objects.filter(pk=payload["case"]).select_related("unit", "organisation", "requester").first()
    return case is not None and bool(_hour(payload, case))


def evening(payload: Payload, language: str) -> Letter:
    """What was said since yesterday evening, in all cases of one person."""
    groups = _since(payload)
    count = sum(len(rows) for _case, rows in groups)
    staff = payload["kind"] == WishKind.STAFF_TALK
    subject = ngettext("%(count)s new message in your cases", "%(count)s new messages in your cases", count) % {
        "count": count
    }
    context = {
        "subject": subject,
        "groups": [
            {
                "title": title_of(case),
                "reference": case.reference,
                "link": staff_url(case) if staff else case_url(case.reference, language),
                "rows": [_shown(row, case, language, short=True) for row in rows],
            }
            for case, rows in groups[:MOST_CASES]
        ],
        "more": max(0, len(groups) - MOST_CASES),
        "link": _mine_url(staff=staff),
        "choose": _choose_url(),
    }
    return render("evening", context, language)


def something_since(payload: Payload) -> bool:
    """As `something_was_said`."""
    return bool(_since(payload))


def message_is_there(payload: Payload) -> bool:
    """Shown to parties, and not a note."""
    return Message.objects.filter(pk=payload["message"], internal=False).exists()


def note_is_there(payload: Payload) -> bool:
    """Still a note."""
    return Message.objects.filter(pk=payload["message"], internal=True).exists()


# --- pieces ----------------------------------------------------------------------------------------------------------


def _message(payload: Payload) -> Message:
    found: Message = Message.objects.select_related("author").prefetch_related("files").get(pk=payload["message"])
    return found


def _hour(payload: Payload, case: Case) -> list[Message]:
    user = get_user_model()._default_manager.filter(pk=payload["user"]).first() if payload.get("user") else None
    if payload.get("user") and (user is None or not user.is_active):
        return []
    people = people_of(case, local_date(clock.now(), booking_settings().tz))
    person = next(
        (one for one in people if (one.user == user if user is not None else one.role == payload.get("role"))), None
    )
    if person is None:
        return []  # no longer on the case
    return _unread(case, person, _window(payload))


def _since(payload: Payload) -> list[tuple[Case, list[Message]]]:
    user = get_user_model()._default_manager.filter(pk=payload["user"], is_active=True).first()
    if user is None:
        return []
    on = local_date(clock.now(), booking_settings().tz)
    start, end = _window(payload)
    cases = staff_cases(user, on) if payload["kind"] == WishKind.STAFF_TALK else visible_cases(user, "party", on)
    spoken = Message.objects.filter(at__gte=start, at__lt=end, internal=False).exclude(author=user).exclude(body="")
    spoken = spoken.values("case_id")
    found = []
    muted = set(Reader.objects.filter(user=user, muted=True).values_list("case_id", flat=True))
    for case in cases.filter(pk__in=spoken).select_related("unit", "organisation", "requester").order_by("pk"):
        person = next((one for one in people_of(case, on) if one.user == user), None)
        if person is None or case.pk in muted or kind_for(person) != payload["kind"]:
            continue
        rows = _unread(case, person, (start, end))
        if rows:
            found.append((case, rows))
    return found


def _unread(case: Case, person: Person, window: tuple[datetime, datetime]) -> list[Message]:
    start, end = window
    rows = case.messages.filter(at__gte=start, at__lt=end, internal=False).exclude(body="")
    rows = rows.select_related("author", "case")
    if person.user is not None:
        seen = Reader.objects.filter(case=case, user=person.user).values_list("seen", flat=True).first() or 0
        rows = rows.filter(pk__gt=seen).exclude(author=person.user)
    else:
        rows = rows.exclude(author=None, sender_address__iexact=person.address)
    return [row for row in rows.prefetch_related("files").order_by("pk") if not goes_at_once_to(row, person)]


def _window(payload: Payload) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(payload["from"]), datetime.fromisoformat(payload["until"])


def _shown(row: Message, case: Case, language: str, *, short: bool = False) -> dict[str, Any]:
    body = row.body if not short or len(row.body) <= SHORT else row.body[: SHORT - 1].rstrip() + "…"
    files: Iterable[Any] = row.files.all()
    return {
        "author": _author(row, case, language),
        "at": row.at.astimezone(booking_settings().tz).strftime("%H:%M"),
        "body": body,
        "files": [one.name for one in files],
    }


def _author(row: Message, case: Case, language: str) -> str:
    """Who said it, as outsiders may know them."""
    if row.hat == FOLLOWER:
        return _("a follower")
    if row.author is None:
        return row.sender_name or row.sender_address or case.contact_name or _("Somebody on the case")
    if row.hat.startswith("unit:") and not booking_settings().show_officer_names:
        return unit_name_of(case, language)
    return str(row.author.get_full_name() or row.author)


def _choose_url() -> str:
    return _url("booking:my_mail")


def _mine_url(*, staff: bool) -> str:
    return _url("booking_cases:index") if staff else _url("booking:my_cases")


def _url(name: str) -> str:
    try:
        return booking_settings().public_base_url + reverse(name)
    except NoReverseMatch:
        return booking_settings().public_base_url
