"""What followers of a place or an organisation hear about what happens there: only what has a public title.

A meeting place (N13, N14) is in this model an organisation's public arrangement: a titled request, often a series, with
the organisation as its requester or as one of its co-hosts. Who follows the organisation follows all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.cases.models import Case, CoHost, HostState, Line, LineState
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words
from booking.organisations.followers import places, registry, rules, services
from booking.organisations.followers.registry import Coming, Fact, Kind
from booking.organisations.followers.rules import When

CANCELLED = "cancelled"
HAPPENING = "happening"

#: Given and not taken back.
_ON = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)
#: Given, and taken back since.
_OFF = (LineState.DISPLACED, LineState.CANCELLED_BY_ORGANISATION, LineState.CANCELLED_BY_MUNICIPALITY)


def connect() -> None:
    """Make the kinds and the source known."""
    registry.register_kind(
        Kind(
            CANCELLED,
            gettext_lazy("Something that was to happen is cancelled"),
            (When.AT_ONCE, When.EVENING, When.PAGE),
            describe_cancelled,
            direct=True,
        )
    )
    registry.register_kind(
        Kind(
            HAPPENING,
            gettext_lazy("Something new is going to happen"),
            (When.PAGE, When.WEEKLY, When.EVENING, When.AT_ONCE),
            describe_happening,
        )
    )
    registry.register_kind(
        Kind(registry.REPLY, gettext_lazy("An answer to what I wrote"), (When.AT_ONCE, When.PAGE), describe_reply)
    )
    registry.register_source("happenings", coming)


# --- telling ---------------------------------------------------------------------------------------------------------


def granted(case: Case, lines: Iterable[Line], *, now: datetime) -> None:
    """Something with a public title was granted. Runs in the transaction that grants."""
    ahead = sorted((line for line in lines if line.end > now), key=lambda line: (line.start, line.pk))
    if ahead and _is_public(case):
        first = ahead[0]
        services.tell(
            [
                services.News(
                    HAPPENING, case.pk, first.start,
                    resources=tuple(sorted({line.resource_id for line in ahead})),
                    organisations=_organisations([case])[case.pk],
                    revision=f"line {first.number}",
                )
            ],
            now=now,
        )  # fmt: skip


def cancelled(cases: Mapping[int, Case], lines: Iterable[Line], *, now: datetime) -> None:
    """Granted dates with a public title were displaced or given back. Only the near ones are told one by one (N8)."""
    near = [
        line for line in lines if line.end > now and line.start < now + rules.NEAR and _is_public(cases[line.case_id])
    ]
    if not near:
        return
    organisations = _organisations([cases[pk] for pk in {line.case_id for line in near}])
    services.tell(
        [
            services.News(
                CANCELLED, line.pk, line.start, resources=(line.resource_id,),
                organisations=organisations[line.case_id], revision=str(line.sequence),
            )
            for line in near
        ],
        now=now,
    )  # fmt: skip


def restored(lines: Iterable[Line], *, now: datetime) -> None:
    """They have their time again: who was told that they are cancelled hears it."""
    services.take_back(CANCELLED, [line.pk for line in lines], now=now)


def tell_asker(case: Case, key: str, *, now: datetime) -> None:
    """Something is said to who asked this without a name; ``key`` says what. In the transaction that says it."""
    services.tell_asker(case.pk, case.reference, revision=key, now=now)


def _is_public(case: Case) -> bool:
    return case.title_public and bool(case.title.strip())


def _organisations(cases: Sequence[Case]) -> dict[int, tuple[int, ...]]:
    """Who stands behind each: the requester's organisation and the co-hosts. One query."""
    found = {case.pk: {case.organisation_id} if case.organisation_id is not None else set() for case in cases}
    # Nobody is named in public before they have said yes.
    hosts = CoHost.objects.filter(case__in=list(found), state=HostState.ACCEPTED)
    for case_id, organisation in hosts.values_list("case_id", "organisation_id"):
        found[case_id].add(organisation)
    return {pk: tuple(sorted(ids)) for pk, ids in found.items()}


