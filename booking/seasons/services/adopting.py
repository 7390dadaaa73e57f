"""Adoption: one decision makes cases, allocations, occupancy, feeds and letters for the whole season (seasons.md 6).

All in one transaction under the round's lock and the locks of all cells: nothing, or everything. A second adoption,
after appeals, changes only what differs: unchanged hours keep series, lines, UIDs and SEQUENCE.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements.rules import weekly_rule
from booking.cases import following as followers
from booking.cases.models import Case, CaseKind, Decision, Line, LineState
from booking.cases.services import Standing, end_standing_dates, open_standing_case, take_standing_dates
from booking.cases.services.offering import pass_on, spans_of, waiting_for
from booking.cases.services.shared import Actor, event, lock, lock_cases, refresh, states_of
from booking.catalogue import selectors as catalogue
from booking.foundation import text
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, Unmet, WrongState
from booking.foundation.signals import send_revised
from booking.occupancy.services import again_on_collision
from booking.organisations.models import Organisation
from booking.seasons.models import Adoption, Allocation, Proposal, ProposalState, RoundState, SeasonCase, SeasonRound
from booking.seasons.selectors.adopting import Clash, Preview, clash_words, fault_words, lines_that_end, preview
from booking.seasons.selectors.hearing import key_of, participants
from booking.seasons.services import flow
from booking.seasons.services.hearing import _on_the_table
from booking.seasons.services.speaking import (
    Speaker,
    for_municipality,
    locked,
    log,
    need_state,
    post,
    store,
    to_organisation,
    today_of,
)

#: A round is adopted from here; again while it is in force.
ADOPTABLE = (RoundState.HEARING, RoundState.ADOPTED, RoundState.RUNNING)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Dates that somebody else has, that the person who adopts was shown and leaves out: their codes, and why."""

    codes: Collection[str] = ()
    reason: str = ""


def adopt(
    round: SeasonRound,
    proposal: Proposal,
    *,
    grounds: str,
    accepted: Accepted = Accepted(),
    by: Any,
    now: datetime,
    if_version: int | None = None,
) -> Adoption:
    """This proposal holds: cases, hours, calendars and letters, at once. Pressed twice, or by two at once: once.

    Raises ``Unmet`` with all that is in the way (faults, objections without an answer, dates that somebody else has and
    nobody has accepted to leave out; or the hearing goes on), ``Invalid`` without grounds, ``Forbidden``,
    ``Disqualified``, ``WrongState``, ``Stale``.
    """
    why = text.clean(grounds, max_length=4000, loc=("grounds",), multiline=True, required=True)
    left_why = text.clean(accepted.reason, max_length=500, loc=("left_out_reason",), multiline=True)
    if accepted.codes and not left_why:
        raise Invalid("required", _("Say why these dates are left out."), loc=("left_out_reason",))

    @transaction.atomic
    def act() -> Adoption:
        fresh = locked(round)
        who = for_municipality(by, fresh, today_of(now))
        latest = fresh.adoptions.order_by("-number").first()
        if latest is not None and latest.proposal_id == proposal.pk and fresh.adopted_id == proposal.pk:
            return latest
        fresh = locked(round, if_version=if_version)
        need_state(fresh, *ADOPTABLE)
        if fresh.state == RoundState.HEARING:
            flow.need(fresh, RoundState.ADOPTED, now)
        if fresh.season_end <= today_of(now):
            raise WrongState("season_over", _("The season is over."))
        chosen = _on_the_table(fresh, proposal)
        _lock_cells(fresh, chosen)
        seen = preview(fresh, chosen, now=now)
        left = _must_be_met(seen, accepted)
        return _Adopting(fresh, chosen, seen, left, who, why, left_why, now).run()

    return again_on_collision(act)


def _lock_cells(round: SeasonRound, proposal: Proposal) -> None:
    """Every cell of the round, before anything is looked at: what the preview sees stands until the end."""
    ids = set(round.places.values_list("resource_id", flat=True))
    ids |= set(proposal.slots.values_list("resource_id", flat=True))
    ids |= set(Allocation.objects.filter(round=round, ended_at=None).values_list("resource_id", flat=True))
    lock(ids, ())


def unmet_items(seen: Preview, open_clashes: Sequence[Clash]) -> list[dict[str, Any]]:
    """What has to be done first, for pages and other programs alike."""
    return [
        *({"kind": "fault", "code": one.code, "text": fault_words(one, seen.proposal)} for one in seen.faults),
        *(
            {
                "kind": "objection", "code": "unanswered", "proposal": one.proposal.number, "comment": one.number,
                "organisation": one.organisation.slug if one.organisation else None, "text": one.text,
            }
            for one in seen.objections
        ),
        *({"kind": "conflict", "code": one.status, "left_out": one.code, "text": clash_words(one)}
          for one in open_clashes),
    ]  # fmt: skip


