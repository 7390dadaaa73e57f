"""Signing up for a duty, and withdrawing: by somebody with an account, or by a helper with a link (needs N13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.cases.services.shared import Actor
from booking.correspondence.services import recall
from booking.foundation.errors import Forbidden, NotFound, Taken, WrongState
from booking.rosters import rules
from booking.rosters.access import Seat, Side
from booking.rosters.models import Duty, Helper, SignUp, SignUpState, Swap, SwapState
from booking.rosters.services.common import (
    Person,
    actor_of,
    check_on,
    duty_of,
    letter,
    locked,
    log,
    managing,
    on_it,
    person_of,
    post,
    seat,
    to_hosts,
    ways_of,
)
from booking.rosters.services.settling import known_date

#: What is signed up for within so many minutes stands in one letter.
_WHILE = 10


@transaction.atomic
def sign_up(
    case: Case,
    number: int,
    *,
    by: Any = None,
    helper: Helper | None = None,
    side: str = "",
    named: bool = False,
    now: datetime,
) -> SignUp:
    """``by`` (a member of a host, or one of the unit's people) or ``helper`` takes a place on the duty. Twice is once.

    ``side``: code of the host or unit that they stand for, where several fit. ``named``: they are fifteen or older and
    their first name may stand there; who leads a side, or has said it before, needn't say it again.

    Raises ``Taken`` (``full``) when the last place went to somebody else, ``WrongState`` (``over``, ``not_on``),
    ``Forbidden``, ``NotFound``.
    """
    fresh = locked(case)
    duty = duty_of(fresh, number)
    person = Person(by, helper)
    stands_for, may_be_named = _standing(fresh, person, side, named, now)
    there = on_it(duty)
    mine = next((row for row in there if person_of(row) == person), None)
    if mine is not None:
        return mine
    check_on(duty, now)
    place = rules.first_free({row.place for row in there}, duty.needed)
    if place is None or duty.filled >= duty.needed:
        raise Taken("full", _("Somebody else was quicker: nobody more is needed here."))
    row = SignUp.objects.create(
        duty=duty, place=place, named=may_be_named, at=now, **person.columns, **stands_for.columns
    )
    _count(duty, +1)
    known_date(duty.line)
    if helper is not None:
        _keep_until(helper, duty)
    log(fresh, "signed_up", [duty], by=actor_of(person, stands_for, named=may_be_named), now=now)
    _confirm(fresh, person, now)
    return row


def _standing(case: Case, person: Person, code: str, named: bool, now: datetime) -> tuple[Side, bool]:
    """For whom they stand, and whether their name may be shown."""
    if person.helper is not None:
        if person.helper.case_id != case.pk or person.helper.revoked_at is not None:
            raise Forbidden("forbidden", _("This link opens nothing any more."))
        return Side(person.helper.organisation, person.helper.unit), person.helper.grown
    found = seat(case, person.user, now)
    side = found.side(code)
    if side is None:
        raise Forbidden("forbidden", _("You can't sign up for them."))
    return side, named or side.code in found.leads or _said_before(person.user)


def _said_before(user: Any) -> bool:
    return SignUp.objects.filter(user=user, named=True).exists()


def _count(duty: Duty, step: int) -> None:
    duty.filled += step
    duty.save(update_fields=["filled"])


def _keep_until(helper: Helper, duty: Duty) -> None:
    if helper.last_on < duty.line.end:
        helper.last_on = duty.line.end
        helper.save(update_fields=["last_on"])


def _confirm(case: Case, person: Person, now: datetime) -> None:
    """One letter for what somebody signs up for in a while: ten dates are one letter, not ten."""
    start = now.replace(minute=now.minute - now.minute % _WHILE, second=0, microsecond=0)
    until = start + timedelta(minutes=_WHILE)
    payload = {"case": case.pk, "from": start.isoformat(), "until": until.isoformat()}
    ways = ways_of([person.user.pk]) if person.user is not None else {}
    key = f"duty-on:{case.pk}:{start:%Y%m%d%H%M}"
    post(letter("duty_signed_up", key, person, payload, due=until, ways=ways), now=now)


@transaction.atomic
def withdraw(case: Case, number: int, *, by: Any = None, helper: Helper | None = None, now: datetime) -> SignUp:
    """Give one's own place back. Twice is once. Raises ``NotFound`` for who isn't on it, ``WrongState`` afterwards."""
    fresh = locked(case)
    duty = duty_of(fresh, number)
    person = Person(by, helper)
    row = next((one for one in on_it(duty) if person_of(one) == person), None)
    if row is None:
        earlier = duty.sign_ups.filter(**person.columns).order_by("-pk").first()
        if earlier is None:
            raise NotFound("not_found", _("You are not signed up for this."))
        return earlier
    if duty.line.end <= now:
        raise WrongState("over", _("This date is over."))
    end(row, SignUpState.WITHDRAWN, now=now)
    _count(duty, -1)
    log(fresh, "withdrew", [duty], by=actor_of(person, Side(row.organisation, row.unit), named=row.named), now=now)
    tell_free(fresh, duty, row, now=now, without=by)
    return row


@transaction.atomic
def take_off(case: Case, sign_up_id: int, *, by: Any, now: datetime) -> SignUp:
    """Who changes the roster takes somebody off a duty; they are told. Raises ``Forbidden``, ``NotFound``."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    row = (
        SignUp.objects.filter(pk=sign_up_id, duty__case=fresh)
        .select_related("duty", "duty__line", "duty__line__resource", "user", "helper", "organisation", "unit")
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("There is no such duty."))
    if row.state != SignUpState.ON:
        return row
    end(row, SignUpState.REMOVED, now=now)
    _count(row.duty, -1)
    log(fresh, "taken_off", [row.duty], by=Actor(by, _hat(mine)), now=now)
    tell_removed(fresh, row, now=now)
    return row


def end(row: SignUp, state: str, *, now: datetime) -> None:
    """A sign-up is over: open questions about it lapse, and a reminder that hasn't left never does. Not stored:
    how many are on the duty."""
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at"])
    Swap.objects.filter(sign_up=row, state=SwapState.OPEN).update(state=SwapState.LAPSED, answered_at=now)


def tell_removed(case: Case, row: SignUp, *, now: datetime) -> None:
    """To who was taken off, or whose duty isn't needed any more."""
    payload = {"case": case.pk, "sign_up": row.pk}
    post(letter("duty_removed", f"duty-removed:{row.pk}", person_of(row), payload, due=now, ways=None), now=now)


def tell_free(case: Case, duty: Duty, row: SignUp, *, now: datetime, without: Any) -> None:
    """A place came free when the date is near: who leads the hosts hears it at once, not with next week's letter."""
    if duty.line.start - now > rules.AHEAD or duty.line.state not in rules.SURE:
        return
    key = f"duty-free:{row.pk}"
    post(to_hosts(case, "duty_free", key, {"case": case.pk, "duty": duty.pk}, now=now, without=without), now=now)


def drop_reminders(rows: Sequence[SignUp]) -> None:
    """Reminders of these that haven't left."""
    for row in rows:
        recall([f"duty-reminder:{row.duty.line_id}:"])


def _hat(mine: Seat) -> str:
    return next(iter(sorted(mine.leads)), "")
