"""Writes of regular activities: an organisation adds, changes, confirms and stops its own; once a year it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Resource
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation import errors
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.text import clean
from booking.happenings.models import Answer, LeisureActivity
from booking.happenings.rules import offers
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Organisation, OrganisationState

#: So many regular activities of one organisation; more is a mistake or a machine.
MOST = 100
#: A letter's link opens so long.
LINK_LIFE = timedelta(days=180)
_SALT = "booking.happenings.confirm"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an organisation writes about an activity."""

    title: str
    about: str = ""
    age_from: int | None = None
    age_to: int | None = None
    weekdays: Sequence[int] = field(default_factory=list)
    begins: time | None = None
    ends: time | None = None
    season: str = ""
    resource: Resource | None = None
    place: str = ""
    free: bool = True
    cost: str = ""
    equipment: str = ""
    step_free: str = ""


def may_write(organisation: Organisation, user: Any, now: datetime) -> bool:
    """Leader, board or booker of a living organisation today."""
    today = local_date(now, booking_settings().tz)
    roles = organisations.role_names(user, organisation, today)
    return bool(set(roles) & set(LEADING_ROLES)) and organisation.state != OrganisationState.INACTIVE


def _need(organisation: Organisation, user: Any, now: datetime) -> None:
    if not may_write(organisation, user, now):
        raise errors.Forbidden("not_yours", _("Only those who lead the organisation or book for it can do this."))


def _checked(draft: Draft) -> dict[str, Any]:
    faults: list[FieldError] = []

    def text(name: str, most: int, *, required: bool = False, multiline: bool = False) -> str:
        try:
            return clean(getattr(draft, name), max_length=most, loc=(name,), required=required, multiline=multiline)
        except Invalid as error:
            faults.extend(error.errors)
            return ""

    def fault(name: str, code: str, words: Any) -> None:
        faults.append(FieldError((name,), code, words))

    values: dict[str, Any] = {
        "title": text("title", 100, required=True),
        "about": text("about", 500, multiline=True),
        "season": text("season", 100),
        "place": text("place", 150),
        "cost": "" if draft.free else text("cost", 150),
        "equipment": text("equipment", 200),
        "age_from": draft.age_from,
        "age_to": draft.age_to,
        "weekdays": sorted(set(draft.weekdays)),
        "begins": draft.begins,
        "ends": draft.ends,
        "resource": draft.resource,
        "free": draft.free,
        "step_free": draft.step_free,
    }
    for name in ("age_from", "age_to"):
        if values[name] is not None and not 0 <= values[name] <= 120:
            fault(name, "age", _("Give an age between 0 and 120."))
    if None not in (draft.age_from, draft.age_to) and draft.age_to < draft.age_from:  # type: ignore[operator]
        fault("age_to", "ages", _("The upper age is below the lower one."))
    if any(day not in range(7) for day in draft.weekdays):
        fault("weekdays", "weekday", _("Choose days of the week."))
    if (draft.begins is None) != (draft.ends is None):
        fault("ends", "times", _("Give both times, or none."))
    elif draft.begins is not None and draft.ends is not None and draft.ends <= draft.begins:
        fault("ends", "end_before_start", _("The end must be after the start."))
    if draft.resource is None and not values["place"]:
        fault("place", "no_place", _("Where is it? Choose a place or write one."))
    if not draft.free and not values["cost"]:
        fault("cost", "no_cost", _("What does it cost?"))
    if draft.step_free not in Answer.values:
        fault("step_free", "answer", _("Choose one of these."))
    if faults:
        raise Invalid.of(faults)
    return values


