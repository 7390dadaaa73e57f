"""One's own cases: the list, and one case with whose move it is, its dates, its log and its conversation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case as When_
from django.db.models import IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.cases import registry, selectors, services
from booking.cases.models import Case, CaseKind, LineState
from booking.cases.public import talk
from booking.cases.public.forms import AppealForm, Faults, MessageForm, WithdrawForm
from booking.cases.public.hosting import hosting
from booking.cases.selectors import desk
from booking.cases.wording import prices_in_words
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.hats import worn
from booking.organisations.rules import Hat, HatKind
from booking.privacy.services import note_look

PER_PAGE = 30
#: A case of more dates than this shows the next few, and folds the rest: a season has two hundred.
FOLD_ABOVE, SHOWN_OF_MANY = 8, 5
#: What an officer's answer leaves in the log.
_DECIDED = {"granted", "refused", "waiting_listed"}
_ENDED = {
    LineState.REFUSED,
    LineState.WITHDRAWN,
    LineState.CANCELLED_BY_ORGANISATION,
    LineState.RETURNED,
    LineState.COMPLETED,
}


def visible_case(request: HttpRequest, reference: str) -> Case:
    """The case, if the reader may know of it. Raises Http404."""
    found: Case | None = selectors.visible_cases(request.user).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def title_of(case: Case) -> str:
    """A case in a few words: its name, else what it is for, else what is asked for."""
    words = case.title or case.purpose or case.message
    first = words.strip().splitlines()[0] if words.strip() else ""
    if not first:
        lines = list(case.lines.all())
        first = str(localized(lines[0].resource, "name")) if lines else case.reference
    return first if len(first) <= 80 else first[:79].rstrip() + "…"


# --- one case --------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@login_required
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The receipt, and later the whole story. 404 for who isn't a party or the unit's staff."""
    found = visible_case(request, reference)
    answer = _page(request, found)
    # After it was painted, so that what is new is marked as such once.
    talk.now_read(request, found)
    return answer


