"""Writing an agreement down, and correcting it while it isn't confirmed by everybody. Either side may (needs N9)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.agreements import rules
from booking.agreements.models import (
    Agreement,
    AgreementForm,
    AgreementHours,
    AgreementParty,
    AgreementState,
    AgreementTask,
    Side,
)
from booking.agreements.services.common import (
    Speaker,
    for_municipality,
    for_organisation,
    locked,
    log,
    need_state,
    post,
    speaker,
    store,
    tell,
    to_others,
    today_of,
)
from booking.agreements.services.tasks import lay_out_dates
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState, Unit
from booking.foundation import text
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.references import next_reference
from booking.organisations.models import Organisation, OrganisationState


@dataclass(frozen=True, slots=True)
class HoursDraft:
    """Weekly hours of one thing, on its wall clock. ``ends`` at or before ``begins``: the next day."""

    weekday: int
    begins: time
    ends: time
    resource: Resource | None = None  # None: the agreement's first
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """What one side does, from when, how often (``rules.EVERY``)."""

    what: str
    side: str
    first_on: date
    every: str = "year"


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """What an agreement says. Dates are local; ``excluded`` are dates without the hours."""

    title: str
    terms: str
    organisations: Sequence[Organisation]
    start: date
    end: date | None = None
    resources: Sequence[Resource] = ()
    place: str = ""
    form: str = AgreementForm.WRITTEN
    background: str = ""
    notice_months: int = 3
    sole_use: bool = False
    storage: str = ""
    keys: str = ""
    title_public: bool = False
    hours: Sequence[HoursDraft] = ()
    excluded: Sequence[date] = ()
    tasks: Sequence[TaskDraft] = field(default_factory=tuple)


def write_down(
    draft: AgreementDraft,
    *,
    by: Any,
    organisation: Organisation | None = None,
    unit: Unit | None = None,
    follows: Agreement | None = None,
    now: datetime,
    submission_key: str = "",
) -> Agreement:
    """Write an agreement down, for ``organisation`` (one of its parties) or for the municipality. The writer's side has
    confirmed by writing; the others are asked by letter.

    It belongs to ``unit``, else to the unit of its first thing; its officer is that thing's or the unit's (needs N5).
    The same form sent twice gives the same agreement. Raises ``Invalid`` with every faulty field, ``Forbidden``, and
    ``Disqualified`` when staff lead one of the organisations.
    """
    values = _checked(draft)
    hosts, things = values.pop("organisations"), values.pop("resources")
    hours, tasks = values.pop("hours"), values.pop("tasks")
    where = unit or (things[0].unit if things else None)
    if where is None or not where.active:
        raise Invalid("required", _("Choose the unit that it was agreed with."), loc=("unit",))
    if organisation is not None and organisation.pk not in {one.pk for one in hosts}:
        raise Invalid("not_a_party", _("Your organisation must be one of the parties."), loc=("organisations",))
    on = today_of(now)
    who = for_organisation(by, organisation, on) if organisation is not None else for_municipality(by, where, hosts, on)
    key = hashlib.sha256(f"{by.pk}\n{submission_key}".encode()).hexdigest() if submission_key else None
    try:
        with transaction.atomic():
            if key and (twin := Agreement.objects.filter(submission_key=key).first()):
                return twin
            answers = catalogue.responsible(things[0], on) if things else catalogue.unit_responsible(where, on)
            if answers.unit.pk != where.pk:
                answers = catalogue.unit_responsible(where, on)
            agreement = Agreement(
                **values,
                reference=next_reference("agreement", now, booking_settings().tz),
                unit=where,
                officer=answers.officer if answers.owned else answers.acting,
                deputy=answers.deputy,
                written_by=by,
                written_hat=who.hat,
                created_at=now,
                written_at=now,
                last_day=rules.last_day(values["end"], None),
                follows=follows,
                submission_key=key,
                revised_at=now,
            )
            if organisation is None:
                agreement.confirmed_by, agreement.confirmed_at = by, now
            agreement.save(force_insert=True)
            _set_content(agreement, hosts, things, hours, tasks, who, now)
            log(agreement, "written_down", who=who, now=now)
            tell(agreement)
            post(
                to_others(agreement, "agreement_to_confirm", f"agreement_to_confirm:{agreement.pk}:1", who, now=now),
                now=now,
            )
    except IntegrityError:
        twin = Agreement.objects.filter(submission_key=key).first() if key else None
        if twin is None:
            raise
        return twin
    return agreement


def correct(
    agreement: Agreement,
    draft: AgreementDraft,
    *,
    by: Any,
    organisation: Organisation | None = None,
    now: datetime,
    if_version: int | None = None,
) -> Agreement:
    """Change what an unconfirmed agreement says: the changer's side has confirmed that, every other must anew.

    The parties stay as they are when an organisation corrects it. Raises as ``write_down`` does, and ``WrongState``
    once everybody has confirmed: what holds is ended and made anew, never rewritten.
    """
    values = _checked(draft)
    hosts, things = values.pop("organisations"), values.pop("resources")
    hours, tasks = values.pop("hours"), values.pop("tasks")
    with transaction.atomic():
        fresh = locked(agreement, if_version=if_version)
        need_state(fresh, AgreementState.PROPOSED)
        who = speaker(fresh, by=by, organisation=organisation, now=now)
        if organisation is not None:
            hosts = [one.organisation for one in fresh.parties.select_related("organisation")]
        else:
            for_municipality(by, fresh.unit, hosts, today_of(now))
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.last_day = rules.last_day(fresh.end, None)
        fresh.confirmed_by, fresh.confirmed_at = (by, now) if organisation is None else (None, None)
        fresh.written_at = now
        fresh.parties.update(confirmed_by=None, confirmed_at=None)
        fresh.hours.all().delete()
        fresh.tasks.all().delete()
        _set_content(fresh, hosts, things, hours, tasks, who, now)
        log(fresh, "corrected", who=who, now=now)
        store(fresh, now)
        key = f"agreement_to_confirm:{fresh.pk}:{fresh.version}"
        post(to_others(fresh, "agreement_to_confirm", key, who, now=now), now=now)
    return fresh


def _set_content(
    agreement: Agreement,
    hosts: Sequence[Organisation],
    things: Sequence[Resource],
    hours: Sequence[HoursDraft],
    tasks: Sequence[TaskDraft],
    who: Speaker,
    now: datetime,
) -> None:
    """Parties, things, hours and tasks. The writer's own organisation has confirmed."""
    agreement.parties.exclude(organisation__in=hosts).delete()
    there = set(agreement.parties.values_list("organisation_id", flat=True))
    AgreementParty.objects.bulk_create(
        [AgreementParty(agreement=agreement, organisation=one) for one in hosts if one.pk not in there]
    )
    if who.organisation is not None:
        agreement.parties.filter(organisation=who.organisation).update(confirmed_by=who.user, confirmed_at=now)
    agreement.resources.set(things)
    AgreementHours.objects.bulk_create(
        [
            AgreementHours(
                agreement=agreement, resource=one.resource, quantity=one.quantity, weekday=one.weekday,
                begins=one.begins, ends=one.ends,
            )
            for one in hours
        ]
    )  # fmt: skip
    made = AgreementTask.objects.bulk_create(
        [
            AgreementTask(agreement=agreement, what=one.what, side=one.side, every=one.every, first_on=one.first_on)
            for one in tasks
        ]
    )
    lay_out_dates(agreement, made, now=now)


