"""The pages behind links: to join a roster, and one's own page on it. Nobody signs in.

GET changes nothing: mail programs and chats fetch every link. The pages tell neither other sites nor search engines
their address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.cases.letters.facts import title_of
from booking.foundation import clock
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, TooMany
from booking.rosters import selectors, services
from booking.rosters.access import Side, is_on
from booking.rosters.public.acts import PERSONAL, do_personal
from booking.rosters.public.forms import JoinForm

#: Presses on one's own page; new people by open links (a school has one address); wrong links (a link has 256 bits).
ratelimit.LIMITS.setdefault("roster_page", Limits(Limit(120, 3600), Limit(1200, 3600)))
ratelimit.LIMITS.setdefault("roster_join", Limits(None, Limit(120, 3600)))
ratelimit.LIMITS.setdefault("roster_secret", Limits(None, Limit(60, 600)))


def _secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The address is told to nobody; a wrong one is counted, and says that it opens nothing."""

    @secret_page
    @wraps(view)
    def inner(request: HttpRequest, token: str) -> HttpResponse:
        if not is_on():
            raise Http404
        return view(request, token) or _wrong(request)

    return inner


def _wrong(request: HttpRequest) -> HttpResponse:
    words = _("Perhaps it was stopped, or the end of the link is missing. Ask who gave it to you for a new one.")
    status = 404
    try:
        ratelimit.spend("roster_secret", now=clock.now(), address=ratelimit.client_address(request))
    except TooMany as error:
        words, status = error.text, 429
    return render(request, "booking/rosters/nothing.html", {"words": words}, status=status)


@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def duty_page(request: HttpRequest, token: str) -> HttpResponse | None:
    """One's own page: the dates, what is missing, sign up and withdraw."""
    helper = selectors.find_helper(token)
    if helper is None:
        return None
    now, error, status, said = clock.now(), "", 200, ""
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if request.method == "POST":
        if act not in PERSONAL:
            raise Http404
        try:
            ratelimit.spend(
                "roster_page", now=now, contact=str(helper.pk), address=ratelimit.client_address(request)
            )  # fmt: skip
            said = do_personal(act, helper.case, request.POST, helper=helper, now=now)
        except DomainError as refused:
            if refused.status == 404:
                raise Http404 from refused
            error, status = refused.text, refused.status
        else:
            # Shown after the redirect, without a session: nothing of theirs is kept in a cookie.
            return redirect(f"{request.path}?done={act}")
    roster = selectors.roster_of(helper.case, now=now, helper=helper)
    mine = any(duty.mine for one in roster.coming for duty in one.duties)
    context = {
        "helper": helper, "case": helper.case, "title": title_of(helper.case), "roster": roster,
        "side": Side(helper.organisation, helper.unit), "error": error, "said": said,
        "done": request.GET.get("done", "") if request.GET.get("done", "") in PERSONAL else "",
        "askable": selectors.askable(helper.case, now=now) if mine else [], "linked": True,
    }  # fmt: skip
    return render(request, "booking/rosters/page.html", context, status=status)


@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def duty_join(request: HttpRequest, token: str) -> HttpResponse | None:
    """What the roster is about, and a short form; then a page of one's own."""
    link = selectors.find_open_link(token)
    if link is None:
        return None
    now, status = clock.now(), 200
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                ratelimit.spend("roster_join", now=now, address=ratelimit.client_address(request))
                values: dict[str, Any] = {name: form.cleaned_data[name] for name in ("name", "phone", "email", "grown")}
                _helper, own = services.join(link, now=now, **values)
            except DomainError as error:
                form.show(error)
                status = error.status
            else:
                return redirect("booking:duty_page", own)
    roster = selectors.roster_of(link.case, now=now)
    context = {
        "form": form, "case": link.case, "title": title_of(link.case), "roster": roster,
        "side": Side(link.organisation, link.unit),
    }  # fmt: skip
    return render(request, "booking/rosters/join.html", context, status=status)
