"""Who may read which private calendar, and which a person has an address for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.calendars import secrets
from booking.calendars.models import Feed, FeedKind
from booking.calendars.selectors import calendars
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import HANDLING_ROLES, Unit, UnitRole
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.models import Membership, Organisation, OrganisationState
from booking.organisations.selectors import current


def find(feed_id: str) -> Feed | None:
    """With all that the right to read asks for. One query."""
    return (
        Feed.objects.select_related("user", "organisation__merged_into", "unit__parent__parent__parent")
        .filter(feed_id=feed_id)
        .first()
    )


def calendar_of(feed: Feed, on: date) -> calendars.Calendar | None:
    """What the feed shows its owner on that day; None when they may not read it any more. One query.

    Read as that person at each fetch: the role may have ended yesterday (feeds.md "Secrets").
    """
    user = feed.user
    if not user.is_active or feed.revoked_at is not None:
        return None
    if feed.kind == FeedKind.PERSON:
        return calendars.of_person(user.pk, organisation_ids_of(user, on), slug_of(feed))
    if feed.kind == FeedKind.ORGANISATION:
        one = successor(feed.organisation)
        return calendars.of_organisation(one, slug_of(feed)) if _belongs_to(user, one, on) else None
    unit = feed.unit
    assert unit is not None  # noqa: S101 - the database says so
    return calendars.of_unit(unit, slug_of(feed)) if _works_in(user, unit, on) else None


def successor(organisation: Any) -> Organisation:
    """The entry that stands for it now: merged ones lead on."""
    one: Organisation = organisation
    return one.merged_into if one.merged_into is not None else one


def organisation_ids_of(user: Any, on: date) -> list[int]:
    """Organisations in which the person has any role on that day; merged ones lead on. One query."""
    rows = Membership.objects.filter(current(on), user=user).exclude(
        organisation__state=OrganisationState.INACTIVE, organisation__merged_into=None
    )
    ids = rows.annotate(now=Coalesce(F("organisation__merged_into_id"), F("organisation_id")))
    return sorted(set(ids.order_by().values_list("now", flat=True)))


def organisations_of(user: Any, on: date) -> list[Organisation]:
    """The same as rows, by name."""
    return list(Organisation.objects.filter(pk__in=organisation_ids_of(user, on)).order_by("name", "pk"))


def units_of(user: Any, on: date) -> list[Unit]:
    """Units whose calendar the person may have: those where they have a role, and those below."""
    return list(catalogue.units_of(user, on).filter(active=True).order_by("name", "pk"))


def _belongs_to(user: Any, one: Organisation, on: date) -> bool:
    if one.state == OrganisationState.INACTIVE:
        return False
    mine = Q(organisation=one) | Q(organisation__merged_into=one)
    return Membership.objects.filter(current(on), mine, user=user).exists()


def _works_in(user: Any, unit: Unit, on: date) -> bool:
    """A role in the unit or in one above it."""
    if not unit.active:
        return False
    if user.is_superuser:
        return True
    chain: list[Unit] = []
    above: Unit | None = unit
    while above is not None and above not in chain:
        chain.append(above)
        above = above.parent
    return UnitRole.objects.filter(current(on), user=user, unit__in=chain, role__in=HANDLING_ROLES).exists()


def may_have(user: Any, kind: str, thing: Any, on: date) -> bool:
    """Whether the person may have an address for that calendar."""
    if not getattr(user, "is_active", False):
        return False
    if kind == FeedKind.PERSON:
        return True
    return _belongs_to(user, thing, on) if kind == FeedKind.ORGANISATION else _works_in(user, thing, on)


def feeds_of(user: Any) -> QuerySet[Feed]:
    """The person's own subscriptions that weren't revoked."""
    return Feed.objects.filter(user=user, revoked_at=None).select_related(
        "user", "organisation__merged_into", "unit__parent__parent__parent"
    )


def name_of(feed: Feed) -> str:
    """What the calendar is called, in the active language."""
    if feed.kind == FeedKind.PERSON:
        return _("My calendar")
    if feed.kind == FeedKind.ORGANISATION:
        return successor(feed.organisation).name
    return str(localized(feed.unit, "name"))


def slug_of(feed: Feed) -> str:
    """The last part of the address, which Thunderbird shows as the name. Short: the whole is at most 256 characters."""
    if feed.kind == FeedKind.PERSON:
        return "samskap"
    thing = successor(feed.organisation) if feed.kind == FeedKind.ORGANISATION else feed.unit
    return slugify(getattr(thing, "slug", ""))[:60].strip("-") or "samskap"


def url_of(feed: Feed) -> str:
    """The whole address, with the secret in it: only for the feed's own user."""
    secret = secrets.secret(feed.feed_id, feed.nonce)
    return f"{booking_settings().public_base_url}/feeds/{feed.feed_id}/{secret}/{slug_of(feed)}.ics"


def last_fetched(feed: Feed) -> date | None:
    """The last local day on which any program fetched it."""
    days = [date.fromisoformat(day) for day in feed.fetched.values()]
    return max(days, default=None)


@dataclass(frozen=True, slots=True)
class Choice:
    """A calendar that the person may have, and their address for it if there is one."""

    kind: str
    key: str  # slug; "" for one's own
    name: str
    feed: Feed | None


def choices_for(user: Any, on: date, *, kinds: Sequence[str] = tuple(FeedKind.values)) -> list[Choice]:
    """Everything that the person may subscribe to: their own, their organisations', their units'. Few queries, the
    same number for any number of them."""
    mine = {(one.kind, _target(one)): one for one in feeds_of(user)}
    found = []
    if FeedKind.PERSON in kinds:
        found.append(Choice(FeedKind.PERSON, "", _("My calendar"), mine.get((FeedKind.PERSON, 0))))
    if FeedKind.ORGANISATION in kinds:
        found += [
            Choice(FeedKind.ORGANISATION, one.slug, one.name, mine.get((FeedKind.ORGANISATION, one.pk)))
            for one in organisations_of(user, on)
        ]
    if FeedKind.UNIT in kinds:
        found += [
            Choice(FeedKind.UNIT, one.slug, str(localized(one, "name")), mine.get((FeedKind.UNIT, one.pk)))
            for one in units_of(user, on)
        ]
    return found


def _target(feed: Feed) -> int:
    if feed.kind == FeedKind.ORGANISATION:
        return successor(feed.organisation).pk
    return feed.unit_id or 0
