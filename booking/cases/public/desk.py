"""The page behind a link of the morning's letter: a holding reply or a question, without signing in (decision 027).

GET shows what would happen and changes nothing: scanners of mail fetch every link. The address is told to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from booking.cases.desk import services as desk
from booking.cases.desk.models import LinkAct
from booking.cases.letters.promise import queue_url, staff_url
from booking.cases.public.forms import DayField, Faults, day_input, say
from booking.cases.services.promising import proposed_date
from booking.cases.wording import time_range
from booking.catalogue import selectors as catalogue
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, NotFound, TooMany
from booking.foundation.i18n import localized

#: Wrong links: a link has 256 bits, so this only keeps the noise down.
ratelimit.LIMITS.setdefault("desk_secret", Limits(None, Limit(60, 600)))
#: Acts of one officer: more than anybody can read and mean.
ratelimit.LIMITS.setdefault("desk_act", Limits(Limit(60, 3600), Limit(600, 3600)))
#: Of a long series the page names so many dates.
MOST_LINES = 3


class HoldingForm(Faults):
    """A new date, and a sentence."""

    until = DayField(
        label=gettext_lazy("New answer-by date"),
        widget=day_input(),
        error_messages=say(gettext_lazy("Choose a day.")),
    )
    message = forms.CharField(
        label=gettext_lazy("A sentence to go with it (optional)"),
        required=False,
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "3"}),
    )


class QuestionForm(Faults):
    """What the unit needs to know."""

    message = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=gettext_lazy("The clock stands until they reply."),
        error_messages=say(gettext_lazy("Write what you need to know.")),
    )


def _secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @secret_page
    @wraps(view)
    def inner(request: HttpRequest, token: str) -> HttpResponse:
        try:
            answer = view(request, token)
        except NotFound:
            answer = _dead(request)
        return answer

    return inner


def _dead(request: HttpRequest) -> HttpResponse:
    status, words = 404, _("It has been used, is older than seven days, or the case is no longer with you.")
    try:
        ratelimit.spend("desk_secret", now=clock.now(), address=ratelimit.client_address(request))
    except TooMany as error:
        status, words = 429, error.text
    return render(request, "booking/cases/desk_dead.html", {"words": words, "queue_url": queue_url()}, status=status)


# The link is the right, and no cookie is: there is nothing that another site's form could borrow. A page that tells
# nobody its address sends "Origin: null", which the check of cookies' forms would refuse.
@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def desk_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the link does, ready to be sent; the button sends it, in the officer's name and for their unit."""
    now = clock.now()
    seen = desk.read(token, now=now)
    form_class: type[Faults] = QuestionForm if seen.link.act == LinkAct.ASK else HoldingForm
    status = 200
    if request.method == "POST":
        form = form_class(request.POST)
        if form.is_valid():
            try:
                ratelimit.spend(
                    "desk_act", now=now, contact=str(seen.user.pk), address=ratelimit.client_address(request)
                )
                _act(token, form, now)
            except NotFound:
                raise
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                return render(request, "booking/cases/desk_done.html", _facts(seen, now))
        else:
            status = 400
    else:
        form = form_class(initial={"until": proposed_date(seen.case, now=now), "message": _first_words(seen)})
    return render(request, "booking/cases/desk_link.html", _facts(seen, now) | {"form": form}, status=status)


def _act(token: str, form: Faults, now: Any) -> None:
    until: date | None = form.cleaned_data.get("until")
    desk.use_link(token, message=form.cleaned_data["message"], until=until, now=now)


def _first_words(seen: desk.LinkView) -> str:
    if seen.link.act == LinkAct.ASK:
        return ""
    return _("We have not been able to decide your case yet. We are sorry that it takes time.")


def _facts(seen: desk.LinkView, now: Any) -> dict[str, Any]:
    """What is needed to know which case it is, and no more: no contact data, nothing that was written."""
    case = seen.case
    lines = list(case.lines.select_related("resource").order_by("start", "number")[: MOST_LINES + 1])
    return {
        "holding": seen.link.act != LinkAct.ASK,
        "reference": case.reference,
        "title": case.title,
        "organisation": case.organisation.name if case.organisation is not None else "",
        "officer": str(seen.user.get_full_name() or seen.user),
        "unit": localized(case.unit, "name"),
        "answer_by": case.answer_by,
        "late": case.answer_by is not None and case.answer_by < clock.local_date(now, booking_settings().tz),
        "lines": [
            (localized(line.resource, "name"), time_range(line.start, line.end, catalogue.zone(line.resource)))
            for line in lines[:MOST_LINES]
        ],
        "more": max(case.lines.count() - MOST_LINES, 0) if len(lines) > MOST_LINES else 0,
        "case_url": staff_url(case),
    }
