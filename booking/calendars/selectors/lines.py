"""Components from the lines of cases and from closures, for each audience (feeds.md "Property by property")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking.calendars import registry
from booking.calendars.models import FeedVersion
from booking.calendars.rules import OneOff, Place, Status, Window, Wording, describe
from booking.calendars.rules.series import Member
from booking.calendars.selectors.places import place_of
from booking.calendars.selectors.scopes import Audience, Item, scope_of
from booking.cases.links import case_url
from booking.cases.models import CoHost, Line, LineState
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState
from booking.foundation.conf import booking_settings
from booking.occupancy.models import Closure
from booking.seasons.models import Allocation

#: States in which the time was given and not taken back: what a public feed calls taken.
CONFIRMED = (LineState.GRANTED, LineState.HANDED_OUT, LineState.RETURNED, LineState.COMPLETED)
#: Asked for and not decided. A place on the waiting list is no time that anybody has.
TENTATIVE = (LineState.REQUESTED, LineState.HELD)
#: Was given, and doesn't take place. Displaced time comes back under the same UID when what took it goes away.
CANCELLED = (LineState.CANCELLED_BY_ORGANISATION, LineState.CANCELLED_BY_MUNICIPALITY, LineState.DISPLACED)

_STATUS = {
    **dict.fromkeys(CONFIRMED, Status.CONFIRMED),
    **dict.fromkeys(TENTATIVE, Status.TENTATIVE),
    **dict.fromkeys(CANCELLED, Status.CANCELLED),
}
_INSIDERS = (Audience.PARTY, Audience.STAFF)

_LINE = (
    "pk", "number", "case_id", "resource_id", "quantity", "start", "end", "setup_minutes", "teardown_minutes",
    "series_id", "series_start", "uid", "sequence", "created_at", "revised_at", "state", "case__title",
    "case__title_public", "case__reference", "case__organisation_id", "case__organisation__name",
    "case__requester_id", "case__responsible_id",
)  # fmt: skip
_SERIES = ("series__resource_id", "series__uid", "series__rrule", "series__start", "series__end", "series__sequence",
           "series__created_at", "series__revised_at", "series__quantity")  # fmt: skip

Row = dict[str, Any]


def states_for(audience: Audience) -> tuple[str, ...]:
    """Which lines an audience sees at all."""
    return tuple(_STATUS) if audience in _INSIDERS else CONFIRMED


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns rows into facts for one audience and language. ``named_at``: when an organisation's name last changed."""

    audience: Audience
    language: str
    resources: Mapping[int, Resource]
    places: Mapping[int, Place]
    counts: Mapping[int, int]
    named_at: Mapping[int, datetime]
    #: Names of series that have one of their own beside the case's title, all of them public ("Lilleby IL J13").
    titles: Mapping[int, str] = field(default_factory=dict)

    def one_off(self, row: Row) -> OneOff:
        revised_at = row["revised_at"]
        if self.audience in _INSIDERS and row["case__organisation_id"] in self.named_at:
            revised_at = max(revised_at, self.named_at[row["case__organisation_id"]])
        status = _STATUS[row["state"]]
        return OneOff(
            uid=row["uid"],
            # As the calendar on the page shows it: with the time to set up and to tear down.
            start=row["start"] - timedelta(minutes=row["setup_minutes"]),
            end=row["end"] + timedelta(minutes=row["teardown_minutes"]),
            sequence=row["sequence"],
            created_at=row["created_at"],
            revised_at=revised_at,
            wording=self.words(row, row["resource_id"], row["quantity"], status),
            place=self.places[row["resource_id"]],
            status=status,
        )

    def words(self, row: Row, resource_id: int, quantity: int, status: Status) -> Wording:
        """What is said. The public reads that it is taken, and a title only where it was made public."""
        insiders = self.audience in _INSIDERS
        title = (row["case__title"] or "").strip() if row["case__title_public"] or insiders else ""
        who = (row["case__organisation__name"] or "") if insiders else ""
        own = self.titles.get(row["series_id"], "")
        if insiders:
            what = title or who or self.places[resource_id].name or pgettext("calendar event", "Taken")
            if self.audience is Audience.STAFF and title and who:
                what = _("%(who)s: %(what)s") % {"who": who, "what": title}
            what = own or what
        else:
            what = own or title or pgettext("calendar event", "Taken")
        count = self.counts.get(resource_id, 1)
        if count > 1:
            what = _("%(what)s (%(quantity)s of %(count)s)") % {"what": what, "quantity": quantity, "count": count}
        if self.audience is Audience.TREE and self.places[resource_id].name:
            what = _("%(what)s: %(reason)s") % {"what": self.places[resource_id].name, "reason": what}
        if status is Status.TENTATIVE:
            what = _("Request: %(what)s") % {"what": what}
        elif status is Status.CANCELLED:
            what = _("CANCELLED: %(what)s") % {"what": what}
        if not insiders:
            return Wording(what, "", pgettext("calendar category", "Loan"))
        told = [
            who,
            title if own else "",
            _("Case %(reference)s") % {"reference": row["case__reference"]},
            _SAID[status](),
        ]
        return Wording(
            what,
            "\n".join(line for line in told if line),
            pgettext("calendar category", "Loan"),
            _page(row, self.audience, self.language),
        )


