"""The letter to who reported a fault and left an address: what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from booking.cases.letters.facts import case_of
from booking.cases.letters.promise import notice
from booking.correspondence import registry
from booking.correspondence.letters import Letter
from booking.faults.models import Fault, FaultState
from booking.foundation.i18n import localized


def register() -> None:
    """Make it known to the outbox."""
    registry.register("fault_settled", settled, still_settled)


def settled(payload: Mapping[str, Any], language: str) -> Letter:
    """Mended, or not and why."""
    fault = Fault.objects.select_related("resource").get(pk=payload["fault"])
    thing = localized(fault.resource, "name", language)
    done = fault.state == FaultState.MENDED
    return notice(
        case_of(payload),
        language,
        _("Mended: %(thing)s") % {"thing": thing} if done else _("Not mended: %(thing)s") % {"thing": thing},
        [
            _("You told us: %(what)s.") % {"what": fault.get_kind_display()},
            _("It is mended now. Thank you for telling us.") if done else fault.why,
        ],
    )


def still_settled(payload: Mapping[str, Any]) -> bool:
    """It has not been taken up again before the letter left."""
    return Fault.objects.filter(pk=payload["fault"], settled_at__isnull=False).exists()
