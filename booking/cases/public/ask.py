"""The request form: what, when, for whom; what the rules say before it is sent; and sending it once.

One address takes it all. ``action`` says which button was pressed: check (the default, also of the Enter key), preview
(htmx, answers with a fragment), leave_out, send. ``use`` takes one of the free alternatives.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from booking.cases import drafts, services
from booking.cases.models import Case, LineState
from booking.cases.public import talk
from booking.cases.public.forms import AskForm
from booking.cases.public.ticks import ticks_of
from booking.cases.rules import BANDS, UNDECIDED
from booking.cases.services.checking import CheckLine, CheckResult
from booking.cases.services.submitting import promised_by
from booking.cases.verdicts import TAKEN, Verdict
from booking.cases.wording import prices_in_words
from booking.catalogue import public as catalogue_public
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError, RuleBroken, Taken, TooMany
from booking.foundation.i18n import localized
from booking.organisations.hats import worn
from booking.organisations.rules import Hat, HatKind

#: What somebody typed before they logged in, by the thing it is about. The session is the visitor's own.
_SESSION = "samskap_ask"
#: References of what this visitor has sent lately, by what was in it.
_SENT = "samskap_sent"
_MOST_KEPT = 5
_LONGEST_KEPT = 40_000
#: Dates of a series that are named one by one.
_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A free time that could be asked for instead."""

    name: str
    start: datetime
    end: datetime
    here: bool
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the check says about one date."""

    line: CheckLine
    verdicts: Sequence[dict[str, Any]]
    suggestions: Sequence[Suggestion]


@dataclass(frozen=True, slots=True)
class Preview:
    """The check as the page shows it."""

    check: CheckResult
    whole: Sequence[dict[str, Any]]
    said: Sequence[Said]
    total: int
    well: int
    clashes: int
    more: int
    may_override: bool
    overridden: bool
    sendable: bool
    #: What the dates that can be had cost, each with its rule; [] while it depends on who asks.
    prices: Sequence[str]


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one thing. 404 for what the visitor may not know of."""
    now = clock.now()
    found = catalogue.visible_resources(request.user).filter(slug=slug, state="active")
    resource = found.select_related("unit", "parent").first()
    if resource is None:
        raise Http404
    page = _Page(request, resource, now)
    return page.post() if request.method == "POST" else page.get()


