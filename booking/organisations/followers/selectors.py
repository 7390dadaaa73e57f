"""Who follows what. Floors above ask by ids and get ids and counts, never an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Cover, Resource
from booking.foundation.errors import NotFound
from booking.organisations import selectors as organisations
from booking.organisations.followers import links, registry, rules
from booking.organisations.followers.models import Follow, FollowedNews, Follower, FollowNotice, PendingFollow
from booking.organisations.followers.registry import Coming, Fact
from booking.organisations.models import Organisation

Target = Resource | Organisation
Row = TypeVar("Row")


def resources_to_follow() -> QuerySet[Resource]:
    """Venues, areas and all else that everybody sees."""
    return catalogue.public_resources()


def organisations_to_follow() -> QuerySet[Organisation]:
    """Those that agreed to stand in the public register."""
    return organisations.listed_organisations()


# --- places that belong together -------------------------------------------------------------------------------------


def _parents() -> dict[int, int | None]:
    return dict(Resource.objects.order_by().values_list("pk", "parent_id"))


def _sharing(ids: Iterable[int]) -> dict[int, set[int]]:
    """For each resource those that share a physical piece with it, itself included: part and whole are one ground."""
    wanted = set(ids)
    cells: dict[int, set[int]] = defaultdict(set)
    for pk, cell in Cover.objects.filter(resource__in=wanted).order_by().values_list("resource_id", "cell_id"):
        cells[pk].add(cell)
    on: dict[int, set[int]] = defaultdict(set)
    everything = set().union(*cells.values())
    for pk, cell in Cover.objects.filter(cell__in=everything).order_by().values_list("resource_id", "cell_id"):
        on[cell].add(pk)
    return {pk: {pk}.union(*(on[cell] for cell in cells[pk])) for pk in wanted}


def reached_by(ids: Iterable[int]) -> dict[int, set[int]]:
    """Whose followers hear of something in each of these resources: it, what shares its ground, and what they lie in.

    Three queries, however many.
    """
    parents = _parents()
    return {pk: rules.around(shared, parents) for pk, shared in _sharing(ids).items()}


def lying_in(ids: Collection[int]) -> set[int]:
    """These resources and all that lies in them. One query."""
    return rules.lying_in(ids, _parents())


def seen_from(ids: Collection[int]) -> set[int]:
    """The resources in which something happens for who follows these: what lies in them, and shares its ground."""
    if not ids:
        return set()
    inside = rules.lying_in(ids, _parents())
    return inside.union(*_sharing(inside).values())


# --- who follows -----------------------------------------------------------------------------------------------------


def who_follows(resource_ids: Iterable[int], organisation_ids: Iterable[int] = ()) -> dict[int, set[int]]:
    """Follower → the followed resources why (notice-rules.md "Who is affected": each match stores why).

    Muted places count: who follows is told by the page.
    """
    reached = set().union(*reached_by(resource_ids).values())
    rows = Follow.objects.filter(Q(resource__in=reached) | Q(organisation__in=list(organisation_ids)))
    found: dict[int, set[int]] = defaultdict(set)
    for follower, resource in rows.order_by().values_list("follower_id", "resource_id"):
        found[follower].update([resource] if resource else [])
    return dict(found)


def counts(resource_ids: Iterable[int] | None = None) -> dict[int, int]:
    """How many follow each resource; those that nobody follows are left out. All that staff get to know."""
    rows = Follow.objects.filter(resource__isnull=False)
    if resource_ids is not None:
        rows = rows.filter(resource__in=list(resource_ids))
    return dict(rows.order_by().values_list("resource_id").annotate(n=Count("pk")))


def find_page(token: str) -> Follower:
    """Whose page this link opens. Raises ``NotFound``."""
    return _found(Follower.objects.filter(page_hash=links.hash_of(token)).first())


def find_stop(token: str) -> Follower:
    """Whom this link stops. Raises ``NotFound``."""
    return _found(Follower.objects.filter(stop_hash=links.hash_of(token)).first())


def find_pending(token: str, now: datetime) -> PendingFollow:
    """What this link confirms. Raises ``NotFound``, also when it was not pressed in time."""
    rows = PendingFollow.objects.filter(token_hash=links.hash_of(token), created_at__gt=now - rules.PENDING_LIFE)
    return _found(rows.select_related("resource", "organisation").first())


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("unknown_link", "There is no such link.")
    return row


def of_address(sealed: str) -> QuerySet[Follower]:
    """Who follows with the address that is sealed here: none or one."""
    address = links.open_address(sealed)
    return (
        Follower.objects.filter(address_hash__in=links.address_hashes(address)) if address else Follower.objects.none()
    )


# --- the page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Followed:
    """One followed place as its page shows it. ``shown``: everybody may still see it."""

    pk: int
    target: Target
    muted: bool
    shown: bool

    @property
    def is_resource(self) -> bool:
        return isinstance(self.target, Resource)


def followed_by(follower: Follower) -> list[Followed]:
    """What somebody follows, in the order in which it was added. Three queries."""
    rows = list(follower.follows.select_related("resource", "organisation").order_by("pk"))
    places = set(
        resources_to_follow()
        .filter(pk__in=[row.resource_id for row in rows if row.resource_id])
        .values_list("pk", flat=True)
    )
    groups = set(
        organisations_to_follow()
        .filter(pk__in=[row.organisation_id for row in rows if row.organisation_id])
        .values_list("pk", flat=True)
    )
    return [
        Followed(
            row.pk,
            row.resource or row.organisation,  # type: ignore[arg-type]
            row.muted,
            row.resource_id in places or row.organisation_id in groups,
        )
        for row in rows
    ]


def coming(followed: Iterable[Followed], start: datetime, end: datetime) -> list[Coming]:
    """What comes up in these places, as everybody may know it, in the active language."""
    shown = [one for one in followed if one.shown]
    resources = seen_from([one.target.pk for one in shown if one.is_resource])
    groups = {one.target.pk for one in shown if not one.is_resource}
    return registry.coming(resources, groups, start, end) if shown else []


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news with what is true of it now."""

    at: datetime
    kind: str
    fact: Fact


