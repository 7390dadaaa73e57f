"""Rendered events that are kept, and versions that rise with each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from booking.calendars import registry, selectors, statements
from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.calendars.rules import SCHEMA, OneOff, Repeating, Window, render
from booking.calendars.rules import window as window_at
from booking.calendars.rules.events import revision
from booking.calendars.selectors import CATALOGUE, EXTRAS, NAMES, WORKS, Audience
from booking.catalogue.models import Resource
from booking.foundation.conf import booking_settings

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Variant:
    """For whom and in which form events are rendered."""

    language: str
    expand: bool
    audience: Audience = Audience.PUBLIC

    @property
    def code(self) -> str:
        """Audience, language, form and schema."""
        return f"{self.audience}-{self.language}{'-single' if self.expand else ''}-{SCHEMA}"


#: Every variant that a reader can ask for.
VARIANTS = tuple(
    Variant(language, expand, audience)
    for audience in Audience
    for language in ("nb", "nn", "en")
    for expand in (False, True)
)
#: What is rendered ahead of readers: calendars that many fetch. Private ones are few bytes for few readers.
_AHEAD = (Audience.PUBLIC, Audience.TREE, Audience.HAPPENING, Audience.WORKS)


def bump(*, resource_ids: Collection[int], now: datetime) -> None:
    """Raise the version of the feeds of these resources and of all that share cells with them.

    Runs in the transaction of the change, so that version and change are seen together or not at all. Rows are locked
    in order of their scope: two changes at once wait for each other and never in a circle.
    """
    if resource_ids:
        statements.raise_versions(resource_ids, now)


def heard(*, cause: str, scopes: Iterable[str], now: datetime) -> None:
    """Something that calendars show has changed (``foundation.signals.revised``): its versions rise, in the same
    transaction. Cells and cases are locked by then, so rows of resources and cases are nobody else's."""
    names = list(scopes)
    bump(resource_ids=selectors.resource_ids_of(names), now=now)
    if cases := selectors.ids_of("case", names):
        statements.raise_for_cases(cases, now)
    wider = {scope for scope in names if registry.is_scope(scope) or scope == "happenings"}
    wider |= registry.scopes_of_cases(cases)
    about = cause.partition(":")[0]
    if about in ("resource", "unit", "user"):
        # Names and addresses of places, which of them are public, what lies in what.
        wider.add(CATALOGUE)
    if about == "organisation":
        wider |= {f"organisation:{pk}" for pk in selectors.ids_of("organisation", names)} | {NAMES}
    statements.raise_scopes(wider, now)


def raise_part(scopes: Iterable[str], part: int, now: datetime) -> None:
    """Something with a part of its own in these calendars has changed (a meeting: minus its id, so that it never meets
    a case's). Who changes it holds its lock, so the rows are nobody else's and nobody waits here."""
    statements.raise_scopes(scopes, now, part=part)


@transaction.atomic
def bring_up_to_date(*, scopes: Sequence[str], variant: Variant, window: Window) -> None:
    """Render what has changed in these scopes since the kept events were made; drop what is gone.

    The row of each scope is locked first and its version read after, so that two readers at once can't leave older
    bytes under a newer version. A constant number of queries, apart from the batches of new bytes.
    """
    RenderedScope.objects.bulk_create(
        [RenderedScope(scope=scope, variant=variant.code) for scope in sorted(scopes)], ignore_conflicts=True
    )
    rows = list(
        RenderedScope.objects.select_for_update().filter(scope__in=scopes, variant=variant.code).order_by("scope")
    )
    state = statements.kept_state_of(scopes, variant.code, EXTRAS[variant.audience])
    versions = {row.scope: row.version for row in state}
    stale = [row for row in rows if (row.version, row.window) != (versions.get(row.scope, 0), window.code)]
    if not stale:
        return
    names = [row.scope for row in stale]
    found = selectors.items_of(
        names, window, audience=variant.audience, language=variant.language, expand=variant.expand
    )
    mine = set(names)
    wanted = {(item.scope, item.key): (revision(item.facts), item.facts) for item in found if item.scope in mine}
    kept = {
        (scope, key): (pk, stamp)
        for pk, scope, key, stamp in RenderedEvent.objects.filter(scope__in=names, variant=variant.code).values_list(
            "pk", "scope", "key", "revision"
        )
    }
    fresh = [key for key, (stamp, _facts) in wanted.items() if key not in kept or kept[key][1] != stamp]
    gone = [pk for key, (pk, _stamp) in kept.items() if key not in wanted]
    for start in range(0, len(gone), _BATCH):
        RenderedEvent.objects.filter(pk__in=gone[start : start + _BATCH]).delete()
    fresh.sort()
    for first in range(0, len(fresh), _BATCH):
        statements.keep([_rendered(key, variant, *wanted[key]) for key in fresh[first : first + _BATCH]])
    for row in stale:
        row.version, row.window = versions.get(row.scope, 0), window.code
    RenderedScope.objects.bulk_update(stale, ["version", "window"], batch_size=_BATCH)


