"""Links for people without an account: a personal one, made for somebody, and an open one to paste into a chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case
from booking.cases.services.shared import Actor
from booking.foundation import text, vault
from booking.foundation.errors import Forbidden, Invalid, NotFound, WrongState
from booking.foundation.i18n import current_language
from booking.rosters import secrets
from booking.rosters.access import Side
from booking.rosters.models import Helper, RosterLink, SignUp, SignUpState
from booking.rosters.services.common import Person, letter, locked, log, managing, on_it, post
from booking.rosters.services.signing import _count, end

#: So many people without an account on one roster.
MOST_HELPERS = 200
_OVER = ("closed", "dismissed", "draft")
_BATCH = 200


@transaction.atomic
def make_personal_link(
    case: Case,
    *,
    by: Any,
    name: str = "",
    phone: str = "",
    email: str = "",
    grown: bool = False,
    side: str = "",
    language: str = "",
    now: datetime,
) -> tuple[Helper, str]:
    """A link for one person, by whoever leads or books for a host, or the unit. The same address or phone gives the
    same link. With an address it is sent there.

    ``grown``: they are fifteen or older; of younger ones no name is kept. Raises ``Forbidden``, ``Invalid`` by field.
    """
    fresh = locked(case)
    mine = managing(fresh, by, now)
    leading = [one for one in mine.sides if one.code in mine.leads] or list(mine.sides)
    chosen = next((one for one in leading if side in ("", one.code)), None)
    if chosen is None and not side:
        # An officer of a unit above has no side of their own here: the unit stands for them.
        chosen = Side(unit=fresh.unit)
    if chosen is None:
        raise Forbidden("forbidden", _("You can't make a link for them."))
    helper, token, new = _helper(
        fresh, chosen, name=name, phone=phone, email=email, grown=grown, language=language, now=now, made_by=by
    )
    if new:
        log(fresh, "link_made", [], by=Actor(by, chosen.code), now=now)
        if helper.email:
            key = f"duty-link:{helper.pk}"
            post(letter("duty_personal", key, Person(helper=helper), {"case": fresh.pk}, due=now, ways={}), now=now)
    return helper, token


@transaction.atomic
def open_link(case: Case, *, by: Any, side: str = "", now: datetime) -> str:
    """The link that is pasted into a chat; the one that is open already, if there is one. Answers its secret."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    chosen = next((one for one in mine.sides if one.code in mine.leads and side in ("", one.code)), None)
    if chosen is None:
        raise Forbidden("forbidden", _("You can't make a link for them."))
    _check_living(fresh)
    there = RosterLink.objects.filter(case=fresh, revoked_at=None, **chosen.columns).first()
    if there is not None and (token := secrets.opened(there.token_sealed)):
        return token
    if there is not None:
        # Its key was taken away: nobody can be shown it again.
        RosterLink.objects.filter(pk=there.pk).update(revoked_at=now)
    link = secrets.new_link()
    RosterLink.objects.create(case=fresh, made_by=by, created_at=now, **chosen.columns, **link.columns)
    log(fresh, "open_link_made", [], by=Actor(by, chosen.code), now=now)
    return link.token


@transaction.atomic
def stop_open_link(case: Case, *, by: Any, side: str, now: datetime) -> None:
    """The open link opens nothing any more; who has signed up by it keeps the own link."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    chosen = next((one for one in mine.sides if one.code in mine.leads and one.code == side), None)
    if chosen is None:
        raise Forbidden("forbidden", _("You can't stop a link of theirs."))
    RosterLink.objects.filter(case=fresh, revoked_at=None, **chosen.columns).update(revoked_at=now)
    log(fresh, "open_link_stopped", [], by=Actor(by, chosen.code), now=now)


@transaction.atomic
def join(
    link: RosterLink,
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    grown: bool = False,
    language: str = "",
    now: datetime,
) -> tuple[Helper, str]:
    """Who followed the open link gets a link of their own. Raises ``NotFound`` when it was stopped meanwhile.

    Somebody who is on the roster already with that address gets it by e-mail only: who knows an address isn't it.
    """
    fresh = locked(link.case)
    row = RosterLink.objects.select_related("organisation", "unit").filter(pk=link.pk, revoked_at=None).first()
    if row is None:
        raise NotFound("not_found", _("This link opens nothing any more."))
    helper, token, new = _helper(
        fresh, Side(row.organisation, row.unit), name=name, phone=phone, email=email, grown=grown, language=language,
        now=now, through=row,
    )  # fmt: skip
    if not new:
        if helper.email:
            key = f"duty-link:{helper.pk}:{now:%Y%m%d%H}"
            post(letter("duty_personal", key, Person(helper=helper), {"case": fresh.pk}, due=now, ways={}), now=now)
        raise WrongState(
            "known",
            _("Somebody with this phone or e-mail is on the roster already. Use your own link, or ask the hosts."),
        )
    return helper, token


@transaction.atomic
def stop_helper(case: Case, helper_id: int, *, by: Any, now: datetime) -> Helper:
    """A personal link opens nothing any more, and its person is off all dates to come."""
    fresh = locked(case)
    mine = managing(fresh, by, now)
    helper = Helper.objects.filter(pk=helper_id, case=fresh).first()
    if helper is None:
        raise NotFound("not_found", _("There is no such link."))
    if helper.revoked_at is None:
        take_helper_off(helper, now=now)
        helper.revoked_at = now
        helper.save(update_fields=["revoked_at"])
        log(fresh, "link_stopped", [], by=Actor(by, next(iter(sorted(mine.leads)), "")), now=now)
    return helper


def take_helper_off(helper: Helper, *, now: datetime) -> int:
    """Off all dates to come; under the case's lock. How many."""
    rows = SignUp.objects.filter(helper=helper, state=SignUpState.ON, duty__line__end__gt=now).select_related("duty")
    found = list(rows)
    for row in found:
        end(row, SignUpState.REMOVED, now=now)
        _count(row.duty, -1)
    return len(found)