def _page(row: Row, audience: Audience, language: str) -> str:
    """The page of the case: the party's, or the one for staff."""
    if audience is Audience.STAFF:
        try:
            return booking_settings().public_base_url + reverse("booking_cases:inspect", args=[row["case_id"]])
        except NoReverseMatch:
            return ""
    return case_url(row["case__reference"], language)


_SAID = {
    Status.CONFIRMED: lambda: pgettext("calendar event", "Granted"),
    Status.TENTATIVE: lambda: pgettext("calendar event", "Asked for, not decided yet"),
    Status.CANCELLED: lambda: pgettext("calendar event", "Doesn't take place"),
}


def writer(
    resource_ids: Iterable[int], audience: Audience, language: str, organisation_ids: Iterable[int] = ()
) -> _Writer:
    """Facts about these places, in two queries; and when those organisations got their names, in a third."""
    resources = Resource.objects.select_related("parent", "unit").in_bulk(sorted(set(resource_ids)))
    insiders = audience in _INSIDERS
    places = {pk: place_of(one, language, insiders=insiders) for pk, one in resources.items()}
    counts = catalogue.quantities(list(resources.values())) if resources else {}
    named_at = {}
    scopes = {f"organisation:{pk}": pk for pk in organisation_ids if pk is not None}
    if insiders and scopes:
        rows = FeedVersion.objects.filter(scope__in=scopes, part=0).values_list("scope", "changed_at")
        named_at = {scopes[scope]: changed_at for scope, changed_at in rows}
    return _Writer(audience, language, resources, places, counts, named_at)


# --- what a resource shows -------------------------------------------------------------------------------------------


def resource_items(
    ids: Collection[int], window: Window, *, language: str, expand: bool, audience: Audience = Audience.PUBLIC
) -> list[Item]:
    """What this audience may know of these resources' time within the window: lines and closures.

    Every row belongs to the resource that was asked for; who shares cells with it reads it from there. A constant
    number of queries.
    """
    with translation.override(language):
        rows = _rows(Line.objects.filter(resource_id__in=ids), window, audience)
        whole = [] if expand else _whole_series(rows)
        write = writer(ids, audience, language, {row["case__organisation_id"] for row in rows})

        def scopes(row: Row, resource_id: int) -> list[str]:
            return [scope_of(resource_id)]

        shown = frozenset(write.resources)
        return [
            *components(rows, whole, write, window, scopes, shown=shown, expand=expand),
            *closure_items(write, window),
            *registry.on_resources(ids, window, language),
        ]


def _rows(lines: QuerySet[Line], window: Window | None, audience: Audience) -> list[Row]:
    found = lines.filter(state__in=states_for(audience)).exclude(case__stored_act="draft")
    if window is not None:
        found = found.filter(end__gt=window.start, start__lt=window.end)
    return list(found.order_by("pk").values(*_LINE))


def _whole_series(rows: Iterable[Row]) -> list[Row]:
    """All lines of the series that occur, whatever their state: a rule can't be cut without changing it."""
    ids = {row["series_id"] for row in rows if row["series_id"] is not None}
    if not ids:
        return []
    return list(Line.objects.filter(series_id__in=ids).order_by("pk").values(*_LINE, *_SERIES))


def components(
    rows: list[Row],
    whole: list[Row],
    write: _Writer,
    window: Window | None,
    scopes: Any,
    *,
    shown: frozenset[int],
    expand: bool,
) -> list[Item]:
    """Single lines and series as items. ``scopes(row, resource id)``: where each belongs; ``shown``: which resources
    may occur; lines on others are left out."""
    found: list[Item] = []
    series = {row["series_id"] for row in (*rows, *whole) if row["series_id"] is not None}
    write = replace(write, titles=registry.series_titles(series))
    for row in rows:
        if (expand or row["series_id"] is None) and row["resource_id"] in shown:
            facts = write.one_off(row)
            found += [Item(scope, f"line:{row['pk']}", facts) for scope in scopes(row, row["resource_id"])]
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in whole:
        groups[row["series_id"]].append(row)
    for series_id, members in groups.items():
        found += _series_items(series_id, members, write, window, scopes, shown)
    return found


