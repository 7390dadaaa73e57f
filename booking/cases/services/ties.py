""" "I have ties": somebody of the staff says so and why, keeps away at once, and the leader decides.

Ties that the register knows (leader, board, booker, requester, responsible adult) need no declaration and no leader:
they are never relaxed. Source: requests.md "Conflict of interest", needs N10.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import disqualification, hosts_of, impartial, is_staff_for, leads
from booking.cases.models import Case, Tie
from booking.cases.services.handing import to_person
from booking.cases.services.promising import finish, fresh_case
from booking.cases.services.shared import Actor, event, post
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, Forbidden, Invalid, NotFound, WrongState


def declare_tie(case: Case, *, why: str, by: Any, now: datetime) -> Case:
    """Say that one has ties to a case. From that moment one keeps away from it; the deputy or a leader has it.

    The leader hears of it and decides. Parties see that it moved because of a conflict of interest, never why. Twice is
    the same as once. Raises ``Invalid`` without a reason, ``Forbidden`` for who isn't staff of the unit.
    """
    words = text.clean(why, max_length=500, loc=("why",), multiline=True, required=True)
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, None)
        if not is_staff_for(by, fresh, on):
            raise Forbidden("forbidden", _("Only the unit that has the case can do this."))
        standing = Tie.objects.filter(case=fresh, user=by).first()
        if standing is not None and standing.verdict != "fit":
            return fresh
        hat = f"unit:{fresh.unit.slug}"
        if standing is not None:  # something has come up since the leader saw no harm
            standing.why, standing.at, standing.verdict = words, now, ""
            standing.decided_by = standing.decided_at = None
            standing.save()
            tie = standing
        else:
            tie = Tie.objects.create(case=fresh, user=by, why=words, at=now)
        event(fresh, "tie_declared", now=now, by=Actor(by, hat), staff_only=True, tie=tie.pk).save()
        if by.pk in (fresh.officer_id, fresh.deputy_id):
            step_aside(fresh, now)
        key = f"tie:{tie.pk}:{now.isoformat()}"
        post(
            [
                letter
                for leader in judges_of(fresh, by, now)
                for letter in to_person(fresh, leader, "case_tie_declared", key, {"tie": tie.pk}, now=now)
            ],
            now=now,
        )
        return finish(fresh, now)


def judge_tie(case: Case, tie_id: int, *, verdict: str, by: Any, now: datetime) -> Case:
    """The leader decides: ``away`` (they keep away from the case) or ``fit`` (they may go on with it).

    Raises ``Invalid`` for another word, ``NotFound``, ``Forbidden`` for who doesn't lead the unit or one above it,
    ``Disqualified`` for one's own ties or a leader with ties of their own, ``WrongState`` when the register knows the
    tie: then nobody may say that it doesn't matter.
    """
    if verdict not in ("away", "fit"):
        raise Invalid(
            "unknown_choice", _("Choose one of: %(choices)s."), params={"choices": "away, fit"}, loc=("verdict",)
        )
    on = local_date(now, booking_settings().tz)
    with transaction.atomic():
        fresh = fresh_case(case, None)
        tie = Tie.objects.select_related("user").filter(case=fresh, pk=tie_id).first()
        if tie is None:
            raise NotFound("not_found", _("There is nothing to decide here."))
        if not leads(by, fresh, on):
            raise Forbidden("forbidden", _("Only a leader of the unit decides this."))
        hosts = hosts_of(fresh)
        if tie.user_id == by.pk or disqualification(by, fresh, hosts, on):
            raise Disqualified(
                "disqualified", _("You have a conflict of interest in this case. A colleague must decide it.")
            )
        if verdict == "fit" and disqualification(tie.user, fresh, hosts, on, declared=False):
            raise WrongState("disqualified", _("This tie rules out the person, whatever anybody decides."))
        if tie.verdict == verdict:
            return fresh
        tie.verdict, tie.decided_by, tie.decided_at = verdict, by, now
        tie.save(update_fields=["verdict", "decided_by", "decided_at"])
        actor = Actor(by, f"unit:{fresh.unit.slug}")
        event(fresh, "tie_judged", now=now, by=actor, staff_only=True, tie=tie.pk, verdict=verdict).save()
        return finish(fresh, now)


def step_aside(case: Case, now: datetime) -> None:
    """Somebody impartial in the place of an officer or deputy with ties; on a locked case that the caller saves."""
    on = local_date(now, booking_settings().tz)
    hosts = hosts_of(case)
    before = case.officer
    if case.deputy is not None and disqualification(case.deputy, case, hosts, on):
        case.deputy = None
    if before is None or not disqualification(before, case, hosts, on):
        return
    case.officer = impartial(case, hosts, on, first=[case.deputy])
    if case.deputy == case.officer:
        case.deputy = None
    event(case, "disqualified", now=now, officer=before.pk, now_with=case.officer.pk if case.officer else None).save()


def judges_of(case: Case, person: Any, now: datetime) -> list[Any]:
    """The leaders who can judge the ties of `person`: of the unit, else of the nearest unit above that has any."""
    on = local_date(now, booking_settings().tz)
    hosts = hosts_of(case)
    unit: Unit | None = case.unit
    while unit is not None:
        fit = [
            one
            for one in catalogue.leaders(unit, on)
            if one.pk != person.pk and not disqualification(one, case, hosts, on)
        ]
        if fit:
            return fit
        unit = unit.parent
    return []