def _must_be_met(seen: Preview, accepted: Accepted) -> list[Clash]:
    """The dates to leave out. Raises ``Unmet`` with everything else that is in the way."""
    codes = set(accepted.codes)
    open_clashes = [one for one in seen.clashes if one.code not in codes]
    if seen.refused or open_clashes:
        raise Unmet(
            "not_ready",
            _("This can't be adopted yet. Look at what has to be done first."),
            items=unmet_items(seen, open_clashes),
        )
    return list(seen.clashes)


@dataclass
class _Adopting:
    """One run, under all locks."""

    round: SeasonRound
    proposal: Proposal
    seen: Preview
    left: list[Clash]
    who: Speaker
    grounds: str
    left_why: str
    now: datetime

    def run(self) -> Adoption:
        first = self.round.adopted_id is None
        self.actor = Actor(self.who.user, self.who.hat)
        self.adoption = self._decide()
        freed = self._end_what_goes()
        cases = self._cases()
        concerned = self._take(cases)
        concerned |= {one.wish.organisation_id for one in self.seen.ending}
        if first:
            concerned |= set(cases)
            self._nothing_for(cases)
        concerned |= self._end_appeals()
        self._offer(freed)
        self.proposal.frozen_at = self.now
        self.proposal.version += 1
        self.proposal.revised_at = self.now
        self.proposal.save(update_fields=["frozen_at", "version", "revised_at"])
        self.round.adopted, self.round.heard = self.proposal, self.round.heard or self.proposal
        if self.round.state == RoundState.HEARING:
            self.round.state = RoundState.ADOPTED
        log(
            self.round, "adopted" if first else "adopted_again", who=self.who, now=self.now,
            proposal=self.proposal.number, adoption=self.adoption.number, new=len(self.seen.new),
            ended=len(self.seen.ending), left_out=len(self.left),
        )  # fmt: skip
        store(self.round, self.now)
        send_revised(
            cause=f"season:{self.round.slug}",
            scopes=[f"season:{self.round.pk}", *(f"organisation:{pk}" for pk in sorted(concerned))],
        )
        self._tell(concerned)
        return self.adoption

    def _decide(self) -> Adoption:
        today = local_date(self.now, booking_settings().tz)
        return Adoption.objects.create(
            round=self.round,
            proposal=self.proposal,
            number=self.round.adoptions.count() + 1,
            grounds=self.grounds,
            by=self.who.user,
            hat=self.who.hat,
            at=self.now,
            holds_from=self.seen.holds_from,
            complain_by=today + timedelta(days=self.round.complaint_days),
            left_out=[
                [
                    one.slot.wish_id, one.slot.resource_id, one.occurrence.day.isoformat(), one.slot.start,
                    one.slot.end, ", ".join(one.who), self.left_why,
                ]
                for one in self.left
            ],
        )  # fmt: skip

    def _end_what_goes(self) -> list[Line]:
        """Hours that the new timetable hasn't: free from the day it holds. Answers the lines that came free."""
        ending = self.seen.ending
        if not ending:
            return []
        ids = lines_that_end(ending, self.seen.holds_from)
        freed = list(
            Line.objects.filter(pk__in=ids, state=LineState.GRANTED).select_related("resource", "case").order_by("pk")
        )
        after = wall(self.seen.holds_from, time(), booking_settings().tz)
        last = self.seen.holds_from - timedelta(days=1)
        by_case: dict[int, list[Allocation]] = defaultdict(list)
        for one in ending:
            if one.series is not None:
                by_case[one.series.case_id].append(one)
        for case_id, group in sorted(by_case.items()):
            end_hours(Case.objects.get(pk=case_id), group, after=after, last=last, by=self.actor, municipality=True,
                      reason="season_changed", now=self.now)  # fmt: skip
        Allocation.objects.filter(pk__in=[one.pk for one in ending]).update(
            until=last, ended_at=self.now, ended_why="adoption"
        )
        return freed

    def _cases(self) -> dict[int, Case]:
        """The case of every organisation that takes part, by its id; those that are missing are opened."""
        found = {
            row.organisation_id: row.case for row in SeasonCase.objects.filter(round=self.round).select_related("case")
        }
        for organisation in participants(self.round).order_by("pk"):
            if organisation.pk in found:
                continue
            case = self._open(organisation)
            SeasonCase.objects.create(round=self.round, organisation=organisation, case=case)
            found[organisation.pk] = case
        return found

    def _open(self, organisation: Organisation) -> Case:
        return open_standing_case(
            kind=CaseKind.SEASON,
            title=self.round.name[:150],
            title_public=True,
            purpose="",
            organisation=organisation,
            co_hosts=(),
            requester=None,
            hat=f"organisation:{organisation.slug}",
            unit=self.round.unit,
            officer=self.round.officer,
            deputy=self.round.deputy,
            now=self.now,
        )

    def _take(self, cases: Mapping[int, Case]) -> set[int]:
        """The new hours, organisation by organisation. Answers who got any."""
        left = {(key_of(one.slot), one.occurrence.day) for one in self.left}
        groups: dict[int, list[tuple[Any, Standing]]] = defaultdict(list)
        for slot in self.seen.new:
            dates = [one for one in self.seen.dates[key_of(slot)] if (key_of(slot), one.day) not in left]
            organisation = slot.wish.organisation
            standing = Standing(
                slot.resource,
                weekly_rule(slot.weekday, self.round.season_end),
                [(one.start, one.end) for one in dates],
                label=f"{organisation.name} {slot.wish.team}"[:150],
            )
            groups[organisation.pk].append((slot, standing))
        rows: list[Allocation] = []
        for pk, pairs in sorted(groups.items(), key=lambda pair: cases[pair[0]].pk):
            standings = [standing for _slot, standing in pairs]
            take_standing_dates(
                cases[pk], standings, by=self.actor, basis="decision", grounds=self.grounds,
                appeal_until=self.adoption.complain_by, back_to_back=True, now=self.now,
            )  # fmt: skip
            if any(one.refused for one in standings):  # the cells are locked and were looked at: never, unless a bug
                raise Unmet("not_ready", _("Somebody took one of these dates just now. Look at the list again."))
            rows += [self._allocation(slot, standing) for slot, standing in pairs]
        Allocation.objects.bulk_create(rows, batch_size=500)
        return set(groups)

    def _allocation(self, slot: Any, standing: Standing) -> Allocation:
        return Allocation(
            round=self.round, adoption=self.adoption, wish=slot.wish, resource=slot.resource, weekday=slot.weekday,
            start=slot.start, end=slot.end, series=standing.series, since=self.seen.holds_from,
            until=self.round.season_end,
        )  # fmt: skip

    def _nothing_for(self, cases: Mapping[int, Case]) -> None:
        """Who got nothing has a decision too, and can appeal it."""
        got = {slot.wish.organisation_id for slot in self.seen.new}
        for pk in sorted(cases.keys() - got):
            case = cases[pk]
            Decision.objects.create(
                case=case, by=self.who.user, hat=self.who.hat, outcome="refuse", grounds=self.grounds,
                appeal_by=self.adoption.complain_by, at=self.now,
            )  # fmt: skip
            Case.objects.filter(pk=case.pk).update(state="refused", waiting_on="nobody", answered_at=self.now)

    def _end_appeals(self) -> set[int]:
        """A new adoption answers the appeals that wait. Whose they were."""
        rows = SeasonCase.objects.filter(round=self.round, case__stored_act="appealed")
        found = dict(rows.values_list("case_id", "organisation_id"))
        cases = lock_cases(found)
        for case in cases.values():
            case.stored_act = ""
            event(case, "appeal_answered_by_adoption", now=self.now, by=self.actor).save()
        refresh(cases.values(), states_of(cases), now=self.now)
        for case in cases.values():
            if not case.lines.exists():
                Case.objects.filter(pk=case.pk).update(state="refused", waiting_on="nobody")
        return set(found.values())

    def _offer(self, freed: Sequence[Line]) -> None:
        """Hours that came free and that nobody got in the new timetable: the waiting list first."""
        offer_freed(freed, now=self.now)

    def _tell(self, concerned: Collection[int]) -> None:
        payload = {"round": self.round.pk, "adoption": self.adoption.pk}
        key = f"season_adopted:{self.round.pk}:{self.adoption.number}"
        messages = [
            letter
            for organisation in Organisation.objects.filter(pk__in=concerned).order_by("pk")
            for letter in to_organisation(organisation, "season_adopted", key, payload, now=self.now, legal=True)
        ]
        post(messages, now=self.now)


