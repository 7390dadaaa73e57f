"""What meetings connect when Django starts: letters, calendars, their job in `tick`, parts of others' pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.cases import registry as cases
from booking.cases.registry import DeskNote
from booking.catalogue import selectors as catalogue
from booking.correspondence import registry as correspondence
from booking.foundation import clock
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import current_language
from booking.happenings import registry as happenings
from booking.happenings.rules import Entry
from booking.meetings import calendar, letters, personal, selectors, services, wording
from booking.meetings.calendar import url_of
from booking.meetings.models import AgendaPoint, Answer, Meeting, MeetingParty, MeetingState
from booking.meetings.services.common import CALLING_ROLES
from booking.organisations import registry as organisations
from booking.organisations.followers import registry as followers
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.organisations.registry import PagePart

#: So many stand on the organisation's own page.
FIRST = 5


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    calendar.register()
    personal.register()
    correspondence.register_job("meetings", services.run_meetings)
    organisations.register_mover("meetings", services.move_parties)
    organisations.register_page_part("meetings", page_part, waiting)
    cases.register_desk_notes("meetings", desk_notes, label=gettext_lazy("Dialogue meetings"))
    happenings.register_everywhere("meetings", everywhere)
    happenings.register_on_places("meetings", on_places)
    followers.register_source("meetings", of_organisations)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """What the organisation is invited to, and what it has promised; for leading roles."""
    if not selectors.is_on() or not set(roles) & set(LEADING_ROLES):
        return None
    invited = selectors.told(Meeting.objects.filter(parties__organisation=organisation))
    rows: list[tuple[str, str, tuple[str, str]]] = []
    for one in selectors.coming(selectors.with_all(invited), clock.now())[:FIRST]:
        answer = next((row.answer for row in one.parties.all() if row.organisation_id == organisation.pk), "")
        if one.state == MeetingState.CANCELLED:
            mark = ("meeting_cancelled", _("Cancelled"))
        elif answer:
            mark = (f"meeting_{answer}", str(Answer(answer).label))
        else:
            mark = ("waiting_for_requester", _("Waits for your answer"))
        rows.append((f"{one.title}, {wording.when_words(one)}", _address("booking:meeting", one.reference), mark))
    for promised in selectors.open_of_organisations([organisation.pk])[:FIRST]:
        standing = selectors.standing_of(promised, on)
        words = _("%(what)s, by %(day)s") % {"what": promised.what, "day": wording.day_words(promised.due_on)}
        mark = (selectors.CHIPS[standing], str(wording.STANDING_WORDS[standing]))
        rows.append((words, _address("booking:meeting", promised.meeting.reference), mark))
    return PagePart(
        gettext_lazy("Meetings with the municipality"),
        "" if rows else gettext_lazy("You aren't invited to any meeting now, and have promised nothing."),
        rows,
        _address("booking:meetings"),
        gettext_lazy("All meetings"),
    )


def waiting(organisation_ids: Sequence[int]) -> Mapping[int, str]:
    """Which organisations haven't said whether they come."""
    if not selectors.is_on():
        return {}
    counts: dict[int, int] = {}
    rows = MeetingParty.objects.filter(
        organisation__in=organisation_ids,
        answer="",
        meeting__state=MeetingState.INVITED,
        meeting__start__gt=clock.now(),
    )
    for pk in rows.values_list("organisation_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return {
        pk: ngettext("%(count)s invitation waits for your answer", "%(count)s invitations wait for your answer", count)
        % {"count": count}
        for pk, count in counts.items()
    }


def desk_notes(user: Any, on: date) -> list[DeskNote]:
    """In the officer's morning letter: what organisations put on the agenda yesterday, minutes that are missing, and
    what the officer's own unit has promised and not done."""
    if not selectors.is_on():
        return []
    ids = [one.pk for one in catalogue.units_of(user, on, roles=CALLING_ROLES, with_children=False)]
    if not ids:
        return []
    base = booking_settings().public_base_url
    tz = booking_settings().tz
    since, until = wall(on - timedelta(days=1), time(7), tz), wall(on, time(7), tz)

    def link(pk: int) -> str:
        return base + _address("booking_meetings:inspect", pk)

    found = []
    new = AgendaPoint.objects.filter(
        meeting__unit__in=ids, organisation__isnull=False, withdrawn_at=None, added_at__gte=since, added_at__lt=until
    )
    for point in new.select_related("organisation", "meeting").order_by("pk"):
        words = _("%(who)s wants to talk about: %(what)s") % {"who": point.organisation.name, "what": point.title}
        found.append(DeskNote(words, link(point.meeting_id)))
    begins = wall(on, time(), tz)
    for one in Meeting.objects.filter(unit__in=ids, state=MeetingState.INVITED, end__lt=begins).order_by("start"):
        found.append(DeskNote(_("No minutes yet: %(title)s") % {"title": one.title}, link(one.pk)))
    for promised in selectors.open_of_units(ids).filter(due_on__lte=on):
        words = _("Promised by %(day)s: %(what)s") % {
            "what": promised.what, "day": wording.day_words(promised.due_on),
        }  # fmt: skip
        found.append(DeskNote(words, link(promised.meeting_id)))
    return found


def _entry(one: Meeting, kind: str, place: str) -> Entry:
    tz = booking_settings().tz
    return Entry(
        one.start.astimezone(tz),
        one.end.astimezone(tz),
        "cancelled" if one.state == MeetingState.CANCELLED else kind,
        one.title,
        place,
        _address("booking:meeting", one.reference),
    )


def _open(start: datetime, end: datetime) -> QuerySet[Meeting]:
    """Meetings that everybody may know of in ``[start, end)``."""
    return selectors.public_meetings().filter(end__gt=start, start__lt=end).select_related("resource")


def everywhere(first: date, last: date) -> list[Entry]:
    """Open meetings, on the page of what happens in town; a cancelled one is marked."""
    if not selectors.is_on():
        return []
    tz, language = booking_settings().tz, current_language()
    rows = _open(wall(first, time(), tz), wall(last + timedelta(days=1), time(), tz))
    return [_entry(one, "confirmed", wording.where_words(one, language)) for one in rows]


def on_places(ids: Collection[int], start: datetime, end: datetime) -> list[tuple[int, Entry]]:
    """Open meetings in the calendar, on the screen and on the door of the place where they are. That the room is taken
    is told by its own loan: here it only stands what for."""
    if not selectors.is_on():
        return []
    rows = _open(start, end).filter(resource__in=ids)
    return [(one.resource_id, _entry(one, "information", one.place)) for one in rows if one.resource_id is not None]


def of_organisations(
    resources: Collection[int], ids: Collection[int], start: datetime, end: datetime
) -> list[followers.Coming]:
    """Open meetings to which these organisations come: on their calendar's page, and for who follows them."""
    if not selectors.is_on() or not ids:
        return []
    theirs = MeetingParty.objects.filter(organisation__in=ids, answer=Answer.YES)
    tz, language = booking_settings().tz, current_language()
    return [
        followers.Coming(
            one.start, one.end, tz, one.title, wording.where_words(one, language), url_of(one, language),
            one.state == MeetingState.CANCELLED,
        )
        for one in _open(start, end).filter(pk__in=theirs.values("meeting"))
    ]  # fmt: skip
