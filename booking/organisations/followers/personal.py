"""What is kept of those who follow places. They have no account: the class says what, how long, and how it ends.

Somebody who is logged in has proved an address. Its keyed fingerprint finds what that address follows, so the person
reads it among all else, and erasing stops it. Whoever follows by a secret page alone left nothing to find them by.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.i18n import localized
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, address_of
from booking.organisations.followers import links, rules
from booking.organisations.followers.models import Follow, FollowedNews, Follower, PendingFollow
from booking.organisations.followers.services.following import stop


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="follows",
            label=_("Places that you follow by e-mail"),
            why=_(
                "So that you hear what happens there. The address is encrypted, and kept until you stop, or until "
                "letters to it have been refused for three days."
            ),
            goes=_("Everything: the address, the places, your choices and the links of your page."),
            stays=_("What you proposed to a unit, without your name: it stands in the unit's case."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.follower.address_hash",
                "samskap_booking.follower.address_sealed",
                "samskap_booking.pendingfollow.address_hash",
                "samskap_booking.pendingfollow.address_sealed",
            ),
        )
    )
    _register_retention()


def _register_retention() -> None:
    for name, label, what, rows, moment, keep in (
        (
            "pending_follows",
            _("Addresses that were typed to follow a place and not confirmed"),
            _("Deleted when the link in the letter doesn't work any more."),
            PendingFollow.objects.all,
            "created_at",
            rules.PENDING_LIFE,
        ),
        (
            "followed_news",
            _("News on the pages of those who follow places"),
            _("Deleted, with who was told."),
            FollowedNews.objects.all,
            "at",
            rules.NEWS_KEPT,
        ),
        (
            "unseen_pages",
            _("Secret pages of those who follow places without an address"),
            _("Deleted when nobody has opened them for so long. What is remembered is the month."),
            _unseen,
            "unseen_since",
            rules.UNSEEN_LIFE,
        ),
    ):
        personal.register_retention(
            RetentionClass(
                name=name, label=label, what=what, rows=rows, moment=moment, keep=keep, fixed=True, own_job=True
            )
        )


def _unseen() -> QuerySet[Follower]:
    return Follower.objects.filter(address_hash="").annotate(unseen_since=Cast("seen_on", DateTimeField()))


def _of(user: Any) -> list[str]:
    """What the person's address is found by, under every key; nothing without an address."""
    address = address_of(user)
    return links.address_hashes(address) if address else []


def _place(row: Follow | PendingFollow) -> str:
    if row.organisation is not None:
        return str(row.organisation.name)
    return str(localized(row.resource, "name"))


def _collect(user: Any) -> Iterator[Record]:
    """The links of the page stay out: they are secrets, and stand in each letter."""
    hashes = _of(user)
    rows = Follow.objects.filter(follower__address_hash__in=hashes).select_related(
        "resource", "organisation", "follower"
    )
    for row in rows.order_by("pk"):
        yield Record(
            _place(row),
            (
                Fact("place", pgettext_lazy("what is followed", "You follow"), _place(row)),
                Fact("since", _("Since"), row.created_at),
                Fact("muted", _("Quiet"), gettext("yes") if row.muted else gettext("no")),
                Fact("language", _("Language of letters"), row.follower.language),
            ),
        )
    waiting = PendingFollow.objects.filter(address_hash__in=hashes).select_related("resource", "organisation")
    for pending in waiting.order_by("pk"):
        yield Record(
            _place(pending),
            (
                Fact("place", _("Waits for your yes"), _place(pending)),
                Fact("asked_at", _("Asked"), pending.created_at),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    hashes = _of(user)
    rows = list(Follower.objects.filter(address_hash__in=hashes).order_by("pk"))
    for row in rows:
        stop(follower=row)
    return len(rows) + PendingFollow.objects.filter(address_hash__in=hashes).delete()[0]
