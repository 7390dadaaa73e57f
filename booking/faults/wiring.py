"""What faults connect when Django starts: their letter, what they keep about people, and a section on the case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.cases import registry as cases
from booking.cases.registry import CasePart
from booking.faults import letters, personal
from booking.faults.models import Fault
from booking.faults.selectors import faults_handled


def connect() -> None:
    """Fill the registries of the floors below."""
    letters.register()
    personal.register()
    cases.register_staff_part("fault", staff_part, order=10)


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
