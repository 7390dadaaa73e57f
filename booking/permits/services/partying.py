"""What a party does: says that it has applied, confirms a condition, hands in a document."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import choose_hat, party_hats
from booking.cases.services.shared import Actor
from booking.catalogue.selectors import requirement_of
from booking.foundation import files
from booking.foundation.errors import Invalid, WrongState
from booking.permits import rules
from booking.permits.access import check_may_grant, why_not
from booking.permits.models import Permit, PermitDocument, PermitDocumentContent
from booking.permits.services.common import clean_day, clean_note, locked, need_open, note, put, today_of
from booking.permits.services.telling import tell_granter


def _actor(permit: Permit, by: Any, hat: str | None, on: date) -> Actor:
    case = permit.case
    default = case.requester_hat if case.requester_id == by.pk else ""
    return Actor(by, choose_hat(party_hats(by, case, on), hat, default=default))


def say_applied(
    permit: Permit, *, applied_on: date | None, note: str = "", by: Any, hat: str | None = None, now: datetime
) -> Permit:
    """A party has applied with who grants it. The granter hears, where it is one of our units.

    Raises ``Invalid``, ``WrongState`` (it is granted, or not needed), ``Forbidden``, ``HatRequired``.
    """
    with transaction.atomic():
        fresh = locked(permit)
        need_open(fresh)
        actor = _actor(fresh, by, hat, today_of(now))
        day = clean_day(applied_on, "applied_on", latest=today_of(now))
        words = clean_note(note)
        if fresh.state == "applied" and fresh.date == day and fresh.note == words:
            return fresh
        if fresh.requirement.kind != "permit" or not (
            fresh.state == "applied" or rules.may_move(fresh.state, "applied", "party")
        ):
            raise WrongState("wrong_state", _("This can't be applied for as it stands now."))
        put(fresh, "applied", day=day, by=actor, now=now, note=words)
        tell_granter(fresh, now=now)
    return fresh


def confirm(
    permit: Permit, *, version: int | None, by: Any, hat: str | None = None, language: str | None = None, now: datetime
) -> Permit:
    """A party ticks a condition. Its words are kept as they were read, in ``language`` and with their version.

    ``version``: of the words that were shown; others may have been written since. Raises ``WrongState`` then, and for
    what isn't a condition to confirm; ``Forbidden``, ``HatRequired``.
    """
    with transaction.atomic():
        fresh = locked(permit)
        need_open(fresh)
        actor = _actor(fresh, by, hat, today_of(now))
        need = fresh.requirement
        if need.kind == "condition" and fresh.state == "granted":
            return fresh
        if not rules.may_confirm(need.kind, fresh.state):
            raise WrongState("wrong_state", _("This can't be confirmed as it stands now."))
        if version != need.version:
            raise WrongState("stale_text", _("The condition has been written anew. Read it again, and confirm then."))
        one = requirement_of(need)
        words = "\n\n".join(part for part in (str(one.what), str(one.help)) if part)
        put(fresh, "granted", day=today_of(now), by=actor, now=now, text=words, text_version=need.version)
    return fresh


def add_document(
    permit: Permit, *, name: str, content: bytes, by: Any, hat: str | None = None, now: datetime
) -> PermitDocument:
    """Keep a file that shows it. The same bytes twice are one document.

    From a party it also says "handed in" (the granter hears); who grants it may add one too. Raises ``Invalid``
    (``document_kind``, ``document_broken``, ``too_many``, ``required``), ``TooLarge`` over 10 MB, ``Forbidden``.
    """
    files.check_size(content)
    content_type, ending = files.read_kind(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        fresh = locked(permit)
        need_open(fresh)
        on = today_of(now)
        party = bool(party_hats(by, fresh.case, on))
        if party or why_not(by, fresh, on) == "forbidden":
            actor = _actor(fresh, by, hat, on)
        else:
            actor = Actor(by, check_may_grant(by, fresh, on))
        if twin := fresh.documents.filter(sha256=digest).first():
            return twin
        if fresh.documents.count() >= rules.MOST_DOCUMENTS:
            raise Invalid("too_many", _("At most %(most)s."), loc=("file",), params={"most": rules.MOST_DOCUMENTS})
        row = PermitDocument.objects.create(
            permit=fresh,
            name=files.safe_name(name, ending),
            content_type=content_type,
            size=len(content),
            sha256=digest,
            uploaded_by=by,
            uploaded_hat=actor.hat,
            uploaded_at=now,
        )
        PermitDocumentContent.objects.create(document=row, data=content)
        note(fresh, by=actor, now=now, document=row.pk)
        handed_in = party and fresh.requirement.kind != "condition"
        if handed_in and rules.may_move(fresh.state, "applied", "party"):
            put(fresh, "applied", day=on, by=actor, now=now)
        if party:
            tell_granter(fresh, now=now)
    return row
