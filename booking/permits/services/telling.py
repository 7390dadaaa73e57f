"""Who hears what. A letter to staff says what is true when it leaves."""

from __future__ import annotations

from datetime import datetime

from booking.catalogue import selectors as catalogue
from booking.correspondence.services import Outgoing, enqueue_many
from booking.permits.access import granting_unit
from booking.permits.models import Permit
from booking.permits.services.common import today_of


def tell_granter(permit: Permit, *, now: datetime) -> None:
    """One of our units has something to look at. Nobody outside is written to: the party applies there itself.

    Once a day and permit, to who answers in that unit today, else to the unit's address.
    """
    if permit.requirement.granting_unit_id is None and permit.requirement.kind == "permit":
        return
    unit = granting_unit(permit)
    on = today_of(now)
    person = catalogue.unit_responsible(unit, on).acting
    address = str(getattr(person, person.get_email_field_name(), "") or "") if person is not None else unit.email
    if not address:
        return
    enqueue_many(
        [
            Outgoing(
                key=f"permit-asked:{permit.pk}:{on.isoformat()}",
                handler="permit_asked",
                payload={"permit": permit.pk},
                recipient=address,
                recipient_user=person,
                language=getattr(person, "language", "nb") or "nb",
                due_at=now,
            )
        ],
        now=now,
    )
