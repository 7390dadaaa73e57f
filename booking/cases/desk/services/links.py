"""The links of the morning's letter: a holding reply or a question without signing in (decision 027).

A link is for one officer, one case and one act. Nothing of it is stored until it is used, so a copy of the database
opens nothing. It dies with its use, after seven days, and when its officer no longer holds the case or must keep away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.access import check_may_prepare, hosts_of
from booking.cases.desk.models import LinkAct, UsedLink
from booking.cases.desk.rules import Link, read_link, write_link
from booking.cases.models import Case
from booking.cases.selectors.detail import acting_for
from booking.cases.services.promising import ask, holding_reply
from booking.cases.services.shared import lock_cases
from booking.foundation import vault
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, NotFound

_PURPOSE = "desk-link"


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a link that lives is about."""

    link: Link
    user: Any
    case: Case


def link_for(user: Any, case: Case, act: str, day: date) -> str:
    """The link of that day's letter. The same each time that the letter is written."""
    link = Link(user.pk, case.pk, act, case.hand_overs, day)
    return write_link(link, vault.fingerprint(_PURPOSE, link.signed))


def links_for(user: Any, case: Case, day: date, *, now: datetime) -> dict[str, str]:
    """The links of that day's letter by act; none for a case that they would open nothing of."""
    try:
        _must_live(Link(user.pk, case.pk, "", case.hand_overs, day), user, case, now)
    except NotFound:
        return {}
    return {act: link_for(user, case, act, day) for act in LinkAct.values}


def read(token: str, *, now: datetime) -> LinkView:
    """Whom and what a link is for. Writes nothing. Raises ``NotFound`` for one that opens nothing (any more)."""
    found = read_link(token)
    if found is None:
        raise _nothing()
    link, mac = found
    if not any(compare_digest(mac, known) for known in vault.fingerprints(_PURPOSE, link.signed)):
        raise _nothing()
    if not link.alive_on(local_date(now, booking_settings().tz)):
        raise _nothing()
    user = get_user_model()._default_manager.filter(pk=link.user, is_active=True).first()
    case = Case.objects.select_related("unit", "organisation", "requester", "officer").filter(pk=link.case).first()
    if user is None or case is None:
        raise _nothing()
    _must_live(link, user, case, now)
    return LinkView(link, user, case)


def use_link(token: str, *, now: datetime, message: str = "", until: date | None = None) -> Case:
    """Do what the link is for, in its officer's name and the unit's hat; then it is used up. Answers the case.

    Raises ``NotFound`` for a link that opens nothing (any more), and what ``holding_reply`` and ``ask`` raise: then the
    link stays good, and what was typed can be corrected.
    """
    seen = read(token, now=now)
    link = seen.link
    with transaction.atomic():
        case = lock_cases([link.case])[link.case]
        _must_live(link, seen.user, case, now)
        try:
            with transaction.atomic():
                UsedLink.objects.create(user=seen.user, case=case, act=link.act, day=link.day, at=now)
        except IntegrityError:  # the same link at the same moment
            raise _nothing() from None
        if link.act == "ask":
            return ask(case, message=message, by=seen.user, now=now, by_link=True)
        return holding_reply(case, until=until or now.date(), message=message, by=seen.user, now=now, by_link=True)


def _must_live(link: Link, user: Any, case: Case, now: datetime) -> None:
    """The officer still holds the case and may prepare it, it still waits on the unit, and the link wasn't used."""
    on = local_date(now, booking_settings().tz)
    used = UsedLink.objects.filter(user=link.user, case=link.case, act=link.act, day=link.day)
    if case.waiting_on != "municipality" or case.hand_overs & 0xFFFF != link.hand_overs or used.exists():
        raise _nothing()
    holder, _why = acting_for(case, on)
    if holder is None or holder.pk != user.pk:
        raise _nothing()
    try:
        check_may_prepare(user, case, hosts_of(case), on)
    except DomainError:
        # Disqualified, or without the role by now: like any other link that opens nothing.
        raise _nothing() from None


def _nothing() -> NotFound:
    return NotFound("dead_link", _("This link opens nothing any more."))