def _rendered(
    key: tuple[str, str], variant: Variant, stamp: str, facts: OneOff | Repeating
) -> tuple[str, str, str, str, datetime, datetime, bytes]:
    """A row for `statements.keep`."""
    return (*key, variant.code, stamp, facts.start, facts.end, render(facts))


def render_ahead(now: datetime, *, limit: int = 50) -> int:
    """Bring up to date what somebody has read before and what has changed since, so that few readers wait for it.

    A job of `tick` and `work`: safe twice and in two places, since each scope is done under its own lock. Answers how
    many scopes were done. Resources with a zone of their own are left to their readers: their week turns at another
    moment.
    """
    shown = window_at(now, booking_settings().tz)
    version = FeedVersion.objects.filter(scope=OuterRef("scope")).order_by().values("scope")
    base = dict(
        FeedVersion.objects.filter(scope__in=(CATALOGUE, NAMES, WORKS)).values("scope").annotate(sum=Sum("version"))
        .values_list("scope", "sum")
    )  # fmt: skip
    known = {variant.code: variant for variant in VARIANTS}
    current = Q(pk__in=[])
    for audience in _AHEAD:
        codes = [variant.code for variant in VARIANTS if variant.audience is audience]
        extra = sum(base.get(name, 0) for name in EXTRAS[audience])
        current |= Q(variant__in=codes, version=F("current") + extra, window=shown.code)
    stale = (
        RenderedScope.objects.annotate(
            current=Coalesce(Subquery(version.annotate(sum=Sum("version")).values("sum")), Value(0))
        )
        .exclude(current)
        .exclude(variant__in=[variant.code for variant in VARIANTS if variant.audience not in _AHEAD])
        .order_by("pk")
        .values_list("variant", "scope")[:limit]
    )
    by_variant: dict[str, list[str]] = defaultdict(list)
    for code, scope in stale:
        by_variant[code].append(scope)
    done = 0
    for code, scopes in by_variant.items():
        if code not in known:
            # Of an older schema: nobody reads it any more.
            _drop(scopes, [code])
            continue
        ids = selectors.resource_ids_of(scopes)
        ids = set(Resource.objects.filter(pk__in=ids, timezone="").values_list("pk", flat=True)) if ids else ids
        names = [one for one in scopes if not one.startswith("resource:") or int(one[len("resource:") :]) in ids]
        if names:
            bring_up_to_date(scopes=names, variant=known[code], window=shown)
            done += len(names)
    return done


def _drop(scopes: Collection[str], codes: Collection[str]) -> int:
    """Forget kept bytes; who asks for them again gets them rendered again."""
    RenderedEvent.objects.filter(variant__in=codes, scope__in=scopes).delete()
    return RenderedScope.objects.filter(variant__in=codes, scope__in=scopes).delete()[0]


def forget_unread(scopes: Collection[str], *, audiences: Collection[Audience]) -> int:
    """Drop the kept bytes of private scopes that nobody may read any more. Answers how many scopes."""
    codes = [variant.code for variant in VARIANTS if variant.audience in audiences]
    return _drop(scopes, codes) if scopes else 0


def kept_private_scopes() -> list[str]:
    """Scopes of organisations and people of which bytes are kept for their own eyes."""
    codes = [variant.code for variant in VARIANTS if variant.audience is Audience.PARTY]
    return list(RenderedScope.objects.filter(variant__in=codes).order_by().values_list("scope", flat=True).distinct())
