"""Everybody who may stand before a door, and one thing of each kind for the doors to be about.

All things belong to one unit and to one organisation; who has to do with neither is there too (needs N10, issue of the
permission matrix). Nobody has more than the role that the column names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from booking.agreements import services as agreements
from booking.agreements.services import AgreementDraft, TaskDraft
from booking.calendars.incoming.models import CalendarSource
from booking.calendars.services import subscribe
from booking.cases.desk.models import SavedView
from booking.cases.models import Case, CoHost, GroundsText, Line, ParkedMail, RoutingRule
from booking.catalogue.models import PermitRequirement, UseKind
from booking.correspondence.models import InboundMail, OutboxMessage
from booking.days.services import make_link
from booking.faults.services import report_fault
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.happenings.models import LeisureActivity
from booking.meetings import services as meetings
from booking.permits import services as permits
from booking.permits.models import Permit
from booking.privacy.models import RetentionRule
from booking.privacy.services import new_text
from booking.rosters.models import Duty, DutyKind, DutyPlan
from booking.seasons.models import (
    DraftRun,
    OfferedHours,
    Proposal,
    ProposedSlot,
    RoundPlace,
    SeasonRound,
    Wish,
    WishPlace,
)
from booking.seasons.services import hearing as season_hearing
from booking.seasons.services import swapping
from booking.seasons.services.adopting import adopt
from booking.works import services as works
from booking.works.rulesets.reading import preset_source
from booking.works.rulesets.services import write_draft
from tests import factories as f

#: The columns, from the weakest to the strongest right. The key is what the code says, the value what the docs say.
WHO = {
    "anonymous": "anonymous",
    "follower": "follower",
    "stranger": "signed in",
    "member": "member",
    "booker": "booker",
    "leader": "leader",
    "co_host": "co-host",
    "reader": "insight reader",
    "caretaker": "caretaker",
    "planner": "works planner",
    "elsewhere": "officer elsewhere",
    "officer": "officer",
    "deputy": "deputy",
    "unit_leader": "unit leader",
    "administrator": "administrator",
}

DAY = date(2050, 7, 1)


@dataclass
class Scene:
    """``users`` by column (None: nobody), ``things`` by the word that stands in an address."""

    users: dict[str, Any]
    things: dict[str, Any]
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """A new browser in which that person is signed in; each signs in once."""
        browser = Client(raise_request_exception=False)
        if self.users[who] is None:
            return browser
        if who not in self.sessions:
            browser.force_login(self.users[who], backend="django.contrib.auth.backends.ModelBackend")
            self.sessions[who] = browser.cookies[settings.SESSION_COOKIE_NAME].value
        browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return browser


def build() -> Scene:
    """One unit with its people, one club with its people, a case of theirs, and what else the doors are about."""
    now = clock.now()
    unit = f.make_unit("Kultur", slug="kultur", owned=False)
    unit.officer = f.make_officer(unit, "Ola Officer")
    unit.deputy = f.make_officer(unit, "Dina Deputy")
    unit.save()
    other_unit = f.make_unit("Teknisk", slug="teknisk")
    leader = f.make_user("Kari Leader")
    club = f.make_organisation("Korpset", leader=leader, slug="korpset", listed=False)
    host = f.make_organisation("Medlaget", leader=True, slug="medlaget")
    users = {
        "anonymous": None,
        # Who follows by a link has no account: before every door but their own link they are anybody.
        "follower": None,
        "stranger": f.make_user("Stig Stranger"),
        "member": f.make_user("Mona Member"),
        "booker": f.make_user("Berit Booker"),
        "leader": leader,
        "co_host": host.memberships.get().user,
        "reader": f.make_officer(unit, "Rita Reader", role="reader"),
        "caretaker": f.make_officer(unit, "Vidar Vaktmester", role="caretaker"),
        "planner": f.make_officer(unit, "Pia Planner", role="planner"),
        "elsewhere": f.make_officer(other_unit, "Odd Elsewhere"),
        "officer": unit.officer,
        "deputy": unit.deputy,
        "unit_leader": f.make_leader(unit, "Lise Leader"),
        "administrator": f.make_user("Ada Administrator", is_staff=True, is_superuser=True),
    }
    f.give_membership(users["member"], club, "member")
    booking = f.give_membership(users["booker"], club, "booker")
    resource = f.make_resource("Salen", unit=unit, slug="salen")
    case = Case.objects.create(
        reference="2026-0042", kind="request", organisation=club, requester=users["booker"],
        requester_hat="organisation:korpset", unit=unit, received_at=now, revised_at=now, title="Øving",
    )  # fmt: skip
    CoHost.objects.create(case=case, organisation=host)
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    Line.objects.create(
        case=case, number=1, resource=resource, start=start, end=start + timedelta(hours=2), created_at=now,
        revised_at=now,
    )  # fmt: skip
    duty = Duty.objects.create(
        case=case, number=1, line=case.lines.get(), role="cafe", needed=20, own=True, created_at=now
    )
    agreement = _agreement(club, leader, unit, now)
    meeting = _meeting(club, leader, unit, now)
    planned, notice_rules = _works(users, unit, resource, now)
    mail = InboundMail.objects.create(key="k", sender="ukjent@example.org", state="parked", received_at=now)
    # About whom pages of people are: neither officer nor deputy, who see their own.
    colleague = f.make_officer(unit, "Kolbein Kollega")
    need = PermitRequirement.objects.create(resource=resource, what="Brannvakt", granted_by="Brannvesenet")
    permit = Permit.objects.create(case=case, requirement=need, changed_at=now)
    things = {
        "saved_view": SavedView.objects.create(unit=unit, title="Haller", query="resource=hall", made_at=now),
        "requirement": need,
        "use": UseKind.objects.get(slug="open-fire"),
        "permit": permit,
        "permit_document": permits.add_document(permit, name="a.txt", content=b"Kart", by=unit.officer, now=now),
        "works": planned,
        **_proposals(users, unit, resource, club, now),
        "notice_rules": notice_rules,
        **_season(users, unit, club, resource, now),
        **_hearing(users, unit, club, host, resource, now),
        **_running(users, unit, club, resource, now),
        "activity": LeisureActivity.objects.create(
            organisation=club, title="Øving", place="Salen", created_at=now, confirmed_at=now
        ),
        "calendar": CalendarSource.objects.create(unit=unit, name="Skolen", whole_unit=True, created_at=now),
        "webhook": (delivery := f.make_delivery(unit)).endpoint,
        "webhook_delivery": delivery,
        "agreement": agreement,
        "meeting": meeting,
        "point": meeting.points.get(),
        "commitment": meeting.commitments.get(),
        "document": agreements.add_document(agreement, name="a.txt", content=b"Avtale", by=unit.officer, now=now),
        "task": agreement.tasks.get(),
        "task_date": agreement.tasks.get().dates.first(),
        "person": colleague,
        "feed": subscribe(user=leader, kind="person", language="nb", now=now),
        "absence": colleague.absences.create(start=DAY, end=DAY),
        "grounds": GroundsText.objects.create(unit=unit, use="refuse", title="Opptatt", text="Hallen er opptatt."),
        "parked": ParkedMail.objects.create(mail=mail, unit=unit, case=case, reason="unknown_sender", words="Hei"),
        "routing": RoutingRule.objects.create(words="brøyt", unit=unit),
        "retention": RetentionRule.objects.create(name="letters", in_force=365),
        "consent_text": new_text(kind="public_contact", bodies={"nb": "Vi viser navnet."}, now=now),
        "unit": unit,
        "role": unit.roles.first(),
        "unit_exception": unit.opening_exceptions.create(start=DAY, end=DAY),
        "resource": resource,
        "chairs": f.make_resource("Stoler", unit=unit, kind="equipment", stock=40),
        "exception": resource.opening_exceptions.create(start=DAY, end=DAY),
        "closure": resource.closures.create(
            start=now + timedelta(days=9000), end=now + timedelta(days=9001), reason="Malerarbeid", created_at=now
        ),
        "granted_line": Line.objects.create(
            case=case, number=2, resource=resource, start=start + timedelta(days=1), state="granted",
            end=start + timedelta(days=1, hours=2), created_at=now, revised_at=now,
        ),
        "fault": report_fault(resource, kind="light", now=now),
        "fault_case": Case.objects.get(kind="enquiry", title=resource.name),
        "link": make_link(unit=unit, building=None, label="Vidar", by=users["unit_leader"], now=now).link,
        "feature": f.make_feature(),
        "kit": f.make_kit(resource, slug="pakken"),
        "organisation": club,
        "membership": booking,
        "matter": club.leader_matters.create(reason="left", message="Kari har flyttet.", filed_at=now),
        "case": case,
        "duty": duty,
        "duty_kind": DutyKind.objects.create(unit=unit, name="Brannvakt på scenen", role="fire_watch"),
        "duty_plan": DutyPlan.objects.create(unit=unit, revised_at=now),
        "letter": OutboxMessage.objects.create(
            key="decision:1", handler="case_decision", payload={"case": case.pk}, recipient="leif@example.org",
            state="failed", due_at=now, created_at=now,
        ),
    }  # fmt: skip
    return Scene(users, things)


def _proposals(users: Any, unit: Any, resource: Any, club: Any, now: Any) -> dict[str, Any]:
    """A round whose proposals are made: the municipality's draft with one time of the club's, and a calculation."""
    day = now.date()
    found = SeasonRound.objects.create(
        name="Hallfordeling", slug="proposed", unit=unit, officer=unit.officer, state="proposals",
        season_start=day, season_end=day, opens_on=day, closes_on=day, proposals_until=day, hearing_until=day,
        confirm_by=day, adopt_on=day, created_by=unit.officer, created_at=now, revised_at=now, wishes_closed_at=now,
    )  # fmt: skip
    RoundPlace.objects.create(round=found, resource=resource)
    wish = Wish.objects.create(
        round=found, organisation=club, number=1, team="Aspirantene", entered_by=users["booker"],
        entered_hat=f"organisation:{club.slug}", received_at=now, revised_at=now,
    )  # fmt: skip
    WishPlace.objects.create(wish=wish, resource=resource, rank=1)
    proposal = Proposal.objects.create(
        round=found, number=1, name="Kommunens", author_kind="municipality", created_at=now, revised_at=now
    )
    Proposal.objects.create(
        round=found, number=2, name="På bordet", author_kind="municipality", state="published", published_at=now,
        created_at=now, revised_at=now,
    )  # fmt: skip
    table = Proposal.objects.create(
        round=found, number=3, name="Møtet", author_kind="table", created_at=now, revised_at=now
    )
    slot = ProposedSlot.objects.create(proposal=proposal, wish=wish, resource=resource, weekday=1, start=1020, end=1080)
    run = DraftRun.objects.create(
        round=found, asked_by=unit.officer, asked_at=now, state="done", finished_at=now
    )  # fmt: skip
    return {
        "hall_round": found,
        "proposal": proposal,
        "table": table,
        "slot": slot,
        "draft_run": run,
        "club_slug": club,
    }


def _agreement(club: Any, leader: Any, unit: Any, now: Any) -> Any:
    """In force, with a task for the unit."""
    draft = AgreementDraft(
        title="Avtalt", terms="Rydder selv.", organisations=[club], place="Stranda", start=now.date(),
        tasks=[TaskDraft("Tilsyn", "municipality", clock.today(booking_settings().tz), "month")],
    )  # fmt: skip
    made = agreements.write_down(draft, by=leader, organisation=club, unit=unit, now=now)
    return agreements.confirm(made, by=unit.officer, now=now)


def _meeting(club: Any, leader: Any, unit: Any, now: Any) -> Any:
    """For those who are invited only: it was held, and the club has promised something."""
    start = (now - timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    draft = meetings.MeetingDraft(title="Dialogmøte", start=start, end=start + timedelta(hours=1), organisations=[club])
    before, held = now - timedelta(days=30), start + timedelta(minutes=30)
    made = meetings.prepare_meeting(draft, by=unit.officer, unit=unit, now=before)
    made = meetings.call_meeting(made, by=unit.officer, now=before)
    meetings.add_point(made, by=leader, organisation=club, title="Nøkler", now=before)
    meetings.commit(made, by=unit.officer, organisation=club, what="Liste", due_on=now.date(), now=held)
    return meetings.write_minutes(made, by=unit.officer, words="Godt møte.", publish=True, now=now)


def _season(users: Any, unit: Any, club: Any, resource: Any, now: Any) -> dict[str, Any]:
    """A round that takes wishes today, and the club's wish in it."""
    today = now.date()
    days = (-5, 20, 30, 40, 45, 50, 90, 300)
    names = (
        "opens_on", "closes_on", "proposals_until", "hearing_until", "confirm_by", "adopt_on", "season_start",
        "season_end",
    )  # fmt: skip
    found = SeasonRound.objects.create(
        name="Halltid", slug="halltid", unit=unit, officer=unit.officer, state="open", created_by=unit.officer,
        created_at=now, revised_at=now,
        **{name: today + timedelta(days=n) for name, n in zip(names, days, strict=True)},
    )  # fmt: skip
    place = RoundPlace.objects.create(round=found, resource=resource)
    OfferedHours.objects.create(place=place, weekday=0, start=960, end=1320)
    wish = Wish.objects.create(
        round=found, organisation=club, number=1, team="Aspirantene", heads=12, entered_by=users["booker"],
        entered_hat="organisation:korpset", received_at=now, revised_at=now,
    )  # fmt: skip
    wish.places.create(resource=resource, rank=1)
    return {"season": found, "wish": wish}


