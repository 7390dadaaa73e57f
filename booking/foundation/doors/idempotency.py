"""``Idempotency-Key`` on POST: the same key and body gives the first answer again (api.md "Conventions").

The record is a row inserted in the same transaction as the work it answers for. So a process killed in mid-request
leaves neither, and two at once need no polling: the second insert waits in the database for the first to end (on
PostgreSQL by the unique index, on SQLite by the write lock), then finds its answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from booking.foundation.doors.ratelimit import client_address
from booking.foundation.errors import IdempotencyMismatch, Invalid
from booking.foundation.models import IdempotencyRecord

HEADER = "HTTP_IDEMPOTENCY_KEY"
LIFETIME = timedelta(hours=24)
#: Headers of an answer that a client needs the second time too.
KEPT_HEADERS = ("Location", "ETag", "Content-Language")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_of(request: Request) -> str | None:
    """The key, or None without one. Raises ``Invalid`` for one that isn't 1 to 255 visible ASCII characters."""
    key = request.META.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid("bad_key", _("The key must be 1 to 255 visible characters."), loc=["header", "Idempotency-Key"])
    return str(key)


def scope_of(request: Request, key: str) -> str:
    """Whose key it is: user × method × path; for anonymous callers the address stands for the user."""
    user = request.user
    who = f"user:{user.pk}" if user.is_authenticated else f"address:{client_address(request)}"
    return hashlib.sha256("\x1f".join((who, str(request.method), request.path, key)).encode()).hexdigest()


def hash_of(data: Any) -> str:
    """A fingerprint of the parsed body: blanks and the order of members don't matter."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def answer_once(
    request: Request, key: str, now: datetime, work: Callable[[], HttpResponseBase]
) -> tuple[HttpResponseBase, bool]:
    """Run ``work`` once per key and answer with its (rendered) response; True when it is a repeated one.

    ``work`` runs inside a transaction; it must return refusals as responses (4xx) and raise what is no answer. Kept are
    2xx and 4xx but 429; anything else rolls everything back. Raises ``IdempotencyMismatch`` for another body.
    """
    scope, body_hash = scope_of(request, key), hash_of(request.data)
    with transaction.atomic():
        record, fresh = _claim(scope, body_hash, now)
        if not fresh:
            if record.body_hash != body_hash:
                raise IdempotencyMismatch(
                    "idempotency_mismatch", _("This key was used before, with another content. Use a new key.")
                )
            return _replay(record), True
        response = work()
        if 200 <= response.status_code < 300 or (400 <= response.status_code < 500 and response.status_code != 429):
            _store(record, response)
        else:
            transaction.set_rollback(True)
    return response, False


def _claim(scope: str, body_hash: str, now: datetime) -> tuple[IdempotencyRecord, bool]:
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(scope=scope, body_hash=body_hash, created_at=now), True
    except IntegrityError:
        record = IdempotencyRecord.objects.select_for_update().get(scope=scope)
    if record.created_at > now - LIFETIME:
        return record, False
    record.body_hash, record.created_at, record.status = body_hash, now, None
    record.save(update_fields=["body_hash", "created_at", "status"])
    return record, True


def _store(record: IdempotencyRecord, response: HttpResponseBase) -> None:
    if not isinstance(response, HttpResponse):
        raise TypeError("a streamed answer can't be kept")
    record.status = response.status_code
    record.content_type = response.get("Content-Type", "")
    record.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    record.body = response.content.decode()
    record.save(update_fields=["status", "content_type", "headers", "body"])


def _replay(record: IdempotencyRecord) -> HttpResponse:
    response = HttpResponse(record.body, status=record.status or 200, content_type=record.content_type)
    for name, value in record.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def forget_old_answers(now: datetime) -> int:
    """Delete answers older than a day; ``tick`` calls it. Returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now - LIFETIME).delete()[0]
