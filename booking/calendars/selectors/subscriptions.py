"""Who may read which private calendar, and which a person has an address for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.calendars import secrets, statements
from booking.calendars.models import Feed, FeedKind
from booking.calendars.selectors import calendars
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import HANDLING_ROLES, Unit, UnitRole
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.models import Membership, Organisation, OrganisationState
from booking.organisations.selectors import current


@dataclass(slots=True)
class Asked:
    """A feed as a program asks for it, with all that the right to read takes. ``organisation``: the entry that stands
    for it now. ``units``: the unit and those above it."""

    pk: int
    feed_id: str
    kind: str
    language: str
    nonce: str
    retired: list[str]
    fetched: dict[str, str]
    cut_on: date | None
    created_at: datetime
    ended: bool
    user_id: int
    superuser: bool
    organisation_id: int
    organisation_slug: str
    organisation_alive: bool
    units: tuple[int, ...]
    unit_slug: str
    unit_active: bool


_ID = "the-id-that-is-asked-for"
_COLUMNS = (
    "pk", "feed_id", "kind", "language", "nonce", "retired", "fetched", "cut_on", "created_at", "revoked_at",
    "user_id", "user__is_active", "user__is_superuser", "organisation_id", "organisation__slug", "organisation__state",
    "organisation__merged_into_id", "organisation__merged_into__slug", "organisation__merged_into__state",
    "unit_id", "unit__slug", "unit__active", "unit__parent_id", "unit__parent__parent_id",
    "unit__parent__parent__parent_id",
)  # fmt: skip


@lru_cache
def _find_sql(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """Built once: every poller asks it, and the ORM takes longer to write it than the database to answer."""
    sql, params = Feed.objects.filter(feed_id=_ID).order_by().values_list(*_COLUMNS).query.sql_with_params()
    return sql, tuple(params)


def find(feed_id: str) -> Asked | None:
    """The feed with what its right to read takes. One query."""
    sql, params = _find_sql(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [feed_id if value == _ID else value for value in params])
        found = cursor.fetchone()
    if found is None:
        return None
    row = dict(zip(_COLUMNS, found, strict=True))
    merged = row["organisation__merged_into_id"] is not None
    lead = "organisation__merged_into__" if merged else "organisation__"
    return Asked(
        pk=row["pk"],
        feed_id=row["feed_id"],
        kind=row["kind"],
        language=row["language"],
        nonce=row["nonce"],
        retired=_json(row["retired"]),
        fetched=_json(row["fetched"]),
        cut_on=_date(row["cut_on"]),
        created_at=statements.aware(row["created_at"]),
        ended=row["revoked_at"] is not None or not row["user__is_active"],
        user_id=row["user_id"],
        superuser=bool(row["user__is_superuser"]),
        organisation_id=(row["organisation__merged_into_id"] if merged else row["organisation_id"]) or 0,
        organisation_slug=row[f"{lead}slug"] or "",
        organisation_alive=row[f"{lead}state"] != OrganisationState.INACTIVE,
        units=tuple(
            row[name]
            for name in ("unit_id", "unit__parent_id", "unit__parent__parent_id", "unit__parent__parent__parent_id")
            if row[name] is not None
        ),
        unit_slug=row["unit__slug"] or "",
        unit_active=bool(row["unit__active"]),
    )


def _json(value: Any) -> Any:
    """Text from SQLite; what PostgreSQL's driver makes of it otherwise."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def calendar_of(feed: Asked, on: date) -> calendars.Calendar | None:
    """What the feed shows its owner on that day; None when they may not read it any more. One query.

    Read as that person at each fetch: the role may have ended yesterday (feeds.md "Secrets").
    """
    if feed.ended:
        return None
    if feed.kind == FeedKind.PERSON:
        return calendars.of_person(feed.user_id, organisation_ids_of(feed.user_id, on), "samskap")
    if feed.kind == FeedKind.ORGANISATION:
        one = feed.organisation_id
        may = feed.organisation_alive and _belongs_to(feed.user_id, one, on)
        return calendars.of_organisation(one, short(feed.organisation_slug)) if may else None
    may = feed.unit_active and (feed.superuser or _has_role(feed.user_id, feed.units, on))
    return calendars.of_unit(feed.units[0], short(feed.unit_slug)) if may else None