class _Page:
    """One visit of the form: the thing, its facts, and who asks."""

    def __init__(self, request: HttpRequest, resource: Resource, now: datetime) -> None:
        self.request, self.resource, self.now = request, resource, now
        self.user = request.user
        self.tz = catalogue.zone(resource)
        self.on = clock.local_date(now, self.tz)
        self.line = catalogue.lineage([resource])
        self.facts = catalogue_public.facts(resource, on=self.on, line=self.line, parts=[])
        self.hats = self._hats()

    def _hats(self) -> list[Hat]:
        """Those that may ask: one's organisations, units that one works for, oneself where private persons may."""
        units = set(
            catalogue.units_of(self.user, self.on, roles=("officer", "leader"), with_children=False).values_list(
                "slug", flat=True
            )
        )
        hats = worn(self.request).hats
        own = [hat for hat in hats if hat.kind == HatKind.ORGANISATION]
        own += [hat for hat in hats if hat.kind == HatKind.UNIT and hat.slug in units]
        if self.facts.rules.private_persons or not own:
            own += [hat for hat in hats if hat.kind == HatKind.PERSON]
        return own

    # --- the form -----------------------------------------------------------------------------------------------------

    def form(self, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> AskForm:
        return AskForm(
            data,
            initial=initial,
            tz=self.tz,
            hats=self.hats,
            counted=self.facts.quantity > 1,
            most=self.facts.quantity,
            house_rules=bool(str(self.facts.house_rules)),
            uses=self.facts.uses,
        )

    def person(self) -> dict[str, Any]:
        """What we know already about who asks."""
        known: dict[str, Any] = {}
        if self.hats:
            chosen = worn(self.request).hat
            known["hat"] = chosen.code if chosen in self.hats else self.hats[0].code
        if self.user.is_authenticated:
            known["responsible_name"] = self.user.get_full_name()
            known["responsible_phone"] = getattr(self.user, "phone", "")
            known["responsible_email"] = getattr(self.user, "email", "")
        return known

    def get(self) -> HttpResponse:
        kept = self.request.session.get(_SESSION, {}).get(self.resource.slug)
        if kept and "free_from" not in self.request.GET:
            data = QueryDict(kept, mutable=True)
            for name, value in self.person().items():
                if value and not data.get(name):
                    data[name] = value
            form = self.form(data)
            return self.page(form, self.preview(form) if form.is_bound and self.read(form) else None, returned=True)
        initial, free_until = self.prefilled()
        initial |= self.person() | {"submission_key": uuid.uuid4().hex, "if_taken": "refuse"}
        return self.page(self.form(initial=initial), None, free_until=free_until)

    def prefilled(self) -> tuple[dict[str, Any], datetime | None]:
        """The start of the free time that was pressed, on the grid of the thing; and when that free time ends."""
        initial: dict[str, Any] = {}
        start, end = _moment(self.request.GET.get("free_from")), _moment(self.request.GET.get("free_to"))
        if start is not None:
            local = clock.local(start, self.tz)
            step = max(self.facts.rules.step_minutes, 1)
            off = (local.hour * 60 + local.minute) % step
            if off or local.second or local.microsecond:
                start += timedelta(minutes=step - off, seconds=-local.second, microseconds=-local.microsecond)
                local = clock.local(start, self.tz)
            initial = {"day": local.date(), "start": local.time()}
        return initial, end if start is not None and end is not None and end > start else None

    def read(self, form: AskForm) -> bool:
        """Clean the form; True when there is a time that can be checked, whatever else is missing."""
        form.full_clean()
        return form.body(self.resource.slug) is not None

    # --- buttons ------------------------------------------------------------------------------------------------------

    def post(self) -> HttpResponse:
        data = self.request.POST.copy()
        action = data.get("action", "check")
        if data.get("use"):
            return self.use(data)
        form = self.form(data)
        try:
            self.count("anonymous_check" if action != "send" or not self.user.is_authenticated else "request")
        except TooMany as error:
            form.full_clean()
            form.add_error(None, error.text)
            return self.page(form, None, status=429)
        if action == "leave_out":
            return self.leave_out(data)
        timed = self.read(form)
        if action == "preview":
            preview = self.preview(self.form(data)) if timed else None
            return render(self.request, "booking/cases/_check.html", self.context(form, preview, live=True))
        if action == "send" and form.is_valid():
            if not self.user.is_authenticated:
                return self.to_login(data)
            return self.send(form)
        if not self.user.is_authenticated:
            # Whoever logs in by the link on top of the page finds it again, too.
            self.keep(data, self.resource.slug)
        if action != "send":
            form.wait_with("purpose", "hat", "accept_rules")
        return self.page(form, self.preview(form) if timed else None)

    def count(self, action: str) -> None:
        contact = str(self.user.pk) if self.user.is_authenticated else ""
        ratelimit.spend(action, now=self.now, contact=contact, address=ratelimit.client_address(self.request))

    def use(self, data: QueryDict) -> HttpResponse:
        """An alternative instead: here, or in the form of the other thing, with all that was typed."""
        slug, _dash, times = str(data["use"]).partition("|")
        first, _dash, last = times.partition("|")
        start, end = _moment(first), _moment(last)
        del data["use"]
        if start is None or end is None or not self.known(slug):
            return self.page(self.form(data), None)
        begins, ends = clock.local(start, self.tz), clock.local(end, self.tz)
        data["day"], data["start"], data["end"] = f"{begins:%Y-%m-%d}", f"{begins:%H:%M}", f"{ends:%H:%M}"
        over = ends.date() != begins.date() and not (
            ends.date() == begins.date() + timedelta(days=1) and f"{ends:%H:%M}" == "00:00"
        )
        data["end_day"] = f"{ends:%Y-%m-%d}" if over else ""
        if slug != self.resource.slug:
            self.keep(data, slug)
            return redirect("booking:ask", slug=slug)
        form = self.form(data)
        return self.page(form, self.preview(form) if self.read(form) else None)

    def known(self, slug: str) -> bool:
        return catalogue.visible_resources(self.user).filter(slug=slug, state="active").exists()

    def leave_out(self, data: QueryDict) -> HttpResponse:
        """The dates of the series that can't be had become days to leave out."""
        form = self.form(data)
        preview = self.preview(form) if self.read(form) else None
        if preview is not None:
            clashing = [
                clock.local_date(line.start, self.tz)
                for line in preview.check.lines
                if line.series is not None and not line.ok
            ]
            days = sorted({*form.cleaned_data.get("skip", []), *clashing})
            data["skip"] = " ".join(day.isoformat() for day in days)
            form = self.form(data)
            preview = self.preview(form) if self.read(form) else None
        return self.page(form, preview)

    def to_login(self, data: QueryDict) -> HttpResponse:
        """Who isn't logged in does that, and comes back to what was typed."""
        self.keep(data, self.resource.slug)
        here = reverse("booking:ask", args=[self.resource.slug])
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': here})}")

    def keep(self, data: QueryDict, slug: str) -> None:
        names = [name for name in data if name in AskForm.base_fields or name.startswith("heads_")]
        typed = urlencode([(name, value) for name in names for value in data.getlist(name)])
        if len(typed) > _LONGEST_KEPT:
            return
        kept = dict(self.request.session.get(_SESSION, {}))
        kept.pop(slug, None)
        kept[slug] = typed
        self.request.session[_SESSION] = dict(list(kept.items())[-_MOST_KEPT:])

    def forget(self) -> None:
        kept = dict(self.request.session.get(_SESSION, {}))
        if kept.pop(self.resource.slug, None) is not None:
            self.request.session[_SESSION] = kept

    def send(self, form: AskForm) -> HttpResponse:
        body = form.body(self.resource.slug)
        hat = form.chosen_hat()
        key = once(form.cleaned_data.get("submission_key"), body)
        digest = once("sent", body) or ""
        try:
            draft = drafts.parse(body, user=self.user, hat=hat.code if hat else None)
            case = self.sent_before(digest)
            if case is None:
                follows = talk.goes_on_from(self.request)
                case = services.submit_request(draft, user=self.user, now=self.now, submission_key=key, follows=follows)
                talk.has_gone_on(self.request)
        except (Taken, RuleBroken) as error:
            check = error.extra.get("check")
            show_refusal(form, error, check)
            return self.page(form, self.shown(check, form) if check is not None else None)
        except DomainError as error:
            form.show(error)
            return self.page(form, None)
        self.forget()
        sent = dict(self.request.session.get(_SENT, {})) | {digest: case.reference}
        self.request.session[_SENT] = dict(list(sent.items())[-_MOST_KEPT:])
        messages.success(self.request, _("Your request has been sent. This is the receipt."))
        return redirect("booking:case", reference=case.reference)

    def sent_before(self, digest: str) -> Case | None:
        """The case that this visitor made of the very same answers, while it stands.

        After "back" a browser may fetch the form anew, with another key, and fill in what was typed: for whoever
        presses the button again it is the same form. What was refused or withdrawn may be asked for again.
        """
        reference = self.request.session.get(_SENT, {}).get(digest)
        if reference is None:
            return None
        standing = (*UNDECIDED, LineState.GRANTED, LineState.WAITING_LIST)
        mine = Case.objects.filter(reference=reference, requester=self.user, lines__state__in=standing)
        return mine.distinct().first()

    # --- the check ----------------------------------------------------------------------------------------------------

    def preview(self, form: AskForm) -> Preview | None:
        """What the rules say about what was typed so far; None (with the fault at its field) if it can't be asked."""
        if not hasattr(form, "cleaned_data"):
            form.full_clean()
        body = form.body(self.resource.slug)
        if body is None:
            return None
        body.pop("accept_rules", None)
        hat = form.chosen_hat()
        try:
            draft = drafts.parse(body, user=self.user, hat=hat.code if hat else None)
            return self.shown(services.check_request(draft, user=self.user, now=self.now), form)
        except DomainError as error:
            form.show(error)
            return None

    def shown(self, check: CheckResult, form: AskForm) -> Preview:
        ids = {one.resource_id for line in check.lines for one in line.alternatives}
        names = {one.pk: one for one in catalogue.visible_resources(self.user).filter(pk__in=ids)}
        shared = said_of_all(check)
        said = {id(verdict) for verdict in shared}
        notable = [line for line in check.lines if not line.ok] + [
            line for line in check.lines if line.ok and any(id(verdict) not in said for verdict in line.verdicts)
        ]
        if len(check.lines) == 1:
            notable = list(check.lines)
        blocks = [v for v in check.verdicts if v.blocks and not v.tick] + [
            v for li in check.lines for v in li.verdicts if v.blocks
        ]
        taken = any(verdict.code == TAKEN for verdict in blocks)
        may_override = any(verdict.code != TAKEN for verdict in blocks)
        reason = bool(form.cleaned_data.get("override_reason"))
        # What was typed about taken time decides too: with "leave out" and "waiting list" it can be sent.
        acts = (form.cleaned_data.get("if_taken") or "refuse") != "refuse"
        return Preview(
            check=check,
            whole=[verdict.as_dict() for verdict in (*check.verdicts, *shared)],
            said=[self._said(line, names, said) for line in notable[:_MOST_SHOWN]],
            total=len(check.lines),
            well=sum(1 for line in check.lines if line.ok),
            clashes=sum(1 for line in check.lines if line.series is not None and not line.ok),
            more=max(len(notable) - _MOST_SHOWN, 0),
            may_override=may_override,
            overridden=may_override and reason,
            sendable=(not taken or acts) and (not may_override or reason),
            prices=prices_in_words([one.price for one in check.lines if one.ok and one.price is not None])
            if check.total is not None
            else [],
        )

    def _said(self, line: CheckLine, names: dict[int, Resource], shared: set[int]) -> Said:
        suggestions = []
        for one in line.alternatives:
            other = names.get(one.resource_id)
            if other is not None:
                times = f"{one.start.isoformat()}|{one.end.isoformat()}"
                here = other.pk == self.resource.pk
                suggestions.append(
                    Suggestion(str(localized(other, "name")), one.start, one.end, here, f"{other.slug}|{times}")
                )
        return Said(line, [one.as_dict() for one in line.verdicts if id(one) not in shared], suggestions)

    # --- the page -----------------------------------------------------------------------------------------------------

    def context(self, form: AskForm, preview: Preview | None, **more: Any) -> dict[str, Any]:
        data = form.cleaned_data if hasattr(form, "cleaned_data") else {}
        wrong = set(form.errors) if form.is_bound else set()
        return {
            "resource": self.resource,
            "goes_on_from": talk.goes_on_from(self.request),
            "facts": self.facts,
            "form": form,
            "preview": preview,
            "tz": self.tz,
            "promise": promised_by(self.facts.contact.unit, self.now, line=self.line),
            "ticks": ticks_of(preview.check if preview else None),
            "heads": [form[f"heads_{band}"] for band in BANDS],
            "only_hat": self.hats[0] if len(self.hats) == 1 else None,
            "repeat_open": bool(data.get("repeat") or wrong & {"until", "skip", "repeat"}),
            "end_open": bool(data.get("end_day") or "end_day" in wrong),
            "who_open": bool(wrong & {"about", "bands", *(f"heads_{band}" for band in BANDS)}),
            "adult_open": self.needs_adult(form) or any(name.startswith("responsible_") for name in wrong),
            "uses_open": bool(data.get("uses") or "uses" in wrong),
            "more_open": bool(wrong & {"title", "title_public", "if_taken", "message"}),
            "override_open": bool(data.get("override_reason") or (preview and preview.may_override)),
        } | more

    def needs_adult(self, form: AskForm) -> bool:
        """Somebody must be named, and isn't."""
        phone = form["responsible_phone"].value() or form["responsible_email"].value()
        return self.facts.rules.needs_adult and not (form["responsible_name"].value() and phone)

    def page(self, form: AskForm, preview: Preview | None, *, status: int = 200, **more: Any) -> HttpResponse:
        context = self.context(form, preview, **more)
        return render(self.request, "booking/cases/ask.html", context, status=status)


def said_of_all(check: CheckResult) -> list[Verdict]:
    """What the rules say about several dates in the same words: said once, above the dates.

    The very same verdict object stands at each of them, as with permits, which are needed whatever the date.
    """
    counts: dict[int, int] = {}
    found: dict[int, Verdict] = {}
    for line in check.lines:
        for verdict in line.verdicts:
            counts[id(verdict)] = counts.get(id(verdict), 0) + 1
            found[id(verdict)] = verdict
    everywhere = len(check.lines)
    return [one for key, one in found.items() if one.code != TAKEN and counts[key] == everywhere > 1]


def show_refusal(form: AskForm, error: Taken | RuleBroken, check: CheckResult | None) -> None:
    """A box that must be ticked is told at the box; everything else on top."""
    if error.errors:
        form.show(error)
    else:
        form.add_error(None, refused_words(error, check))


def refused_words(error: Taken | RuleBroken, check: CheckResult | None) -> str:
    """Of one time: what the error says. Of many: how many of them are taken, and what to do about it."""
    taken = sum(1 for line in check.lines if line.taken) if check is not None and len(check.lines) > 1 else 0
    if not taken or not isinstance(error, Taken):
        return error.text
    return ngettext(
        "%(n)s of the dates is taken. Leave it out, or ask for another time.",
        "%(n)s of the dates are taken. Leave them out, or ask for another time.",
        taken,
    ) % {"n": taken}


def once(key: str | None, body: Any) -> str | None:
    """The same form with the same content is one case; changed after "back" it is another request."""
    if not key:
        return None
    return hashlib.sha256(f"{key}\n{json.dumps(body, default=str, sort_keys=True)}".encode()).hexdigest()


def _moment(value: str | None) -> datetime | None:
    """An RFC 3339 moment of an address; None for nonsense."""
    try:
        moment = datetime.fromisoformat((value or "").replace(" ", "+"))
    except ValueError:
        return None
    known = moment.tzinfo is not None and drafts.FIRST_YEAR < moment.year < drafts.LAST_YEAR
    return moment if known else None
