"""What people do with an endpoint: set it up, pause it, try it out, get it a new secret, send again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.catalogue.models import Unit
from booking.foundation import text, vault
from booking.foundation.errors import FieldError, Forbidden, Invalid, NotFound, WrongState
from booking.foundation.reaching import Unreachable
from booking.webhooks import access, posting, rules, wording
from booking.webhooks.models import (
    OPEN_STATES,
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from booking.webhooks.secrets import opened, seal

#: So many endpoints one unit (or the municipality) may have: each is asked for at every event.
MOST_ENDPOINTS = 50


@dataclass(frozen=True, slots=True)
class Content:
    """What a person says about an endpoint. ``types``: names of ``rules.all_types()``."""

    name: str
    url: str
    types: tuple[str, ...]


@transaction.atomic
def add_endpoint(content: Content, *, unit: Unit | None, by: Any, now: datetime) -> WebhookEndpoint:
    """A new one, in use at once; its secret waits to be shown. ``unit`` None: of the whole municipality.

    Raises ``Forbidden``, ``Invalid`` (one error per field).
    """
    _may_for(unit, by)
    values = _checked(content)
    if WebhookEndpoint.objects.filter(unit=unit).exclude(state=EndpointState.REMOVED).count() >= MOST_ENDPOINTS:
        raise Invalid("too_many", _("There are %(most)s webhooks already."), params={"most": MOST_ENDPOINTS})
    row = WebhookEndpoint.objects.create(
        **values, unit=unit, created_at=now, secret_sealed=seal(rules.new_secret()), key_id=vault.key_id()
    )
    log(row, "wagtail.create", user=by)
    return row


@transaction.atomic
def change_endpoint(endpoint: WebhookEndpoint, content: Content, *, by: Any, now: datetime) -> WebhookEndpoint:
    """Other words, address or events. What waits already goes to the new address. Raises as ``add_endpoint``."""
    row = _locked(endpoint, by)
    values = _checked(content)
    moved = values["url"] != row.url
    for name, value in values.items():
        setattr(row, name, value)
    if moved:
        # Another receiver: what the last one did says nothing about it.
        row.failures, row.failing_since, row.rest_until = 0, None, None
    row.save(update_fields=[*values, "failures", "failing_since", "rest_until"])
    log(row, "wagtail.edit", user=by)
    return row


@transaction.atomic
def pause_endpoint(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> WebhookEndpoint:
    """Nothing is sent; what happens meanwhile waits. Again: nothing changes. Raises ``WrongState``."""
    row = _locked(endpoint, by)
    if row.state == EndpointState.PAUSED:
        return row
    if row.state != EndpointState.ACTIVE:
        raise WrongState("wrong_state", _("It is switched off already."))
    row.state = EndpointState.PAUSED
    row.save(update_fields=["state"])
    log(row, "samskap.webhook.paused", user=by)
    return row


@transaction.atomic
def resume_endpoint(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> WebhookEndpoint:
    """In use again, after a pause or after the system switched it off; as if nothing had failed before."""
    row = _locked(endpoint, by)
    if row.state == EndpointState.ACTIVE:
        return row
    try:
        opened(row.secret_sealed)
    except vault.Unreadable:
        raise WrongState("no_secret", _("Its secret can't be opened any more. Make a new one first.")) from None
    row.state, row.because = EndpointState.ACTIVE, ""
    row.failures, row.failing_since, row.rest_until = 0, None, None
    row.save(update_fields=["state", "because", "failures", "failing_since", "rest_until"])
    log(row, "samskap.webhook.resumed", user=by)
    return row


@transaction.atomic
def remove_endpoint(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> None:
    """It goes: nothing is sent any more and the secret is erased. What was sent is kept until its time is over."""
    row = _locked(endpoint, by)
    row.state, row.because = EndpointState.REMOVED, ""
    row.secret_sealed = row.old_sealed = row.key_id = ""
    row.old_until = None
    row.save(update_fields=["state", "because", "secret_sealed", "old_sealed", "old_until", "key_id"])
    WebhookDelivery.objects.filter(endpoint=row, state__in=OPEN_STATES).update(
        state=DeliveryState.DROPPED, ended_at=now
    )
    log(row, "samskap.webhook.removed", user=by)


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> WebhookEndpoint:
    """A new secret, to be shown once. The old one signs beside it for 24 hours.

    While it does, there is no third: raises ``WrongState``, unless the old one can't be opened anyway.
    """
    row = _locked(endpoint, by)
    try:
        opened(row.secret_sealed)
        readable = True
    except vault.Unreadable:
        readable = False
    if readable and row.old_until is not None and row.old_until > now:
        raise WrongState(
            "rotating", _("A secret is being replaced already. The old one signs until it is over; then make another.")
        )
    row.old_sealed, row.old_until = (row.secret_sealed, now + rules.ROTATION) if readable else ("", None)
    row.secret_sealed, row.secret_shown_at, row.key_id = seal(rules.new_secret()), None, vault.key_id()
    row.save(update_fields=["old_sealed", "old_until", "secret_sealed", "secret_shown_at", "key_id"])
    log(row, "samskap.webhook.rotated", user=by)
    return row


@transaction.atomic
def reveal_secret(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> str:
    """The secret, to whoever sets up the receiver: once. Raises ``WrongState`` afterwards."""
    row = _locked(endpoint, by)
    if row.secret_shown_at is not None:
        raise WrongState(
            "shown", _("The secret has been shown already, and is shown only once. Make a new one if it is lost.")
        )
    try:
        secret = opened(row.secret_sealed)
    except vault.Unreadable:
        raise WrongState("no_secret", _("Its secret can't be opened any more. Make a new one first.")) from None
    row.secret_shown_at = now
    row.save(update_fields=["secret_shown_at"])
    log(row, "samskap.webhook.revealed", user=by)
    return secret


@transaction.atomic
def send_test(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> WebhookDelivery:
    """An event that says only that it is a test, for this endpoint alone."""
    row = _locked(endpoint, by)
    event = WebhookEvent.objects.create(
        key=f"test:{uuid.uuid4().hex}", message_id=f"msg_{uuid.uuid4().hex}", type=rules.TEST, unit=row.unit,
        facts={"test": True, "webhook": row.name}, at=now, created_at=now,
    )  # fmt: skip
    log(row, "samskap.webhook.tested", user=by)
    return WebhookDelivery.objects.create(event=event, endpoint=row, next_at=now, created_at=now)


@transaction.atomic
def send_again(delivery: WebhookDelivery, *, by: Any, now: datetime) -> WebhookDelivery:
    """The same event under the same id, at once. Raises ``WrongState`` for one that is being sent."""
    row = _locked(delivery.endpoint, by)
    if not _again(WebhookDelivery.objects.filter(pk=delivery.pk), now):
        raise WrongState("wrong_state", _("It is being sent at this moment."))
    log(row, "samskap.webhook.sent_again", user=by, data={"delivery": delivery.pk})
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def send_all_again(endpoint: WebhookEndpoint, *, by: Any, now: datetime) -> int:
    """Everything that was given up and is still kept, oldest first. How many."""
    row = _locked(endpoint, by)
    count = _again(WebhookDelivery.objects.filter(endpoint=row, state=DeliveryState.FAILED), now)
    if count:
        log(row, "samskap.webhook.sent_again", user=by, data={"count": count})
    return count


def _again(rows: Any, now: datetime) -> int:
    return int(
        rows.exclude(state=DeliveryState.SENDING).update(
            state=DeliveryState.WAITING, tries=0, next_at=now, ended_at=None
        )
    )


def _locked(endpoint: WebhookEndpoint, by: Any) -> WebhookEndpoint:
    row = (
        WebhookEndpoint.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=endpoint.pk)
        .exclude(state=EndpointState.REMOVED)
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("There is no such webhook."))
    _may_for(row.unit, by)
    return row


def _may_for(unit: Unit | None, by: Any) -> None:
    if not access.may_keep(by, unit):
        raise Forbidden("forbidden", _("Only the unit's leader or an administrator can do this."))


def _checked(content: Content) -> dict[str, Any]:
    errors: list[FieldError] = []
    name = ""
    try:
        name = text.clean(content.name, max_length=rules.MOST_NAME, loc=("name",), required=True)
    except Invalid as error:
        errors += error.errors
    url = content.url.strip()
    try:
        posting.judge(url)
    except Unreachable as error:
        errors.append(FieldError(("url",), error.code, wording.address_words(error.code)))
    known = [one for one in rules.all_types() if one in content.types]
    if not known or set(content.types) - set(known):
        errors.append(FieldError(("types",), "required", _("Choose at least one event of the list.")))
    if errors:
        raise Invalid.of(errors)
    return {"name": name, "url": url, "types": known}
