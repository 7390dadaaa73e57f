"""The letters to colleagues of who is away or leaves. Each is written when it goes, from what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.catalogue import registry as catalogue
from booking.catalogue.models import Absence, HandOver
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings

Payload = Mapping[str, Any]
#: A letter names so many of what was handed over; the page has it all.
MOST = 20


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("staff_stands_in", stands_in, still_stands_in)
    registry.register("staff_has_got", has_got, still_has_got)


def page_of(user: Any) -> str:
    """The page of what a person carries, in the CMS admin."""
    base = booking_settings().public_base_url
    try:
        return base + reverse("booking_people:person", args=[user.pk])
    except NoReverseMatch:
        return base


def stands_in(payload: Payload, language: str) -> Letter:
    """A colleague is away, and has named you."""
    row = Absence.objects.select_related("user", "deputy").get(pk=payload["absence"])
    facts = {
        "name": row.user.get_full_name(),
        "start": date_format(row.start, "DATE_FORMAT"),
        "end": date_format(row.end, "DATE_FORMAT"),
    }
    return _plain(
        language,
        _("You stand in for %(name)s from %(start)s to %(end)s") % facts,
        [
            _("%(name)s is away from %(start)s to %(end)s, both days included.") % facts,
            _("On these days you own what %(name)s has: cases, things and units. Afterwards it goes back by itself.")
            % facts,
        ],
        page_of(row.deputy),
    )


def still_stands_in(payload: Payload) -> bool:
    return Absence.objects.filter(
        pk=payload["absence"], deputy__isnull=False, end__gte=clock.today(booking_settings().tz)
    ).exists()


def has_got(payload: Payload, language: str) -> Letter:
    """You have got what somebody else had: all of one hand-over in one letter."""
    rows = list(HandOver.objects.filter(pk__in=payload["rows"]).select_related("former").order_by("kind", "pk"))
    receiver = get_user_model()._default_manager.get(pk=payload["receiver"])
    count = len(rows)
    name = rows[0].former.get_full_name()
    words = []
    for row in rows[:MOST]:
        kind = catalogue.carried_kind(row.kind)
        words.append(f"{kind.label}: {row.title}" if kind is not None else row.title)
    if count > MOST:
        more = count - MOST
        words.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return _plain(
        language,
        ngettext("You have got %(count)s thing from %(name)s", "You have got %(count)s things from %(name)s", count)
        % {"count": count, "name": name},
        [_("These are yours now:")],
        page_of(receiver),
        rows=words,
        quote=rows[0].reason,
        quoted=rows[0].by.get_full_name() if rows[0].by is not None else "",
    )


def still_has_got(payload: Payload) -> bool:
    return HandOver.objects.filter(pk__in=payload["rows"], receiver=payload["receiver"]).exists()


def _plain(
    language: str,
    subject: str,
    paragraphs: list[str],
    link: str,
    *,
    rows: list[str] | None = None,
    quote: str = "",
    quoted: str = "",
) -> Letter:
    context = {
        "subject": subject,
        "paragraphs": paragraphs,
        "rows": rows or [],
        "quote": quote,
        "quoted": quoted,
        "link": link,
    }
    return render("staff", context, language)
