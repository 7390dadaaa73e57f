"""What faults connect when Django starts: their letter, what they keep about people, and a section on the case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from booking.cases import registry as cases
from booking.cases.registry import CasePart
from booking.catalogue import registry as catalogue
from booking.catalogue.models import Resource
from booking.catalogue.registry import PageNote, StaffPart
from booking.faults import letters, personal
from booking.faults.models import Fault, WallCode
from booking.faults.selectors import faults_handled, open_faults


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    cases.register_staff_part("fault", staff_part, order=10)
    catalogue.register_staff_part("faults", thing_part, order=30)


def staff_part(request: Any, detail: Any, now: datetime) -> CasePart | None:
    """What is wrong, and the buttons, on the page of the fault's case. None for any other case, at no cost."""
    case = detail.case
    if case.kind != "enquiry":
        return None
    rows = Fault.objects.filter(case=case).select_related("resource", "photo").defer("photo__content")
    fault = rows.first()
    if fault is None:
        return None
    may = faults_handled(request.user).filter(pk=fault.pk).exists()
    return CasePart("booking/faults/staff/_part.html", {"fault": fault, "may_handle": may})


def thing_part(request: Any, resource: Resource, now: datetime) -> StaffPart:
    """On a thing's page in the CMS admin: what is broken, and the code on the wall. Two queries."""
    code = WallCode.objects.filter(resource=resource).values_list("code", flat=True).first()
    lines = [
        PageNote(
            f"{one.case.reference}: {one.get_kind_display()}",
            reverse("booking_cases:inspect", args=[one.case_id]),
            str(one.get_state_display()),
        )
        for one in open_faults([resource.pk])
    ]
    links = []
    if code:
        address = request.build_absolute_uri(reverse("booking:wall", args=[code]))
        links = [(_("The code on the wall: %(code)s") % {"code": code}, address)]
    return StaffPart(_("Faults"), lines, _("Nothing is reported as broken."), links)
