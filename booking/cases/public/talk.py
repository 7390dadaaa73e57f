"""The conversation on a case's page: what is new, who has read it, files, and how one wants to hear of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.cases import selectors, services
from booking.cases.access import is_staff_for
from booking.cases.files import as_download, file_of
from booking.cases.models import Case, CaseKind, EarlyPlan, MailWish, WishKind, WishWay
from booking.cases.public.forms import MailForm, takes_of
from booking.cases.services.continuing import chain_of, open_enquiry_of
from booking.catalogue import selectors as catalogue
from booking.foundation import clock
from booking.foundation.conf import booking_settings

#: The enquiry that this visitor is making a request of.
_GOES_ON = "samskap_goes_on"


def thread(request: HttpRequest, detail: selectors.CaseDetail, *, party: bool) -> dict[str, Any]:
    """What the page needs of the conversation besides the messages themselves."""
    case = detail.case
    own = [row for row in case.readers.all() if row.user_id == request.user.pk]
    earlier = []
    for one in chain_of(case):
        before = selectors.case_detail(one, request.user)
        earlier.append({"case": before.case, "talk": [word for word in before.messages if not word.internal]})
    later = case.followed_by.order_by("pk").first()
    return {
        "new_count": sum(1 for one in detail.messages if one.new and not one.internal),
        "seen_by": seen_by(detail, request.user),
        "muted": bool(own and own[0].muted),
        "earlier": earlier,
        "later": later
        if later is not None and selectors.visible_cases(request.user).filter(pk=later.pk).exists()
        else None,
        "may_go_on": party and case.kind == CaseKind.ENQUIRY and later is None and case.stored_act != "dismissed",
        "plan": (plan := EarlyPlan.objects.filter(case=case).first()),
        "takes": takes_of(plan) if plan is not None else [],
    }


def seen_by(detail: selectors.CaseDetail, viewer: Any) -> list[str]:
    """Who of the others has had the reader's last message on the page; "" where the reader has not written last."""
    spoken = [one for one in detail.messages if not one.internal]
    if not spoken or not spoken[-1].mine:
        return []
    last, on = spoken[-1].id, clock.today(booking_settings().tz)
    names = []
    for row in detail.case.readers.all():
        if row.user_id == viewer.pk or row.seen < last:
            continue
        staff = is_staff_for(row.user, detail.case, on)
        if staff and detail.viewer == "party" and not booking_settings().show_officer_names:
            names.append(str(detail.unit))
        else:
            names.append(str(row.user.get_full_name() or row.user))
    return list(dict.fromkeys(names))


def now_read(request: HttpRequest, case: Case, *, internal: bool = False) -> None:
    """The messages that were on the page are read; a HEAD request shows nobody anything."""
    if request.method != "GET":
        return
    shown = case.messages.all() if internal else case.messages.filter(internal=False)
    last = shown.order_by("-pk").values_list("pk", flat=True).first()
    services.mark_seen(case, by=request.user, upto=last or 0, now=clock.now())


@never_cache
@require_safe
@login_required
def case_file(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """A file of the conversation, always as a download. 404 for who may not read the message that it came with."""
    case = selectors.visible_cases(request.user).filter(reference=reference).first()
    if case is None:
        raise Http404
    found = file_of(case, request.user, pk=pk)
    if found is None:
        raise Http404
    return as_download(found)


@never_cache
@require_POST
@login_required
def mute(request: HttpRequest, reference: str) -> HttpResponse:
    """No e-mail about this talk, or again."""
    case = selectors.visible_cases(request.user).filter(reference=reference).first()
    if case is None:
        raise Http404
    quiet = request.POST.get("muted") == "1"
    services.mute(case, by=request.user, muted=quiet)
    messages.success(
        request,
        _("You get no more e-mail about this talk. Decisions, and messages that name you, still come.")
        if quiet
        else _("You get e-mail about this talk again."),
    )
    return redirect("booking:case", reference=reference)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_mail(request: HttpRequest) -> HttpResponse:
    """How one wants to hear of messages, kind by kind."""
    on = clock.today(booking_settings().tz)
    staff = catalogue.units_of(request.user, on).exists()
    hidden = {
        kind
        for kind, shown in ((WishKind.STAFF_TALK, staff), (WishKind.DUTY, booking_settings().is_on("rosters")))
        if not shown
    }
    kinds = [choice for choice in WishKind.choices if choice[0] not in hidden]
    chosen = dict(MailWish.objects.filter(user=request.user).values_list("kind", "way"))
    initial = {kind: chosen.get(kind, WishWay.AT_ONCE) for kind, _label in kinds}
    form = MailForm(request.POST or None, kinds=kinds, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.choose_mail(by=request.user, wishes={kind: way for kind, way in form.cleaned_data.items() if way})
        messages.success(request, _("Saved."))
        return redirect("booking:my_mail")
    muted = selectors.visible_cases(request.user).filter(readers__user=request.user, readers__muted=True)
    context = {"form": form, "muted": muted.order_by("-pk")[:50]}
    return render(request, "booking/cases/my_mail.html", context)


# --- an enquiry becomes a request ------------------------------------------------------------------------------------


@never_cache
@require_POST
@login_required
def go_on(request: HttpRequest, reference: str) -> HttpResponse:
    """Look for what to borrow; the request that is sent then goes on from this enquiry. Or forget about that."""
    if request.POST.get("stop"):
        has_gone_on(request)
        return redirect("booking:case", reference=reference)
    if open_enquiry_of(reference, by=request.user, now=clock.now()) is None:
        raise Http404
    request.session[_GOES_ON] = reference
    return redirect("booking:find")


def goes_on_from(request: HttpRequest) -> Case | None:
    """The enquiry that the next request goes on from, while that is still allowed."""
    reference = request.session.get(_GOES_ON)
    if not reference or not request.user.is_authenticated:
        return None
    return open_enquiry_of(reference, by=request.user, now=clock.now())


def has_gone_on(request: HttpRequest) -> None:
    """It has; or the visitor thinks otherwise."""
    request.session.pop(_GOES_ON, None)
