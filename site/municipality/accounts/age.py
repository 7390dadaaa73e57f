"""No account for children under 13: the age from which a child may consent to an information society service in
Norway (personopplysningsloven § 5). Nobody's date of birth is kept.

Everybody says once, at the first sign-in, that they are 13 or older; a provider that tells a date of birth is believed
instead. Younger children act through an adult of their organisation, or look by a link that somebody shares with them.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.deletion import ProtectedError, RestrictedError

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from municipality.accounts.models import ERASED_DOMAIN, User

LIMIT = 13
#: How long an account waits for its owner to say their name and age; then it is forgotten.
UNFINISHED = timedelta(days=30)


def is_old_enough(birthdate: object, today: date) -> bool | None:
    """Whether somebody born then has turned 13. None when that can't be told.

    ``birthdate``: as OpenID Connect Core 1.0, 5.1 writes it: ``2012-05-17``, or the year alone; ``0000`` hides it.
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})-(\d{2}))?", str(birthdate or "").strip(), re.ASCII)
    if not found or found[1] == "0000":
        return None
    thirteenth = int(found[1]) + LIMIT
    if not found[2]:
        # The year alone says nothing about the year in which the birthday comes.
        return None if thirteenth == today.year else thirteenth < today.year
    # As numbers, since the 29th of February has no thirteenth birthday of its own: it falls on the 1st of March.
    return (thirteenth, int(found[2]), int(found[3])) <= (today.year, today.month, today.day)


def today() -> date:
    """The municipality's date."""
    return clock.today(booking_settings().tz)


def close(user: User) -> None:
    """Somebody has said that they are too young: the account goes.

    What others have written about it keeps it, switched off, so that no history is lost.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        try:
            with transaction.atomic():
                user.delete()
        except (ProtectedError, RestrictedError):
            user.is_active = False
            user.save(update_fields=["is_active"])


def unfinished() -> QuerySet[User]:
    """Accounts whose owner proved a mailbox and has said neither a name nor an age, of whatever age they are."""
    waiting = User.objects.filter(age_declared_at=None, name="", is_staff=False, is_superuser=False)
    # Who was erased has no name either, and their row stays.
    return waiting.exclude(email__endswith=f"@{ERASED_DOMAIN}")


def forget_unfinished(now: datetime) -> int:
    """Delete accounts whose owner proved a mailbox and never said a name or an age; ``tick`` does it.

    What somebody else has given a role or a membership is kept. Returns how many went. Safe twice and in two places.
    """
    gone = 0
    for user in unfinished().filter(date_joined__lt=now - UNFINISHED):
        try:
            with transaction.atomic():
                gone += bool(user.delete()[0])
        except (ProtectedError, RestrictedError):
            continue
    return gone