def _series_items(
    series_id: int, rows: list[Row], write: _Writer, window: Window | None, scopes: Any, shown: frozenset[int]
) -> list[Item]:
    """The series as one component, and the lines that it can't hold as single ones: in a resource's calendar those
    that were moved to another resource, anywhere those of a series that no rule says."""
    head = rows[0]
    home = head["series__resource_id"]
    states = states_for(write.audience)
    seen = [row for row in rows if row["state"] in states and row["resource_id"] in shown]
    party = write.audience is Audience.PARTY
    here = [row for row in seen if party or row["resource_id"] == home]
    rest = [row for row in seen if not (party or row["resource_id"] == home)]
    found: list[Item] = []
    if here:
        main = _main_status(here)
        # The series says what its home and its usual number say; a date that differs says so itself.
        place_id = home if home in write.places else here[0]["resource_id"]
        facts = describe(
            uid=head["series__uid"],
            rrule=head["series__rrule"],
            start=head["series__start"],
            end=head["series__end"],
            members=[
                Member(row["series_start"] or row["start"], row["setup_minutes"], write.one_off(row)) for row in here
            ],
            # Each change of a line changes the whole; sums only rise, as no line is ever deleted.
            sequence=head["series__sequence"] + sum(row["sequence"] for row in rows),
            created_at=head["series__created_at"],
            revised_at=max(
                head["series__revised_at"],
                *(row["revised_at"] for row in rows),
                *_named(write, head),
            ),
            wording=write.words(head, place_id, head["series__quantity"], main),
            place=write.places[place_id],
            status=main,
        )
        if facts is None:
            rest = seen
        else:
            found += [Item(scope, f"series:{series_id}", facts) for scope in scopes(head, home)]
    for row in rest:
        if window is None or (row["end"] > window.start and row["start"] < window.end):
            one = write.one_off(row)
            found += [Item(scope, f"line:{row['pk']}", one) for scope in scopes(row, row["resource_id"])]
    return found


def _named(write: _Writer, head: Row) -> list[datetime]:
    moment = write.named_at.get(head["case__organisation_id"])
    return [moment] if moment else []


def _main_status(rows: Iterable[Row]) -> Status:
    """Of the series: CONFIRMED if any date is granted, else TENTATIVE if any is asked for, else CANCELLED."""
    found = {_STATUS[row["state"]] for row in rows}
    return next(status for status in (Status.CONFIRMED, Status.TENTATIVE, Status.CANCELLED) if status in found)


# --- what an organisation or a person sees ---------------------------------------------------------------------------


def party_items(
    organisations: Collection[int], people: Collection[int], window: Window, *, language: str, expand: bool
) -> list[Item]:
    """All that these organisations (as requester or co-host) and people (as requester or responsible adult) have asked
    for, been granted and lost. A constant number of queries."""
    hosted = CoHost.objects.filter(organisation_id__in=organisations, case_id=OuterRef("case_id"))
    lines = Line.objects.filter(
        Q(case__organisation_id__in=organisations)
        | Q(case__requester_id__in=people)
        | Q(case__responsible_id__in=people)
        | Exists(hosted)
    )
    with translation.override(language):
        rows = _rows(lines, window, Audience.PARTY)
        whole = [] if expand else _whole_series(rows)
        hosts: dict[int, set[int]] = defaultdict(set)
        if organisations:
            pairs = CoHost.objects.filter(
                organisation_id__in=organisations, case_id__in={row["case_id"] for row in rows}
            )
            for case_id, organisation_id in pairs.values_list("case_id", "organisation_id"):
                hosts[case_id].add(organisation_id)
        places = {row["resource_id"] for row in (*rows, *whole)} | {row["series__resource_id"] for row in whole}
        write = writer(places, Audience.PARTY, language, {row["case__organisation_id"] for row in rows})

        def scopes(row: Row, resource_id: int) -> list[str]:
            theirs = {row["case__organisation_id"], *hosts[row["case_id"]]} & set(organisations)
            own = {row["case__requester_id"], row["case__responsible_id"]} & set(people)
            return [*(f"organisation:{pk}" for pk in sorted(theirs)), *(f"person:{pk}" for pk in sorted(own))]

        return components(rows, whole, write, window, scopes, shown=frozenset(places), expand=expand)


