"""The list, one agreement, the same as a letter, writing one down, correcting it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.agreements import forms as shared
from booking.agreements import selectors, services, wording
from booking.agreements.models import Agreement, AgreementState, Side
from booking.agreements.services.common import BINDING_ROLES
from booking.agreements.view import agreement_view
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import text
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError
from booking.organisations.models import LEADING_ROLES
from booking.organisations.public.mine import Mine

PER_PAGE = 30
ratelimit.LIMITS.setdefault("agreement", Limits(Limit(30, 3600), Limit(600, 3600)))

_GROUPS = (
    ("waiting", gettext_lazy("Waits for you")),
    ("sent", gettext_lazy("Waits for others")),
    ("living", gettext_lazy("In force")),
    ("over", gettext_lazy("Ended and declined")),
)


class Ours(Mine):
    """An organisation as one of its leading people sees it. 404 for others, and where the register is switched off."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        if not selectors.is_on():
            raise Http404
        super().__init__(request, slug)
        self.need(bool(set(self.roles) & set(LEADING_ROLES)))

    @property
    def binds(self) -> bool:
        """Leader or board: writes down, confirms, declines, ends."""
        return bool(set(self.roles) & set(BINDING_ROLES)) and self.organisation.state != "inactive"

    def agreement(self, reference: str) -> Agreement:
        """One of the organisation's agreements, with everything at hand; 404 for any other."""
        found = selectors.with_all(
            Agreement.objects.filter(reference=reference, parties__organisation=self.organisation)
        ).first()
        if found is None:
            raise Http404
        return found

    def to(self, agreement: Agreement) -> HttpResponse:
        """Back to the agreement's page."""
        return redirect("booking:my_agreement", self.organisation.slug, agreement.reference)

    def spend(self) -> None:
        """One try more. Raises ``TooMany``."""
        ratelimit.spend(
            "agreement", now=self.now, contact=str(self.request.user.pk), address=ratelimit.client_address(self.request)
        )


