"""The letters about meetings, in one plain form. Each is rendered when it leaves, from what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.wording import moment_words
from booking.meetings import selectors, wording
from booking.meetings.calendar import url_of
from booking.meetings.models import Commitment, CommitmentState, Meeting, MeetingState

Payload = Mapping[str, Any]


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("meeting_invitation", invitation, still_called)
    registry.register("meeting_changed", changed, still_called)
    registry.register("meeting_cancelled", cancelled, _still(MeetingState.CANCELLED))
    registry.register("meeting_reminder", reminder, still_silent)
    registry.register("meeting_agenda", agenda, still_called)
    registry.register("meeting_minutes", minutes, _still(MeetingState.HELD))
    registry.register("commitment_reminder", commitment_soon, still_open)
    registry.register("commitment_late", commitment_late, still_open)


def _meeting(payload: Payload) -> Meeting:
    found: Meeting = selectors.with_all(Meeting.objects.all()).get(pk=payload["meeting"])
    return found


def _link(payload: Payload, meeting: Meeting, language: str) -> str:
    """The page of the receiver's side."""
    if payload["organisation"] is None:
        with translation.override(language):
            try:
                path = reverse("booking_meetings:inspect", args=[meeting.pk])
                return booking_settings().public_base_url + path
            except NoReverseMatch:
                pass
    return url_of(meeting, language) or booking_settings().public_base_url


def _letter(payload: Payload, language: str, meeting: Meeting, subject: str, *paragraphs: str, **more: Any) -> Letter:
    staff = payload["organisation"] is None
    context = {
        "subject": subject,
        "meeting": meeting,
        "when": wording.when_words(meeting),
        "where": wording.where_words(meeting, language),
        "paragraphs": [one for one in paragraphs if one],
        "unit": wording.unit_name(meeting, language),
        "unit_email": meeting.unit.email,
        "unit_phone": meeting.unit.phone,
        "link": _link(payload, meeting, language),
        "action_label": _("Look at the meeting"),
    } | more
    return render("meeting", context, language, reply_to="" if staff else meeting.unit.email)


def _agenda(meeting: Meeting) -> list[str]:
    """What was promised comes first, then the points with whose they are."""
    first = [_("What was promised last time: %(what)s") % {"what": wording.commitment_words(one)}
             for one in selectors.carried(meeting)]  # fmt: skip
    rest = [
        f"{one.title} ({one.organisation.name})" if one.organisation is not None else one.title
        for one in selectors.points_of(meeting)
    ]
    return first + rest


def _until(meeting: Meeting) -> str:
    return str(moment_words(meeting.agenda_until, booking_settings().tz))


def invitation(payload: Payload, language: str) -> Letter:
    """Come, and say what you want to talk about."""
    one = _meeting(payload)
    return _letter(
        payload,
        language,
        one,
        _("Invitation: %(title)s") % {"title": one.title},
        one.about,
        _("Say whether you come, and put on the agenda what you want to talk about, in your own words, until %(when)s.")
        % {"when": _until(one)},
        items=_agenda(one),
        items_heading=_("On the agenda so far"),
        action_label=_("Answer, and add to the agenda"),
    )


def changed(payload: Payload, language: str) -> Letter:
    """Another time or place."""
    one = _meeting(payload)
    return _letter(
        payload,
        language,
        one,
        _("Moved: %(title)s") % {"title": one.title},
        _("The meeting has got another time or place. Your answer stands until you change it."),
    )


def cancelled(payload: Payload, language: str) -> Letter:
    """It isn't held, and why."""
    one = _meeting(payload)
    return _letter(
        payload,
        language,
        one,
        _("Called off: %(title)s") % {"title": one.title},
        _("The meeting is called off."),
        quote=one.cancelled_reason,
    )


def reminder(payload: Payload, language: str) -> Letter:
    """The agenda closes soon, and nobody has said whether they come."""
    one = _meeting(payload)
    return _letter(
        payload,
        language,
        one,
        _("Do you come? %(title)s") % {"title": one.title},
        _("You haven't said yet whether you come. The agenda is open until %(when)s.") % {"when": _until(one)},
        action_label=_("Answer, and add to the agenda"),
    )


def agenda(payload: Payload, language: str) -> Letter:
    """This is what we talk about."""
    one = _meeting(payload)
    return _letter(
        payload,
        language,
        one,
        _("Agenda: %(title)s") % {"title": one.title},
        _("The agenda is closed. This is what we talk about:"),
        items=_agenda(one) or [_("Nothing was put on the agenda. There is time for what you bring.")],
    )


def minutes(payload: Payload, language: str) -> Letter:
    """What was said, and who does what by when."""
    one = _meeting(payload)
    promised = [wording.commitment_words(row) for row in selectors.made_at(one)]
    return _letter(
        payload,
        language,
        one,
        _("Minutes: %(title)s") % {"title": one.title},
        one.minutes,
        items=promised,
        items_heading=_("Who does what by when") if promised else "",
        action_label=_("Read the minutes"),
    )


def _commitment(payload: Payload) -> Commitment:
    return Commitment.objects.select_related("organisation", "unit").get(pk=payload["commitment"])


def commitment_soon(payload: Payload, language: str) -> Letter:
    """The day comes near."""
    one, row = _meeting(payload), _commitment(payload)
    return _letter(
        payload,
        language,
        one,
        _("Due on %(day)s: %(what)s") % {"day": wording.day_words(row.due_on), "what": row.what},
        _("At the meeting it was written down that you do this. Say on the meeting's page when it is done."),
        items=[wording.commitment_words(row)],
    )


def commitment_late(payload: Payload, language: str) -> Letter:
    """The day has passed."""
    one, row = _meeting(payload), _commitment(payload)
    return _letter(
        payload,
        language,
        one,
        _("Late: %(what)s") % {"what": row.what},
        _("It was to be done by %(day)s. Say on the meeting's page that it is done, or why it won't be.")
        % {"day": wording.day_words(row.due_on)},
        _("Until then it opens the agenda of the next meeting."),
        items=[wording.commitment_words(row)],
    )


# --- still true? ------------------------------------------------------------------------------------------------------


def _in_state(payload: Payload, state: str) -> bool:
    return selectors.is_on() and Meeting.objects.filter(pk=payload["meeting"], state=state).exists()


def _still(state: str) -> Any:
    return lambda payload: _in_state(payload, state)


def still_called(payload: Payload) -> bool:
    """Not called off, and not begun."""
    found = Meeting.objects.filter(pk=payload["meeting"], state=MeetingState.INVITED, end__gt=clock.now())
    return selectors.is_on() and found.exists()


def still_silent(payload: Payload) -> bool:
    """Hasn't answered meanwhile."""
    found = Meeting.objects.filter(
        pk=payload["meeting"], parties__organisation=payload["organisation"], parties__answer=""
    )
    return still_called(payload) and found.exists()


def still_open(payload: Payload) -> bool:
    """Neither done nor dropped meanwhile."""
    found = Commitment.objects.filter(pk=payload["commitment"], state=CommitmentState.OPEN)
    return selectors.is_on() and found.exists()
