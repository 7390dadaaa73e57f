"""An organisation's own wishes: the list with its sums, entering, changing, withdrawing, the same as last year."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.foundation.errors import DomainError
from booking.foundation.text import form_key
from booking.organisations.models import Organisation
from booking.seasons import limits
from booking.seasons import wording_rounds as wording
from booking.seasons.forms import WishForm
from booking.seasons.models import RoundState, Wish
from booking.seasons.public.common import Reading
from booking.seasons.public.rounds import acts_for, demand_context
from booking.seasons.selectors import last_season, wishes
from booking.seasons.services import wishing

MOST_NUMBER = 2**31 - 1


class Wishing(Reading):
    """A round as somebody reads it who acts for an organisation. 404 for others, and for a round being prepared."""

    def __init__(self, request: HttpRequest, slug: str, organisation: str) -> None:
        super().__init__(request, slug)
        self.organisation: Organisation = acts_for(self, organisation)
        if self.round.state == RoundState.PREPARING:
            raise Http404

    def wish(self, number: int, *, standing: bool = True) -> Wish:
        """One of the organisation's wishes; of those that stand unless told."""
        if number > MOST_NUMBER:  # more than any database has
            raise Http404
        rows = wishes.with_all(Wish.objects.filter(round=self.round, organisation=self.organisation, number=number))
        if standing:
            rows = rows.filter(withdrawn_at__isnull=True)
        found = rows.first()
        if found is None:
            raise Http404
        return found

    def spend(self) -> None:
        """One try more. Raises ``TooMany``."""
        limits.spend(self.request, now=self.now)

    @property
    def url(self) -> str:
        """The page of the organisation's wishes."""
        return reverse("booking:season_wishes_of", args=[self.round.slug, self.organisation.slug])

    def back(self) -> HttpResponse:
        return redirect(self.url)


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest, slug: str, organisation: str) -> HttpResponse:
    """What we have wished for, what it adds up to, and what the rules let us count on."""
    me = Wishing(request, slug, organisation)
    found = wishes.wishes_in(me.round, [me.organisation.pk])
    there = {card.wish.team.casefold() for group in found.groups for card in group.cards}
    last = last_season.last_teams(me.round, me.organisation, me.today) if me.takes_wishes else []
    fresh = [one for one in last if one.team.casefold() not in there]
    context = {
        "organisation": me.organisation,
        "group": found.groups[0] if found.groups else None,
        "last": [(one.team, wording.spans_words(one.slots)) for one in fresh],
        "takes_wishes": me.takes_wishes,
        "may_withdraw": me.round.state in wishing.LATE_STATES,
        "contact": wording.contact_words(me.round),
    }
    return me.page("booking/seasons/public/my_wishes.html", "wishes", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, slug: str, organisation: str) -> HttpResponse:
    """A wish. ``?from=3`` begins with what another one of ours says."""
    me = Wishing(request, slug, organisation)
    old = _old(me, request.GET.get("from", ""))
    spec = wishing.spec_of(old) if old is not None else None
    form = WishForm(request.POST if request.method == "POST" else None, round=me.round, spec=spec)
    if request.method == "GET" and old is not None:
        form.initial["team"] = ""
    if request.method == "POST" and form.is_valid():
        try:
            me.spend()
            made = wishing.enter_wish(
                me.round, me.organisation, form.spec(), by=request.user, now=me.now,
                submission_key=form_key(request.POST.get("key")), copied_from=old,
            )  # fmt: skip
        except DomainError as error:
            form.show(error)
        else:
            return _said(me, request, made, _("The wish is saved: %(team)s.") % {"team": made.team})
    return _form_page(me, form, old=old)


def _old(me: Wishing, number: str) -> Wish | None:
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise Http404
    return me.wish(int(number))


def _said(me: Wishing, request: HttpRequest, wish: Wish, words: str) -> HttpResponse:
    from booking.seasons.rules.asking import looks_like_a_person

    messages.success(request, words)
    if looks_like_a_person(wish.team):
        messages.warning(
            request,
            _("“%(team)s” looks like the name of a person. Teams are shown to everybody: rename it if it is one.")
            % {"team": wish.team},
        )
    if request.POST.get("then") == "another":
        return redirect(reverse("booking:season_wish_new", args=[me.round.slug, me.organisation.slug]))
    return me.back()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, slug: str, organisation: str, number: int) -> HttpResponse:
    """Change a wish while wishes are taken."""
    me = Wishing(request, slug, organisation)
    wish = me.wish(number)
    form = WishForm(request.POST if request.method == "POST" else None, round=me.round, spec=wishing.spec_of(wish))
    if request.method == "POST" and form.is_valid():
        try:
            me.spend()
            wishing.change_wish(wish, form.spec(), by=request.user, now=me.now, if_version=_version(request))
        except DomainError as error:
            form.show(error)
        else:
            return _said(me, request, wish, _("The wish is changed."))
    return _form_page(me, form, wish=wish)


@never_cache
@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str, organisation: str, number: int) -> HttpResponse:
    """The team needs no hours after all."""
    me = Wishing(request, slug, organisation)
    try:
        wishing.withdraw_wish(me.wish(number, standing=False), by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, _("The wish is withdrawn."))
    return me.back()


@never_cache
@require_POST
@login_required
def same(request: HttpRequest, slug: str, organisation: str) -> HttpResponse:
    """The same as last year, for all teams at once."""
    me = Wishing(request, slug, organisation)
    try:
        me.spend()
        made = wishing.same_as_last_year(me.round, me.organisation, by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
    else:
        if made:
            words = ngettext(
                "%(n)s wish is entered, as last season.", "%(n)s wishes are entered, as last season.", len(made)
            )
            messages.success(request, words % {"n": len(made)})
        else:
            messages.info(request, _("All teams of last season have a wish already."))
    return me.back()


def _version(request: HttpRequest) -> int | None:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


def _form_page(me: Wishing, form: WishForm, *, wish: Wish | None = None, old: Wish | None = None) -> HttpResponse:
    if not me.takes_wishes:
        closed: Any = wording.closed_words(me.round)
    else:
        closed = ""
    context = {
        "organisation": me.organisation,
        "form": form,
        "wish": wish,
        "old": old,
        "closed": closed,
        "key": me.request.POST.get("key") or secrets.token_urlsafe(16),
        "takes_wishes": me.takes_wishes,
        **({} if closed else {"demand": demand_context(me.round)}),
    }
    status = 400 if me.request.method == "POST" else 200
    return me.page("booking/seasons/public/wish_form.html", "wishes", context, status=status)
