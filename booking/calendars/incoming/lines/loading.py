"""Drafts into granted lines of cases of kind ``import``: each row whole or not at all, the second time nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.calendars.incoming.lines.drafting import Draft, RowRefused
from booking.calendars.incoming.models import ImportedLine
from booking.cases.models import Case, CaseKind
from booking.cases.services import Standing, open_standing_case, take_standing_dates
from booking.cases.services.shared import Actor
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState
from booking.foundation import wording
from booking.foundation.clock import wall
from booking.foundation.errors import DomainError
from booking.occupancy.services import again_on_collision
from booking.organisations.models import MemberRole, Organisation, OrganisationState

#: How many dates a refusal names.
_NAMED = 5


@dataclass
class Outcome:
    """What became of one row: taken, unchanged, passed (all of it is over) or refused, and in words what and why."""

    line: int
    status: str
    what: str = ""
    reason: str = ""
    dates: int = 0
    case: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """All rows in the order of the file."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, status: str) -> int:
        """How many rows came to that."""
        return sum(1 for one in self.outcomes if one.status == status)


def source_of(name: str) -> str:
    """The name that makes the ids of a file unique: from the file's."""
    return slugify(name)[:60] or "list"


def load(
    rows: Sequence[Draft],
    *,
    source: str,
    now: datetime,
    by: Any = None,
    title_public: bool = False,
    unit_ids: Collection[int] | None = None,
) -> Iterator[Outcome]:
    """Store the rows one by one, each in a transaction of its own, and tell what became of each.

    Nobody is asked and no letter goes out: these hours are had already, by a list of the municipality's.
    ``unit_ids``: only things of these units (who imports in the admin); None: all. ``by``: the person, None for a
    command.
    """
    words = _Words(unit_ids)
    seen: dict[str, int] = {}
    for row in rows:
        outcome = Outcome(row.line, "refused", _what(row))
        try:
            if row.fault:
                raise RowRefused(row.fault)
            if row.external_id in seen:
                raise RowRefused(
                    _("“%(id)s” stands in line %(line)s already")
                    % {"id": row.external_id[:60], "line": seen[row.external_id]}
                )
            seen[row.external_id] = row.line
            again_on_collision(
                lambda row=row, outcome=outcome: _store(  # type: ignore[misc]
                    row, outcome, words, source=source, now=now, by=by, title_public=title_public
                )
            )
        except RowRefused as refusal:
            outcome.status, outcome.reason = "refused", str(refusal)
        except DomainError as refusal:
            outcome.status, outcome.reason = "refused", refusal.text
        yield outcome


def _what(row: Draft) -> str:
    return " – ".join(part for part in (row.organisation, row.resource, row.title) if part)[:200]


class _Words:
    """The words of a file as things and organisations: by slug, number, or name in any language, capitals or not."""

    def __init__(self, unit_ids: Collection[int] | None) -> None:
        self.unit_ids = unit_ids
        self._things: dict[str, Resource | None] = {}
        self._organisations: dict[str, Organisation | None] = {}

    def resource(self, text: str) -> Resource:
        """Raises ``RowRefused`` for none, another unit's, or several of that name."""
        if not text:
            raise RowRefused(_("no place is named"))
        if text.casefold() not in self._things:
            rows = Resource.objects.select_related("unit").exclude(state=ResourceState.RETIRED)
            if self.unit_ids is not None:
                rows = rows.filter(unit_id__in=self.unit_ids)
            self._things[text.casefold()] = _one(
                rows, text, ("slug", "name", "name_nn", "name_en"), _("several places are called “%s”: use the slug")
            )
        found = self._things[text.casefold()]
        if found is None:
            raise RowRefused(_("there is no place “%s”") % text[:80])
        return found

    def organisation(self, text: str) -> Organisation:
        """Raises ``RowRefused`` for none, or several of that name."""
        if not text:
            raise RowRefused(_("no organisation is named"))
        if text.casefold() not in self._organisations:
            rows = Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(merged_into=None)
            self._organisations[text.casefold()] = _one(
                rows, text, ("slug", "number", "name"), _("several organisations are called “%s”: use the number")
            )
        found = self._organisations[text.casefold()]
        if found is None:
            raise RowRefused(_("there is no organisation “%s”") % text[:80])
        return found


