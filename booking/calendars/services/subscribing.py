"""Private calendars' addresses: made, changed, ended (feeds.md "Secrets")."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from booking.calendars import secrets
from booking.calendars.models import Feed, FeedKind
from booking.calendars.rules import clients
from booking.calendars.selectors import Audience, subscriptions
from booking.calendars.services import keeping
from booking.catalogue.models import Unit
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound
from booking.organisations.models import Organisation

LANGUAGES = ("nb", "nn", "en")


@transaction.atomic
def subscribe(
    *,
    user: Any,
    kind: str,
    organisation: Organisation | None = None,
    unit: Unit | None = None,
    language: str,
    now: datetime,
) -> Feed:
    """The person's address for that calendar; the one that they have already, if they have. ``language``: of the
    calendar from now on. Raises ``NotFound`` for what they may not read, ``Invalid`` for what isn't one calendar.

    The account is locked, so that two presses make one address.
    """
    if kind not in FeedKind.values:
        raise Invalid(
            "unknown_choice", _("Choose one of: %(choices)s."), loc=("kind",),
            params={"choices": ", ".join(FeedKind.values)},
        )  # fmt: skip
    if language not in LANGUAGES:
        raise Invalid(
            "unknown_choice", _("Choose one of: %(choices)s."), loc=("lang",), params={"choices": ", ".join(LANGUAGES)}
        )
    thing = {FeedKind.ORGANISATION: organisation, FeedKind.UNIT: unit}.get(FeedKind(kind))
    if kind != FeedKind.PERSON and thing is None:
        raise Invalid("required", _("Say whose calendar it is to be."), loc=(kind,))
    get_user_model()._default_manager.select_for_update().get(pk=user.pk)
    on = local_date(now, booking_settings().tz)
    if not subscriptions.may_have(user, kind, thing, on):
        raise NotFound("not_found", _("There is no such calendar for you."))
    mine = {
        "user": user,
        "kind": kind,
        "organisation": thing if kind == FeedKind.ORGANISATION else None,
        "unit": thing if kind == FeedKind.UNIT else None,
    }
    found = Feed.objects.filter(**mine, revoked_at=None).first()
    if found is not None:
        if found.language != language:
            found.language = language
            found.save(update_fields=["language"])
        return found
    return Feed.objects.create(
        **mine, feed_id=secrets.new_id(), nonce=secrets.new_nonce(), language=language, created_at=now
    )


@transaction.atomic
def rotate(*, feed_id: str, by: Any, now: datetime) -> Feed:
    """Another secret: the old address is gone (410), the new one begins. Raises ``NotFound`` for what isn't theirs."""
    feed = _locked(feed_id, by)
    feed.retired = [feed.nonce, *feed.retired][: secrets.MOST_RETIRED]
    feed.nonce = secrets.new_nonce()
    feed.renewed_at = now
    feed.fetched = {}
    feed.save(update_fields=["retired", "nonce", "renewed_at", "fetched"])
    return feed


@transaction.atomic
def revoke(*, feed_id: str, by: Any, now: datetime) -> None:
    """End it: who still asks is told that it is gone. Raises ``NotFound`` for what isn't theirs."""
    feed = _locked(feed_id, by)
    feed.revoked_at = now
    feed.fetched = {}
    feed.save(update_fields=["revoked_at", "fetched"])


def _locked(feed_id: str, by: Any) -> Feed:
    feed = Feed.objects.select_for_update().filter(feed_id=feed_id, user=by, revoked_at=None).first()
    if feed is None:
        raise NotFound("not_found", _("There is no such calendar for you."))
    return feed


def note_fetch(
    feed: Feed | subscriptions.Asked, *, agent: str, on: date, cut_on: date | None = None, read: bool = False
) -> None:
    """Keep that a program of that family fetched it on that local day, once a day; and where it had to be cut.

    Nothing else is kept of who asks. A database that is busy doesn't stop a reader.
    """
    family, day = clients.family(agent), on.isoformat()
    changed: dict[str, Any] = {}
    if feed.fetched.get(family) != day:
        feed.fetched = changed["fetched"] = {**feed.fetched, family: day}
    if read and feed.cut_on != cut_on:
        feed.cut_on = changed["cut_on"] = cut_on
    if not changed:
        return
    try:
        with transaction.atomic():
            Feed.objects.filter(pk=feed.pk).update(**changed)
    except DatabaseError:
        if transaction.get_connection().in_atomic_block:
            raise


def forget_what_nobody_reads(now: datetime) -> int:
    """Drop kept bytes of organisations and people that no living address shows. A job of `tick`."""
    kept = keeping.kept_private_scopes()
    if not kept:
        return 0
    on = local_date(now, booking_settings().tz)
    read: set[str] = set()
    for feed in Feed.objects.filter(revoked_at=None, user__is_active=True).select_related(
        "user", "organisation__merged_into"
    ):
        if feed.kind == FeedKind.PERSON:
            ids: Collection[int] = subscriptions.organisation_ids_of(feed.user_id, on)
            read |= {f"person:{feed.user_id}", *(f"organisation:{pk}" for pk in ids)}
        elif feed.kind == FeedKind.ORGANISATION:
            read.add(f"organisation:{subscriptions.successor(feed.organisation).pk}")
    return keeping.forget_unread([scope for scope in kept if scope not in read], audiences=[Audience.PARTY])
