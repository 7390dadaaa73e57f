"""Writes on organisations and memberships: one function per act of a clerk, keyword-only, atomic, logged.

The log is Wagtail's (``wagtail.log_actions``): who did what when, with ids and codes only in its data. Rights are
checked by the doors; what must hold whoever asks (the last leader, a conflict of interest) is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Disqualified, FieldError, Invalid, WrongState
from booking.foundation.signals import send_revised
from booking.organisations import rules, selectors
from booking.organisations.models import (
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
)

#: What may be changed after registration, and how long it may be. Number and state have acts of their own.
_TEXTS = {"name": 150, "phone": 30, "activities": 250}
LANGUAGES = ("nb", "nn", "en")


def register_organisation(
    *,
    name: str,
    kind: str = OrganisationKind.CLUB,
    number: str | None = None,
    email: str = "",
    phone: str = "",
    activities: str = "",
    language: str = "nb",
    leader: Any = None,
    by: Any,
    now: datetime,
) -> Organisation:
    """A new organisation, not verified yet. ``leader`` (a user) becomes its leader from today, if given.

    An organisation without a number is fine (an informal group). Raises ``Invalid`` with every faulty field, among
    them ``number_taken`` when the number stands in the register already.
    """
    values = _checked(
        {
            "name": name,
            "kind": kind,
            "number": number,
            "email": email,
            "phone": phone,
            "activities": activities,
            "language": language,
        }
    )
    with transaction.atomic():
        stem = rules.slug_of(str(values["name"]))
        taken = Organisation.objects.filter(slug__startswith=stem[: rules.SLUG_LENGTH]).values_list("slug", flat=True)
        organisation = Organisation(
            slug=rules.free_slug(stem, taken), state=OrganisationState.UNVERIFIED, created_at=now, **values
        )
        _save_new(organisation)
        _log(organisation, "registered", by=by, now=now)
        if leader is not None:
            add_member(organisation=organisation, user=leader, role=MemberRole.LEADER, by=by, now=now)
        _tell(organisation)
    return organisation


def update_organisation(
    *, organisation: Organisation, changes: Mapping[str, Any], by: Any, now: datetime
) -> Organisation:
    """Change name, kind, number, contact, language or listing. The slug stays: addresses and hats hold on to it.

    A new number makes a verified organisation unverified again: it was the number that was verified. Raises
    ``Invalid`` for unknown or faulty fields.
    """
    values = _checked(changes)
    with transaction.atomic():
        organisation = _locked(organisation)
        changed = sorted(key for key, value in values.items() if getattr(organisation, key) != value)
        if not changed:
            return organisation
        for key in changed:
            setattr(organisation, key, values[key])
        if "number" in changed and organisation.state == OrganisationState.VERIFIED:
            organisation.state = OrganisationState.UNVERIFIED
            organisation.verified_at = None
            organisation.verified_by = None
        try:
            with transaction.atomic():
                organisation.save()
        except IntegrityError:
            raise _number_taken() from None
        _log(organisation, "changed", by=by, now=now, data={"fields": changed})
        _tell(organisation)
    return organisation


def verify_organisation(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """The municipality has seen that the organisation is what it says. Twice is the same as once.

    Raises ``Disqualified`` when ``by`` leads it or books for it (needs N10), ``WrongState`` when it is inactive.
    """
    with transaction.atomic():
        organisation = _locked(organisation)
        _check_no_ties(organisation, by, now)
        if organisation.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is inactive. Make it active first."))
        if organisation.state != OrganisationState.VERIFIED:
            organisation.state = OrganisationState.VERIFIED
            organisation.verified_at = now
            organisation.verified_by = by
            organisation.save(update_fields=["state", "verified_at", "verified_by"])
            _log(organisation, "verified", by=by, now=now)
            _tell(organisation)
    return organisation


def set_inactive(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """The organisation has ended or must not ask any more. Its history and its members' rows stay."""
    with transaction.atomic():
        organisation = _locked(organisation)
        if organisation.state != OrganisationState.INACTIVE:
            organisation.state = OrganisationState.INACTIVE
            organisation.save(update_fields=["state"])
            _log(organisation, "set_inactive", by=by, now=now)
            _tell(organisation)
    return organisation


