"""Things for tests, named by what they are for. Rows are made directly, so that a test of one part needs no other.

Every default is complete: a resource is published, has a unit with a living officer and deputy, one exclusive cell of
its own, and is open every day from 08 to 22. Give the keyword that your test is about and leave the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.text import slugify
from stdnum.no import orgnr

from booking.catalogue import models as catalogue
from booking.catalogue.kits.models import Kit
from booking.catalogue.kits.services import PartRow, save_kit
from booking.foundation import vault
from booking.organisations import models as organisations
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from booking.webhooks.rules import TEST, all_types, new_secret
from booking.webhooks.secrets import seal

#: A Monday morning in winter time (10:00 in Oslo), the usual "now" of tests.
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

_numbers = itertools.count(1)


def _slug(name: str) -> str:
    plain = name.lower().translate(str.maketrans({"æ": "ae", "ø": "o", "å": "a"}))
    return f"{slugify(plain)[:50] or 'x'}-{next(_numbers)}"


def make_user(name: str = "Kari Nordmann", *, email: str | None = None, active: bool = True, **fields: Any) -> Any:
    """A person who can sign in. ``fields`` go to the user model (``is_staff``, ``is_superuser``, ``language``)."""
    email = email or f"{_slug(name)}@example.org"
    # Asked at the first sign-in, which most tests don't play.
    fields.setdefault("age_declared_at", NOW)
    return get_user_model().objects.create_user(email=email, name=name, is_active=active, **fields)


def make_officer(
    unit: catalogue.Unit,
    name: str = "Ola Saksbehandler",
    *,
    role: str = catalogue.UnitRoleName.OFFICER,
    start: date | None = None,
    end: date | None = None,
    **fields: Any,
) -> Any:
    """A new person with a role in ``unit`` (officer, leader, planner, caretaker)."""
    user = make_user(name, **({"is_staff": True} | fields))
    give_role(user, unit, role, start=start, end=end)
    return user


def make_leader(unit: catalogue.Unit, name: str = "Lise Leder", **fields: Any) -> Any:
    """A new person who leads ``unit``."""
    return make_officer(unit, name, role=catalogue.UnitRoleName.LEADER, **fields)


def give_role(
    user: Any, unit: catalogue.Unit, role: str = "officer", *, start: date | None = None, end: date | None = None
) -> catalogue.UnitRole:
    """A role row for somebody who is there already."""
    return catalogue.UnitRole.objects.create(user=user, unit=unit, role=role, start=start, end=end)


def make_unit(
    name: str = "Kultur og idrett",
    *,
    slug: str | None = None,
    parent: catalogue.Unit | None = None,
    owned: bool = True,
    **fields: Any,
) -> catalogue.Unit:
    """A unit. ``owned``: it gets an officer and a deputy of its own (with role rows) unless you name them."""
    unit = catalogue.Unit.objects.create(name=name, slug=slug or _slug(name), parent=parent, **fields)
    if owned:
        if "officer" not in fields:
            unit.officer = make_officer(unit, "Ola Saksbehandler")
        if "deputy" not in fields:
            unit.deputy = make_officer(unit, "Sigrid Stedfortreder")
        unit.save()
    return unit


def make_cell(code: str | None = None, *, quantity: int | None = None) -> catalogue.Cell:
    """An exclusive cell, or with ``quantity`` a counted one."""
    return catalogue.Cell.objects.create(
        code=code or f"cell-{next(_numbers)}", exclusive=quantity is None, quantity=quantity or 1
    )


def cover(resource: catalogue.Resource, *cells: catalogue.Cell, amount: int = 1) -> None:
    """``resource`` takes ``amount`` of each of ``cells``."""
    for cell in cells:
        catalogue.Cover.objects.create(resource=resource, cell=cell, amount=amount)


def open_hours(
    owner: catalogue.Resource | catalogue.Unit,
    opens: time | int = 8,
    closes: time | int = 22,
    *,
    weekdays: Sequence[int] = range(7),
    **fields: Any,
) -> None:
    """Weekly hours for a resource or a unit. Whole hours may be given as numbers; 24 is midnight."""
    if isinstance(opens, int):
        opens = time(opens)
    if isinstance(closes, int):
        closes = time(closes % 24)
    key = "resource" if isinstance(owner, catalogue.Resource) else "unit"
    catalogue.OpeningHours.objects.bulk_create(
        catalogue.OpeningHours(**{key: owner}, weekday=day, opens=opens, closes=closes, **fields) for day in weekdays
    )


def make_resource(
    name: str = "Møterom 1",
    *,
    kind: str = catalogue.Kind.VENUE,
    unit: catalogue.Unit | None = None,
    open: tuple[int, int] | None = (8, 22),
    stock: int | None = None,
    cells: Sequence[catalogue.Cell] | None = None,
    slug: str | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> catalogue.Resource:
    """A published thing. ``open=None``: no hours of its own (inherits, or always open). ``stock``: a counted thing.

    ``cells``: what it covers instead of one cell of its own ([] for none). ``fields`` go to the model.
    """
    # Texts are folded for the search by the services; the rows made here do the same, so that they can be found.
    from booking.catalogue import rules

    resource = catalogue.Resource(
        name=name,
        slug=slug or _slug(name),
        kind=kind,
        unit=unit or make_unit(),
        created_at=now,
        revised_at=now,
        **({"state": catalogue.ResourceState.ACTIVE, "public": True} | fields),
    )
    resource.search_text = rules.search_text(
        resource.name, resource.name_nn, resource.name_en, resource.summary, resource.address
    )
    resource.save()
    cover(resource, *([make_cell(f"{resource.slug}-cell", quantity=stock)] if cells is None else cells))
    if open is not None:
        open_hours(resource, *open)
    return resource


def make_stock(name: str = "Stoler", quantity: int = 40, **fields: Any) -> catalogue.Resource:
    """Counted equipment: so many of one thing."""
    return make_resource(name, **({"kind": catalogue.Kind.EQUIPMENT, "stock": quantity} | fields))


def make_kit(*parts: Any, name: str = "Pakken", slug: str | None = None, state: str = "active", **fields: Any) -> Kit:
    """A kit of these things: a resource, or (resource, how many[, may be left out])."""
    rows = [PartRow(*one) if isinstance(one, tuple) else PartRow(one) for one in parts]
    values = {"name": name, "state": state, "unit": rows[0].resource.unit} | fields
    return save_kit(values=values, parts=rows, slug=slug, now=NOW)


@dataclass(frozen=True)
class Hall:
    """A whole and its parts."""

    whole: catalogue.Resource
    parts: list[catalogue.Resource]


def make_hall_in_thirds(name: str = "Lillebyhallen", *, parts: int = 3, **fields: Any) -> Hall:
    """A hall that can be lent whole or in thirds (or ``parts``). The parts inherit hours, unit and officer from it."""
    cells = [make_cell() for _ in range(parts)]
    whole = make_resource(name, cells=cells, **fields)
    inherited = {key: value for key, value in fields.items() if key in ("kind", "state", "public", "now")}
    return Hall(
        whole,
        [
            make_resource(
                f"{name}, del {letter}", unit=whole.unit, parent=whole, cells=[cell], **({"open": None} | inherited)
            )
            for letter, cell in zip("ABCDEFGHIJ", cells, strict=False)
        ],
    )


def make_feature(name: str = "Projektor", **fields: Any) -> catalogue.Feature:
    return catalogue.Feature.objects.create(name=name, slug=_slug(name), **fields)


def make_number() -> str:
    """A valid, invented organisation number (mod 11), never the same twice in a run."""
    while True:
        stem = f"8{next(_numbers):07d}"
        for digit in "0123456789":
            if orgnr.is_valid(stem + digit):
                return stem + digit


def make_organisation(
    name: str = "Lilleby idrettslag",
    *,
    leader: Any = None,
    booker: Any = None,
    members: Sequence[Any] = (),
    verified: bool = True,
    now: datetime = NOW,
    **fields: Any,
) -> organisations.Organisation:
    """An organisation with a valid number, verified unless told. ``leader``: a user, or True for a new person."""
    state = organisations.OrganisationState.VERIFIED if verified else organisations.OrganisationState.UNVERIFIED
    values = {
        "slug": _slug(name),
        "number": make_number(),
        "state": state,
        "created_at": now,
        "email": "post@example.org",
    }
    activities = fields.pop("activities", "")
    organisation = organisations.Organisation.objects.create(name=name, **(values | fields))
    if activities:
        from booking.organisations import rules

        for activity in rules.activity_names(activities):
            organisation.activities.create(name=activity, folded=rules.fold_activity(activity))
        organisation.save()
    if leader is True:
        leader = make_user("Leif Lagleder")
    for user, role in [(leader, "leader"), (booker, "booker"), *((member, "member") for member in members)]:
        if user is not None:
            give_membership(user, organisation, role)
    return organisation


def give_membership(
    user: Any,
    organisation: organisations.Organisation,
    role: str = "leader",
    *,
    start: date | None = None,
    end: date | None = None,
) -> organisations.Membership:
    return organisations.Membership.objects.create(
        user=user, organisation=organisation, role=role, start=start, end=end
    )


def make_delivery(unit: catalogue.Unit | None = None, **endpoint: Any) -> WebhookDelivery:
    """An endpoint of another program (of the whole municipality without ``unit``), and an event that it refused."""
    to = WebhookEndpoint.objects.create(
        **{
            "name": "Arkivet",
            "url": "https://arkiv.example.org/",
            "unit": unit,
            "types": list(all_types()),
            "secret_sealed": seal(new_secret()),
            "key_id": vault.key_id(),
            "created_at": NOW,
        }
        | endpoint
    )
    event = WebhookEvent.objects.create(
        key=f"test:{to.pk}", message_id=f"msg_{to.pk}", type=TEST, unit=unit, facts={"test": True}, body="{}", at=NOW,
        created_at=NOW,
    )  # fmt: skip
    return WebhookDelivery.objects.create(
        event=event, endpoint=to, state="failed", attempts=1, next_at=NOW, created_at=NOW, ended_at=NOW
    )