def _round_of_two(unit: Any, resource: Any, slug: str, now: Any, first: int, *clubs: Any) -> Any:
    """A round whose proposal is heard until yesterday: each organisation has one hour, on a weekday of its own."""
    today = now.date()
    days = (-60, -40, -20, -1, -1, 9, first, first + 20)
    names = (
        "opens_on", "closes_on", "proposals_until", "hearing_until", "confirm_by", "adopt_on", "season_start",
        "season_end",
    )  # fmt: skip
    found = SeasonRound.objects.create(
        name=slug.title(), slug=slug, unit=unit, officer=unit.officer, state="proposals", created_by=unit.officer,
        created_at=now, revised_at=now, wishes_closed_at=now,
        **{name: today + timedelta(days=n) for name, n in zip(names, days, strict=True)},
    )  # fmt: skip
    place = RoundPlace.objects.create(round=found, resource=resource)
    made = Proposal.objects.create(
        round=found, number=1, name="Kommunens", author_kind="municipality", state="published", published_at=now,
        created_at=now, revised_at=now,
    )  # fmt: skip
    for number, one in enumerate(clubs, start=1):
        OfferedHours.objects.create(place=place, weekday=number, start=960, end=1320)
        wish = Wish.objects.create(
            round=found, organisation=one, number=number, team="Juniorene", heads=12, entered_by=unit.officer,
            entered_hat=f"unit:{unit.slug}", received_at=now, revised_at=now,
        )  # fmt: skip
        wish.places.create(resource=resource, rank=1)
        ProposedSlot.objects.create(
            proposal=made, wish=wish, resource=resource, weekday=number, start=1020, end=1080
        )  # fmt: skip
    return season_hearing.hear(found, made, by=unit.officer, now=now)


