"""What a public page says about one resource: who answers, what it costs, what the rules are. For templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.catalogue import selectors
from booking.catalogue.models import (
    Feature,
    Kind,
    Known,
    Owner,
    Resource,
    ResourceState,
)
from booking.catalogue.presentation import Presentation, presentations
from booking.catalogue.rules import EffectiveRules, PriceTerm, Requirement, UseTerm
from booking.catalogue.wording import rule_words
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import current_language, localized


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers, by name where the municipality shows names, and until when."""

    unit: Any
    officer: str
    deputy: str
    acting: str
    #: "" (the officer), "absent" or "inactive": then `acting` answers now.
    reason: str
    promise_days: int
    slow_reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """One accessibility fact, in words."""

    icon: str
    label: Any
    answer: Any
    code: str


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Days of the week with the same hours."""

    days: str
    hours: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that stands on a resource's page besides its words, pictures and calendar."""

    contact: Contact
    rules: EffectiveRules
    house_rules: Any
    quantity: int
    prices: list[PriceTerm]
    price_notes: list[str]
    features: list[Feature]
    access: list[Access]
    hours: list[HoursRow]
    permits: list[Requirement]
    #: What else may be needed, by what is to happen there: (kind of use, what it takes).
    permits_by_use: list[tuple[UseTerm, list[Requirement]]]
    #: Kinds of use that are asked about.
    uses: list[UseTerm]
    owner: Any
    whole: Resource | None
    parts: list[Resource]
    address: str


_ACCESS = (
    ("step_free", "step-free", gettext_lazy("Step-free access")),
    ("accessible_toilet", "toilet", gettext_lazy("Accessible toilet")),
    ("hearing_loop", "ear", gettext_lazy("Hearing loop")),
    ("lift", "lift", gettext_lazy("Lift")),
    ("quiet_room", "bed", gettext_lazy("Quiet room")),
)
_WEEKDAYS = WEEKDAYS


def with_parts(*, pk: int | None = None, slug: str = "") -> tuple[Resource | None, list[Resource]]:
    """A public resource by key or slug, with unit and what it is part of, and its public parts by name. One query."""
    wanted = Q(pk=pk) | Q(parent_id=pk) if pk is not None else Q(slug=slug) | Q(parent__slug=slug)
    rows = list(selectors.public_resources().filter(wanted).select_related("unit", "parent").order_by("name", "pk"))
    resource = next((row for row in rows if row.pk == pk or row.slug == slug), None)
    return resource, [row for row in rows if resource is not None and row.parent_id == resource.pk]


def whole_of(resource: Resource) -> Resource | None:
    """What it is part of, if visitors may know of that."""
    whole = resource.parent
    return whole if whole is not None and whole.public and whole.state == ResourceState.ACTIVE else None


def facts(resource: Resource, *, on: date, line: selectors.Lineage, parts: list[Resource]) -> Facts:
    """What the page of `resource` says on the local day `on`. A constant number of queries."""
    rules = selectors.effective_rules([resource], line=line)[resource.pk]
    terms = selectors.terms([resource], line=line)
    prices = list(terms.prices[resource.pk])
    ground = resource.kind in (Kind.VENUE, Kind.AREA)
    whole = whole_of(resource)
    return Facts(
        contact=contact(resource, on=on, line=line),
        rules=rules,
        house_rules=localized(rules_texts(rules), "house_rules"),
        quantity=selectors.quantities([resource]).get(resource.pk, 1),
        prices=prices,
        price_notes=[rule_words(price) for price in prices],
        features=list(resource.features.order_by("name")),
        access=access(resource, whole),
        hours=weekly_hours(selectors.opening_hours_of(resource, line=line), on),
        permits=list(terms.requirements(resource.pk)),
        # Nobody lights a fire in a projector.
        permits_by_use=[
            (use, list(terms.on_use[use.slug])) for use in terms.uses if ground and use.slug in terms.on_use
        ],
        uses=list(terms.uses) if ground else [],
        owner=owner_words(resource),
        whole=whole,
        parts=parts,
        address=resource.address or (whole.address if whole else ""),
    )


def rules_texts(rules: EffectiveRules) -> dict[str, str]:
    """The house rules in all languages, as `localized` takes them."""
    return {
        "house_rules": rules.house_rules,
        "house_rules_nn": rules.house_rules_nn,
        "house_rules_en": rules.house_rules_en,
    }


def contact(resource: Resource, *, on: date, line: selectors.Lineage) -> Contact:
    """Who answers on that day, and within how many working days; published slow weeks are told beforehand."""
    who = selectors.responsibles([resource], on, line=line)[resource.pk]
    names = booking_settings().show_officer_names
    promise, slow_reason = selectors.promise_on(resource.unit, on, line=line)
    return Contact(
        unit=who.unit,
        officer=_name(who.officer) if names else "",
        deputy=_name(who.deputy) if names else "",
        acting=_name(who.acting) if names else "",
        reason=who.reason,
        promise_days=promise,
        slow_reason=slow_reason,
    )


def _name(user: Any) -> str:
    return user.get_full_name() if user is not None and user.is_active else ""


def access(resource: Resource, whole: Resource | None = None) -> list[Access]:
    """The accessibility of a place: yes, no or not checked, always all of them; a door's width where it was measured.

    A part that nobody has checked shares its whole's doors. [] for things, which have no doors.
    """
    if resource.kind not in (Kind.VENUE, Kind.AREA):
        return []
    labels = dict(Known.choices)
    rows = []
    for name, icon, label in _ACCESS:
        answer = getattr(resource, name)
        if answer == Known.NOT_CHECKED and whole is not None:
            answer = getattr(whole, name)
        rows.append(Access(icon, label, labels[Known(answer)], answer))
    width = resource.door_width_cm or (whole.door_width_cm if whole else None)
    if width:
        rows.insert(1, Access("door", gettext_lazy("Narrowest door"), _("%(width)s cm") % {"width": width}, "yes"))
    return rows


def owner_words(resource: Resource) -> Any:
    """Who owns it: by name if somebody wrote it."""
    return resource.owner_name or dict(Owner.choices)[resource.owner]


def weekly_hours(rows: Sequence[Any], on: date) -> list[HoursRow]:
    """The week as people write it: days in a row with the same hours share a line; [] means always open."""
    valid = [
        row
        for row in rows
        if (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or row.valid_to >= on)
    ]
    if not valid:
        return []
    days = [
        ", ".join(
            _span(row.opens, row.closes) for row in sorted(valid, key=lambda row: row.opens) if row.weekday == day
        )
        for day in range(7)
    ]
    found: list[HoursRow] = []
    start = 0
    for day in range(1, 8):
        if day == 7 or days[day] != days[start]:
            first, last = str(_WEEKDAYS[start]), str(_WEEKDAYS[day - 1])
            name = first if day - 1 == start else f"{first}–{last}"
            found.append(HoursRow(name.capitalize(), days[start] or _("closed")))
            start = day
    return found


def _span(opens: time, closes: time) -> str:
    separator = ":" if current_language() == "en" else "."
    end = "24" + separator + "00" if closes == time() else f"{closes.hour:02d}{separator}{closes.minute:02d}"
    return f"{opens.hour:02d}{separator}{opens.minute:02d}–{end}"


def cards_of(resources: Iterable[Resource]) -> dict[int, Presentation]:
    """Where each resource is presented, by id, in the reader's language."""
    return presentations([resource.pk for resource in resources], current_language())
