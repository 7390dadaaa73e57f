"""A person is erased: what can go goes, what must stay no longer says who it was.

The user's row is kept, deactivated and without name or address: foreign keys are PROTECT, so history never points at
nobody (architecture.md "Traps"). Everything happens in one transaction: a process that is killed leaves the person as
they were, and pressing again begins anew; pressing after it is done changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.correspondence.services import enqueue
from booking.foundation import personal
from booking.foundation.errors import Forbidden, Unmet
from booking.privacy import selectors
from booking.privacy.models import Erasure


def erase_person(*, user: Any, by: Any, now: datetime) -> Erasure:
    """Erase ``user`` as every class says, and write one last letter to the address that is forgotten with it.

    Raises ``Forbidden`` for anybody but the person, ``Unmet`` with the obstacles (the only leader of an organisation,
    an officer with open matters, own loans ahead): hand over first.
    """
    if by.pk != user.pk:
        raise Forbidden("forbidden", _("Only you can have yourself erased."))
    with transaction.atomic():
        user = get_user_model()._default_manager.select_for_update().get(pk=user.pk)
        done = Erasure.objects.filter(user=user).first()
        if done is not None:
            return done
        waits = selectors.obstacles(user, now)
        if waits:
            raise Unmet(
                "hand_over_first",
                _("You can't be erased yet: something would be left without anybody."),
                items=[{"code": one.code, "message": str(one.words)} for one in waits],
            )
        address, language = personal.address_of(user), str(getattr(user, "language", "nb") or "nb")
        erasure = Erasure.objects.create(user=user, at=now)
        counts = {data.name: data.erase(user, now) for data in personal.personal_data()}
        if address:
            # After the letters to the person have been emptied, so that this one is left.
            enqueue(
                key=f"erased:{erasure.pk}",
                handler="privacy_erased",
                payload={"erasure": erasure.pk},
                recipient=address,
                language=language,
                due_at=now,
                now=now,
                soon=True,
            )
        erasure.counts = counts
        erasure.save(update_fields=["counts"])
    return erasure