def end_hours(
    case: Case,
    allocations: Sequence[Allocation],
    *,
    after: datetime,
    last: date,
    by: Actor,
    municipality: bool,
    reason: str,
    now: datetime,
) -> int:
    """Weekly hours of one case end: their lines from ``after`` on are free, their rules end with ``last``."""
    until_rules = {}
    for one in allocations:
        if one.series is not None:
            began = local_date(one.series.start, catalogue.zone(one.resource))
            until_rules[one.series.pk] = weekly_rule(one.weekday, max(last, began))
    return end_standing_dates(
        case, after=after, by=by, municipality=municipality, until_rules=until_rules,
        only_series=list(until_rules), reason=reason, now=now,
    )  # fmt: skip


def offer_freed(freed: Sequence[Line], *, now: datetime) -> None:
    """What came free goes to the waiting list first, and its followers hear. In the caller's transaction, cells locked.

    ``freed``: the lines as they were while granted, with resource and case.
    """
    if not freed:
        return
    spans = spans_of(freed)
    cases = lock_cases({line.case_id for line in waiting_for(spans, now=now)} | {line.case_id for line in freed})
    for case_id in sorted({line.case_id for line in freed}):
        mine = [line for line in freed if line.case_id == case_id]
        followers.cancelled({case_id: cases[case_id]}, mine, now=now)
    pass_on(spans, cases, now=now)


__all__ = ["ADOPTABLE", "Accepted", "ProposalState", "adopt", "end_hours", "offer_freed", "unmet_items"]