def news_of(follower: Follower, now: datetime) -> list[Told]:
    """The last month's news of somebody's places as it stands now, the newest first; of one thing only the last."""
    rows = FollowedNews.objects.filter(notices__follower=follower, at__gt=now - rules.NEWS_KEPT).order_by("-at", "-pk")
    newest: dict[tuple[str, int], FollowedNews] = {}
    for row in rows:
        newest.setdefault((row.kind, row.subject), row)
    facts = facts_of(newest.values())
    return [Told(row.at, row.kind, facts[row.pk]) for row in newest.values() if row.pk in facts]


def facts_of(news: Iterable[FollowedNews]) -> dict[int, Fact]:
    """What is true now of each piece of news, in the active language; what may not be known any more is left out."""
    by_kind: dict[str, list[FollowedNews]] = defaultdict(list)
    for row in news:
        by_kind[row.kind].append(row)
    found: dict[int, Fact] = {}
    for code, rows in by_kind.items():
        kind = registry.find_kind(code)
        facts = kind.describe([row.subject for row in rows]) if kind is not None else {}
        found |= {row.pk: facts[row.subject] for row in rows if row.subject in facts}
    return found


def still_to_tell(follower_id: int, notice_ids: Collection[int], now: datetime) -> list[Told]:
    """Of what was put into a letter: what is still true and not over when the letter leaves, the earliest first.

    Of one thing only the last news: it says how things stand now.
    """
    rows = FollowedNews.objects.filter(
        pk__in=FollowNotice.objects.filter(pk__in=list(notice_ids), follower=follower_id).values("news")
    )
    newest = {(row.kind, row.subject): row for row in rows.order_by("at", "pk")}
    facts = facts_of(newest.values())
    told = [
        Told(row.at, row.kind, facts[row.pk])
        for row in newest.values()
        if row.pk in facts and facts[row.pk].gone == row.back and facts[row.pk].end > now
    ]
    return sorted(told, key=lambda one: (one.fact.start, one.fact.words))


def choices_of(follower: Follower) -> dict[str, Any]:
    """Kind → when, with the defaults where nothing was chosen."""
    chosen = dict(follower.choices.values_list("kind", "when"))
    return {
        kind.code: chosen[kind.code] if chosen.get(kind.code) in kind.choices else kind.default.value
        for kind in registry.kinds()
    }
