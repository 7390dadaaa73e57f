"""Meetings in calendars: of the invited organisations and their people, of the units, of what happens in town; and as
a file with letters. One identity everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars import registry
from booking.calendars.rules import (
    CALENDAR_END,
    OneOff,
    Place,
    Status,
    Window,
    Wording,
    file_head,
    render,
    with_organizer,
)
from booking.calendars.selectors import Item, ids_of
from booking.calendars.selectors.places import place_of
from booking.correspondence import registry as correspondence
from booking.correspondence.letters import Attachment
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.meetings import selectors
from booking.meetings.models import AgendaPoint, Meeting, MeetingParty, MeetingState

#: The kind of scope that units' calendars hold: `meetings:<id of the unit>`.
SCOPE = "meetings"
#: Letters that carry the meeting as a file, and how.
FILES = {
    "meeting_invitation": "PUBLISH",
    "meeting_changed": "PUBLISH",
    "meeting_agenda": "PUBLISH",
    "meeting_cancelled": "CANCEL",
}


def register() -> None:
    """Tell calendars and letters."""
    registry.register_scope(SCOPE, _of_units)
    registry.register_on_units(SCOPE)
    registry.register_on_organisations(SCOPE, _of_organisations)
    registry.register_happenings(SCOPE, _happenings)
    for name in FILES:
        correspondence.register_attachments(name, "meeting", _attach(name))


def url_of(meeting: Meeting, language: str) -> str:
    """The meeting's page, with scheme and host; "" where a host has none."""
    with translation.override(language):
        try:
            return booking_settings().public_base_url + reverse("booking:meeting", args=[meeting.reference])
        except NoReverseMatch:
            return ""


def facts_of(meeting: Meeting, language: str, agenda: Sequence[str], *, public: bool = False) -> OneOff:
    """The meeting as a calendar shows it. ``agenda``: the titles of its points."""
    status = {
        MeetingState.DRAFT: Status.TENTATIVE,
        MeetingState.CANCELLED: Status.CANCELLED,
    }.get(MeetingState(meeting.state), Status.CONFIRMED)
    with translation.override(language):
        what = meeting.title
        if status is Status.TENTATIVE:
            what = _("Being prepared: %(what)s") % {"what": what}
        elif status is Status.CANCELLED:
            what = _("CANCELLED: %(what)s") % {"what": what}
        told = [meeting.cancelled_reason if status is Status.CANCELLED else meeting.about]
        if agenda and status is not Status.CANCELLED:
            told.append("\n".join([_("Agenda:"), *(f"- {one}" for one in agenda)]))
        category = pgettext("calendar category", "Meeting")
    return OneOff(
        uid=meeting.uid,
        start=meeting.start,
        end=meeting.end,
        sequence=meeting.sequence,
        created_at=meeting.created_at,
        revised_at=meeting.revised_at,
        wording=Wording(what, "\n\n".join(one for one in told if one), category, url_of(meeting, language)),
        place=_place(meeting, language, insiders=not public),
        status=status,
    )


def _place(meeting: Meeting, language: str, *, insiders: bool) -> Place:
    """The thing with what was written beside it; or only that. Times are those of the municipality's wall."""
    zone = booking_settings().timezone
    if meeting.resource is None:
        return Place(meeting.place, "", None, "", zone, meeting.revised_at)
    there = place_of(meeting.resource, language, insiders=insiders)
    address = ", ".join(one for one in (meeting.place, there.address) if one)
    if not there.name:
        return Place(meeting.place, "", None, "", zone, there.revised_at)
    return Place(there.name, address, there.geo, there.url, zone, there.revised_at)


def _titles(meetings: Collection[Meeting]) -> Mapping[int, list[str]]:
    """The points on the agendas of all of these. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = AgendaPoint.objects.filter(meeting__in=meetings, withdrawn_at=None).order_by("pk")
    for pk, title in rows.values_list("meeting_id", "title"):
        found[pk].append(title)
    return found


def _in(rows: QuerySet[Meeting], window: Window) -> list[Meeting]:
    if not selectors.is_on():
        return []
    shown = rows.filter(end__gt=window.start, start__lt=window.end)
    return list(shown.select_related("unit", "resource__parent").order_by("pk"))


def _of_organisations(ids: Collection[int], window: Window, language: str) -> list[Item]:
    """What they are invited to, cancelled ones marked. A constant number of queries."""
    invited = MeetingParty.objects.filter(organisation__in=ids)
    meetings = _in(selectors.told(Meeting.objects.filter(pk__in=invited.values("meeting"))), window)
    if not meetings:
        return []
    titles = _titles(meetings)
    parties: dict[int, list[int]] = defaultdict(list)
    for meeting_id, pk in invited.filter(meeting__in=meetings).values_list("meeting_id", "organisation_id"):
        parties[meeting_id].append(pk)
    return [
        Item(f"organisation:{pk}", f"meeting:{one.pk}", facts)
        for one in meetings
        for facts in [facts_of(one, language, titles.get(one.pk, []))]
        for pk in sorted(parties[one.pk])
    ]


def _of_units(scopes: Sequence[str], window: Window, language: str) -> list[Item]:
    """All of a unit's, those that are being prepared as well. A constant number of queries."""
    ids = ids_of(SCOPE, scopes)
    joined = Meeting.units.through.objects.filter(unit__in=ids)
    rows = Meeting.objects.filter(unit__in=ids) | Meeting.objects.filter(pk__in=joined.values("meeting"))
    meetings = _in(rows.distinct(), window)
    if not meetings:
        return []
    titles = _titles(meetings)
    theirs: dict[int, set[int]] = defaultdict(set)
    for meeting_id, pk in joined.values_list("meeting_id", "unit_id"):
        theirs[meeting_id].add(pk)
    return [
        Item(f"{SCOPE}:{pk}", f"meeting:{one.pk}", facts)
        for one in meetings
        for facts in [facts_of(one, language, titles.get(one.pk, []))]
        for pk in sorted((theirs[one.pk] | {one.unit_id}) & ids)
    ]


def _happenings(window: Window, language: str) -> list[tuple[str, OneOff]]:
    """Open ones that take place."""
    meetings = _in(Meeting.objects.filter(public=True, state__in=selectors.TOLD), window)
    titles = _titles(meetings) if meetings else {}
    return [(str(one.pk), facts_of(one, language, titles.get(one.pk, []), public=True)) for one in meetings]


# --- with letters -----------------------------------------------------------------------------------------------------


def _attach(name: str) -> Any:
    def attach(payload: Mapping[str, Any], language: str) -> list[Attachment]:
        one = Meeting.objects.select_related("unit", "resource__parent").filter(pk=payload.get("meeting")).first()
        return [file_of(one, FILES[name], language)] if one is not None else []

    return attach


def file_of(meeting: Meeting, method: str, language: str) -> Attachment:
    """The meeting as a file: the same UID and SEQUENCE as in every feed; the unit is the organizer."""
    facts = facts_of(meeting, language, _titles([meeting]).get(meeting.pk, []))
    host = booking_settings().public_base_url.partition("://")[2].partition(":")[0].partition("/")[0]
    address = meeting.unit.email or f"noreply@{host}"
    events = with_organizer(render(facts), address, str(localized(meeting.unit, "name", language)))
    content = file_head(method=method, language=language) + events + CALENDAR_END
    return Attachment(f"{meeting.reference}.ics", content, f"text/calendar; method={method}")