def _helper(
    case: Case,
    side: Side,
    *,
    name: str,
    phone: str,
    email: str,
    grown: bool,
    language: str,
    now: datetime,
    made_by: Any = None,
    through: RosterLink | None = None,
) -> tuple[Helper, str, bool]:
    """(helper, their link, whether they are new)."""
    _check_living(case)
    name = text.clean(name, max_length=60, loc=("name",))
    phone = text.clean(phone, max_length=30, loc=("phone",))
    email = text.clean(email, max_length=text.EMAIL, loc=("email",)).lower()
    if grown and not name:
        raise Invalid("required", _("Write the first name."), loc=("name",))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Invalid("bad_email", _("This is no e-mail address."), loc=("email",)) from None
    contact = secrets.contact_hash(email, phone)
    if (phone or grown) and not contact:
        raise Invalid("required", _("Write a phone number or an e-mail address."), loc=("phone",))
    # Of who is younger than fifteen nothing is kept that says who it is, but where to write to.
    name = name.split()[0] if grown and name else ""
    there = Helper.objects.filter(case=case, contact_hash=contact, revoked_at=None).first() if contact else None
    if there is not None:
        return there, secrets.opened(there.token_sealed), False
    if Helper.objects.filter(case=case, revoked_at=None).count() >= MOST_HELPERS:
        raise WrongState("too_many", _("This roster has as many links as it can have."))
    link = secrets.new_link()
    try:
        with transaction.atomic():
            made = Helper.objects.create(
                case=case, name=name, grown=grown, phone=phone, email=email, contact_hash=contact,
                language=language or current_language(), made_by=made_by, through=through, created_at=now, last_on=now,
                **side.columns, **link.columns,
            )  # fmt: skip
    except IntegrityError:
        raise WrongState("known", _("Somebody with this phone or e-mail is on the roster already.")) from None
    return made, link.token, True


def _check_living(case: Case) -> None:
    if case.stored_act in _OVER:
        raise WrongState("wrong_state", _("This case is over."))


def seal_anew(now: datetime) -> int:
    """After a change of keys: links are sealed and found with the newest key; ``tick`` calls it. How many."""
    newest, done = vault.key_id(), 0
    for model in (Helper, RosterLink):
        after = 0
        while True:
            with transaction.atomic():
                rows = list(
                    model._default_manager.select_for_update(of=("self",))
                    .exclude(key_id=newest)
                    .filter(pk__gt=after)
                    .order_by("pk")[:_BATCH]
                )
                for row in rows:
                    if token := secrets.opened(row.token_sealed):
                        link = secrets.sealed(token)
                        row.token_hash, row.token_sealed, row.key_id = link.token_hash, link.token_sealed, link.key_id
                        fields = ["token_hash", "token_sealed", "key_id"]
                        if isinstance(row, Helper) and row.contact_hash:
                            row.contact_hash = secrets.contact_hash(row.email, row.phone)
                            fields.append("contact_hash")
                        row.save(update_fields=fields)
                        done += 1
            if not rows:
                break
            after = rows[-1].pk
    return done


__all__ = ["join", "make_personal_link", "on_it", "open_link", "seal_anew", "stop_helper", "stop_open_link"]