def _one(rows: Any, text: str, names: Sequence[str], several: str) -> Any:
    for name in names:
        # Compared here and not by the database: SQLite knows no capital Norwegian letters.
        wanted = text.casefold()
        found = [one for one in rows if str(getattr(one, name) or "").casefold() == wanted]
        if len(found) > 1:
            raise RowRefused(several % text[:80])
        if found:
            return found[0]
    return None


@transaction.atomic
def _store(
    row: Draft, outcome: Outcome, words: _Words, *, source: str, now: datetime, by: Any, title_public: bool
) -> None:
    there = list(
        ImportedLine.objects.filter(source=source, external_id=row.external_id).select_related("line__case")[:1]
    )
    if there:
        outcome.case = there[0].line.case.reference
        if there[0].digest != row.digest:
            raise RowRefused(
                _("it was taken in before and says something else now: change it in case %s") % outcome.case
            )
        outcome.status = "unchanged"
        return
    resource = words.resource(row.resource)
    organisation = words.organisation(row.organisation)
    tz = catalogue.zone(resource)
    times = sorted(
        (start, end) if start.tzinfo else tuple(wall(one.date(), one.time(), tz) for one in (start, end))
        for start, end in row.times
    )
    coming = [(start, end) for start, end in times if start >= now]
    if not coming:
        outcome.status = "passed"
        return
    if len(coming) < len(times):
        gone = len(times) - len(coming)
        outcome.notes.append(
            ngettext("%(count)s date has passed", "%(count)s dates have passed", gone) % {"count": gone}
        )
    if any(end <= start for start, end in coming):
        raise RowRefused(_("it ends before it begins, or at the same moment"))
    case = _case(source, organisation, resource, row, now, by, title_public)
    before = set(case.lines.values_list("pk", flat=True))
    group = Standing(resource, row.rrule, coming, row.quantity)
    actor = Actor(by, f"unit:{resource.unit.slug}") if by is not None else Actor(None, "")
    take_standing_dates(case, [group], by=actor, basis="import", now=now)
    if group.refused:
        named = [wording.when_words(*coming[index], tz, short=True) for index in group.refused[:_NAMED]]
        more = len(group.refused) - len(named)
        text = ", ".join(named) + (f" (+{more})" if more else "")
        raise RowRefused(_("somebody else has it then: %s") % text)
    lines = case.lines.exclude(pk__in=before)
    ImportedLine.objects.bulk_create(
        [
            ImportedLine(source=source, external_id=row.external_id, digest=row.digest, line=line)
            for line in lines.order_by("number")
        ]
    )
    outcome.status, outcome.dates, outcome.case = "taken", len(coming), case.reference


def _case(
    source: str, organisation: Organisation, resource: Resource, row: Draft, now: datetime, by: Any, title_public: bool
) -> Case:
    """The case of this list for the organisation, the unit and the title; opened with the first row that needs it."""
    title = row.title or organisation.name
    found = (
        Case.objects.filter(
            kind=CaseKind.IMPORT, organisation=organisation, unit=resource.unit, title=title, purpose=source
        )
        .order_by("pk")
        .first()
    )
    if found is not None:
        return found
    leader = organisation.memberships.filter(role=MemberRole.LEADER, user__is_active=True).order_by("pk").first()
    officer = resource.officer or resource.unit.officer
    return open_standing_case(
        kind=CaseKind.IMPORT,
        title=title,
        title_public=title_public,
        purpose=source,
        organisation=organisation,
        co_hosts=[],
        requester=leader.user if leader is not None else None,
        hat=f"organisation:{organisation.slug}",
        unit=resource.unit,
        officer=officer,
        deputy=resource.deputy or resource.unit.deputy,
        now=now,
    )