def _checked(draft: AgreementDraft) -> dict[str, Any]:
    """Every field tidied and checked; all faults at once."""
    faults: list[FieldError] = []

    def words(name: str, limit: int, *, required: bool = False, multiline: bool = False) -> str:
        try:
            return text.clean(
                getattr(draft, name), max_length=limit, loc=(name,), required=required, multiline=multiline
            )
        except Invalid as fault:
            faults.extend(fault.errors)
            return ""

    def fault(code: str, message: Any, *loc: str | int, **params: Any) -> None:
        faults.append(FieldError(tuple(loc), code, message, params))

    values: dict[str, Any] = {
        "title": words("title", 150, required=True),
        "terms": words("terms", text.MESSAGE, required=True, multiline=True),
        "place": words("place", 250),
        "background": words("background", text.PURPOSE, multiline=True),
        "storage": words("storage", 500),
        "keys": words("keys", 500),
        "form": draft.form,
        "start": draft.start,
        "end": draft.end,
        "notice_months": draft.notice_months,
        "sole_use": draft.sole_use,
        "title_public": draft.title_public,
    }
    if draft.form not in AgreementForm.values:
        fault("not_a_choice", _("Choose one of: %(choices)s."), "form", choices=", ".join(AgreementForm.values))
    if not date(1900, 1, 1) <= draft.start <= date(2100, 12, 31):
        fault("out_of_range", _("This date is out of range."), "start")
    if draft.end is not None and draft.end > date(2100, 12, 31):
        fault("out_of_range", _("This date is out of range."), "end")
    if draft.end is not None and draft.end < draft.start:
        fault("end_before_start", _("The last day can't be before the first."), "end")
    if not 0 <= draft.notice_months <= rules.LONGEST_NOTICE:
        fault(
            "out_of_range", _("This must be between %(least)s and %(most)s."), "notice_months",
            least=0, most=rules.LONGEST_NOTICE,
        )  # fmt: skip
    hosts = list({one.pk: one for one in draft.organisations}.values())
    if not hosts:
        fault("required", _("Choose at least one organisation."), "organisations")
    if len(hosts) > rules.MOST_PARTIES:
        fault("too_many", _("At most %(most)s."), "organisations", most=rules.MOST_PARTIES)
    if any(one.state == OrganisationState.INACTIVE for one in hosts):
        fault("inactive", _("This organisation is inactive. Make it active first."), "organisations")
    things = {one.pk: one for one in draft.resources}
    hours = _hours(draft, things, fault)
    if not things and not values["place"] and not any(one.loc[:1] == ("place",) for one in faults):
        fault("required", _("Choose what it is about, or write the place."), "place")
    if len(things) > rules.MOST_THINGS:
        fault("too_many", _("At most %(most)s."), "resources", most=rules.MOST_THINGS)
    if any(one.state == ResourceState.RETIRED for one in things.values()):
        fault("retired", _("This isn't lent any more."), "resources")
    if len(draft.excluded) > rules.MOST_EXCLUDED:
        fault("too_many", _("At most %(most)s."), "excluded", most=rules.MOST_EXCLUDED)
    tasks = _tasks(draft, fault)
    if faults:
        raise Invalid.of(faults)
    return values | {
        "organisations": hosts,
        "resources": list(things.values()),
        "hours": hours,
        "tasks": tasks,
        "excluded": sorted({day.isoformat() for day in draft.excluded}),
    }


