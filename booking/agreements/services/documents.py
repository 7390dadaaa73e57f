"""Documents of an agreement: known by their content, of bounded size, kept in the database, only ever downloaded."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementDocument, DocumentContent
from booking.agreements.services.common import locked, log, speaker, store
from booking.foundation import files
from booking.foundation.errors import Forbidden, Invalid, NotFound
from booking.organisations.models import Organisation


def add_document(
    agreement: Agreement,
    *,
    name: str,
    content: bytes,
    by: Any,
    organisation: Organisation | None = None,
    now: datetime,
) -> AgreementDocument:
    """Keep a document with the agreement; every side sees it. The same bytes twice are one document.

    What it is follows from the content; the name only keeps its words. Raises ``Invalid`` (``document_kind``,
    ``document_broken``, ``too_many``, ``required``), ``TooLarge`` over 10 MB, ``Forbidden``, ``Disqualified``.
    """
    files.check_size(content)
    content_type, ending = files.read_kind(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        there = fresh.documents.filter(removed_at=None)
        if twin := there.filter(sha256=digest).first():
            return twin
        if there.count() >= rules.MOST_DOCUMENTS:
            raise Invalid("too_many", _("At most %(most)s."), loc=("file",), params={"most": rules.MOST_DOCUMENTS})
        row = AgreementDocument.objects.create(
            agreement=fresh,
            name=files.safe_name(name, ending),
            content_type=content_type,
            size=len(content),
            sha256=digest,
            uploaded_by=by,
            uploaded_hat=who.hat,
            uploaded_at=now,
        )
        DocumentContent.objects.create(document=row, data=content)
        log(fresh, "document_added", who=who, now=now, document=row.pk)
        store(fresh, now)
    return row


def remove_document(
    agreement: Agreement, document_id: int, *, by: Any, organisation: Organisation | None = None, now: datetime
) -> None:
    """Take a document off the pages; who added it may, for their own side. The log keeps that it was there.

    Its bytes stay until retention takes the agreement: what two sides agreed on isn't destroyed by one of them.
    """
    with transaction.atomic():
        fresh = locked(agreement)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        row = fresh.documents.filter(pk=document_id).first()
        if row is None:
            raise NotFound("not_found", _("There is no such document."))
        if row.uploaded_hat.partition(":")[0] != who.hat.partition(":")[0] or (
            organisation is not None and row.uploaded_hat != who.hat
        ):
            raise Forbidden("forbidden", _("Only the side that added it can remove it."))
        if row.removed_at is not None:
            return
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        log(fresh, "document_removed", who=who, now=now, document=row.pk)
        store(fresh, now)