# --- in words --------------------------------------------------------------------------------------------------------


def _public_lines() -> QuerySet[Line]:
    return Line.objects.filter(case__title_public=True).exclude(case__title="").select_related("case")


def describe_cancelled(ids: Sequence[int]) -> dict[int, Fact]:
    """Dates that don't take place, or do after all."""
    rows = list(_public_lines().filter(pk__in=ids, state__in=(*_ON, *_OFF)))
    known = places.shown({row.resource_id for row in rows})
    found = {}
    for row in rows:
        place = known.get(row.resource_id)
        if place is None:
            continue
        on = row.state in _ON
        said = _("%(title)s in %(place)s takes place after all") if on else _("%(title)s in %(place)s is cancelled")
        words = said % {"title": row.case.title, "place": places.name_of(place)}
        found[row.pk] = Fact(words, row.start, row.end, places.zone_of(place), places.link_to(place), gone=on)
    return found


def describe_reply(ids: Sequence[int]) -> dict[int, Fact]:
    """Where an enquiry stands: the last word of the unit, or who answers and until when."""
    found = {}
    for case in Case.objects.filter(pk__in=ids).select_related("unit").prefetch_related("messages"):
        unit = str(localized(case.unit, "name"))
        said = [row.body for row in case.messages.all() if not row.internal and row.hat.startswith("unit:")]
        tz = booking_settings().tz
        if said:
            words = _("%(unit)s has answered you (%(reference)s): %(words)s")
            values = {"words": Truncator(said[-1]).chars(300)}
        elif case.waiting_on == "municipality" and case.answer_by is not None:
            words = _("%(unit)s has got what you wrote, and answers by %(day)s (%(reference)s)")
            values = {"day": day_words(case.answer_by)}
        else:
            words = _("%(unit)s: %(state)s (%(reference)s)")
            values = {"state": str(case.get_state_display())}
        filled = words % {"unit": unit, "reference": case.reference, **values}
        found[case.pk] = Fact(filled, case.revised_at, case.revised_at + rules.NEWS_KEPT, tz, timeless=True)
    return found


def describe_happening(ids: Sequence[int]) -> dict[int, Fact]:
    """What is going to happen: the title, where, and its next date with how many come after it."""
    rows = _public_lines().filter(case__in=ids, state__in=_ON, end__gt=clock.now()).order_by("start", "pk")
    by_case: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        by_case[row.case_id].append(row)
    known = places.shown({row.resource_id for lines in by_case.values() for row in lines})
    found = {}
    for pk, lines in by_case.items():
        seen = [line for line in lines if line.resource_id in known]
        if not seen:
            continue
        first, place = seen[0], known[seen[0].resource_id]
        words = _("%(title)s in %(place)s") % {"title": first.case.title, "place": places.name_of(place)}
        more = len({line.start for line in seen}) - 1
        if more:
            words += " " + ngettext("(and %(n)s more date)", "(and %(n)s more dates)", more) % {"n": more}
        found[pk] = Fact(words, first.start, first.end, places.zone_of(place), places.link_to(place))
    return found


def coming(resources: Collection[int], organisations: Collection[int], start: datetime, end: datetime) -> list[Coming]:
    """Public happenings in these resources or of these organisations, the cancelled ones marked."""
    theirs: Any = Q(case__organisation__in=organisations) | Q(
        case__in=CoHost.objects.filter(organisation__in=organisations, state=HostState.ACCEPTED).values("case")
    )
    rows = list(
        _public_lines()
        .filter(Q(resource__in=resources) | theirs, state__in=(*_ON, *_OFF), end__gt=start, start__lt=end)
        .order_by("start", "pk")
    )
    known = places.shown({row.resource_id for row in rows})
    return [
        Coming(
            row.start,
            row.end,
            places.zone_of(place),
            row.case.title,
            places.name_of(place),
            places.link_to(place),
            cancelled=row.state in _OFF,
        )
        for row in rows
        if (place := known.get(row.resource_id)) is not None
    ]
