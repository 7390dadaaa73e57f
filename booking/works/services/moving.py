"""Works move from state to state: each step by the table, through the gate, with what it does to time and people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.clock import day_bounds
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, WrongState
from booking.works.models import NoticeKind, OverrideKind, Works, WorksFact, WorksOverride, WorksState
from booking.works.rules import states
from booking.works.rules.difference import is_new_case
from booking.works.rulesets import services as rulesets
from booking.works.services import affected, conflicts, figures, gating, occupying, telling
from booking.works.services.common import Actor, current, locked, log, planner, store, tell, today_of
from booking.works.services.facts import note_fact

#: Before these steps the category is computed anew; from the notice on only a change of the works moves it.
_MEASURED = (WorksState.PLANNED, WorksState.CONSULTING, WorksState.NOTICED)
#: A start can be set so far ahead.
FARTHEST = timedelta(days=366 * 5)


def move(works: Works, *, to: str, by: Any, now: datetime, if_version: int | None = None, **details: Any) -> Works:
    """Bring works into another state. The same state again changes nothing.

    ``details``: ``at`` (for started, paused, done, set to start: aware), ``why`` (postponed, cancelled, takes longer),
    ``until`` (takes longer). Raises ``Unmet`` with all that must be done first, ``WrongState``, ``Forbidden``,
    ``Invalid``, ``Stale``.
    """
    acts: dict[str, Callable[..., Works]] = {
        WorksState.PLANNED: plan,
        WorksState.CONSULTING: consult,
        WorksState.NOTICED: give_notice,
        WorksState.READY: set_ready,
        WorksState.ACTIVE: start,
        WorksState.PAUSED: pause,
        WorksState.OVERRUNNING: overrun,
        WorksState.COMPLETED: complete,
        WorksState.CLOSED: close,
        WorksState.POSTPONED: postpone,
        WorksState.CANCELLED: cancel,
    }
    act = acts.get(to)
    if act is None:
        choices = ", ".join(acts)
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params={"choices": choices}, loc=("to",))
    return act(works, by=by, now=now, if_version=if_version, **details)


def _begin(
    works: Works, to: str, by: Any, now: datetime, if_version: int | None, *, start: datetime | None = None
) -> tuple[Works, Actor, states.Step | None]:
    """Lock, who, which step, and whether it is let through."""
    fresh = locked(works, if_version=if_version)
    actor = planner(by, fresh.unit, now)
    step = states.step_for(fresh.state, to)
    if step is not None and to in _MEASURED:
        # Other works near it may have been planned since it was written down: cut in two, they are one (no dodge).
        affected.reckon_anew(fresh)
    if step is not None:
        at = start or fresh.starts_at or figures.first_day_of(current(fresh))
        missing = gating.unmet_requirements(fresh, step.needs, start=at, now=now)
        if missing:
            raise gating.refuse(missing)
    return fresh, actor, step


def _end(works: Works, step: states.Step, actor: Actor, now: datetime, **data: Any) -> Works:
    """Write the new state down, and let calendar and lists show it."""
    works.state = step.target
    log(works, step.event, by=actor, now=now, **data)
    return store(works, now)


@transaction.atomic
def plan(works: Works, *, by: Any, now: datetime, if_version: int | None = None) -> Works:
    """The draft goes public as a plan: notes in the calendar, and those affected who the machine finds."""
    fresh, actor, step = _begin(works, WorksState.PLANNED, by, now, if_version)
    if step is None:
        return fresh
    if fresh.postponed_at is not None and is_new_case(fresh.postponed_at, now):
        words = _("They were postponed more than twelve months ago: works of their own. Continue as new works.")
        raise WrongState("new_case", words, extra={"continues": fresh.reference})
    version = current(fresh)
    if figures.last_moment_of(version) <= now:
        raise Invalid("past", _("This time has passed."), loc=("window_end",))
    if version.announced_at is None:
        version.announced_at = now
        version.save(update_fields=["announced_at"])
        _tell_the_story(fresh, actor, now)
    fresh.postponed_at = None
    fresh.state = step.target
    affected.look(fresh, now=now)
    occupying.take_time(fresh, now=now)
    done = _end(fresh, step, actor, now)
    if version.requirement.get("forward_plan_days"):
        listing = affected.look(fresh, now=now)
        rows = list(listing.rows.exclude(state="left_out").select_related(*_PARTY))
        telling.say(done, NoticeKind.FORWARD_PLAN, rows, key=f"plan:{done.pk}:{version.number}", now=now, actor=actor)
    return done


def _tell_the_story(works: Works, actor: Actor, now: datetime) -> None:
    """New works that go on with others: both records say so, from the moment that everybody may know of them."""
    old = works.continues
    if old is not None:
        log(works, "continues", by=actor, now=now, ref=old.reference)
        log(old, "continued_by", by=actor, now=now, ref=works.reference)
        tell(old)


_PARTY = ("party__organisation", "party__user", "party__report", "listing__version")


@transaction.atomic
def consult(works: Works, *, by: Any, now: datetime, if_version: int | None = None) -> Works:
    """Those affected are asked, for as many days as the rules want; their replies gate the notice."""
    fresh, actor, step = _begin(works, WorksState.CONSULTING, by, now, if_version)
    if step is None:
        return fresh
    fresh.state = step.target
    days = max(gating.consultation_days(fresh), 1)
    tz = booking_settings().tz
    until = day_bounds(today_of(now) + timedelta(days=days), tz).end
    version = current(fresh)
    rows = list(affected.confirmed(affected.look(fresh, now=now)).select_related(*_PARTY))
    telling.say(
        fresh, NoticeKind.CONSULTATION, rows, key=f"consultation:{fresh.pk}:{version.number}", now=now, actor=actor,
        data={"until": until.isoformat(), "days": days},
    )  # fmt: skip
    conflicts.find_conflicts(fresh, now=now)
    occupying.take_time(fresh, now=now)
    return _end(fresh, step, actor, now, until=until.isoformat())


@transaction.atomic
def give_notice(works: Works, *, by: Any, now: datetime, if_version: int | None = None) -> Works:
    """The notice itself. From now on the works block new claims; the rules they are noticed under stay theirs."""
    fresh, actor, step = _begin(works, WorksState.NOTICED, by, now, if_version)
    if step is None:
        return fresh
    if not fresh.ruleset:
        fresh.ruleset = rulesets.keep_in_use(now=now)
    fresh.state = step.target
    listing = affected.look(fresh, now=now)
    rows = list(affected.confirmed(listing).select_related(*_PARTY))
    telling.notice_to(fresh, rows, actor, now=now)
    conflicts.find_conflicts(fresh, now=now)
    occupying.take_time(fresh, now=now)
    return _end(fresh, step, actor, now)


@transaction.atomic
def set_ready(
    works: Works, *, by: Any, now: datetime, at: datetime | None = None, if_version: int | None = None
) -> Works:
    """Set to start, at a time (default: when the plan begins). Refused with all that is unmet for that time."""
    moment = at or figures.first_day_of(current(works))
    _check_moment(moment, now, ("at",))
    if moment < now.replace(second=0, microsecond=0):
        raise Invalid("past", _("This time has passed."), loc=("at",))
    fresh, actor, step = _begin(works, WorksState.READY, by, now, if_version, start=moment)
    if step is None:
        return fresh
    version = current(fresh)
    if not version.window_start <= moment < version.window_end:
        raise Invalid("outside_window", _("This lies outside of the days that the works are planned for."), loc=("at",))
    fresh.starts_at = moment
    return _end(fresh, step, actor, now, starts_at=moment.isoformat())


@transaction.atomic
def start(works: Works, *, by: Any, now: datetime, at: datetime | None = None, if_version: int | None = None) -> Works:
    """The works begin. What still stands in their way is displaced now: it keeps its place and comes back."""
    moment = (at or now).replace(second=0, microsecond=0)
    _check_past(moment, now)
    if works.state == WorksState.PAUSED:
        return resume(works, by=by, now=now, at=at, if_version=if_version)
    fresh, actor, step = _begin(works, WorksState.ACTIVE, by, now, if_version, start=moment)
    if step is None:
        return fresh
    fresh.state = step.target
    note_fact(fresh, WorksFact.Kind.STARTED, moment, actor, now)
    occupying.take_time(fresh, now=now, displacing=conflicts.giving_way(fresh, now=now))
    return _end(fresh, step, actor, now, at=moment.isoformat())


@transaction.atomic
def pause(works: Works, *, by: Any, now: datetime, at: datetime | None = None, if_version: int | None = None) -> Works:
    """The works stop for a while. The ground stays theirs."""
    return _fact_step(works, WorksState.PAUSED, WorksFact.Kind.PAUSED, by, now, at, if_version)


@transaction.atomic
def resume(works: Works, *, by: Any, now: datetime, at: datetime | None = None, if_version: int | None = None) -> Works:
    """They go on."""
    return _fact_step(works, WorksState.ACTIVE, WorksFact.Kind.RESUMED, by, now, at, if_version)


def _fact_step(
    works: Works, to: str, kind: str, by: Any, now: datetime, at: datetime | None, if_version: int | None
) -> Works:
    moment = (at or now).replace(second=0, microsecond=0)
    _check_past(moment, now)
    fresh, actor, step = _begin(works, to, by, now, if_version)
    if step is None:
        return fresh
    note_fact(fresh, kind, moment, actor, now)
    return _end(fresh, step, actor, now, at=moment.isoformat())


@transaction.atomic
def overrun(works: Works, *, by: Any, now: datetime, until: datetime, why: str, if_version: int | None = None) -> Works:
    """It takes longer than was told: a notice with the reason to everybody it touches now, and a report is owed.

    The added time gets a version of its own. Raises ``Invalid`` when ``until`` isn't later than the end that was told.
    """
    from booking.works.services import changing

    words = text.clean(why, max_length=text.GROUNDS, loc=("why",), multiline=True, required=True)
    _check_moment(until, now, ("until",))
    fresh, actor, step = _begin(works, WorksState.OVERRUNNING, by, now, if_version)
    if step is None:
        return fresh
    if until <= figures.last_moment_of(current(fresh)) or until <= now:
        raise Invalid("not_later", _("Give an end that is later than the one that was told."), loc=("until",))
    fresh.state = step.target
    version = changing.extend(fresh, until, words, actor, now)
    WorksOverride.objects.create(
        works=fresh, version=version, kind=OverrideKind.OVERRUN, reason=words, asked_by=by, asked_hat=actor.hat,
        asked_at=now, report_due=report_day(now),
    )  # fmt: skip
    rows = list(affected.confirmed(affected.freeze(fresh, actor, now=now)).select_related(*_PARTY))
    telling.say(
        fresh, NoticeKind.OVERRUN, rows, key=f"overrun:{fresh.pk}:{version.number}", now=now, actor=actor,
        data={"until": until.isoformat()},
    )  # fmt: skip
    conflicts.find_conflicts(fresh, now=now)
    occupying.take_time(fresh, now=now, displacing=conflicts.giving_way(fresh, now=now))
    return _end(fresh, step, actor, now, until=until.isoformat())


@transaction.atomic
def complete(
    works: Works, *, by: Any, now: datetime, at: datetime | None = None, if_version: int | None = None
) -> Works:
    """The works are done. Where the plan has time for restoring the ground, the ground stays taken until it is."""
    moment = (at or now).replace(second=0, microsecond=0)
    _check_past(moment, now)
    fresh, actor, step = _begin(works, WorksState.COMPLETED, by, now, if_version)
    if step is None:
        return fresh
    version = current(fresh)
    note_fact(fresh, WorksFact.Kind.STOPPED, moment, actor, now)
    done = _end(fresh, step, actor, now, at=moment.isoformat())
    if not figures.restoring_planned(version):
        give_ground_back(done, actor, now=now)
    rows = telling.everybody_told(done)
    telling.say(done, NoticeKind.DONE, rows, key=f"done:{done.pk}:{version.number}", now=now, actor=actor)
    return done


def give_ground_back(works: Works, actor: Actor, *, now: datetime) -> None:
    """Nothing of it is taken any more: what was displaced comes back, the rest is free."""
    version = current(works)
    spans = [span for one in works.versions.all() for span in occupying.spans_of(one)]
    occupying.end_time(works, now=now)
    occupying.give_back(works, spans, now=now, actor=actor)
    conflicts.settle_what_is_gone(works, now=now)
    log(works, "ground_free", now=now, number=version.number)


@transaction.atomic
def restore(works: Works, *, by: Any, now: datetime, at: datetime | None = None) -> Works:
    """The ground is as it was: from now on it can be used again, and displaced hours come back."""
    moment = (at or now).replace(second=0, microsecond=0)
    _check_past(moment, now)
    fresh = locked(works)
    actor = planner(by, fresh.unit, now)
    if fresh.restored_at is not None:
        return fresh
    if fresh.state != WorksState.COMPLETED:
        raise WrongState("wrong_state", _("Say first that the works are done."))
    note_fact(fresh, WorksFact.Kind.RESTORED, moment, actor, now)
    log(fresh, "restored", by=actor, now=now, at=moment.isoformat())
    done = store(fresh, now)
    give_ground_back(done, actor, now=now)
    return done


@transaction.atomic
def close(works: Works, *, by: Any, now: datetime, if_version: int | None = None) -> Works:
    """Nothing is left to do: reports are written and seen, the ground is restored."""
    fresh, actor, step = _begin(works, WorksState.CLOSED, by, now, if_version)
    return fresh if step is None else _end(fresh, step, actor, now)


@transaction.atomic
def postpone(works: Works, *, by: Any, now: datetime, why: str, if_version: int | None = None) -> Works:
    """Not now, and nobody knows when: everybody who was ever told is told, and the time is free."""
    return _call_off(works, WorksState.POSTPONED, NoticeKind.POSTPONED, by, now, why, if_version)


@transaction.atomic
def cancel(works: Works, *, by: Any, now: datetime, why: str, if_version: int | None = None) -> Works:
    """It won't be. Everybody who was ever told is told; a notice that hasn't left is overtaken."""
    return _call_off(works, WorksState.CANCELLED, NoticeKind.CANCELLED, by, now, why, if_version)


def _call_off(works: Works, to: str, kind: str, by: Any, now: datetime, why: str, if_version: int | None) -> Works:
    words = text.clean(why, max_length=text.GROUNDS, loc=("why",), multiline=True, required=True)
    fresh, actor, step = _begin(works, to, by, now, if_version)
    if step is None:
        return fresh
    was = fresh.state
    if was == WorksState.DRAFT and to == WorksState.POSTPONED:
        raise WrongState("wrong_state", _("Nobody knows of this draft yet. Leave it, or cancel it."))
    fresh.starts_at = None
    if to == WorksState.POSTPONED:
        fresh.postponed_at = now
    spans = [span for one in fresh.versions.all() for span in occupying.spans_of(one)]
    # A draft was never public: that it is gone isn't either.
    fresh.state = to
    log(fresh, step.event, by=actor, now=now, public=was != WorksState.DRAFT, why=words[:300])
    done = store(fresh, now)
    occupying.end_time(done, now=now)
    occupying.give_back(done, spans, now=now, actor=actor)
    conflicts.settle_what_is_gone(done, now=now)
    rows = telling.everybody_told(done)
    telling.say(
        done, kind, rows, key=f"{kind}:{done.pk}:{done.events.count()}", now=now, actor=actor, data={"why": words}
    )
    return done


def report_day(now: datetime) -> Any:
    """The last local day for a report: two working days after."""
    rules = figures.figures()
    return rules.calendar.add_working_days(today_of(now), 2)


def _check_moment(moment: datetime, now: datetime, loc: tuple[str, ...]) -> None:
    if moment.tzinfo is None:
        raise Invalid("no_zone", _("A time needs a time zone."), loc=loc)
    if moment.second or moment.microsecond:
        raise Invalid("whole_minutes", _("Give whole minutes."), loc=loc)
    if moment > now + FARTHEST:
        raise Invalid("too_far", _("This is too far ahead."), loc=loc)


def _check_past(moment: datetime, now: datetime) -> None:
    if moment.tzinfo is None:
        raise Invalid("no_zone", _("A time needs a time zone."), loc=("at",))
    if moment > now:
        raise Invalid("future", _("This hasn't happened yet."), loc=("at",))
