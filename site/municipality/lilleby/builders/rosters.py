"""Rosters of Lilleby, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import timedelta

from booking.cases.models import Case, CoHost, HostState, Line
from booking.cases.services import answer_co_host
from booking.organisations.models import MemberRole
from booking.rosters import services
from booking.rosters.models import Duty
from booking.rosters.rules import Need
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import rosters as content


def build_rosters(town: Town) -> None:
    """What the café asks for, the co-hosts' yes, and the half-filled roster of the next meeting place."""
    began = town.now - timedelta(days=110)
    for plan in content.PLANS:
        services.save_plan(
            resource=town.things[plan.thing], needs=[Need(role, count, needed) for role, count, needed in plan.needs],
            by=town.people["ingrid"], now=began,
        )  # fmt: skip
    for row in CoHost.objects.filter(state=HostState.ASKED).select_related("case", "organisation").order_by("pk"):
        leads = row.organisation.memberships.filter(role=MemberRole.LEADER, end=None).select_related("user").first()
        if leads is not None:
            when = min(row.case.received_at + timedelta(days=1), town.now)
            answer_co_host(row.case, row.organisation, accept=True, by=leads.user, now=when)
    case = Case.objects.filter(title=content.TITLE, lines__end__gt=town.now).order_by("pk").first()
    if case is None:
        return
    services.settle(case, now=town.now)
    _roster(town, case)
    send_in_the_past(now=town.now)


def _roster(town: Town, case: Case) -> None:
    made = town.now - timedelta(hours=90)
    lines = {line.resource.slug: line for line in Line.objects.filter(case=case).select_related("resource")}
    for own in content.OWN:
        services.add_duty(
            case, line=lines[town.things[own.thing].slug].number, role=own.role, needed=own.needed, words=own.words,
            by=town.people["hanne"], now=made,
        )  # fmt: skip

    def duty(thing: str, role: str) -> int:
        return Duty.objects.get(line=lines[town.things[thing].slug], role=role, removed_at=None).number

    for one in content.SIGNED:
        services.sign_up(
            case, duty(one.thing, one.role), by=town.people[one.who], named=one.named,
            now=town.now - timedelta(hours=one.hours),
        )  # fmt: skip
    name, phone, thing, role = content.HELPER
    helper, _token = services.make_personal_link(
        case, by=town.people["hanne"], name=name, phone=phone, grown=True, now=town.now - timedelta(hours=60)
    )
    services.sign_up(case, duty(thing, role), helper=helper, now=town.now - timedelta(hours=58))
    who, thing, role = content.LOOKS_FOR
    services.ask_swap(case, duty(thing, role), by=town.people[who], now=town.now - timedelta(hours=5))
    services.open_link(case, by=town.people["hanne"], now=town.now - timedelta(hours=59))
