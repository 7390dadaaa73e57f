"""A party's own page, by the link in their letters: what, when, which of my hours, what I can do, by when.

No account is needed beyond the link. GET changes nothing: mail programs and scanners fetch every link. The address is a
secret: neither other sites nor search engines are told it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.cases.models import Line
from booking.cases.registry import line_facts
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.doors.secret_pages import secret_page
from booking.foundation.errors import DomainError, NotFound
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.works import selectors, wording
from booking.works.geometry import drawing
from booking.works.models import NoticeKind, OverrideKind, PartyKind, WorksParty, WorksReceipt, WorksState
from booking.works.public import view
from booking.works.public.forms import ReplyForm
from booking.works.rules import states
from booking.works.services import conflicts, consulting, overriding, receiving

#: Wrong links: a link has 256 bits, so this only keeps the noise down.
ratelimit.LIMITS.setdefault("works_secret", Limits(None, Limit(60, 600)))
ratelimit.LIMITS.setdefault("works_reply", Limits(Limit(30, 3600), Limit(200, 3600)))
#: So many of one's own hours at once.
MOST_HOURS = 60

View = Callable[..., HttpResponse]


def by_link(inner: View) -> View:
    """Find the party of the link; keep the address to ourselves. 404 for a link that nobody has."""

    @secret_page
    @wraps(inner)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            party = selectors.party_by_token(token)
        except NotFound as error:
            try:
                ratelimit.spend("works_secret", now=clock.now(), address=ratelimit.client_address(request))
            except DomainError as many:
                return render(request, "booking/works/public/gone.html", {"refusal": many.text}, status=many.status)
            raise Http404 from error
        if party.works.state not in states.PUBLIC:
            raise Http404
        return inner(request, party, token, **kwargs)

    return wrapped


def _hours(party: WorksParty) -> list[dict[str, Any]]:
    """Which of their own hours are hit, in order, with how each stands. Two queries."""
    row = selectors.on_list(party)
    ids = {one["line"] for one in row.evidence if one.get("line")} if row is not None else set()
    settled = {one.line_id: one for one in party.conflicts.all()}
    lines = Line.objects.filter(pk__in=ids | settled.keys()).select_related("resource").order_by("start", "pk")
    shown = list(lines[:MOST_HOURS])
    known = line_facts([line.pk for line in shown])
    return [
        {
            "start": line.start,
            "end": line.end,
            "place": localized(line.resource, "name"),
            "team": known[line.pk].words if line.pk in known else "",
            "conflict": settled.get(line.pk),
        }
        for line in shown
    ]


def _offers(request: HttpRequest, party: WorksParty, now: datetime) -> list[dict[str, Any]]:
    """What is held for them instead. Only who speaks for them says yes to it."""
    speaks = party in selectors.parties_of(request.user, party.works, clock.today(booking_settings().tz))
    found = []
    for conflict in party.conflicts.filter(offers__state="open").select_related("line__resource").distinct():
        for offer in conflict.offers.filter(state="open", expires_at__gt=now).select_related("resource"):
            found.append(
                {
                    "offer": offer,
                    "by": wording.deadline(offer.expires_at),
                    "line": conflict.line,
                    "place": localized(offer.resource, "name"),
                    "instead_of": localized(conflict.line.resource, "name"),
                    "speaks": speaks,
                }
            )
    return found


def _until(party: WorksParty) -> date | None:
    """The last day on which a reply holds up the notice; None when nobody is asked now."""
    if party.works.state != WorksState.CONSULTING:
        return None
    last = party.works.notices.filter(kind=NoticeKind.CONSULTATION).order_by("-pk").first()
    if last is None or not last.data.get("until"):
        return None
    return wording.last_day(datetime.fromisoformat(last.data["until"]))


def _render(
    request: HttpRequest, party: WorksParty, token: str, *, form: ReplyForm | None = None, refusal: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    now, works = clock.now(), party.works
    row = selectors.on_list(party)
    works = selectors.find_public(works.reference)
    version = view.version_of(works)
    receipts = {one.how: one for one in party.receipts.filter(version=version, void_at__isnull=True) if one.how}
    read = receipts.get(WorksReceipt.How.ACKNOWLEDGED) or receipts.get(WorksReceipt.How.PHONE)
    asked = works.overrides.filter(
        kind=OverrideKind.EARLY_START, version=version, granted_at__isnull=True, refused_at__isnull=True
    ).first()
    over = works.state in states.OVER
    context = {
        "party": party,
        "name": wording.party_name(party),
        "token": token,
        "works": works,
        "version": version,
        "card": view.card(works),
        "facts": wording.facts_of(works, version)[2:],
        "hours": _hours(party),
        "why": wording.evidence_words(row) if row is not None else [],
        "affected": row is not None,
        "crowd": party.kind == PartyKind.FOLLOWERS,
        "read": read,
        "until": _until(party),
        "replies": list(party.replies.select_related("answer").order_by("-pk")),
        "offers": _offers(request, party, now),
        "asked": asked if row is not None and row.direct else None,
        "consented": receipts.get(WorksReceipt.How.CONSENT),
        "open": not over and works.state != WorksState.POSTPONED,
        "form": form or ReplyForm(),
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "refusal": refusal,
        "contact": wording.contact_of(version),
        "picture": drawing.picture(view.layers([works], linked=False)),
        "said": request.GET.get("said", ""),
    }
    return render(request, "booking/works/public/party.html", context, status=status)


@require_safe
@by_link
def party(request: HttpRequest, party: WorksParty, token: str) -> HttpResponse:
    """The page itself. Changes nothing."""
    return _render(request, party, token)


def _back(token: str, said: str) -> HttpResponse:
    answer = redirect("booking:works_party", token)
    answer["Location"] += f"?said={said}"
    return answer


def _hat(request: HttpRequest, party: WorksParty) -> str:
    """In which capacity somebody signed in acts here; "" for who has only the link."""
    if not request.user.is_authenticated or party.organisation is None:
        return ""
    return organisations.organisation_hat(party.organisation).code


@require_POST
@by_link
def acknowledge(request: HttpRequest, party: WorksParty, token: str) -> HttpResponse:
    """Received: a person has pressed the button. It is never a yes to the works."""
    try:
        receiving.acknowledge(party, by=request.user, hat=_hat(request, party), now=clock.now())
    except DomainError as error:
        return _render(request, party, token, refusal=error.text, status=error.status)
    return _back(token, "read")


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def reply(request: HttpRequest, party: WorksParty, token: str) -> HttpResponse:
    """Object, propose another time, ask for a replacement. It gets an officer and a date."""
    if request.method != "POST":
        return redirect("booking:works_party", token)
    form, now = ReplyForm(request.POST), clock.now()
    status = 400
    if form.is_valid():
        version = view.version_of(party.works)
        try:
            ratelimit.spend(
                "works_reply", now=now, contact=f"party:{party.pk}", address=ratelimit.client_address(request)
            )
            consulting.reply(
                party.works,
                kind=form.cleaned_data["kind"],
                message=form.cleaned_data["message"],
                proposed=form.proposed(version.window_start, version.window_end),
                party=party,
                by=request.user,
                hat=_hat(request, party),
                now=now,
                submission_key=f"{party.pk}-{request.POST.get('key', '')}"[:64] if request.POST.get("key") else None,
            )
        except DomainError as error:
            for fault in error.errors:
                if fault.loc[:1] == ("proposed",):
                    form.add_error("day", fault.text)
            if not form.errors:
                form.show(error)
            status = error.status
        else:
            return _back(token, "reply")
    return _render(request, party, token, form=form, status=status)


@require_POST
@by_link
def consent(request: HttpRequest, party: WorksParty, token: str) -> HttpResponse:
    """Yes to an early start of the works as they stand."""
    try:
        overriding.consent(party, by=request.user, hat=_hat(request, party), now=clock.now())
    except DomainError as error:
        return _render(request, party, token, refusal=error.text, status=error.status)
    return _back(token, "consent")


@require_POST
@by_link
def offer(request: HttpRequest, party: WorksParty, token: str, pk: int) -> HttpResponse:
    """Yes or no to what is held for them. 404 for an offer of another party."""
    found = None
    for conflict in party.conflicts.all():
        found = found or conflict.offers.filter(pk=pk).first()
    if found is None:
        raise Http404
    yes = request.POST.get("answer") == "yes"
    try:
        if yes:
            conflicts.accept_alternative(found, by=request.user, now=clock.now())
        else:
            conflicts.decline_alternative(found, by=request.user, now=clock.now())
    except DomainError as error:
        return _render(request, party, token, refusal=error.text, status=error.status)
    return _back(token, "yes" if yes else "no")
