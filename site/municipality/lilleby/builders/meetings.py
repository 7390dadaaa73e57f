"""Dialogue meetings, through the same use cases that people's clicks go through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking.catalogue.models import Unit
from booking.meetings import services
from booking.meetings.models import AgendaPoint, Meeting
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import meetings as content


def build_meetings(town: Town) -> None:
    """Each meeting from its invitation on; one that has been is written down, and the next one called."""
    for spec in content.MEETINGS:
        made = _call(town, spec)
        _fill(town, made, spec.points, spec.answers, since=spec.called or 0)
        if spec.start < 0:
            _hold(town, spec, made)
        send_in_the_past(now=town.now)
    services.run_meetings(town.now)


def _call(town: Town, spec: content.Meeting) -> Meeting:
    day = town.today + timedelta(days=spec.start)
    called = town.now + timedelta(days=spec.called or 0)
    ingrid = town.people["ingrid"]
    made = services.prepare_meeting(
        services.MeetingDraft(
            title=spec.title,
            about=spec.about,
            start=town.at(day, spec.begins),
            end=town.at(day, spec.ends),
            organisations=[town.organisations[slug] for slug in spec.organisations],
            units=list(Unit.objects.filter(slug__in=spec.units)),
            resource=town.things[spec.thing] if spec.thing else None,
            place=spec.place,
            public=spec.public,
            months_between=spec.months,
        ),
        by=ingrid,
        unit=Unit.objects.get(slug="kultur-og-idrett"),
        now=called,
    )
    return services.call_meeting(made, by=ingrid, now=called + timedelta(minutes=3))


def _fill(
    town: Town, made: Meeting, points: tuple[content.Point, ...], answers: Any, *, since: int
) -> list[AgendaPoint]:
    """The agenda and the answers, a day or two after the invitation."""
    now = town.now + timedelta(days=since + 1)
    found = []
    for number, point in enumerate(points):
        organisation = town.organisations[point.organisation] if point.organisation else None
        by = town.people[point.by or "ingrid"]
        found.append(
            services.add_point(
                made, by=by, organisation=organisation, title=point.title, words=point.text,
                now=min(now + timedelta(hours=number), town.now),
            )
        )  # fmt: skip
    for slug, who, answer, heads in answers:
        services.answer_invitation(
            made, by=town.people[who], organisation=town.organisations[slug], answer=answer, heads=heads or None,
            now=min(now, town.now),
        )  # fmt: skip
    return found


def _hold(town: Town, spec: content.Meeting, made: Meeting) -> None:
    """Minutes and promises on the day after, what became of them since, and the next meeting."""
    ingrid = town.people["ingrid"]
    day_after = town.at(town.today + timedelta(days=spec.start + 1), "10:00")
    closing = []
    for promise in spec.promises:
        side = {"organisation": town.organisations[promise.side]} if promise.side else {"unit": made.unit}
        row = services.commit(
            made, by=ingrid, what=promise.what, who=promise.who, due_on=town.today + timedelta(days=promise.due),
            now=day_after, **side,
        )  # fmt: skip
        closing.append((promise, row))
    outcomes = {
        row.pk: next(point.outcome for point in spec.points if point.title == row.title) for row in made.points.all()
    }
    services.write_minutes(made, by=ingrid, words=spec.minutes, outcomes=outcomes, publish=True, now=day_after)
    for promise, row in closing:
        if promise.closed is None:
            continue
        then = town.at(town.today + timedelta(days=promise.closed), "17:30")
        facts: dict[str, Any] = {
            "by": town.people[promise.by], "organisation": town.organisations[promise.side], "now": then,
        }  # fmt: skip
        if promise.reason:
            services.drop(row, reason=promise.reason, **facts)
        else:
            services.report_done(row, **facts)
    following = services.plan_next(made, by=ingrid, now=town.now - timedelta(days=12))
    services.call_meeting(following, by=ingrid, now=town.now - timedelta(days=12))
    _fill(town, following, spec.next_points, spec.next_answers, since=-10)
