"""What somebody asked by word of mouth, by phone or in a message, written down by an employee (needs N4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, Channel
from booking.cases.selectors.people import user_at
from booking.cases.services.shared import Actor
from booking.cases.services.submitting import submit_enquiry
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid


def log_question(
    *,
    message: str,
    who: str,
    contact: str,
    channel: str,
    unit: Unit | None = None,
    by: Any,
    now: datetime,
    submission_key: str | None = None,
) -> Case:
    """An enquiry on somebody's behalf: the clock runs from now, and the person gets the receipt by e-mail.

    `contact`: an e-mail address or a phone number, as it is said. Whoever has a role in any unit may do this; it goes
    to `unit`, else where the routing rules say. Raises ``Invalid`` with the field, ``Forbidden``.
    """
    on = local_date(now, booking_settings().tz)
    roles = catalogue.units_of(by, on, with_children=False)
    own = roles.order_by("pk").first()
    if own is None:
        raise Forbidden("forbidden", _("Only people with a role in a unit log questions."))
    if channel not in (Channel.SPOKEN, Channel.PHONE, Channel.MESSENGER, Channel.LETTER):
        raise Invalid("unknown_choice", _("Choose how it was asked."), loc=("channel",))
    name = text.clean(who, max_length=150, loc=("who",), required=True)
    email, phone = _contact(contact)
    user = user_at(email)
    return submit_enquiry(
        message=message, user=user, unit=unit, hat="person", contact_name=name, contact_email=email,
        contact_phone=phone, channel=channel, now=now, submission_key=submission_key,
        logged_by=Actor(by, f"unit:{own.slug}"), language=getattr(user, "language", "") or "",
    )  # fmt: skip


def _contact(raw: str) -> tuple[str, str]:
    """(e-mail, phone), one of them empty."""
    said = text.clean(raw, max_length=254, loc=("contact",), required=True)
    if "@" in said:
        try:
            validate_email(said)
        except ValidationError as error:
            raise Invalid("email", _("Write a whole e-mail address, or a phone number."), loc=("contact",)) from error
        return said.lower(), ""
    digits = sum(one.isdigit() for one in said)
    if not 3 <= digits <= 15 or len(said) > 30:
        raise Invalid("phone", _("Write a whole e-mail address, or a phone number."), loc=("contact",))
    return "", said
