"""Ask the municipality anything; an account isn't needed."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from booking.cases import drafts, services
from booking.cases.models import Case
from booking.cases.public.ask import once
from booking.cases.public.forms import EnquiryForm
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError
from booking.organisations.hats import worn
from booking.organisations.rules import HatKind

#: The reference of the enquiry that this visitor sent last: its receipt is theirs alone.
_SESSION = "samskap_enquiry"


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """The form. Who is logged in needs no name and address."""
    hats = own_hats(request)
    form = EnquiryForm(request.POST or None, initial={"submission_key": uuid.uuid4().hex}, hats=hats)
    if request.user.is_authenticated:
        for name in ("name", "email", "phone"):
            del form.fields[name]
    if request.method == "POST" and form.is_valid():
        now, data = clock.now(), form.cleaned_data
        try:
            contact = str(request.user.pk or "") or data.get("email", "")
            ratelimit.spend("enquiry", now=now, contact=contact, address=ratelimit.client_address(request))
            hat = data.get("hat") or (hats[0][0] if len(hats) == 1 else HatKind.PERSON.value)
            organisation, worn_hat = drafts.organisation_of("", request.user, hat)
            case = services.submit_enquiry(
                organisation=organisation,
                hat=worn_hat,
                message=data["message"],
                user=request.user,
                contact_name=data.get("name", ""),
                contact_email=data.get("email", ""),
                contact_phone=data.get("phone", ""),
                now=now,
                submission_key=once(data.get("submission_key"), data["message"]),
            )
        except DomainError as error:
            form.show(error)
        else:
            if request.user.is_authenticated:
                return redirect("booking:case", reference=case.reference)
            request.session[_SESSION] = case.reference
            return redirect("booking:enquiry_sent")
    return render(request, "booking/cases/enquiry.html", {"form": form})


def own_hats(request: HttpRequest) -> list[tuple[str, str]]:
    """In whose name one may write, the hat that is worn first. Staff write down what others ask elsewhere."""
    wearing = worn(request)
    own = [hat for hat in wearing.hats if hat.kind != HatKind.UNIT]
    own.sort(key=lambda hat: wearing.hat is None or hat.code != wearing.hat.code)
    mine = _("Myself, as a private person")
    return [(hat.code, mine if hat.kind == HatKind.PERSON else hat.label) for hat in own]


@never_cache
@require_safe
def enquiry_sent(request: HttpRequest) -> HttpResponse:
    """The receipt of who has no account: reference, who answers, and until when."""
    reference = request.session.get(_SESSION)
    case = Case.objects.select_related("unit", "officer").filter(reference=reference).first() if reference else None
    if case is None:
        raise Http404
    officer = case.officer if booking_settings().show_officer_names else None
    return render(request, "booking/cases/enquiry_sent.html", {"case": case, "officer": officer})
