"""The routing rules: which unit a question goes to. Changed by who leads the town's front desk."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import RoutingRule
from booking.cases.rules.routing import words_of
from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.errors import Invalid


@transaction.atomic
def save_routing_rule(
    *,
    position: int,
    words: str = "",
    kind: str = "",
    resource: Resource | None = None,
    unit: Unit,
    active: bool = True,
    rule: RoutingRule | None = None,
) -> RoutingRule:
    """Make a rule, or change ``rule``. It must ask for something; a closed unit gets nothing. Raises ``Invalid``."""
    said = text.clean(words, max_length=2000, loc=("words",), multiline=True)
    if not words_of(said) and not kind and resource is None:
        raise Invalid(
            "required",
            _("Write words, or choose a kind or a thing: else every question would go there."),
            loc=("words",),
        )
    if active and not unit.active:
        raise Invalid("unknown_unit", _("There is no such unit."), loc=("unit",))
    row = RoutingRule.objects.select_for_update().get(pk=rule.pk) if rule is not None else RoutingRule()
    row.position, row.words, row.kind, row.resource = position, said, kind, resource
    row.unit, row.active = unit, active
    row.save()
    return row
