"""Telling followers: what happened is noted in the transaction that did it, and sent by ``tick``.

A person is told once of one thing, however many hit places they follow, and in one letter of all that is due then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations.followers import registry, rules, selectors
from booking.organisations.followers.models import (
    Follow,
    FollowedNews,
    Follower,
    FollowerChoice,
    FollowerWord,
    FollowNotice,
)
from booking.organisations.followers.rules import When

#: Followers whose letters are put together in one transaction.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class News:
    """Something that followers of these places hear of.

    ``kind`` is registered (``registry.register_kind``), ``subject`` an id that its ``describe`` knows. The same
    kind, subject and ``revision`` is told once. ``starts``: when it begins. ``urgent``: leaves at night too.
    """

    kind: str
    subject: int
    starts: datetime
    resources: tuple[int, ...] = ()
    organisations: tuple[int, ...] = ()
    revision: str = ""
    urgent: bool = False


def tell(news: Sequence[News], *, now: datetime) -> int:
    """Note news for who follows the places it happens in, in the caller's transaction. Answers for how many notices.

    Nothing leaves here: ``tick`` sends, after a minute's grace, what is still true then. A constant number of queries.
    Raises ``KeyError`` for a kind that nobody registered.
    """
    kinds = {one.kind: registry.kind_of(one.kind) for one in news}
    _need_transaction()
    if not news or not Follow.objects.exists():
        return 0
    reached = selectors.reached_by({pk for one in news for pk in one.resources})
    groups = set(
        selectors.organisations_to_follow()
        .filter(pk__in={pk for one in news for pk in one.organisations})
        .values_list("pk", flat=True)
    )
    rows = Follow.objects.filter(Q(resource__in=set().union(*reached.values())) | Q(organisation__in=groups))
    by_place: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    by_group: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    columns = ("follower_id", "resource_id", "organisation_id", "muted", "follower__address_hash")
    for follower, place, group, muted, address in rows.order_by("pk").values_list(*columns):
        quiet = muted or not address
        if place is not None:
            by_place[place].append((follower, quiet))
        if group is not None:
            by_group[group].append((follower, quiet))
    if not by_place and not by_group:
        return 0
    chosen = _chosen(kinds, rows)
    stored = _store(news, now)
    tz = booking_settings().tz
    notices = []
    for one in news:
        hits = [hit for pk in set().union(*(reached[pk] for pk in one.resources)) for hit in by_place.get(pk, ())]
        hits += [hit for pk in one.organisations if pk in groups for hit in by_group.get(pk, ())]
        # Quiet only where every place that was hit is: one that isn't muted is enough to hear of it.
        quiet_of: dict[int, bool] = {}
        for follower, quiet in hits:
            quiet_of[follower] = quiet_of.get(follower, True) and quiet
        kind = kinds[one.kind]
        for follower, quiet in sorted(quiet_of.items()):
            when = When.PAGE if quiet else chosen.get((follower, one.kind), kind.default)
            due = rules.due_at(when, now=now, starts=one.starts, tz=tz, urgent=one.urgent, direct=kind.direct)
            notices.append(FollowNotice(news_id=stored[_key(one)], follower_id=follower, due_at=due))
    FollowNotice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=500)
    return len(notices)


def take_back(kind: str, subjects: Collection[int], *, now: datetime) -> int:
    """What was told is true no more (a closure is lifted): say so to everybody who was told. How many.

    Who hadn't been told yet never hears of it: their letter finds it gone.
    """
    _need_transaction()
    code = registry.kind_of(kind).code
    told = list(
        FollowNotice.objects.filter(
            news__kind=code, news__subject__in=list(subjects), news__back=False, told_at__isnull=False
        ).select_related("news", "follower")
    )
    if not told:
        return 0
    first = {row.news_id: row.news for row in told}
    FollowedNews.objects.bulk_create(
        [
            FollowedNews(
                kind=one.kind, subject=one.subject, revision=one.revision, back=True, urgent=one.urgent,
                starts=one.starts, at=now,
            )
            for one in first.values()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    back = {
        (one.subject, one.revision): one.pk
        for one in FollowedNews.objects.filter(
            kind=code, subject__in=[one.subject for one in first.values()], back=True
        )
    }
    tz = booking_settings().tz
    FollowNotice.objects.bulk_create(
        [
            FollowNotice(
                news_id=back[(row.news.subject, row.news.revision)],
                follower_id=row.follower_id,
                due_at=rules.due_at(
                    When.AT_ONCE, now=now, starts=row.news.starts, tz=tz, urgent=row.news.urgent, direct=True
                ),
            )
            for row in told
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(told)


def tell_asker(subject: int, reference: str, *, revision: str, now: datetime) -> None:
    """Who proposed this without a name hears that something was said. In the caller's transaction.

    Nobody hears it when they have stopped following: then nobody is known.
    """
    _need_transaction()
    word = FollowerWord.objects.select_related("follower").filter(reference=reference).first()
    if word is None:
        return
    kind, follower = registry.kind_of(registry.REPLY), word.follower
    chosen = FollowerChoice.objects.filter(follower=follower, kind=kind.code).values_list("when", flat=True).first()
    when = (chosen or kind.default) if follower.by_email else When.PAGE
    news, _made = FollowedNews.objects.get_or_create(
        kind=kind.code, subject=subject, revision=revision[-60:], back=False, defaults={"starts": now, "at": now}
    )
    due = rules.due_at(when, now=now, starts=now + rules.NEWS_KEPT, tz=booking_settings().tz)
    FollowNotice.objects.get_or_create(news=news, follower=follower, defaults={"due_at": due})


def send_news(now: datetime) -> int:
    """Put all that is due for one follower into one letter; ``tick`` calls it. How many letters.

    Safe twice, late and in two places: a notice is marked under its follower's lock, in the letter's transaction.
    """
    tz, done = booking_settings().tz, 0
    while True:
        with transaction.atomic():
            due = _due(now).filter(follower=OuterRef("pk"))
            followers = _lock(Follower.objects.filter(Exists(due)).order_by("pk"))
            if not followers:
                return done
            mine: dict[int, list[FollowNotice]] = defaultdict(list)
            for notice in _due(now).filter(follower__in=list(followers)).select_related("news").order_by("pk"):
                mine[notice.follower_id].append(notice)
            letters = []
            for pk, notices in mine.items():
                urgent = any(notice.news.urgent for notice in notices)
                ids = [notice.pk for notice in notices]
                letters.append(
                    Outgoing(
                        key=f"follow_news:{pk}:{ids[0]}",
                        handler="follow_news",
                        payload={"follower": pk, "notices": ids},
                        recipient="",
                        language=followers[pk].language,
                        due_at=rules.may_leave_at(now, tz, urgent=urgent),
                    )
                )
            FollowNotice.objects.filter(pk__in=[one.pk for rows in mine.values() for one in rows]).update(told_at=now)
            enqueue_many(letters, now=now)
            done += len(letters)
            if not letters:
                return done


def send_weeks(now: datetime) -> int:
    """On Sunday evening, for who chose it: what happens in the coming week; ``tick`` calls it. How many letters.

    Once a week and follower, until Monday night; later the week is left out. A week with nothing in it says nothing.
    """
    tz, done = booking_settings().tz, 0
    week = rules.week_of(now, tz)
    if week is None:
        return 0
    weekly = FollowerChoice.objects.filter(follower=OuterRef("pk"), when=When.WEEKLY)
    wanting = (
        Follower.objects.exclude(address_hash="")
        .filter(Exists(weekly))
        .filter(Q(week_told__isnull=True) | Q(week_told__lt=week))
        .order_by("pk")
    )
    while True:
        with transaction.atomic():
            followers = _lock(wanting)
            if not followers:
                return done
            day = local_date(week, tz).isoformat()
            Follower.objects.filter(pk__in=list(followers)).update(week_told=week)
            enqueue_many(
                [
                    Outgoing(
                        key=f"follow_week:{pk}:{day}",
                        handler="follow_week",
                        payload={"follower": pk, "sunday": day},
                        recipient="",
                        language=follower.language,
                        due_at=rules.may_leave_at(now, tz),
                    )
                    for pk, follower in followers.items()
                ],
                now=now,
            )
            done += len(followers)


def _due(now: datetime) -> QuerySet[FollowNotice]:
    return FollowNotice.objects.filter(told_at__isnull=True, due_at__lte=now)


def _lock(rows: QuerySet[Follower]) -> dict[int, Follower]:
    """The next batch under its locks; another process's are passed over where the database can."""
    skip = connection.features.has_select_for_update_skip_locked
    return {row.pk: row for row in rows.select_for_update(skip_locked=skip)[:_BATCH]}


def _chosen(kinds: Iterable[str], rows: QuerySet[Follow]) -> dict[tuple[int, str], str]:
    found = FollowerChoice.objects.filter(kind__in=list(kinds), follower__in=rows.order_by().values("follower"))
    return {(follower, kind): when for follower, kind, when in found.values_list("follower_id", "kind", "when")}


def _key(one: News) -> tuple[str, int, str]:
    return one.kind, one.subject, one.revision


def _store(news: Sequence[News], now: datetime) -> dict[tuple[str, int, str], int]:
    FollowedNews.objects.bulk_create(
        [
            FollowedNews(
                kind=one.kind, subject=one.subject, revision=one.revision, urgent=one.urgent, starts=one.starts, at=now
            )
            for one in news
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    rows = FollowedNews.objects.filter(
        kind__in={one.kind for one in news}, subject__in={one.subject for one in news}, back=False
    )
    return {
        (kind, subject, revision): pk
        for pk, kind, subject, revision in rows.values_list("pk", "kind", "subject", "revision")
    }


def _need_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("followers are told inside the transaction of the change")
