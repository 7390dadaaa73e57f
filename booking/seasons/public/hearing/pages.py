"""The hearing of a round: one's own hours with one tap, what everybody says, swaps, and who has answered."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError
from booking.foundation.text import form_key
from booking.organisations.models import Organisation
from booking.seasons.hours import hour_words, team_words, whose_words
from booking.seasons.models import (
    Comment,
    Proposal,
    ProposalState,
    ProposedSlot,
    RoundState,
    SwapOffer,
    SwapState,
)
from booking.seasons.public.common import Reading
from booking.seasons.public.hearing.forms import CommentForm, DeclineForm, SwapForm
from booking.seasons.selectors import hearing as selectors
from booking.seasons.selectors.own_whys import whys_of
from booking.seasons.selectors.proposals import is_shown
from booking.seasons.services import confirming, swapping
from booking.seasons.services import hearing as services

ratelimit.LIMITS.setdefault("season_hearing", Limits(Limit(60, 3600), Limit(900, 3600)))
_TEMPLATE = "booking/seasons/hearing/hearing.html"


class Hearing(Reading):
    """One request for the hearing. 404 until a proposal is heard."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request, slug)
        if self.round.heard is None or self.round.state in (RoundState.PREPARING, RoundState.OPEN):
            raise Http404
        self.proposal: Proposal = self.round.heard
        self.proposal.round = self.round

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said."""
        return self.round.state == RoundState.HEARING

    @property
    def to_the_page(self) -> str:
        """Where what is said stands."""
        return reverse("booking:season_hearing", args=[self.round.slug]) + "#said"

    @cached_property
    def ours(self) -> list[Organisation]:
        """Organisations of the round that the reader speaks for."""
        return selectors.own_participants(self.round, self.request.user, self.today)

    @cached_property
    def voices(self) -> list[Organisation]:
        """Organisations and councils for which the reader may say something."""
        return selectors.own_voices(self.round, self.request.user, self.today)

    @cached_property
    def slots(self) -> list[ProposedSlot]:
        return selectors.slots_of(self.proposal)

    def organisation(self, slug: str) -> Organisation:
        """One of one's own; 404 for any other."""
        found = next((one for one in self.ours if one.slug == slug), None)
        if found is None:
            raise Http404
        return found

    def voice(self, slug: str) -> Organisation:
        """One that the reader may speak for; 404 for any other."""
        found = next((one for one in self.voices if one.slug == slug), None)
        if found is None:
            raise Http404
        return found

    def speakers(self) -> list[tuple[str, Any]]:
        """Whom the reader can speak for."""
        found: list[tuple[str, Any]] = [(one.slug, one.name) for one in self.voices]
        return [*found, ("unit", self.round.unit.name)] if self.runs else found

    def spend(self) -> None:
        """One try more. Raises ``TooMany``."""
        ratelimit.spend(
            "season_hearing", now=self.now, contact=str(self.request.user.pk),
            address=ratelimit.client_address(self.request),
        )  # fmt: skip

    def to(self, anchor: str = "") -> HttpResponse:
        """Back to the page."""
        return redirect(reverse("booking:season_hearing", args=[self.round.slug]) + anchor)

    def comment_form(self, data: Any = None, **initial: Any) -> CommentForm | None:
        speakers = self.speakers()
        if not self.is_open or not speakers:
            return None
        slots = [(slot.pk, f"{whose_words(slot)}, {hour_words(slot)}") for slot in self.slots]
        return CommentForm(data, speakers=speakers, slots=slots, initial=initial, prefix="say")

    def swap_form(self, one: Organisation, data: Any = None) -> SwapForm | None:
        mine = [(slot.pk, team_words(slot)) for slot in self.slots if slot.wish.organisation_id == one.pk]
        theirs = [
            (slot.pk, f"{whose_words(slot)}, {hour_words(slot)}")
            for slot in self.slots
            if slot.wish.organisation_id != one.pk
        ]
        if not self.is_open or not mine or not theirs:
            return None
        return SwapForm(data, ours=mine, theirs=theirs, prefix=f"swap-{one.slug}")

    def decline_form(self, one: Organisation, data: Any = None) -> DeclineForm:
        slots = [(slot.pk, team_words(slot)) for slot in self.slots if slot.wish.organisation_id == one.pk]
        return DeclineForm(data, slots=slots, prefix=f"no-{one.slug}")

    def shown(self, *, status: int = 200, **more: Any) -> HttpResponse:
        """The page, with whatever form was refused (``refused``: (kind, slug) → form)."""
        refused: dict[tuple[str, str], Any] = more.pop("refused", {})
        everybody = selectors.answers(self.round, self.proposal)
        mine = {one.pk for one in self.ours}
        whys = whys_of(self.round, self.proposal) if mine else {}
        swaps = selectors.swaps_in(self.round)
        own = []
        for one in everybody:
            if one.organisation.pk not in mine:
                continue
            slug = one.organisation.slug
            teams: dict[int, dict[str, Any]] = {}
            for wish in self.round.wishes.filter(organisation=one.organisation, withdrawn_at=None).order_by("number"):
                teams[wish.pk] = {"team": wish.team, "slots": [], "whys": whys.get(wish.pk, [])}
            for slot in one.slots:
                teams.setdefault(slot.wish_id, {"team": slot.wish.team, "slots": [], "whys": []})["slots"].append(
                    capfirst(hour_words(slot))
                )
            own.append(
                {
                    "answered": one,
                    "organisation": one.organisation,
                    "teams": list(teams.values()),
                    "decline_form": refused.get(("no", slug)) or self.decline_form(one.organisation),
                    "swap_form": refused.get(("swap", slug)) or self.swap_form(one.organisation),
                    "to_answer": [
                        swap_row(row)
                        for row in swaps
                        if row.offered_to_id == one.organisation.pk and row.state == SwapState.OFFERED
                    ],
                    "offered": [swap_row(row) for row in swaps if row.offered_by_id == one.organisation.pk],
                    "declining": ("no", slug) in refused,
                    "swapping": ("swap", slug) in refused,
                }
            )
        speak_for = {one.pk for one in self.voices}
        rows = [comment_row(row, speak_for, heard=self.proposal.pk) for row in selectors.comments_in(self.round)]
        context = {
            "proposal": self.proposal,
            "open": self.is_open,
            "own": own,
            "answers": everybody,
            "counts": {
                state: sum(one.state == state for one in everybody) for state in ("yes", "no", "silent", "nothing")
            },
            "objections": [row for row in rows if row["objection"]],
            "comments": [row for row in rows if not row["objection"]],
            "agreed": [swap_row(row) for row in swaps if row.state == SwapState.ACCEPTED],
            "comment_form": self.comment_form(slot=self.request.GET.get("slot", "")),
            "one_speaker": len(self.speakers()) == 1,
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
        }
        return self.page(_TEMPLATE, "hearing", context | more, status=status)


