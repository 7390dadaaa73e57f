"""What is forgotten by itself, sealing anew when keys change, and moving with a merged organisation."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Model

from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import vault
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations.followers import links, rules
from booking.organisations.followers.models import Follow, FollowedNews, Follower, PendingFollow
from booking.organisations.followers.services.following import stop
from booking.organisations.models import Organisation

_BATCH = 200


def forget(now: datetime) -> int:
    """Addresses that nobody confirmed, old news, and pages without an address that nobody opens. How many rows."""
    today = local_date(now, booking_settings().tz)
    gone = PendingFollow.objects.filter(created_at__lte=now - rules.PENDING_LIFE).delete()[0]
    gone += FollowedNews.objects.filter(at__lte=now - rules.NEWS_KEPT).delete()[0]
    unseen = Follower.objects.filter(address_hash="", seen_on__lt=today - rules.UNSEEN_LIFE)
    empty = Follower.objects.filter(follows__isnull=True, created_at__lt=now - rules.PENDING_LIFE)
    return gone + unseen.delete()[0] + empty.delete()[0]


def forget_unreachable(now: datetime) -> int:
    """An address that the mail server has refused for good for three days is erased, with all that it followed.

    Nobody at the municipality could do anything about it, so the letter is no longer shown as given up. How many.
    """
    done = 0
    failed = OutboxMessage.objects.filter(
        state=OutboxState.FAILED, handler__in=["follow_confirm", "follow_news", "follow_week"]
    )
    for message in failed.order_by("pk"):
        with transaction.atomic():
            if "pending" in message.payload:
                PendingFollow.objects.filter(pk=message.payload["pending"]).delete()
            row = Follower.objects.filter(pk=message.payload.get("follower")).first()
            if row is not None:
                stop(follower=row)
            done += OutboxMessage.objects.filter(pk=message.pk, state=OutboxState.FAILED).update(
                state=OutboxState.DROPPED, payload={}, last_error=""
            )
    return done


def seal_anew(now: datetime) -> int:
    """After a change of keys: seal addresses and links with the newest key; ``tick`` calls it. How many rows.

    A value whose key is gone already is left as it is: it can't be read, and nothing is sent with it.
    """
    return _seal_anew(PendingFollow, ["token_sealed"]) + _seal_anew(Follower, ["page_sealed", "stop_sealed"])


def _seal_anew(model: type[Model], names: list[str]) -> int:
    newest, done, after = vault.key_id(), 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                model._default_manager.select_for_update()
                .exclude(key_id=newest)
                .filter(pk__gt=after)
                .order_by("pk")[:_BATCH]
            )
            for row in rows:
                done += _seal_row(row, names, newest)
        if not rows:
            return done
        after = rows[-1].pk


def _seal_row(row: Model, names: list[str], newest: str) -> int:
    address = links.open_address(row.address_sealed)  # type: ignore[attr-defined]
    tokens = [links.open_link(getattr(row, name)) for name in names]
    if not all(tokens) or bool(address) != bool(row.address_hash):  # type: ignore[attr-defined]
        return 0
    for name, token in zip(names, tokens, strict=True):
        setattr(row, name, links.seal_link(token))
    row.address_sealed = links.seal_address(address) if address else ""  # type: ignore[attr-defined]
    row.address_hash = links.address_hash(address) if address else ""  # type: ignore[attr-defined]
    row.key_id = newest  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            row.save(update_fields=[*names, "address_sealed", "address_hash", "key_id"])
    except IntegrityError:
        # The same address was confirmed under the new key in this very moment: the places become one page's.
        _join(row)
    return 1


def _join(row: Model) -> None:
    other = Follower.objects.exclude(pk=row.pk).filter(address_hash=row.address_hash).first()  # type: ignore[attr-defined]
    if other is None or not isinstance(row, Follower):
        return
    known = set(other.follows.values_list("resource_id", "organisation_id"))
    for follow in row.follows.all():
        if (follow.resource_id, follow.organisation_id) not in known:
            follow.follower = other
            follow.save(update_fields=["follower"])
    Follower.objects.filter(pk=row.pk).delete()


def move_follows(source: Organisation, target: Organisation, now: datetime) -> None:
    """Who followed both of two merged entries follows the one that stays, once."""
    both = Follow.objects.filter(organisation=target).values("follower")
    Follow.objects.filter(organisation=source, follower__in=list(both.values_list("follower", flat=True))).delete()