def season_items(names: Collection[str], window: Window, *, language: str, expand: bool) -> list[Item]:
    """The adopted hours of rounds for everybody: `season:<round>`, narrowed to an organisation or to one of its teams
    (`season:<round>.<organisation>`, `….<wish>`). A constant number of queries."""
    rounds = {int(name.partition(":")[2].split(".")[0]) for name in names}
    facts = {
        series: (round, organisation, wish)
        for series, round, organisation, wish in Allocation.objects.filter(
            round__in=rounds, series__isnull=False
        ).values_list("series_id", "round_id", "wish__organisation_id", "wish_id")
    }
    lines = Line.objects.filter(series__allocation__round__in=rounds)
    with translation.override(language):
        rows = _rows(lines, window, Audience.PUBLIC)
        whole = [] if expand else _whole_series(rows)
        places = {row["resource_id"] for row in (*rows, *whole)} | {row["series__resource_id"] for row in whole}
        write = writer(places, Audience.PUBLIC, language)

        def scopes(row: Row, resource_id: int) -> list[str]:
            round, organisation, wish = facts[row["series_id"]]
            every = (f"season:{round}", f"season:{round}.{organisation}", f"season:{round}.{organisation}.{wish}")
            return [scope for scope in every if scope in names]

        return components(rows, whole, write, window, scopes, shown=frozenset(places), expand=expand)


def case_items(case_id: int, language: str) -> list[Item]:
    """All components of one case as its parties see them, whenever they are: for the files that go with letters."""
    with translation.override(language):
        rows = _rows(Line.objects.filter(case_id=case_id), None, Audience.PARTY)
        whole = _whole_series(rows)
        places = {row["resource_id"] for row in (*rows, *whole)} | {row["series__resource_id"] for row in whole}
        write = writer(places, Audience.PARTY, language, {row["case__organisation_id"] for row in rows})
        return components(
            rows, whole, write, None, lambda row, pk: [f"case:{case_id}"], shown=frozenset(places), expand=False
        )


# --- what everybody is invited to ------------------------------------------------------------------------------------


def happening_items(
    window: Window, *, language: str, expand: bool, organisations: Collection[int] | None = None
) -> list[Item]:
    """Granted time with a public title in a public place: of everybody, or of these organisations and what they
    co-host. A constant number of queries."""
    lines = Line.objects.filter(
        case__title_public=True, resource__public=True, resource__state=ResourceState.ACTIVE
    ).exclude(case__title="")
    if organisations is not None:
        hosted = CoHost.objects.filter(organisation_id__in=organisations, case_id=OuterRef("case_id"))
        lines = lines.filter(Q(case__organisation_id__in=organisations) | Exists(hosted))
    with translation.override(language):
        rows = [row for row in _rows(lines, window, Audience.HAPPENING) if row["case__title"].strip()]
        whole = [] if expand else _whole_series(rows)
        hosts: dict[int, set[int]] = defaultdict(set)
        if organisations is not None:
            pairs = CoHost.objects.filter(
                organisation_id__in=organisations, case_id__in={row["case_id"] for row in rows}
            )
            for case_id, organisation_id in pairs.values_list("case_id", "organisation_id"):
                hosts[case_id].add(organisation_id)
        ids = {row["resource_id"] for row in (*rows, *whole)}
        write = writer(ids, Audience.HAPPENING, language)
        public = frozenset(
            pk for pk, one in write.resources.items() if one.public and one.state == ResourceState.ACTIVE
        )

        def scopes(row: Row, resource_id: int) -> list[str]:
            if organisations is None:
                return ["happenings"]
            theirs = {row["case__organisation_id"], *hosts[row["case_id"]]} & set(organisations)
            return [f"organisation:{pk}" for pk in sorted(theirs)]

        return components(rows, whole, write, window, scopes, shown=public, expand=expand)


# --- closures --------------------------------------------------------------------------------------------------------


def closure_items(write: _Writer, window: Window) -> list[Item]:
    """Closures and maintenance of the writer's resources. One query."""
    rows = (
        Closure.objects.filter(
            resource_id__in=write.places, cancelled_at__isnull=True, end__gt=window.start, start__lt=window.end
        )
        .order_by()
        .values("pk", "resource_id", "uid", "start", "end", "reason", "maintenance", "created_at")
    )
    found = []
    for row in rows:
        place = write.places[row["resource_id"]]
        wording = _shut(row["reason"], maintenance=row["maintenance"])
        if write.audience in (Audience.TREE, Audience.STAFF) and place.name:
            summary = _("%(what)s: %(reason)s") % {"what": place.name, "reason": wording.summary}
            wording = Wording(summary, wording.description, wording.category)
        facts = OneOff(
            uid=row["uid"],
            start=row["start"],
            end=row["end"],
            sequence=0,
            created_at=row["created_at"],
            revised_at=row["created_at"],
            wording=wording,
            place=place,
        )
        found.append(Item(scope_of(row["resource_id"]), f"closure:{row['pk']}", facts))
    return found


def _shut(reason: str, *, maintenance: bool) -> Wording:
    kind = pgettext("calendar event", "Maintenance") if maintenance else pgettext("calendar event", "Closed")
    summary = _("%(what)s: %(reason)s") % {"what": kind, "reason": reason} if reason.strip() else kind
    return Wording(summary, "", pgettext("calendar category", "Closure"))