def _hours(draft: AgreementDraft, things: dict[int, Resource], fault: Any) -> list[HoursDraft]:
    """The weekly hours with their things, which are the agreement's things too. Hours of one thing don't overlap."""
    if len(draft.hours) > rules.MOST_HOURS:
        fault("too_many", _("At most %(most)s."), "hours", most=rules.MOST_HOURS)
        return []
    found: list[HoursDraft] = []
    first = next(iter(things.values()), None)
    for index, one in enumerate(draft.hours):
        resource = one.resource or first
        if resource is None:
            fault("required", _("Say what the hours are in."), "hours", index, "resource")
            continue
        if not 0 <= one.weekday <= 6:
            fault("out_of_range", _("This is not a day of the week."), "hours", index, "weekday")
            continue
        if one.begins == one.ends or any(moment.second or moment.microsecond for moment in (one.begins, one.ends)):
            fault("end_before_start", _("The end must be after the start."), "hours", index, "ends")
            continue
        if not 1 <= one.quantity <= 100_000:
            fault("bad_quantity", _("Give at least 1."), "hours", index, "quantity")
            continue
        if any(_overlap(one, other) for other in found if other.resource == resource):
            fault("overlap", _("These hours overlap others of the same place."), "hours", index, "begins")
            continue
        things.setdefault(resource.pk, resource)
        found.append(HoursDraft(one.weekday, one.begins, one.ends, resource, one.quantity))
    return found


def _overlap(one: HoursDraft, other: HoursDraft) -> bool:
    """On the circle of the week, in minutes."""
    week = 7 * 24 * 60

    def span(hours: HoursDraft) -> tuple[int, int]:
        begins = hours.weekday * 1440 + hours.begins.hour * 60 + hours.begins.minute
        length = (hours.ends.hour * 60 + hours.ends.minute) - (hours.begins.hour * 60 + hours.begins.minute)
        return begins, begins + (length if length > 0 else length + 1440)

    (a, b), (c, d) = span(one), span(other)
    return any(a < d + shift and c + shift < b for shift in (-week, 0, week))


def _tasks(draft: AgreementDraft, fault: Any) -> list[TaskDraft]:
    if len(draft.tasks) > rules.MOST_TASKS:
        fault("too_many", _("At most %(most)s."), "tasks", most=rules.MOST_TASKS)
        return []
    return [checked for index, one in enumerate(draft.tasks) if (checked := check_task(one, fault, "tasks", index))]


def check_task(one: TaskDraft, fault: Any, *loc: str | int) -> TaskDraft | None:
    """A task, tidied; None with its faults told."""
    good = True
    what = ""
    try:
        what = text.clean(one.what, max_length=150, loc=(*loc, "what"), required=True)
    except Invalid as error:
        good = False
        for item in error.errors:
            fault(item.code, item.message, *item.loc, **item.params)
    if one.side not in Side.values:
        good = False
        fault("not_a_choice", _("Choose one of: %(choices)s."), *loc, "side", choices=", ".join(Side.values))
    if one.every not in rules.EVERY:
        good = False
        fault("not_a_choice", _("Choose one of: %(choices)s."), *loc, "every", choices=", ".join(rules.EVERY))
    if not date(1990, 1, 1) <= one.first_on <= date(2100, 12, 31):
        good = False
        fault("out_of_range", _("This date is out of range."), *loc, "first_on")
    return TaskDraft(what, one.side, one.first_on, one.every) if good else None