def successor(organisation: Any) -> Organisation:
    """The entry that stands for it now: merged ones lead on."""
    one: Organisation = organisation
    return one.merged_into if one.merged_into is not None else one


def organisation_ids_of(user_id: int, on: date) -> list[int]:
    """Organisations in which the person has any role on that day; merged ones lead on. One query."""
    return sorted(set(_asked(_theirs_sql, {_USER: user_id}, on)))


# --- the right to read, as text ---------------------------------------------------------------------------------------
#
# Asked by every poller: the ORM takes ten times as long to write these statements as the database to answer them. Each
# is written once, about people, things and a day that don't exist, which are then replaced.

_USER, _THING, _UNITS = -7_000_001, -7_000_002, (-7_000_003, -7_000_004, -7_000_005, -7_000_006)
_ON = date(1801, 1, 1)

Text = tuple[str, tuple[Any, ...]]


def _written(rows: QuerySet[Any]) -> Text:
    sql, params = rows.order_by().query.sql_with_params()
    return sql, tuple(params)


@lru_cache
def _belongs_sql(vendor: str) -> Text:
    mine = Q(organisation=_THING) | Q(organisation__merged_into=_THING)
    return _written(Membership.objects.filter(current(_ON), mine, user=_USER).values_list("pk"))


@lru_cache
def _role_sql(vendor: str) -> Text:
    rows = UnitRole.objects.filter(current(_ON), user=_USER, unit__in=_UNITS, role__in=HANDLING_ROLES)
    return _written(rows.values_list("pk"))


@lru_cache
def _theirs_sql(vendor: str) -> Text:
    rows = Membership.objects.filter(current(_ON), user=_USER).exclude(
        organisation__state=OrganisationState.INACTIVE, organisation__merged_into=None
    )
    now = Coalesce(F("organisation__merged_into_id"), F("organisation_id"))
    return _written(rows.annotate(now=now).values_list("now"))


def _asked(written: Callable[[str], Text], about: dict[int, int], on: date) -> list[int]:
    """The first column of what that statement answers about these and that day. One query."""
    sql, params = written(connection.vendor)
    day = connection.ops.adapt_datefield_value(on)
    no_day = (_ON, connection.ops.adapt_datefield_value(_ON))
    values = [day if value in no_day else about.get(value, value) for value in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def organisations_of(user: Any, on: date) -> list[Organisation]:
    """The same as rows, by name."""
    return list(Organisation.objects.filter(pk__in=organisation_ids_of(user.pk, on)).order_by("name", "pk"))


def units_of(user: Any, on: date) -> list[Unit]:
    """Units whose calendar the person may have: those where they have a role, and those below."""
    return list(catalogue.units_of(user, on).filter(active=True).order_by("name", "pk"))


def _belongs_to(user_id: int, organisation_id: int, on: date) -> bool:
    """Any role in it, or in an entry that went up in it."""
    return bool(_asked(_belongs_sql, {_USER: user_id, _THING: organisation_id}, on))


def _has_role(user_id: int, units: Sequence[int], on: date) -> bool:
    """A role in the unit or in one above it: four levels at most, as ``find`` reads them."""
    found: list[int] = []
    for at in range(0, len(units), len(_UNITS)):
        four = [*units[at : at + len(_UNITS)], *[0] * len(_UNITS)][: len(_UNITS)]
        found += _asked(_role_sql, {_USER: user_id, **dict(zip(_UNITS, four, strict=True))}, on)
    return bool(found)


def _works_in(user: Any, unit: Unit, on: date) -> bool:
    if not unit.active:
        return False
    chain: list[int] = []
    above: Unit | None = unit
    while above is not None and above.pk not in chain:
        chain.append(above.pk)
        above = above.parent
    return bool(user.is_superuser) or _has_role(user.pk, chain, on)


def may_have(user: Any, kind: str, thing: Any, on: date) -> bool:
    """Whether the person may have an address for that calendar."""
    if not getattr(user, "is_active", False):
        return False
    if kind == FeedKind.PERSON:
        return True
    if kind == FeedKind.UNIT:
        return _works_in(user, thing, on)
    return bool(thing.state != OrganisationState.INACTIVE) and _belongs_to(user.pk, thing.pk, on)


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
    return short(getattr(thing, "slug", ""))


def short(slug: str) -> str:
    """As the last part of an address."""
    return slugify(slug)[:60].strip("-") or "samskap"


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
