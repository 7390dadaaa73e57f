"""Co-hosts: asked by the main host, answered by their own leaders, and gone again when they want (needs N13).

A co-host that has said yes may do what the main host may. One that is asked sees the case and talks; that it could get
a conflict of interest with an officer counts from the first second, for nobody knows what it will answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import party_hats
from booking.cases.models import HOSTING, Case, CoHost, HostState
from booking.cases.services.promising import finish, fresh_case
from booking.cases.services.shared import Actor, event, letters, post
from booking.cases.services.ties import step_aside
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation, OrganisationState

#: As many as a request may name.
MOST_HOSTS = 20
_OVER = ("closed", "dismissed", "draft")


def ask_hosts(case: Case, asked: Sequence[Organisation], *, by: Any, now: datetime) -> None:
    """Store whom a new request names as co-hosts, and ask them. In the transaction that stores the request."""
    if not asked:
        return
    CoHost.objects.bulk_create(
        [CoHost(case=case, organisation=one, state=HostState.ASKED, asked_by=by, asked_at=now) for one in asked]
    )
    _ask_by_letter(case, asked, now)


@transaction.atomic
def ask_co_host(case: Case, organisation: Organisation, *, by: Any, now: datetime) -> Case:
    """The main host, or a co-host that has said yes, asks one more. Asking again what is open changes nothing.

    An officer who has ties to the new one steps aside in the same moment. Raises ``Forbidden``, ``WrongState`` for a
    case that is over, and ``Invalid`` (``own_organisation``, ``too_many``, ``inactive``).
    """
    fresh = fresh_case(case, None)
    actor = Actor(by, _binding_hat(fresh, by, now))
    if fresh.stored_act in _OVER:
        raise WrongState("wrong_state", _("This case is over. Nobody can be asked to be its co-host any more."))
    if organisation.pk == fresh.organisation_id:
        raise Invalid("own_organisation", _("It is your own organisation."), loc=("organisation",))
    if organisation.state == OrganisationState.INACTIVE:
        raise Invalid("inactive", _("This organisation isn't active any more."), loc=("organisation",))
    row = CoHost.objects.filter(case=fresh, organisation=organisation).first()
    if row is not None and row.state in HOSTING:
        return fresh
    if CoHost.objects.filter(case=fresh, state__in=HOSTING).count() >= MOST_HOSTS:
        raise Invalid("too_many", _("At most %(most)s co-hosts."), loc=("organisation",), params={"most": MOST_HOSTS})
    row = row or CoHost(case=fresh, organisation=organisation)
    row.state, row.asked_by, row.asked_at, row.answered_by, row.answered_at = HostState.ASKED, by, now, None, None
    row.save()
    event(fresh, "cohost_asked", now=now, by=actor, organisation=organisation.slug).save()
    step_aside(fresh, now)
    _ask_by_letter(fresh, [organisation], now)
    return finish(fresh, now)


@transaction.atomic
def answer_co_host(case: Case, organisation: Organisation, *, accept: bool, by: Any, now: datetime) -> Case:
    """Leader, board member or booker of the asked organisation says yes or no. The same answer again changes nothing.

    Raises ``Forbidden`` for others, ``NotFound`` where it isn't asked, and ``WrongState`` for another answer.
    """
    fresh = fresh_case(case, None)
    row = _row(fresh, organisation)
    _need_leading(by, organisation, now)
    target = HostState.ACCEPTED if accept else HostState.DECLINED
    if row.state == target:
        return fresh
    if row.state != HostState.ASKED:
        raise WrongState("wrong_state", _("This was answered already."))
    row.state, row.answered_by, row.answered_at = target, by, now
    row.save()
    actor = Actor(by, f"organisation:{organisation.slug}")
    kind = "cohost_accepted" if accept else "cohost_declined"
    event(fresh, kind, now=now, by=actor, organisation=organisation.slug).save()
    payload = {"organisation": organisation.pk, "answer": str(target)}
    key = f"cohost-answered:{row.pk}:{row.asked_at.isoformat() if row.asked_at else ''}"
    post(letters(fresh, "cohost_answered", key, payload, due_at=now, legal=False), now=now)
    return finish(fresh, now)


@transaction.atomic
def end_co_host(case: Case, organisation: Organisation, *, by: Any, now: datetime) -> Case:
    """A co-host leaves, or the main host takes it off. The request, its dates and the roster stay.

    Raises ``Forbidden`` for who leads neither, ``NotFound`` where it is no co-host.
    """
    fresh = fresh_case(case, None)
    row = _row(fresh, organisation)
    if row.state not in HOSTING:
        return fresh
    on = local_date(now, booking_settings().tz)
    own = organisations.has_leading_role(by, [organisation], on)
    main = fresh.organisation is not None and organisations.has_leading_role(by, [fresh.organisation], on)
    if not own and not main and fresh.requester_id != by.pk:
        raise Forbidden("forbidden", _("Only the co-host itself, or who asked for the loan, can do this."))
    row.state, row.answered_by, row.answered_at = HostState.LEFT, by, now
    row.save()
    hat = f"organisation:{organisation.slug}" if own else fresh.requester_hat
    event(fresh, "cohost_left", now=now, by=Actor(by, hat), organisation=organisation.slug).save()
    key = f"cohost-left:{row.pk}:{now.isoformat()}"
    payload = {"organisation": organisation.pk, "answer": str(HostState.LEFT)}
    if own:
        post(letters(fresh, "cohost_answered", key, payload, due_at=now, legal=False), now=now)
    else:
        post(_to_leaders(fresh, [organisation], "cohost_ended", key, now), now=now)
    return finish(fresh, now)


def _row(case: Case, organisation: Organisation) -> CoHost:
    row = CoHost.objects.filter(case=case, organisation=organisation).first()
    if row is None:
        raise NotFound("not_found", _("This organisation isn't asked to be co-host."))
    return row


def _binding_hat(case: Case, by: Any, now: datetime) -> str:
    hats = party_hats(by, case, local_date(now, booking_settings().tz), binding=True)
    if not hats:
        raise Forbidden("forbidden", _("Only a party of the case can do this."))
    return hats[0]


def _need_leading(by: Any, organisation: Organisation, now: datetime) -> None:
    if not organisations.has_leading_role(by, [organisation], local_date(now, booking_settings().tz)):
        raise Forbidden("forbidden", _("Only leader, board or bookers of the organisation can answer for it."))


def _ask_by_letter(case: Case, asked: Sequence[Organisation], now: datetime) -> None:
    post(_to_leaders(case, asked, "cohost_asked", f"cohost-asked:{case.pk}:{now.isoformat()}", now), now=now)


def _to_leaders(case: Case, asked: Iterable[Organisation], handler: str, key: str, now: datetime) -> list[Outgoing]:
    """One letter per leader of each; to the organisation's own address where nobody leads it."""
    on = local_date(now, booking_settings().tz)
    found = []
    for one in asked:
        people = [row.user for row in organisations.leaders(one, on).order_by("user_id")]
        receivers: list[tuple[str, str, Any]] = [
            (str(getattr(user, user.get_email_field_name(), "") or ""), getattr(user, "language", "") or "nb", user)
            for user in people
        ] or [(one.email, one.language, None)]
        found += [
            Outgoing(
                key=f"{key}:{one.pk}:{user.pk if user is not None else address}"[:200],
                handler=handler,
                payload={"case": case.pk, "organisation": one.pk},
                recipient=address,
                recipient_user=user,
                language=language,
                due_at=now,
            )
            for address, language, user in receivers
            if address
        ]
    return found