class About(Hearing):
    """One request to say something about any proposal on the table, heard or not. 404 for a draft."""

    def __init__(self, request: HttpRequest, slug: str, number: int) -> None:
        Reading.__init__(self, request, slug)
        found = Proposal.objects.filter(round=self.round, number=number, state=ProposalState.PUBLISHED).first()
        if found is None or not is_shown(self.round):
            raise Http404
        self.proposal = found
        self.proposal.round = self.round

    @property
    def is_open(self) -> bool:
        """While proposals are talked about."""
        return self.round.state in services.TALKING

    @property
    def to_the_page(self) -> str:
        """On the proposal's own page."""
        return reverse("booking:season_proposal", args=[self.round.slug, self.proposal.number]) + "#said"


def swap_row(row: SwapOffer) -> dict[str, Any]:
    """An offer in words."""
    return {
        "row": row,
        "by": row.offered_by.name,
        "to": row.offered_to.name,
        "gives": f"{row.ours.wish.team}, {hour_words(row.ours)}",
        "gets": f"{row.theirs.wish.team}, {hour_words(row.theirs)}",
        "state": row.get_state_display(),
        "open": row.state == SwapState.OFFERED,
    }


def comment_row(row: Comment, mine: set[int], *, heard: int | None = None) -> dict[str, Any]:
    """A comment as everybody reads it: the organisation's name, never the person's.

    ``heard``: the proposal that the page is about; what was said about another one says which.
    """
    return {
        "other": row.proposal if heard is not None and row.proposal_id != heard else None,
        "row": row,
        "objection": row.kind == "objection",
        "who": row.organisation.name if row.organisation is not None else _("The municipality"),
        "about": f"{whose_words(row.slot)}, {hour_words(row.slot)}" if row.slot is not None else "",
        "may_withdraw": row.organisation_id in mine and row.answered_at is None,
    }


@never_cache
@require_safe
def hearing(request: HttpRequest, slug: str) -> HttpResponse:
    """What is heard, and everything that was said about it."""
    return Hearing(request, slug).shown()