@never_cache
@require_POST
@login_required
def case_message(request: HttpRequest, reference: str) -> HttpResponse:
    """Say something on the case, as a party."""
    found = visible_case(request, reference)
    hats = hats_on(request, found)
    form = MessageForm(request.POST, hats=hats)
    if form.is_valid():
        now = clock.now()
        try:
            count(request, now)
            services.add_message(
                found, by=request.user, body=form.cleaned_data["message"], now=now, hat=chosen_hat(form, hats),
                needs_answer=form.cleaned_data["needs_answer"],
            )  # fmt: skip
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Your message has been sent."))
            return redirect("booking:case", reference=reference)
    return _page(request, found, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def case_withdraw(request: HttpRequest, reference: str, number: int | None = None) -> HttpResponse:
    """Take back the whole case or one date of it: first the question, then the act."""
    found = visible_case(request, reference)
    hats = hats_on(request, found)
    if not hats:
        raise Http404
    detail = selectors.case_detail(found, request.user)
    lines = [line for line in detail.lines if "withdraw" in line.acts and number in (None, line.number)]
    form = WithdrawForm(request.POST if request.method == "POST" else None, hats=hats)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        try:
            count(request, now)
            if number is None:
                services.withdraw_case(found, by=request.user, now=now, hat=chosen_hat(form, hats))
            else:
                services.withdraw_line(found, number, by=request.user, now=now, hat=chosen_hat(form, hats))
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It has been withdrawn."))
            return redirect("booking:case", reference=reference)
    if number is not None and not any(line.number == number for line in detail.lines):
        raise Http404
    context = {"detail": detail, "case": found, "lines": lines, "form": form, "number": number}
    return render(request, "booking/cases/withdraw.html", context)


@never_cache
@require_POST
@login_required
def case_appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """A party appeals the decision."""
    found = visible_case(request, reference)
    hats = hats_on(request, found)
    if not hats:
        raise Http404
    form = AppealForm(request.POST, hats=hats)
    if form.is_valid():
        now = clock.now()
        try:
            count(request, now)
            services.appeal(
                found, by=request.user, message=form.cleaned_data["message"], now=now, hat=chosen_hat(form, hats)
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("We have your appeal."))
            return redirect("booking:case", reference=reference)
    return _page(request, found, appeal=form)


def count(request: HttpRequest, now: datetime) -> None:
    address = ratelimit.client_address(request)
    ratelimit.spend("message", now=now, contact=str(request.user.pk), address=address)


def hats_on(request: HttpRequest, found: Case) -> list[tuple[str, str]]:
    """In which names the reader is a party, with their words; [] for staff that only look."""
    detail = selectors.case_detail(found, request.user)
    names = {f"organisation:{one.slug}": one.name for one in (detail.organisation, *detail.co_hosts) if one}
    names["person"] = _("Myself, as a private person")
    codes = list(dict.fromkeys(detail.party_hats))
    chosen = worn(request).hat
    # The hat that is worn comes first, and so is filled in; the person may still choose another.
    codes.sort(key=lambda code: chosen is None or code != chosen.code)
    return [(code, names.get(code, str(localized(detail.unit, "name")))) for code in codes]


def chosen_hat(form: Faults, hats: list[tuple[str, str]]) -> str | None:
    """The hat that was chosen. The only one is said too: who is also staff doesn't speak for the unit here."""
    return form.cleaned_data.get("hat") or (hats[0][0] if hats else None)


def _moving(detail: selectors.CaseDetail, now: datetime) -> dict[int, str]:
    """By line number, what the party can do with the date on its own page: offer, taken, move, wish, or change."""
    found = {}
    for view in detail.lines:
        pk = view.line.pk
        if pk in detail.moves.offers:
            found[view.number] = "offer"
        elif view.state == LineState.DISPLACED and view.end > now:
            found[view.number] = "taken"
        elif pk in detail.moves.changes:
            found[view.number] = "move" if detail.moves.changes[pk].side == "municipality" else "wish"
        elif view.state == LineState.GRANTED and view.end > now:
            found[view.number] = "change"
    return found


def _page(
    request: HttpRequest, found: Case, form: MessageForm | None = None, appeal: AppealForm | None = None
) -> HttpResponse:
    from booking.cases.public.moves import left_out  # those pages build on this one

    detail = selectors.case_detail(found, request.user)
    hats = hats_on(request, found)
    now = clock.now()
    if not hats:
        # Staff read the parties' page too, and the responsible adult's phone stands on it.
        note_look(viewer=request.user, kind="case", pk=found.pk, label=found.reference, unit_id=found.unit_id, now=now)
    granted = [line for line in detail.lines if line.state == "granted"]
    grounds = {line.grounds for line in granted}
    near, folded = _folded(detail.lines, now)
    appeal_by = _appeal_by(detail) if detail.binding_hats else None
    context = {
        "detail": detail,
        "near": near,
        "folded": folded,
        "tally": _tally(detail.lines),
        "case": detail.case,
        "until": selectors.until_of([detail.case])[detail.case.pk],
        "title": title_of(detail.case),
        "form": form or (MessageForm(hats=hats) if hats else None),
        "party": bool(hats),
        "appeal": appeal or (AppealForm(hats=hats) if appeal_by else None),
        "appeal_by": appeal_by,
        "appeal_late": bool(appeal_by and appeal_by < clock.local_date(now, booking_settings().tz)),
        "appeal_open": appeal is not None,
        # This is the parties' page, whoever reads it: what is the unit's own stays on the unit's pages.
        "events": [
            {"type": event.type, "at": event.at, "text": event.text, "actor": event.actor.words if event.actor else ""}
            for event in reversed(detail.events)
            if not event.staff_only
        ],
        "talk": [message for message in detail.messages if not message.internal],
        **talk.thread(request, detail, party=bool(hats)),
        "prices": prices_in_words(detail.prices),
        # Of a case that an officer has decided too, the page isn't the whole answer from the first second.
        "at_once": any(event.type == "automatic_approval" for event in detail.events)
        and not any(event.type in _DECIDED for event in detail.events),
        # The same words under two hundred dates are read once.
        "shared_grounds": grounds.pop() if len(granted) > 1 and len(grounds) == 1 else "",
        "granted": granted,
        "heads": _audience_words(detail.case.audience),
        "tz": booking_settings().tz,
        "upcoming": any(line.start > now for line in granted),
        "left_out": left_out(detail) if detail.binding_hats else [],
        "moving": _moving(detail, now) if detail.binding_hats else {},
        "hosting": hosting(detail),
        "parts": registry.party_parts(request, detail, now),
    }
    return render(request, "booking/cases/case.html", context)


def _appeal_by(detail: selectors.CaseDetail) -> date | None:
    """Until when a decision can be appealed, where there is one; None where there is nothing to appeal (any more)."""
    if detail.case.stored_act in ("appealed", "closed"):
        return None
    standing = [one for one in detail.case.decisions.all() if one.undone_at is None]
    found = [one.appeal_by for one in standing if one.appeal_by and one.legal_basis == "decision"]
    return max(found, default=None)


def _folded(lines: Sequence[Any], now: datetime) -> tuple[list[Any], list[Any]]:
    """The dates that a reader looks for, and the rest. Of many: the next ones, or the last when all have been."""
    if len(lines) <= FOLD_ABOVE:
        return list(lines), []
    lines = sorted(lines, key=lambda line: (line.start, line.number))
    ahead = [line for line in lines if line.end > now and line.state not in _ENDED]
    near = ahead[:SHOWN_OF_MANY] or lines[-SHOWN_OF_MANY:]
    shown = {line.number for line in near}
    return near, [line for line in lines if line.number not in shown]


def _tally(lines: Sequence[Any]) -> list[tuple[str, str]]:
    """How many dates are in each state, most first: ("granted", "188: Granted")."""
    counts = Counter(line.state for line in lines)
    return [(state, f"{count}: {LineState(state).label}") for state, count in counts.most_common()]


def _audience_words(audience: dict[str, Any]) -> str:
    if "about" in audience:
        bands = ", ".join(_years(band) for band in audience.get("bands", []))
        count = _("about %(count)s") % {"count": audience["about"]} if audience["about"] else ""
        return ", ".join(part for part in (count, bands) if part)
    return ", ".join(f"{count} ({_years(band)})" for band, count in audience.items())


def _years(band: str) -> str:
    return _("%(band)s years") % {"band": band.replace("-", "–")}


# --- the list --------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@login_required
def my_cases(request: HttpRequest) -> HttpResponse:
    """Cases where I am a party: what waits for me first, then what I wait for, then what is answered."""
    on = clock.today(booking_settings().tz)
    hats = [
        hat for hat in organisations.hats_of(request.user, on) if hat.kind in (HatKind.ORGANISATION, HatKind.PERSON)
    ]
    chosen = next((hat for hat in hats if hat.code == request.GET.get("for")), None)
    page = Paginator(_sorted(_for_hat(selectors.party_cases(request.user), chosen)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    names = booking_settings().show_officer_names
    groups: dict[str, list[dict[str, Any]]] = {"requester": [], "municipality": [], "nobody": []}
    until = selectors.until_of(page.object_list)
    unread = desk.unread_counts(request.user, [one.pk for one in page.object_list], notes=False)
    for one in page.object_list:
        groups.setdefault(one.waiting_on, []).append(_card(one, names, until[one.pk], unread.get(one.pk, 0)))
    headings = [
        (_("Waits for you"), groups["requester"]),
        (_("The municipality answers"), groups["municipality"]),
        (_("Answered"), groups["nobody"]),
    ]
    context = {
        "groups": [(heading, cards) for heading, cards in headings if cards],
        "page_obj": page,
        "hats": hats if len(hats) > 1 else [],
        "chosen": chosen,
        "any": bool(page.paginator.count),
        "duties": booking_settings().is_on("rosters"),
    }
    return render(request, "booking/cases/my_cases.html", context)


def _for_hat(cases: QuerySet[Case], hat: Hat | None) -> QuerySet[Case]:
    if hat is None:
        return cases
    if hat.kind == HatKind.ORGANISATION:
        found: QuerySet[Case] = selectors.filtered(cases, {"organisation": hat.slug})
        return found
    return cases.filter(organisation=None)


def _sorted(cases: QuerySet[Case]) -> QuerySet[Case]:
    order = When_(
        When(waiting_on="requester", then=Value(0)),
        When(waiting_on="municipality", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    open_by = When_(When(~Q(waiting_on="nobody"), then="answer_by"), default=None)
    found: QuerySet[Any] = selectors.with_lines(cases).annotate(order=order, open_by=open_by)
    return found.order_by("order", "open_by", "-received_at", "-pk")


def _card(one: Case, names: bool, until: date | None, unread: int) -> dict[str, Any]:
    """What the component shows of a case: its next date, else its first."""
    lines = list(one.lines.all())
    now = clock.now()
    line = next((line for line in lines if line.end > now), lines[0] if lines else None)
    officer = one.officer if names and one.officer is not None and one.officer.is_active else None
    return {
        "reference": one.reference,
        "title": title_of(one),
        "state": one.state,
        "start": line.start if line else None,
        "end": line.end if line else None,
        "place": str(localized(line.resource, "name")) if line else "",
        "organisation": one.organisation.name if one.organisation else "",
        "more": max(len(lines) - 1, 0),
        "waiting_on": one.waiting_on,
        "until": until,
        "who": str(officer.get_full_name() if officer else localized(one.unit, "name")),
        "enquiry": one.kind == CaseKind.ENQUIRY,
        "unread": unread,
    }
