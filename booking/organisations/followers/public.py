"""The pages of followers: to begin, to confirm, the secret page, and to stop. Nobody signs in.

GET changes nothing that anybody could miss: mail programs and scanners fetch every link. Pages behind a secret tell
neither other sites nor search engines their address.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.rules import search_terms
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, Invalid, NotFound, TooMany
from booking.foundation.i18n import current_language
from booking.organisations import selectors as organisations
from booking.organisations.followers import letters, links, registry, selectors, services
from booking.organisations.followers.models import WHEN_CHOICES, Follower
from booking.organisations.followers.selectors import Followed, Target
from booking.organisations.models import Organisation
from booking.organisations.public.forms import LANGUAGES, Faults

#: Letters to one mailbox: nobody fills somebody else's with them. A school has one address.
ratelimit.LIMITS.setdefault("follow", Limits(Limit(5, 3600), Limit(100, 3600)))
ratelimit.LIMITS.setdefault("follow_page", Limits(None, Limit(60, 3600)))
#: Wrong links: a link has 256 bits, so this only keeps the noise down.
ratelimit.LIMITS.setdefault("follow_secret", Limits(None, Limit(60, 600)))

#: How far ahead the secret page looks.
AHEAD = timedelta(days=30)
#: So much of it at once, and so much behind a click: a sports hall has hundreds of hours in a month.
FIRST, MORE = 10, 100
#: So many pieces of news.
NEWS = 20
#: So many results of a search, of each kind.
FOUND = 8
#: In a demo there is no mailbox: the link of the last letter lies here.
_DEMO = "samskap_follow_demo"


# --- to begin --------------------------------------------------------------------------------------------------------


class EmailForm(Faults):
    """An address, and the field that only programs fill in."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=text.EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Write your e-mail address.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow_resource(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow a venue, an area or another thing, with all that lies in it. 404 for what isn't everybody's to see."""
    resource = selectors.resources_to_follow().filter(slug=slug).first()
    if resource is None:
        raise Http404
    return _follow(request, resource, reverse("booking:resource", args=[slug]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow what an organisation of the public register invites to; an entry that went up in another leads on."""
    found = selectors.organisations_to_follow().filter(slug=slug).first()
    if found is None:
        after = organisations.successor(slug)
        if after is None or not selectors.organisations_to_follow().filter(pk=after.pk).exists():
            raise Http404
        return redirect("booking:follow_organisation", after.slug)
    return _follow(request, found, reverse("booking:organisation", args=[slug]))


def _follow(request: HttpRequest, target: Target, back: str) -> HttpResponse:
    now = clock.now()
    way = request.POST.get("way", "") if request.method == "POST" else ""
    form = EmailForm(request.POST if way == "email" else None)
    language, status = current_language(get_language()), 200
    try:
        if way == "page":
            ratelimit.spend("follow_page", now=now, address=ratelimit.client_address(request))
            made = services.follow_by_link(target=target, language=language, now=now)
            return redirect("booking:following", made.page_token)
        if way == "email" and form.is_valid():
            address = form.cleaned_data["email"]
            ratelimit.spend("follow", now=now, contact=address, address=ratelimit.client_address(request))
            pending = services.ask_by_email(target=target, address=address, language=language, now=now)
            if booking_settings().demo:
                request.session[_DEMO] = links.open_link(pending.token_sealed)
            return redirect("booking:follow_sent")
    except DomainError as error:
        if not form.is_bound:
            form = EmailForm({})
            form.errors.clear()
        form.show(error)
        status = error.status
    context = {
        "form": form,
        "name": letters.name_of(target),
        "target": target,
        "is_resource": isinstance(target, Resource),
        "calendars": calendars([target]),
        "back": back,
    }
    return render(request, "booking/organisations/followers/follow.html", context, status=status)


def calendars(targets: list[Target]) -> list[dict[str, Any]]:
    """Public calendars of these resources and of what lies in them: a name and the two kinds of address."""
    ids = [one.pk for one in targets if isinstance(one, Resource)]
    if not ids:
        return []
    rows = list(selectors.resources_to_follow().filter(pk__in=selectors.lying_in(ids)).order_by("name", "pk"))
    rows.sort(key=lambda row: row.pk not in ids)  # what lies in them after what is followed
    base = booking_settings().public_base_url
    found = []
    for row in rows:
        try:
            path = reverse("booking_feeds:resource", args=[row.slug])
        except NoReverseMatch:
            return []
        found.append(_calendar(letters.name_of(row), base + path, inside=row.pk not in ids))
    if len(ids) == 1 and len(found) > 1:
        # A building with its rooms in one calendar, before each of them on its own.
        found.insert(1, _calendar(_("What lies in it, all together"), found[0]["https"] + "?parts=1", inside=True))
    return found


def _calendar(name: str, url: str, *, inside: bool) -> dict[str, Any]:
    return {"name": name, "inside": inside, "https": url, "webcal": f"webcal://{url.partition('://')[2]}"}


@never_cache
@require_safe
def follow_sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody, whether the address follows already or not."""
    token = request.session.get(_DEMO, "") if booking_settings().demo else ""
    return render(request, "booking/organisations/followers/sent.html", {"demo_token": token})


# --- behind a secret -------------------------------------------------------------------------------------------------


def _secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The address is told to nobody; a wrong one is counted, and says that it opens nothing."""

    @secret_page
    @wraps(view)
    def inner(request: HttpRequest, token: str) -> HttpResponse:
        try:
            answer = view(request, token)
        except NotFound:
            answer = _wrong(request)
        return answer

    return inner


def _wrong(request: HttpRequest) -> HttpResponse:
    try:
        ratelimit.spend("follow_secret", now=clock.now(), address=ratelimit.client_address(request))
    except TooMany as error:
        return render(request, "booking/organisations/followers/nothing.html", {"words": error.text}, status=429)
    words = _("Perhaps it was used up or stopped, or the end of the link is missing.")
    return render(request, "booking/organisations/followers/nothing.html", {"words": words}, status=404)


@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def follow_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the first letter. Opening it changes nothing; the button does, and pressing it twice is once."""
    now = clock.now()
    pending = selectors.find_pending(token, now)
    target: Target = pending.resource or pending.organisation  # type: ignore[assignment]
    error = ""
    if request.method == "POST":
        try:
            return redirect("booking:following", services.confirm(token=token, now=now).page_token)
        except NotFound:
            raise
        except DomainError as refusal:
            error = refusal.text
    context = {"name": letters.name_of(target), "error": error}
    status = 409 if error else 200
    return render(request, "booking/organisations/followers/confirm.html", context, status=status)


# Mail programs press it without ever having seen the page (RFC 8058).
@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def follow_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop everything with one press: from the mail program, or here. Pressed again it has been done already."""
    if request.method == "POST":
        try:
            services.stop(follower=selectors.find_stop(token))
        except NotFound:
            # Nothing is kept, so who has stopped looks like who never was: the presses of both are answered alike.
            wrong = _wrong(request)
            if wrong.status_code == 429:
                return wrong
        return render(request, "booking/organisations/followers/stopped.html")
    selectors.find_stop(token)
    return render(request, "booking/organisations/followers/stop.html")


@never_cache
@require_safe
def follow_stopped(request: HttpRequest) -> HttpResponse:
    """Where the secret page leads when everything was stopped there."""
    return render(request, "booking/organisations/followers/stopped.html")


class ProposalForm(Faults):
    """Something about a followed place, without a name."""

    follow = forms.ChoiceField(label=gettext_lazy("About"))
    message = forms.CharField(
        label=gettext_lazy("I want ..."),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "4"}),
        error_messages={"required": gettext_lazy("Write what you want to say.")},
        help_text=gettext_lazy(
            "Don't write your name or anything about others: the municipality doesn't need to know."
        ),
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, followed: list[Followed], **kwargs: Any) -> None:
        kwargs |= {"initial": {"token": uuid.uuid4().hex}, "auto_id": "propose_%s"}
        super().__init__(*args, **kwargs)
        self.fields["follow"].choices = [
            (str(one.pk), letters.name_of(one.target)) for one in followed if one.shown and one.is_resource
        ]


class ChoiceForm(Faults):
    """How each kind of message is to come, and in which language."""

    language = forms.ChoiceField(label=gettext_lazy("Language of letters"), choices=LANGUAGES)

    def __init__(self, *args: Any, follower: Follower, **kwargs: Any) -> None:
        kwargs["initial"] = selectors.choices_of(follower) | {"language": follower.language}
        super().__init__(*args, **kwargs)
        words = dict(WHEN_CHOICES)
        for kind in registry.kinds():
            self.fields[kind.code] = forms.ChoiceField(
                label=kind.label,
                choices=[(when.value, words[when.value]) for when in kind.choices],
            )
        self.order_fields([*(kind.code for kind in registry.kinds()), "language"])

    def kinds(self) -> list[Any]:
        """The fields of the kinds, in their order."""
        return [self[kind.code] for kind in registry.kinds()]


@_secret
@require_http_methods(["GET", "HEAD", "POST"])
def following(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody follows, what happens there, and how they hear of it. Who has the link may change it."""
    now = clock.now()
    follower = selectors.find_page(token)
    form, proposal = ChoiceForm(follower=follower), ProposalForm(followed=selectors.followed_by(follower))
    error = ""
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act == "choose":
                form = ChoiceForm(request.POST, follower=follower)
            if act == "propose":
                proposal = ProposalForm(request.POST, followed=selectors.followed_by(follower))
                answer = _propose(request, follower, proposal)
            else:
                answer = _ACTS[act](request, follower, form) if act in _ACTS else None
            if answer is not None:
                return answer
        except NotFound as refusal:
            error = refusal.text
        except DomainError as refusal:
            if form.is_bound or proposal.is_bound:
                (form if form.is_bound else proposal).show(refusal)
            else:
                error = refusal.text
    else:
        services.seen(follower=follower, now=now)
    followed = selectors.followed_by(follower)
    query, results = _search(request, followed)
    coming = selectors.coming(followed, now, now + AHEAD)
    context = {
        "follower": follower,
        "token": token,
        "form": form,
        "proposal": proposal if proposal.fields["follow"].choices else None,
        "threads": registry.talk().read(list(follower.words.values_list("reference", flat=True))),
        "error": error,
        "followed": [(one, letters.name_of(one.target) if one.shown else "") for one in followed],
        "coming": coming[:FIRST],
        "more": coming[FIRST : FIRST + MORE],
        "left_out": max(len(coming) - FIRST - MORE, 0),
        "news": selectors.news_of(follower, now)[:NEWS],
        "calendars": calendars([one.target for one in followed if one.shown]),
        "query": query,
        "results": results,
        "done": request.GET.get("done", ""),
        "address": request.build_absolute_uri(reverse("booking:following", args=[token])),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "booking/organisations/followers/page.html", context, status=status)


def _search(request: HttpRequest, followed: list[Followed]) -> tuple[str, list[tuple[str, Target, str]] | None]:
    """What was looked for, and what may be added: (kind, target, name). None: nothing was asked."""
    try:
        query = text.clean(request.GET.get("q", ""), max_length=text.SEARCH)
    except Invalid:
        query = ""
    if not search_terms(query):
        return query, None
    known = {(one.is_resource, one.target.pk) for one in followed}
    places = catalogue.search_resources(selectors.resources_to_follow(), q=query).order_by("name", "pk")
    groups = organisations.search(selectors.organisations_to_follow(), query).order_by("name", "pk")
    found: list[tuple[str, Target, str]] = []
    for kind, rows in (("resource", places), ("organisation", groups)):
        for row in rows[: FOUND + len(known)]:
            if (kind == "resource", row.pk) not in known and sum(one[0] == kind for one in found) < FOUND:
                found.append((kind, row, letters.name_of(row)))
    return query, found


# --- acts of the secret page -----------------------------------------------------------------------------------------


def _back(follower: Follower, done: str) -> HttpResponse:
    page = links.open_link(Follower.objects.get(pk=follower.pk).page_sealed)
    return redirect(f"{reverse('booking:following', args=[page])}?done={done}")


def _choose(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    values = {name: value for name, value in form.cleaned_data.items() if name not in ("homepage", "language")}
    services.choose(follower=follower, choices=values, language=form.cleaned_data["language"])
    return _back(follower, "chosen")


def _number(request: HttpRequest) -> int:
    value = request.POST.get("follow", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else 0


def _mute(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    muted = request.POST.get("muted") == "yes"
    services.mute_place(follower=follower, follow_id=_number(request), muted=muted)
    return _back(follower, "muted" if muted else "heard")


def _drop(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    services.drop_place(follower=follower, follow_id=_number(request))
    return _back(follower, "dropped")


def _add(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    slug = request.POST.get("slug", "")
    rows: Any = (
        selectors.organisations_to_follow()
        if request.POST.get("kind") == "organisation"
        else selectors.resources_to_follow()
    )
    target: Resource | Organisation | None = None if text.is_unusable(slug) else rows.filter(slug=slug).first()
    if target is None:
        raise NotFound("not_to_follow", _("This can't be followed."))
    services.add_place(follower=follower, target=target, now=clock.now())
    return _back(follower, "added")


def _propose(request: HttpRequest, follower: Follower, form: ProposalForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    now, data = clock.now(), form.cleaned_data
    ratelimit.spend("enquiry", now=now, contact=follower.page_hash, address=ratelimit.client_address(request))
    services.propose(
        follower=follower, follow_id=int(data["follow"]), message=data["message"], token=data["token"], now=now
    )
    return _back(follower, "proposed")


def _say_more(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    now, reference = clock.now(), request.POST.get("reference", "")
    ratelimit.spend("message", now=now, contact=follower.page_hash, address=ratelimit.client_address(request))
    if text.is_unusable(reference):
        raise NotFound("unknown_thread", _("There is no such conversation."))
    services.say_more(follower=follower, reference=reference, message=request.POST.get("message", ""), now=now)
    return _back(follower, "said")


def _renew(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    services.renew_link(follower=follower)
    return _back(follower, "renewed")


def _stop(request: HttpRequest, follower: Follower, form: ChoiceForm) -> HttpResponse:
    services.stop(follower=follower)
    return redirect("booking:follow_stopped")


_ACTS: dict[str, Callable[[HttpRequest, Follower, ChoiceForm], HttpResponse | None]] = {
    "choose": _choose,
    "mute": _mute,
    "drop": _drop,
    "add": _add,
    "renew": _renew,
    "say": _say_more,
    "stop": _stop,
}
