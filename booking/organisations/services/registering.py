"""The register's entries: made, changed, verified, set inactive. One function per act of a clerk.

The log is Wagtail's (``wagtail.log_actions``): who did what when, with ids and codes only in its data. Rights are
checked by the doors; what must hold whoever asks (a conflict of interest) is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import FieldError, Invalid, WrongState
from booking.organisations import rules, selectors
from booking.organisations.models import Activity, MemberRole, Organisation, OrganisationKind, OrganisationState
from booking.organisations.services.common import (
    check_no_ties,
    leaders_to_write_to,
    locked,
    tell,
    today_of,
    write_log,
    write_to,
)
from booking.organisations.services.people import add_member
from booking.privacy import services as privacy

#: What may be changed after registration, and how long it may be. Number and state have acts of their own.
_TEXTS = {"name": 150, "phone": 30, "contact_name": 150}
_FLAGS = ("listed", "contact_public")
LANGUAGES = ("nb", "nn", "en")


def register_organisation(
    *,
    name: str,
    kind: str = OrganisationKind.CLUB,
    number: str | None = None,
    email: str = "",
    phone: str = "",
    about: str = "",
    activities: str | Iterable[str] = (),
    website: str = "",
    contact_name: str = "",
    contact_public: bool = False,
    listed: bool = False,
    member_counts: Mapping[str, int] | None = None,
    language: str = "nb",
    leader: Any = None,
    by: Any,
    now: datetime,
) -> Organisation:
    """A new organisation, not verified yet. ``leader`` (a user) becomes its leader from today, if given.

    An organisation without a number is fine (an informal group). ``activities``: names, or one text with commas.
    ``listed``: it agrees to stand in the public register once it is verified. Raises ``Invalid`` with every faulty
    field, among them ``number_taken`` when the number stands in the register already.
    """
    values = _checked(
        {
            "name": name,
            "kind": kind,
            "number": number,
            "email": email,
            "phone": phone,
            "about": about,
            "activities": activities,
            "website": website,
            "contact_name": contact_name,
            "contact_public": contact_public,
            "listed": listed,
            "member_counts": member_counts,
            "language": language,
        }
    )
    with transaction.atomic():
        stem = rules.slug_of(str(values["name"]))
        taken = Organisation.objects.filter(slug__startswith=stem[: rules.SLUG_LENGTH]).values_list("slug", flat=True)
        names = values.pop("activities")
        organisation = Organisation(
            slug=rules.free_slug(stem, taken), state=OrganisationState.UNVERIFIED, created_at=now, **values
        )
        if organisation.member_counts:
            organisation.counted_on = today_of(now)
        _save_new(organisation)
        _set_activities(organisation, names)
        write_log(organisation, "registered", by=by, now=now)
        _note_consents(organisation, {flag for flag in _FLAGS if values[flag]}, by=by, now=now)
        if leader is not None:
            add_member(organisation=organisation, user=leader, role=MemberRole.LEADER, by=by, now=now)
        tell(organisation)
    return organisation


def update_organisation(
    *, organisation: Organisation, changes: Mapping[str, Any], by: Any, now: datetime
) -> Organisation:
    """Change name, kind, number, text, activities, contact, head counts, language or listing.

    The slug stays: addresses and hats hold on to it. A new number makes a verified organisation unverified again: it
    was the number that was verified. Raises ``Invalid`` for unknown or faulty fields.
    """
    values = _checked(changes)
    with transaction.atomic():
        organisation = locked(organisation)
        changed = sorted(key for key, value in values.items() if _now(organisation, key) != value)
        if not changed:
            return organisation
        for key in changed:
            if key != "activities":
                setattr(organisation, key, values[key])
        if "member_counts" in changed:
            organisation.counted_on = today_of(now)
        if "number" in changed and organisation.state == OrganisationState.VERIFIED:
            organisation.state = OrganisationState.UNVERIFIED
            organisation.verified_at = None
            organisation.verified_by = None
        try:
            with transaction.atomic():
                organisation.save()
        except IntegrityError:
            raise _number_taken() from None
        if "activities" in changed:
            _set_activities(organisation, values["activities"])
        _note_consents(organisation, set(changed) & set(_FLAGS), by=by, now=now)
        write_log(organisation, "changed", by=by, now=now, data={"fields": changed})
        tell(organisation)
    return organisation


def verify_organisation(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """The municipality has seen that the organisation is what it says; its leaders get a letter. Twice is once.

    Raises ``Disqualified`` when ``by`` leads it or books for it (needs N10), ``WrongState`` when it is inactive.
    """
    with transaction.atomic():
        organisation = locked(organisation)
        check_no_ties(organisation, by, now)
        if organisation.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is inactive. Make it active first."))
        if organisation.state != OrganisationState.VERIFIED:
            organisation.state = OrganisationState.VERIFIED
            organisation.verified_at = now
            organisation.verified_by = by
            organisation.save(update_fields=["state", "verified_at", "verified_by"])
            write_log(organisation, "verified", by=by, now=now)
            tell(organisation)
            for leader in leaders_to_write_to(organisation, now):
                key = f"organisation_verified:{organisation.pk}:{now.isoformat()}"
                write_to(leader, "organisation_verified", key, {"organisation": organisation.pk}, now=now)
    return organisation


def set_inactive(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """The organisation has ended or must not ask any more. Its history and its members' rows stay."""
    with transaction.atomic():
        organisation = locked(organisation)
        if organisation.state != OrganisationState.INACTIVE:
            organisation.state = OrganisationState.INACTIVE
            organisation.save(update_fields=["state"])
            write_log(organisation, "set_inactive", by=by, now=now)
            tell(organisation)
    return organisation


