"""Staff open an agreement, which names people and often says how to reach them: that leaves a trace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking.agreements.models import Agreement
from booking.agreements.services.common import today_of
from booking.organisations import selectors as organisations
from booking.privacy.services import note_look


def note_look_at(agreement: Agreement, viewer: Any, *, now: datetime) -> None:
    """Note it. Who leads one of its organisations, or books for it, looks at their own and isn't noted."""
    hosts = [party.organisation for party in agreement.parties.select_related("organisation")]
    if organisations.has_leading_role(viewer, hosts, today_of(now)):
        return
    note_look(
        viewer=viewer, kind="agreement", pk=agreement.pk, label=agreement.reference, unit_id=agreement.unit_id, now=now
    )