def set_active(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """An inactive organisation comes back, to be verified anew. Raises ``Disqualified`` as verifying does."""
    with transaction.atomic():
        organisation = _locked(organisation)
        _check_no_ties(organisation, by, now)
        if organisation.state == OrganisationState.INACTIVE:
            organisation.state = OrganisationState.UNVERIFIED
            organisation.verified_at = None
            organisation.verified_by = None
            organisation.save(update_fields=["state", "verified_at", "verified_by"])
            _log(organisation, "set_active", by=by, now=now)
            _tell(organisation)
    return organisation


def add_member(
    *,
    organisation: Organisation,
    user: Any,
    role: str,
    start: date | None = None,
    end: date | None = None,
    by: Any,
    now: datetime,
) -> Membership:
    """Give ``user`` a role, from ``start`` (default: today) to and including ``end`` (default: open).

    The same open role again gives the row that is there. Raises ``Invalid`` for an unknown role, dates in the wrong
    order, or a person whose account is not in use.
    """
    today = _today(now)
    if role not in MemberRole.values:
        raise Invalid("role", _("There is no such role."), loc=("role",))
    start = start or today
    if end is not None and end < start:
        raise Invalid("end_before_start", _("The last day must not be before the first."), loc=("end",))
    if not user.is_active:
        raise Invalid("inactive_user", _("This person's account is not in use any more."), loc=("user",))
    with transaction.atomic():
        organisation = _locked(organisation)
        open_row = Membership.objects.filter(organisation=organisation, user=user, role=role, end__isnull=True).first()
        if open_row is not None:
            return open_row
        membership = Membership.objects.create(organisation=organisation, user=user, role=role, start=start, end=end)
        _log(organisation, "member_added", by=by, now=now, data={"user": user.pk, "role": role})
        _tell(organisation)
    return membership


def end_membership(*, membership: Membership, by: Any, now: datetime, last_day: date | None = None) -> Membership:
    """End a role after ``last_day`` (default: yesterday, so that it is over at once). The row stays as history.

    Raises ``WrongState``: ``last_leader`` when nobody else leads an active organisation afterwards, ``ended`` when it
    is over already.
    """
    today = _today(now)
    with transaction.atomic():
        organisation = _locked(membership.organisation)
        membership = Membership.objects.select_for_update().get(pk=membership.pk)
        if membership.end is not None and membership.end < today:
            raise WrongState("ended", _("This role is over already."))
        if membership.role == MemberRole.LEADER and organisation.state != OrganisationState.INACTIVE:
            afterwards = max(today, last_day + timedelta(days=1)) if last_day else today
            others = selectors.leaders(organisation, afterwards).exclude(pk=membership.pk)
            rules.check_leaders_left(
                {membership.user_id, *others.values_list("user_id", flat=True)}, membership.user_id
            )
        _end(membership, last_day, today)
        _log(
            organisation,
            "member_ended",
            by=by,
            now=now,
            data={"user": membership.user_id, "role": membership.role},
        )
        _tell(organisation)
    return membership


def change_role(*, membership: Membership, role: str, by: Any, now: datetime) -> Membership:
    """Give the person another role instead: the old row ends, a new one starts today. Errors as the two acts have."""
    with transaction.atomic():
        organisation = _locked(membership.organisation)
        added = add_member(organisation=organisation, user=membership.user, role=role, by=by, now=now)
        if added.pk != membership.pk:
            end_membership(membership=membership, by=by, now=now)
    return added


def _end(membership: Membership, last_day: date | None, today: date) -> None:
    """Set the last day. A role that never held (it started today or later) is kept as one day, so that it shows."""
    last = last_day if last_day is not None else today - timedelta(days=1)
    if membership.start is not None and last < membership.start:
        # Ended on the day it began: history must be true, and rights must end now, so the day before is written twice.
        membership.start = last
    membership.end = last
    membership.save(update_fields=["start", "end"])


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Every field tidied and checked; all faults at once. Raises ``Invalid``."""
    values: dict[str, Any] = {}
    faults: list[FieldError] = []
    for key, value in changes.items():
        try:
            values[key] = _field(key, value)
        except Invalid as fault:
            faults += fault.errors
    if faults:
        raise Invalid.of(faults)
    return values


def _field(key: str, value: Any) -> Any:
    loc: Sequence[str] = (key,)
    if key in _TEXTS:
        return text.clean(value, max_length=_TEXTS[key], loc=loc, required=key == "name")
    if key == "number":
        return rules.check_number(value, loc=loc) if value not in (None, "") else None
    if key == "email":
        address = text.clean(value, max_length=text.EMAIL, loc=loc)
        try:
            if address:
                validate_email(address)
        except ValidationError:
            raise Invalid("email", _("This is not an e-mail address."), loc=loc) from None
        return address
    if key == "kind":
        if value not in OrganisationKind.values:
            raise Invalid("kind", _("There is no such kind of organisation."), loc=loc)
        return value
    if key == "language":
        if value not in LANGUAGES:
            raise Invalid("language", _("Letters come in nb, nn or en."), loc=loc)
        return value
    if key == "listed":
        if not isinstance(value, bool):
            raise Invalid("not_boolean", _("This must be yes or no."), loc=loc)
        return value
    raise Invalid("unknown_field", _("This can't be changed."), loc=loc)


def _save_new(organisation: Organisation) -> None:
    """Insert; the database decides races. A slug lost to somebody else is tried with the next number."""
    stem = organisation.slug
    for _attempt in range(5):
        if organisation.number and Organisation.objects.filter(number=organisation.number).exists():
            raise _number_taken()
        try:
            with transaction.atomic():
                organisation.save(force_insert=True)
            return
        except IntegrityError:
            taken = Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True)
            organisation.slug = rules.free_slug(stem, {stem, *taken})
            organisation.pk = None
    raise WrongState("busy", _("Somebody registered the same name at the same moment. Try again."))


def _number_taken() -> Invalid:
    return Invalid("number_taken", _("An organisation with this number is registered already."), loc=("number",))


def _check_no_ties(organisation: Organisation, by: Any, now: datetime) -> None:
    if selectors.has_leading_role(by, [organisation], _today(now)):
        raise Disqualified(
            "disqualified", _("You lead this organisation or book for it, so a colleague has to do this.")
        )


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


def _today(now: datetime) -> date:
    return local_date(now, booking_settings().tz)


def _log(organisation: Organisation, act: str, *, by: Any, now: datetime, data: dict[str, Any] | None = None) -> None:
    log(organisation, f"samskap.organisation.{act}", user=by, timestamp=now, data=data or {})


def _tell(organisation: Organisation) -> None:
    send_revised(cause=f"organisation:{organisation.slug}", scopes=[f"organisation:{organisation.pk}"])