def set_active(*, organisation: Organisation, by: Any, now: datetime) -> Organisation:
    """An inactive organisation comes back, to be verified anew. Raises ``Disqualified`` as verifying does."""
    with transaction.atomic():
        organisation = locked(organisation)
        check_no_ties(organisation, by, now)
        if organisation.state == OrganisationState.INACTIVE:
            organisation.state = OrganisationState.UNVERIFIED
            organisation.verified_at = None
            organisation.verified_by = None
            organisation.save(update_fields=["state", "verified_at", "verified_by"])
            write_log(organisation, "set_active", by=by, now=now)
            tell(organisation)
    return organisation


#: Flag → what its people agree to by setting it.
CONSENTS = {"listed": "register_listing", "contact_public": "public_contact"}


def _note_consents(organisation: Organisation, flags: set[str], *, by: Any, now: datetime) -> None:
    """Which text was agreed to by whom, when a flag is set by the organisation's own people; off ends it for all.

    An officer who sets it writes down somebody else's yes: that stands in the log, and is nobody's own consent.
    """
    about = f"organisation:{organisation.slug}"
    for flag in sorted(flags):
        kind = CONSENTS[flag]
        if not getattr(organisation, flag):
            privacy.withdraw_about(kind=kind, about=about, by=by, now=now)
        elif not selectors.is_staff(by, today_of(now)) or selectors.role_names(by, organisation, today_of(now)):
            privacy.agree(user=by, text=privacy.text_in_force(kind, now=now), about=about, now=now)


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
    if key == "about":
        return text.clean(value, max_length=1000, loc=loc, multiline=True)
    if key == "activities":
        return _activities(value, loc)
    if key == "member_counts":
        return rules.check_counts(value, loc=loc)
    if key == "number":
        return rules.check_number(value, loc=loc) if value not in (None, "") else None
    if key == "email":
        return _valid(value, text.EMAIL, validate_email, Invalid("email", _("This is not an e-mail address."), loc=loc))
    if key == "website":
        fault = Invalid("url", _("Write the address as https://www.example.org."), loc=loc)
        return _valid(value, 250, URLValidator(schemes=["http", "https"]), fault)
    if key == "kind":
        if value not in OrganisationKind.values:
            raise Invalid("kind", _("There is no such kind of organisation."), loc=loc)
        return value
    if key == "language":
        if value not in LANGUAGES:
            raise Invalid("language", _("Letters come in nb, nn or en."), loc=loc)
        return value
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise Invalid("not_boolean", _("This must be yes or no."), loc=loc)
        return value
    raise Invalid("unknown_field", _("This can't be changed."), loc=loc)


def _valid(value: Any, limit: int, check: Any, fault: Invalid) -> str:
    found = text.clean(value, max_length=limit, loc=fault.loc)
    try:
        if found:
            check(found)
    except ValidationError:
        raise fault from None
    return found


def _activities(value: Any, loc: Sequence[str]) -> list[str]:
    """Each thing once, tidied. Raises ``Invalid`` for what isn't text, too long, or too many."""
    if value is None:
        return []
    if not isinstance(value, str | list | tuple):
        raise Invalid("not_text", _("This must be text."), loc=loc)
    parts = [value] if isinstance(value, str) else value
    tidy = [
        text.clean(part, max_length=rules.MOST_ACTIVITIES * (rules.ACTIVITY_LENGTH + 2), loc=loc, multiline=True)
        for part in parts
    ]
    return [
        text.clean(name, max_length=rules.ACTIVITY_LENGTH, loc=loc) for name in rules.activity_names("\n".join(tidy))
    ]


def _now(organisation: Organisation, key: str) -> Any:
    """What the entry says now, in the form of the checked values."""
    if key == "activities":
        return [row.name for row in organisation.activities.all()]
    return getattr(organisation, key)


def _set_activities(organisation: Organisation, names: Sequence[str]) -> None:
    """The rows of what it does, in the order they were named; the folded text that the search reads follows."""
    if [row.name for row in organisation.activities.all()] == list(names):
        return
    organisation.activities.all().delete()
    Activity.objects.bulk_create(
        Activity(organisation=organisation, name=name, folded=rules.fold_activity(name)) for name in names
    )
    organisation.save(update_fields=["search_text"])


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