@never_cache
@require_safe
@login_required
def agreements(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits first; every word of the search occurs somewhere in the agreement."""
    me = Ours(request, slug)
    if me.organisation.slug != slug:
        return redirect("booking:my_agreements", me.organisation.slug)
    asked = _words(request)
    found = selectors.search(Agreement.objects.filter(parties__organisation=me.organisation), asked)
    page = Paginator(selectors.in_order(selectors.with_all(found)), PER_PAGE).get_page(request.GET.get("page"))
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name, _heading in _GROUPS}
    for one in page.object_list:
        status = selectors.status_of(one, me.today)
        sides = wording.sides(one)
        mine = next((side for side in sides if side.organisation == me.organisation), None)
        group = "living"
        if status == "one_side":
            group = "waiting" if mine is not None and not mine.confirmed else "sent"
        elif status in ("ended", "declined"):
            group = "over"
        groups[group].append(
            {
                "agreement": one,
                "chip": f"agreement_{status}",
                "words": wording.status_words(status, sides),
                "where": wording.where_words(one),
                "period": wording.period_words(one),
                "missing": wording.missing_words(one) if status == "one_side" else "",
            }
        )
    overdue = selectors.open_tasks(
        Agreement.objects.filter(parties__organisation=me.organisation), Side.ORGANISATION, until=me.today
    )
    context = {
        "me": me,
        "organisation": me.organisation,
        "groups": [(heading, groups[name]) for name, heading in _GROUPS if groups[name]],
        "page_obj": page,
        "q": asked,
        "tasks": list(overdue[:20]),
        "today": me.today,
    }
    return render(request, "booking/agreements/public/list.html", context)


def _words(request: HttpRequest) -> str:
    try:
        return text.clean(request.GET.get("q", ""), max_length=text.SEARCH)
    except DomainError:
        return ""


@never_cache
@require_safe
@login_required
def agreement(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One agreement: what holds, who has confirmed it, what is to be done, documents, and the log."""
    me = Ours(request, slug)
    return page(me, me.agreement(reference))


def page(me: Ours, found: Agreement, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, with whatever form was refused."""
    view = agreement_view(found, side=Side.ORGANISATION, staff=False, on=me.today, now=me.now)
    mine = next((one for one in view.sides if one.organisation == me.organisation), None)
    open_ = found.state == AgreementState.PROPOSED
    context = {
        "me": me,
        "organisation": me.organisation,
        "agreement": found,
        "view": view,
        "asked": me.binds and open_ and mine is not None and not mine.confirmed,
        "may_correct": me.binds and open_,
        "may_end": me.binds and found.state == AgreementState.AGREED and found.notice_at is None,
        "may_follow": me.binds and view.status in ("in_force", "ending", "ended"),
        "may_add": me.binds,
        "my_hat": f"organisation:{me.organisation.slug}",
        "decline_form": shared.ReasonForm(prefix="decline") if me.binds and open_ else None,
        "document_form": shared.DocumentForm() if me.binds else None,
        "clashes": [],
    }
    return render(me.request, "booking/agreements/public/agreement.html", context | more, status=status)


@never_cache
@require_safe
@login_required
def letter(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The agreement on paper: A4, with the marks of who has confirmed, and lines to sign on where nobody has."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    view = agreement_view(found, side=Side.ORGANISATION, staff=False, on=me.today, now=me.now)
    context = {"view": view, "agreement": found, "back": me.organisation, "today": me.today}
    return render(request, "booking/agreements/letter.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write an agreement down. ``?from=AVT-2026-001`` begins with what an older one says."""
    me = Ours(request, slug)
    me.need(me.binds)
    old = None
    if request.GET.get("from"):
        old = me.agreement(request.GET["from"][:30])
    form = _form(me, old, fresh=True)
    if request.method == "POST" and form.is_valid():
        try:
            me.spend()
            made = services.write_down(
                form.draft(_parties(me, old)),
                by=request.user,
                organisation=me.organisation,
                unit=_unit(form.content.cleaned_data.get("unit")),
                follows=old,
                now=me.now,
                submission_key=request.POST.get("key", "")[:64],
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It is written down. The municipality is asked to confirm it."))
            return me.to(made)
    return _form_page(me, form, old=old)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Correct what isn't confirmed by everybody; the others must confirm anew."""
    me = Ours(request, slug)
    found = me.agreement(reference)
    me.need(me.binds and found.state == AgreementState.PROPOSED)
    form = _form(me, found, fresh=False)
    if request.method == "POST" and form.is_valid():
        try:
            me.spend()
            services.correct(
                found,
                form.draft([one.organisation for one in found.parties.all()]),
                by=request.user,
                organisation=me.organisation,
                now=me.now,
                if_version=_version(request),
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It is corrected. The others are asked to confirm it."))
            return me.to(found)
    return _form_page(me, form, agreement=found)


class PublicContentForm(shared.ContentForm):
    """With the unit, for a place that isn't in the list, and the trap for programs."""

    homepage = shared.forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=shared.forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    unit = shared.forms.ChoiceField(
        label=gettext_lazy("Whom at the municipality was it agreed with?"),
        required=False,
        help_text=gettext_lazy("Only if the place isn't in the list."),
    )

    def __init__(self, *args: Any, fresh: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fresh:
            field: Any = self.fields["unit"]
            field.choices = shared.units_to_choose()
        else:
            del self.fields["unit"]

    def clean_homepage(self) -> str:
        """Only a program writes here."""
        if self.cleaned_data["homepage"]:
            raise shared.forms.ValidationError(_("Leave this empty"))
        return ""


def _form(me: Ours, agreement: Agreement | None, *, fresh: bool) -> shared.WholeForm:
    options: dict[str, Any] = {"fresh": fresh}
    if fresh and agreement is not None:
        after = agreement.last_day
        options["initial"] = {"start": after + timedelta(days=1) if after else None, "end": None}
    return shared.WholeForm(
        me.request.POST if me.request.method == "POST" else None,
        content=PublicContentForm,
        resources=catalogue.public_resources(),
        agreement=agreement,
        **options,
    )


def _parties(me: Ours, old: Agreement | None) -> list[Any]:
    """The organisation, or all parties of the agreement that this one follows."""
    others = [one.organisation for one in old.parties.all()] if old is not None else []
    return [me.organisation, *(one for one in others if one != me.organisation and one.state != "inactive")]


def _unit(slug: str | None) -> Unit | None:
    return Unit.objects.filter(slug=slug, active=True).first() if slug else None


def _version(request: HttpRequest) -> int | None:
    """The version that the reader looked at, if the form says it."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


def _form_page(
    me: Ours, form: shared.WholeForm, *, agreement: Agreement | None = None, old: Agreement | None = None
) -> HttpResponse:
    context = {
        "organisation": me.organisation,
        "form": form,
        "agreement": agreement,
        "old": old,
        "key": me.request.POST.get("key") or secrets.token_urlsafe(16),
    }
    return render(me.request, "booking/agreements/public/form.html", context)
