"""Swapping: ask another on the roster, or everybody, to take over. Until somebody says yes the first one keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.foundation.errors import Forbidden, NotFound, WrongState
from booking.rosters.access import Side
from booking.rosters.models import Helper, SignUp, SignUpState, Swap, SwapState
from booking.rosters.services.common import (
    Person,
    actor_of,
    check_on,
    duty_of,
    letter,
    locked,
    log,
    on_it,
    person_of,
    post,
    to_hosts,
    ways_of,
)
from booking.rosters.services.signing import _confirm, _keep_until, _standing, end


@transaction.atomic
def ask_swap(
    case: Case,
    number: int,
    *,
    by: Any = None,
    helper: Helper | None = None,
    to: int | None = None,
    now: datetime,
) -> Swap:
    """Ask the one whose sign-up somewhere on this roster has the id ``to``, or (None) everybody, to take over.

    Asking again replaces what was asked before. Raises ``NotFound`` for who isn't on the duty, ``Forbidden`` to ask
    somebody who is on it already, ``WrongState`` for a date that is off or over.
    """
    fresh = locked(case)
    duty = duty_of(fresh, number)
    person = Person(by, helper)
    there = on_it(duty)
    row = next((one for one in there if person_of(one) == person), None)
    if row is None:
        raise NotFound("not_found", _("You are not signed up for this."))
    check_on(duty, now)
    receiver = None
    if to is not None:
        other = SignUp.objects.filter(pk=to, duty__case=fresh).select_related("user", "helper").first()
        if other is None:
            raise NotFound("not_found", _("This person isn't on the roster."))
        receiver = person_of(other)
        if receiver in [person_of(one) for one in there]:
            raise Forbidden("on_it_already", _("They are on this duty already."))
    Swap.objects.filter(sign_up=row, state=SwapState.OPEN).update(state=SwapState.WITHDRAWN, answered_at=now)
    made = Swap.objects.create(
        sign_up=row,
        to_user=receiver.user if receiver else None,
        to_helper=receiver.helper if receiver else None,
        asked_at=now,
    )
    log(fresh, "swap_asked", [duty], by=actor_of(person, Side(row.organisation, row.unit), named=row.named), now=now)
    payload = {"case": fresh.pk, "swap": made.pk}
    key = f"duty-swap:{made.pk}"
    if receiver is None:
        messages = to_hosts(fresh, "duty_swap_asked", key, payload, now=now, without=by)
    else:
        ways = ways_of([receiver.user.pk]) if receiver.user is not None else {}
        messages = letter("duty_swap_asked", key, receiver, payload, due=now, ways=ways)
    post(messages, now=now)
    return made


@transaction.atomic
def accept_swap(
    case: Case,
    swap_id: int,
    *,
    by: Any = None,
    helper: Helper | None = None,
    side: str = "",
    named: bool = False,
    now: datetime,
) -> SignUp:
    """Take over. Twice is once. Raises ``Forbidden`` for who wasn't asked, ``WrongState`` when it is settled."""
    fresh = locked(case)
    swap = _swap(fresh, swap_id)
    person = Person(by, helper)
    if swap.state == SwapState.ACCEPTED and swap.became is not None and person_of(swap.became) == person:
        return swap.became
    if swap.state != SwapState.OPEN:
        raise WrongState("settled", _("This was settled already."))
    if not asked_of(swap, person):
        raise Forbidden("forbidden", _("Somebody else was asked."))
    old = swap.sign_up
    duty = old.duty
    stands_for, may_be_named = _standing(fresh, person, side, named, now)
    check_on(duty, now)
    if person in [person_of(one) for one in on_it(duty)]:
        raise Forbidden("on_it_already", _("You are on this duty already."))
    # Answered before the old place ends, which would let it lapse.
    Swap.objects.filter(pk=swap.pk).update(state=SwapState.DECLINED, answered_at=now)
    end(old, SignUpState.SWAPPED, now=now)
    row = SignUp.objects.create(
        duty=duty, place=old.place, named=may_be_named, at=now, **person.columns, **stands_for.columns
    )
    Swap.objects.filter(pk=swap.pk).update(state=SwapState.ACCEPTED, answered_at=now, became=row)
    if helper is not None:
        _keep_until(helper, duty)
    log(fresh, "swapped", [duty], by=actor_of(person, stands_for, named=may_be_named), now=now)
    key = f"duty-swapped:{swap.pk}"
    payload = {"case": fresh.pk, "swap": swap.pk}
    post(letter("duty_swapped", key, person_of(old), payload, due=now, ways=None), now=now)
    _confirm(fresh, person, now)
    return row


@transaction.atomic
def decline_swap(case: Case, swap_id: int, *, by: Any = None, helper: Helper | None = None, now: datetime) -> Swap:
    """The one who was asked can't; the first one keeps the duty and hears it."""
    fresh = locked(case)
    swap = _swap(fresh, swap_id)
    person = Person(by, helper)
    if not asked_of(swap, person) or not (swap.to_user_id or swap.to_helper_id):
        raise Forbidden("forbidden", _("Somebody else was asked."))
    if swap.state == SwapState.OPEN:
        swap.state, swap.answered_at = SwapState.DECLINED, now
        swap.save(update_fields=["state", "answered_at"])
        key, payload = f"duty-swap-no:{swap.pk}", {"case": fresh.pk, "swap": swap.pk}
        post(letter("duty_swap_declined", key, person_of(swap.sign_up), payload, due=now, ways=None), now=now)
    return swap


@transaction.atomic
def stop_swap(case: Case, number: int, *, by: Any = None, helper: Helper | None = None, now: datetime) -> None:
    """Who asked keeps the duty after all."""
    fresh = locked(case)
    duty = duty_of(fresh, number)
    person = Person(by, helper)
    row = next((one for one in on_it(duty) if person_of(one) == person), None)
    if row is None:
        raise NotFound("not_found", _("You are not signed up for this."))
    Swap.objects.filter(sign_up=row, state=SwapState.OPEN).update(state=SwapState.WITHDRAWN, answered_at=now)


def asked_of(swap: Swap, person: Person) -> bool:
    """Whether this person may take over: the one who was asked, or anybody else when everybody was."""
    if person == person_of(swap.sign_up):
        return False
    if swap.to_user_id is None and swap.to_helper_id is None:
        return True
    if person.user is not None:
        return bool(swap.to_user_id == person.user.pk)
    return person.helper is not None and swap.to_helper_id == person.helper.pk


def _swap(case: Case, swap_id: int) -> Swap:
    found = (
        Swap.objects.filter(pk=swap_id, sign_up__duty__case=case)
        .select_related(
            "sign_up__user", "sign_up__helper", "sign_up__organisation", "sign_up__unit",
            "sign_up__duty__line__resource",
            "became__user", "became__helper",
        )
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound("not_found", _("There is no such question."))
    return found