@never_cache
@require_POST
@login_required
def confirm(request: HttpRequest, slug: str, organisation: str) -> HttpResponse:
    """Yes with one tap, or no with a word."""
    me = Hearing(request, slug)
    one = me.organisation(organisation)
    yes = request.POST.get("answer") == "yes"
    form = None if yes else me.decline_form(one, request.POST)
    if form is not None and not form.is_valid():
        return me.shown(status=400, refused={("no", one.slug): form})
    try:
        me.spend()
        confirming.confirm(
            me.round,
            yes=yes,
            declined=form.cleaned_data["declined"] if form is not None else (),
            words=form.cleaned_data["text"] if form is not None else "",
            by=request.user,
            organisation=one,
            now=me.now,
            proposal_id=_number(request.POST.get("proposal", "")),
        )
    except DomainError as error:
        messages.error(request, error.text)
    else:
        messages.success(
            request,
            _("You have confirmed your hours. Thank you.")
            if yes
            else _("You have declined. The municipality sees it."),
        )
    return me.to("#mine")


@never_cache
@require_POST
@login_required
def say(request: HttpRequest, slug: str) -> HttpResponse:
    """A comment or an objection."""
    me = Hearing(request, slug)
    form = me.comment_form(request.POST)
    if form is None:
        raise Http404
    return _said(me, form) or me.shown(status=400, comment_form=form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def say_about(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The same about any proposal on the table, on a page of its own. ``?slot=`` begins with that hour."""
    me = About(request, slug, number)
    posted = request.method == "POST"
    form = me.comment_form(request.POST) if posted else me.comment_form(slot=request.GET.get("slot", ""))
    if form is None:
        raise Http404
    done = _said(me, form) if posted else None
    context = {
        "proposal": me.proposal,
        "comment_form": form,
        "one_speaker": len(me.speakers()) == 1,
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
        "back": me.to_the_page,
    }
    status = 400 if posted else 200
    return done or me.page("booking/seasons/hearing/say.html", "proposals", context, status=status)


def _said(me: Hearing, form: CommentForm) -> HttpResponse | None:
    """Put it on the page and lead there; None when it was refused, and the form says why."""
    request = me.request
    if form.is_valid():
        who = form.cleaned_data["speaker"]
        try:
            me.spend()
            services.comment(
                me.proposal,
                words=form.cleaned_data["text"],
                kind=form.cleaned_data["kind"],
                slot_id=form.cleaned_data["slot"],
                by=request.user,
                organisation=None if who == "unit" else me.voice(who),
                now=me.now,
                submission_key=form_key(request.POST.get("key")) or "",
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It is on the page now."))
            return redirect(me.to_the_page)
    return None


@never_cache
@require_POST
@login_required
def unsay(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a comment back that nobody has answered yet."""
    reading = Reading(request, slug)
    row = (
        Comment.objects.filter(pk=pk, proposal__round=reading.round)
        .select_related("proposal__round", "organisation")
        .first()
    )
    if row is None:
        raise Http404
    me = Hearing(request, slug) if reading.round.heard_id else About(request, slug, row.proposal.number)
    if row.organisation_id not in {one.pk for one in me.voices}:
        raise Http404
    try:
        services.withdraw_comment(row, by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, _("It is taken back."))
    return redirect(me.to_the_page)


@never_cache
@require_POST
@login_required
def swap(request: HttpRequest, slug: str, organisation: str) -> HttpResponse:
    """Offer a swap."""
    me = Hearing(request, slug)
    one = me.organisation(organisation)
    form = me.swap_form(one, request.POST)
    if form is None:
        raise Http404
    if form.is_valid():
        try:
            me.spend()
            swapping.offer_swap(
                me.proposal,
                ours_id=form.cleaned_data["ours"],
                theirs_id=form.cleaned_data["theirs"],
                words=form.cleaned_data["text"],
                by=request.user,
                organisation=one,
                now=me.now,
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("The swap is offered. They are asked by e-mail."))
            return me.to("#mine")
    return me.shown(status=400, refused={("swap", one.slug): form})


@never_cache
@require_POST
@login_required
def swap_answer(request: HttpRequest, slug: str, pk: int, act: str) -> HttpResponse:
    """Accept, decline, or take back an offer."""
    me = Hearing(request, slug)
    row = SwapOffer.objects.filter(pk=pk, proposal__round=me.round).select_related("proposal__round").first()
    mine = {one.pk for one in me.ours}
    side = row and (row.offered_by_id if act == "withdraw" else row.offered_to_id)
    if row is None or side not in mine:
        raise Http404
    acts = {"accept": swapping.accept_swap, "decline": swapping.decline_swap, "withdraw": swapping.withdraw_swap}
    try:
        done = acts[act](row, by=request.user, now=me.now)
    except DomainError as error:
        messages.error(request, error.text)
    else:
        if done.made is not None:
            messages.success(
                request, _("You swap. It is proposal number %(number)s now.") % {"number": done.made.number}
            )
        else:
            messages.success(request, _("It is done."))
    return me.to("#mine")


def _number(sent: str) -> int | None:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 16 else None
