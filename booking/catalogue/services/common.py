"""What all writes of the catalogue share: slugs, tidy values, and telling that something shown has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.catalogue import rules
from booking.catalogue.models import Resource, RuleFields, Unit
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.signals import send_revised
from booking.foundation.text import clean

M = TypeVar("M", bound=models.Model)

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t"})
_TRIES = 50


def local_day(now: datetime) -> date:
    """The municipality's date at ``now``."""
    return clock.local_date(now, booking_settings().tz)


def slug_of(name: str, *, max_length: int) -> str:
    """A readable slug: "Møterom Å" gives "moterom-a". Never empty."""
    return slugify(name.casefold().translate(_LETTERS))[: max_length - 4].strip("-") or "x"


def check_slug(slug: str, *, max_length: int) -> str:
    """``slug`` when it may stand in an address. Raises ``Invalid`` otherwise."""
    if slug != slugify(slug) or not slug or len(slug) > max_length:
        raise Invalid("bad_slug", _("Use small letters a-z, digits and hyphens."), loc=("slug",))
    return slug


def store_with_slug(row: M, *, wanted: str | None, name: str, max_length: int) -> M:
    """Save a new row under ``wanted``, or under a free slug made from ``name``.

    Raises ``Invalid`` (``slug_taken``) when ``wanted`` is in use. Two at once: the loser of the race takes the next
    number (the unique index decides, inside a savepoint).
    """
    manager = type(row)._default_manager
    if wanted is not None:
        check_slug(wanted, max_length=max_length)
        candidates: Iterable[str] = [wanted]
    else:
        base = slug_of(name, max_length=max_length)
        candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, _TRIES * 20))
    for slug in candidates:
        if manager.filter(slug=slug).exists():
            continue
        row.slug = slug  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            if not manager.filter(slug=slug).exists():
                raise  # another constraint: not the slug's fault
            continue
        return row
    raise Invalid("slug_taken", _("This address is in use by something else."), loc=("slug",))


def tidy(model: type[models.Model], values: Mapping[str, Any], *, allowed: Collection[str]) -> dict[str, Any]:
    """``values`` with texts cleaned, as the model's columns want them. Unknown or forbidden names: ``Invalid``."""
    result: dict[str, Any] = {}
    faults: list[FieldError] = []
    for name, value in values.items():
        if name not in allowed:
            faults.append(FieldError((name,), "unknown_field", _("This can't be set here.")))
            continue
        try:
            column = model._meta.get_field(name)
        except FieldDoesNotExist:  # pragma: no cover - a name in `allowed` that the model lost
            faults.append(FieldError((name,), "unknown_field", _("This can't be set here.")))
            continue
        if isinstance(column, models.CharField | models.TextField):
            multiline = isinstance(column, models.TextField)
            required = not column.blank
            try:
                value = clean(
                    value,
                    max_length=column.max_length or 10_000,
                    loc=(name,),
                    multiline=multiline,
                    required=required,
                )
            except Invalid as error:
                faults += error.errors
                continue
        result[name] = value
    if faults:
        raise Invalid.of(faults)
    return result


def check_row(row: models.Model, *, exclude: Collection[str] = ()) -> None:
    """Types, choices and ranges of a row, and the rules of lending where it has them. Raises ``Invalid`` by field."""
    faults: list[FieldError] = []
    try:
        row.clean_fields(exclude=set(exclude))
    except ValidationError as error:
        for name, found in error.error_dict.items():
            for one in found:
                faults.append(FieldError((name,), one.code or "invalid", one.messages[0]))
    bad = {fault.loc[0] for fault in faults}
    for column in row._meta.concrete_fields:
        # SQLite would store any number; PostgreSQL answers with an error. Both shall answer with a reason.
        value = getattr(row, column.attname)
        if not isinstance(column, models.IntegerField) or column.is_relation or isinstance(column, models.BigAutoField):
            continue
        most = 32_767 if isinstance(column, models.PositiveSmallIntegerField) else 2**31 - 1
        if column.name not in bad and isinstance(value, int) and value > most:
            faults.append(FieldError((column.name,), "max_value", _("This number is too big.")))
            bad.add(column.name)
    if isinstance(row, RuleFields):
        values = {name: getattr(row, name) for name in rules.RULE_FIELDS if name not in bad}
        faults += rules.check_lending(values)
        for name in rules.LIST_RULES:
            kinds = getattr(row, name)
            if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
                faults.append(FieldError((name,), "not_a_list", _("This must be a list of kinds.")))
    if faults:
        raise Invalid.of(faults)


def feed_ids(resource: Resource) -> set[int]:
    """Resources whose feeds show something of this one: itself, and the parts that inherit its address and hours."""
    found = {resource.pk}
    level = {resource.pk}
    while level:
        level = set(Resource.objects.filter(parent_id__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


def tell(cause: str, ids: Iterable[int], *extra: str) -> None:
    """Send ``revised`` for the resources with these ids."""
    send_revised(cause=cause, scopes=[*(f"resource:{pk}" for pk in ids), *extra])


def check_no_loop(row: Resource | Unit, message: Any) -> None:
    """Raises ``Invalid`` (``loop``) when following the parents in the database comes back to ``row``."""
    manager = type(row)._default_manager
    seen = {row.pk} if row.pk else set()
    parent_id = row.parent_id
    while parent_id is not None:
        if parent_id in seen:
            raise Invalid("loop", message, loc=("parent",))
        seen.add(parent_id)
        parent_id = manager.filter(pk=parent_id).values_list("parent_id", flat=True).first()


def record(thing: models.Model, act: str, *, by: Any, now: datetime, data: dict[str, Any] | None = None) -> None:
    """Write the act of a person into the log of staff. ``data``: ids and codes only. Nobody (an import): no row."""
    if by is not None:
        log(thing, f"samskap.catalogue.{act}", user=by, timestamp=now, data=data or {})


def locked(model: type[M], pk: int | None, *, check: Callable[[M], None] | None = None) -> M:
    """The row, locked until the transaction ends."""
    row = model._default_manager.select_for_update().get(pk=pk)
    if check is not None:
        check(row)
    return row
