"""The public page of a kit, and kits in the lists. A door: what is free is counted in ``selectors.kits``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.selectors import Offered, offered_kits
from booking.catalogue.models import Kind
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.occupancy.selectors.kits import kits_left

#: How far ahead the page looks.
DAYS_AHEAD = 546


class WhenForm(forms.Form):
    """When somebody would have it. All on the municipality's wall clock."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    start = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    end = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.tz = now, booking_settings().tz

    def clean(self) -> dict[str, Any]:
        """A time to come, that ends after it begins."""
        data = super().clean() or self.cleaned_data
        if {"day", "start", "end"} <= data.keys():
            today = clock.local_date(self.now, self.tz)
            if data["end"] <= data["start"]:
                self.add_error("end", _("The end must be after the start."))
            elif data["day"] < today:
                self.add_error("day", _("This day has passed."))
            elif data["day"] > today + timedelta(days=DAYS_AHEAD):
                self.add_error("day", _("This day is too far ahead."))
        return data

    def span(self) -> tuple[datetime, datetime]:
        """``[start, end)`` in UTC."""
        data = self.cleaned_data
        return clock.wall(data["day"], data["start"], self.tz), clock.wall(data["day"], data["end"], self.tz)


@require_safe
def kit(request: HttpRequest, slug: str) -> HttpResponse:
    """One kit: what is in it, whether it is free at a time, and the way to ask for it. 404 for what isn't offered."""
    now = clock.now()
    known = catalogue.snapshot()
    offered = next(iter(offered_kits(request.user, slugs=[slug], known=known)), None)
    if offered is None:
        raise Http404
    asked = "day" in request.GET
    form = WhenForm(request.GET if asked else None, now=now, initial={"start": time(17), "end": time(20)})
    context: dict[str, Any] = {
        "kit": offered.kit,
        "parts": offered.parts,
        "form": form,
        "without": [],
        "can_leave_out": any(part.may_be_left_out for part in offered.parts),
    }
    named = request.GET.getlist("without")
    without = {part.resource_id for part in offered.parts if part.may_be_left_out and part.resource.slug in named}
    context["without"] = [part.resource.slug for part in offered.parts if part.resource_id in without]
    if asked and form.is_valid():
        start, end = form.span()
        left = kits_left([offered], [(start, end)], known=known, without={offered.kit.pk: without})[offered.kit.pk]
        short = [part for part in offered.parts if part.resource_id in left.short]
        context |= {
            "looked": True,
            "start": start,
            "end": end,
            "tz": form.tz,
            "left": left.count,
            "left_words": left_words(left.count),
            "short": short,
            # All that is missing may be left out: then there is a way.
            "still": bool(short) and all(part.may_be_left_out for part in short),
            "without_too": [*context["without"], *(part.resource.slug for part in short)],
        }
    return render(request, "booking/occupancy/kit.html", context)


def left_words(count: int) -> str:
    """ "2 kits are free", or "" for none."""
    return ngettext("%(n)s kit is free", "%(n)s kits are free", count) % {"n": count} if count else ""


def listed(
    given: Mapping[str, Any], *, kinds: Sequence[str], user: Any, wish: Any, known: catalogue.Snapshot
) -> list[dict[str, Any]]:
    """Kits that fit what the search asks for, with their address and how many are free then; for the card component.

    ``wish``: the time that was asked for, if any (``occupancy.public.Wish``). Without a time on its day all kits that
    fit otherwise are told. Kits have no room, no doors and no place: who asks for those doesn't look for a kit.
    """
    if Kind.EQUIPMENT not in kinds or given.get("kind") not in (None, "", Kind.EQUIPMENT):
        return []
    if any(given.get(name) for name in ("capacity", "feature", "access", "near")):
        return []
    terms = catalogue_rules.search_terms(given.get("q") or "")
    found = [one for one in offered_kits(user, known=known) if all(term in one.search_text for term in terms)]
    if not found:
        return []
    if wish is None or wish.at is None:
        return [_card(one, "", "") for one in found]
    left = kits_left(found, [(wish.start, wish.end)], known=known)
    local = wish.end.astimezone(wish.tz)
    query = ""
    if local.date() == wish.day:
        query = f"?day={wish.day.isoformat()}&start={wish.at:%H:%M}&end={local:%H:%M}"
    return [
        _card(one, left_words(left[one.kit.pk].count), query)
        for one in found
        if left[one.kit.pk].count >= wish.quantity
    ]


def _card(one: Offered, free: str, query: str) -> dict[str, Any]:
    kit = one.kit
    return {
        "resource": {"name": kit.name, "name_nn": kit.name_nn, "name_en": kit.name_en, "kind": Kind.EQUIPMENT},
        "url": reverse("booking:kit", args=[kit.slug]) + query,
        "free": free,
    }
