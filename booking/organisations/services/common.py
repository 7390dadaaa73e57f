"""What every act on an organisation shares: its lock, its log, and telling those who show it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.correspondence.services import enqueue
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, WrongState
from booking.foundation.signals import send_revised
from booking.organisations import selectors
from booking.organisations.models import Organisation


def check_no_ties(organisation: Organisation, by: Any, now: datetime) -> None:
    """Raises ``Disqualified`` when ``by`` leads the organisation or books for it (needs N10). Never relaxed."""
    if selectors.has_leading_role(by, [organisation], today_of(now)):
        raise Disqualified(
            "disqualified", _("You lead this organisation or book for it, so a colleague has to do this.")
        )


def locked(organisation: Organisation) -> Organisation:
    """The row, read fresh under its lock. Raises ``WrongState`` (``merged``) when another entry stands for it now."""
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if row.merged_into_id is not None:
        raise WrongState("merged", _("This organisation has been merged with another one."))
    return row


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def write_log(
    organisation: Organisation, act: str, *, by: Any, now: datetime, data: dict[str, Any] | None = None
) -> None:
    """One row of the log: ids and codes only."""
    log(organisation, f"samskap.organisation.{act}", user=by, timestamp=now, data=data or {})


def tell(organisation: Organisation) -> None:
    """Calendars and re-checks that show the organisation hear of the change, in this transaction."""
    send_revised(cause=f"organisation:{organisation.slug}", scopes=[f"organisation:{organisation.pk}"])


def leaders_to_write_to(organisation: Organisation, now: datetime) -> list[Any]:
    """Leaders of today who can sign in and have an address, by id."""
    rows = selectors.leaders(organisation, today_of(now)).order_by("user_id")
    return [row.user for row in rows if address_of(row.user)]


def address_of(user: Any) -> str:
    """The e-mail address of a person; "" without one."""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def write_to(
    user: Any, handler: str, key: str, payload: dict[str, Any], *, now: datetime, fallback: str = "nb"
) -> None:
    """Put one letter to a person into the outbox, in the person's language. Nobody without an address is written to."""
    address = address_of(user)
    if address:
        enqueue(
            key=f"{key}:{user.pk}"[:200],
            handler=handler,
            payload=payload,
            recipient=address,
            recipient_user=user,
            language=getattr(user, "language", "") or fallback,
            due_at=now,
            now=now,
        )