def _hearing(users: Any, unit: Any, club: Any, host: Any, resource: Any, now: Any) -> dict[str, Any]:
    """A hearing in which the club has said something, and another organisation offers it a swap."""
    found = _round_of_two(unit, resource, "hallhoring", now, 200, club, host)
    heard = found.heard
    ours, theirs = heard.slots.get(wish__organisation=host), heard.slots.get(wish__organisation=club)
    comment = season_hearing.comment(heard, words="For sent", by=users["leader"], organisation=club, now=now)
    swap = swapping.offer_swap(
        heard, ours_id=ours.pk, theirs_id=theirs.pk, by=users["co_host"], organisation=host, now=now
    )
    return {"heard_round": found, "heard": heard, "comment": comment, "swap": swap}


def _running(users: Any, unit: Any, club: Any, resource: Any, now: Any) -> dict[str, Any]:
    """A round that was adopted: the club's hours, and one date of them."""
    found = _round_of_two(unit, resource, "halltimer", now, 100, club)
    adopt(found, found.heard, grounds="Etter høringen.", by=users["officer"], now=now)
    allocation = found.allocations.get()
    return {
        "running_round": found,
        "allocation": allocation,
        "season_date": Line.objects.filter(series=allocation.series).earliest("start"),
    }


def _works(users: Any, unit: Any, resource: Any, now: Any) -> tuple[Any, Any]:
    """A plan of the unit that everybody may see, and the administrator's draft of notice rules."""
    start = (now + timedelta(days=90)).replace(minute=0, second=0, microsecond=0)
    spec = works.WorksSpec(
        title="Vannrør", reason="Lekkasje", window_start=start, window_end=start + timedelta(days=2),
        targets=[works.TargetSpec(resource)],
    )  # fmt: skip
    drafted = works.draft_works(unit=unit, spec=spec, by=users["planner"], now=now)
    rules = write_draft(
        source=preset_source("small_town").replace("calendar_days: 4", "calendar_days: 3"),
        by=users["administrator"], now=now,
    )  # fmt: skip
    return works.move(drafted, to="planned", by=users["planner"], now=now), rules