@transaction.atomic
def add_activity(organisation: Organisation, draft: Draft, *, by: Any, now: datetime) -> LeisureActivity:
    """A new activity, confirmed by being written. Raises ``Forbidden``, ``Invalid``."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    _need(locked, by, now)
    values = _checked(draft)
    if locked.leisure_activities.filter(stopped_at=None).count() >= MOST:
        raise Invalid("too_many", _("An organisation can have at most 100 activities."))
    return LeisureActivity.objects.create(organisation=locked, created_at=now, confirmed_at=now, **values)


@transaction.atomic
def change_activity(activity: LeisureActivity, draft: Draft, *, by: Any, now: datetime) -> LeisureActivity:
    """Other words; who writes them confirms them. Raises ``Forbidden``, ``Invalid``."""
    fresh = LeisureActivity.objects.select_for_update().get(pk=activity.pk)
    _need(fresh.organisation, by, now)
    for name, value in _checked(draft).items():
        setattr(fresh, name, value)
    fresh.confirmed_at, fresh.stopped_at = now, None
    fresh.save()
    return fresh


@transaction.atomic
def stop_activity(activity: LeisureActivity, *, by: Any, now: datetime) -> LeisureActivity:
    """It takes place no more, or not for now: changing or confirming it brings it back. Twice changes nothing."""
    fresh = LeisureActivity.objects.select_for_update().get(pk=activity.pk)
    _need(fresh.organisation, by, now)
    if fresh.stopped_at is None:
        fresh.stopped_at = now
        fresh.save(update_fields=["stopped_at"])
    return fresh


@transaction.atomic
def confirm_activities(organisation: Organisation, *, by: Any, now: datetime) -> int:
    """All that the organisation has is still right. How many. Raises ``Forbidden``."""
    _need(organisation, by, now)
    return _confirm(organisation, now)


def _confirm(organisation: Organisation, now: datetime) -> int:
    rows = LeisureActivity.objects.filter(organisation=organisation, stopped_at=None)
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return LeisureActivity.objects.filter(pk__in=ids).update(confirmed_at=now)


# --- the yearly tap ---------------------------------------------------------------------------------------------------


def link_token(organisation: Organisation, asked_on: str) -> str:
    """What stands in the letter's link: which organisation, and when it was asked; signed, so that nobody makes one."""
    value = f"{organisation.pk}-{asked_on.replace('-', '')}"
    # Without a colon, so that the whole of it is one long word that stays out of logs (doors.logs).
    return f"{value}-{signing.Signer(salt=_SALT).signature(value)}"


def organisation_of(token: str, *, now: datetime) -> Organisation | None:
    """Whose link it is. None for nonsense, and for a link that is older than ``LINK_LIFE``."""
    pk, asked_on, signature = (*token[:200].split("-", 2), "", "")[:3]
    if not constant_time_compare(signature, signing.Signer(salt=_SALT).signature(f"{pk}-{asked_on}")):
        return None
    if local_date(now, booking_settings().tz) - date.fromisoformat(asked_on) > LINK_LIFE:
        return None
    return Organisation.objects.filter(pk=int(pk)).exclude(state=OrganisationState.INACTIVE).first()


@transaction.atomic
def confirm_by_link(token: str, *, now: datetime) -> int:
    """Somebody with the letter has pressed the button. How many. Raises ``NotFound`` for a link that isn't ours."""
    organisation = organisation_of(token, now=now)
    if organisation is None:
        raise errors.NotFound("unknown_link", _("This link doesn't lead anywhere (any more)."))
    return _confirm(organisation, now)


def ask_for_confirmations(now: datetime) -> int:
    """`tick`: ask organisations whose activities were confirmed eleven months ago, a year ago, fourteen months ago.

    One letter for all of an organisation's activities, to each who leads it, else to its address. How many letters.
    Safe twice: the key of a letter says for which confirmation and which time it asks.
    """
    today = local_date(now, booking_settings().tz)
    rows = (
        LeisureActivity.objects.filter(stopped_at=None, confirmed_at__lte=now - offers.ASKED_AFTER[0])
        .exclude(organisation__state=OrganisationState.INACTIVE)
        .select_related("organisation")
        .order_by("organisation", "confirmed_at", "pk")
    )
    oldest: dict[int, LeisureActivity] = {}
    for row in rows:
        oldest.setdefault(row.organisation_id, row)
    letters = []
    for row in oldest.values():
        confirmed = local_date(row.confirmed_at, booking_settings().tz)
        if offers.standing(confirmed, today) == "hidden":
            continue
        times = offers.asked(confirmed, today)
        club = row.organisation
        payload = {"organisation": club.pk, "asked": today.isoformat()}
        people: list[tuple[str, Any]] = [(one.user.email, one.user) for one in organisations.leaders(club, today)] or [
            (club.email, None)
        ]
        letters += [
            Outgoing(
                f"activities:{club.pk}:{confirmed.isoformat()}:{times}:{address}",
                "activities_to_confirm",
                payload,
                address,
                getattr(user, "language", "") or club.language,
                now,
                user,
            )
            for address, user in people
            if address
        ]
    if letters:
        with transaction.atomic():
            enqueue_many(letters, now=now)
    return len(letters)
