"""Texts that officers begin their grounds with: kept by the unit or the municipality, filled in for a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail.log_actions import log

from booking.cases.models import Case, GroundsText, TextUse
from booking.cases.rules.texts import PLACEHOLDERS, fill, unknown_placeholders
from booking.cases.services.shared import receivers
from booking.cases.wording import time_range
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.foundation import text
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.i18n import localized

_TEXTS = ("text", "text_nn", "text_en")


@transaction.atomic
def save_text(row: GroundsText, *, values: Mapping[str, Any], by: Any, now: datetime) -> GroundsText:
    """Store a text, new or changed. Raises ``Invalid`` by field: empty, too long, or with a place unknown."""
    faults: list[FieldError] = []
    for name in ("unit", "use", "active"):
        if name in values:
            setattr(row, name, values[name])
    if row.use not in TextUse.values:
        params = {"choices": ", ".join(TextUse.values)}
        faults.append(FieldError(("use",), "unknown_choice", _("Choose one of: %(choices)s."), params))
    for name in ("title", *_TEXTS):
        most = 80 if name == "title" else text.GROUNDS
        given = values.get(name, getattr(row, name))
        try:
            required = name in ("title", "text")
            clean = text.clean(given, max_length=most, loc=(name,), multiline=name != "title", required=required)
        except Invalid as error:
            faults += error.errors
            continue
        setattr(row, name, clean)
        if name in _TEXTS and (unknown := unknown_placeholders(clean)):
            message = _("“%(unknown)s” can't be filled in. Known are: %(known)s.")
            known = ", ".join("{" + one + "}" for one in PLACEHOLDERS)
            shown = unknown[0] if unknown[0] in "{}" else "{" + unknown[0] + "}"
            faults.append(FieldError((name,), "unknown_placeholder", message, {"unknown": shown, "known": known}))
    if faults:
        raise Invalid.of(faults)
    new = row.pk is None
    row.save()
    log(row, "samskap.cases.text_added" if new else "samskap.cases.text_changed", user=by, timestamp=now, data={})
    return row


def texts_for(unit: Unit, uses: tuple[str, ...] = ()) -> list[GroundsText]:
    """Texts that officers of the unit may use: its own, those of the units above it, and everybody's."""
    line: list[int] = []
    above: Unit | None = unit
    while above is not None:
        line.append(above.pk)
        above = above.parent
    rows = GroundsText.objects.filter(active=True)
    if uses:
        rows = rows.filter(use__in=uses)
    found = [row for row in rows if row.unit_id is None or row.unit_id in line]
    return sorted(found, key=lambda row: (row.use, row.unit_id is None, row.title, row.pk))


def words_for(row: GroundsText, case: Case, on: date) -> str:
    """The text filled in for the case, in the language of its receiver's letters (bokmål where it is missing)."""
    told = receivers(case, on)
    language = told[0].language if told else case.contact_language
    return filled_in(str(localized(row, "text", language)), case, language)


def filled_in(words: str, case: Case, language: str) -> str:
    """What stands in braces, filled in from the case in `language`."""
    with override(language):
        lines = list(case.lines.select_related("resource").order_by("number"))
        places = list(dict.fromkeys(str(localized(line.resource, "name", language)) for line in lines))
        dates = [time_range(line.start, line.end, catalogue.zone(line.resource)) for line in lines[:10]]
        more = "…" if len(lines) > 10 else ""
        values = {
            "reference": case.reference,
            "title": case.title or case.purpose[:80],
            "organisation": case.organisation.name if case.organisation is not None else case.contact_name,
            "unit": str(localized(case.unit, "name", language)),
            "places": ", ".join(places),
            "dates": "; ".join(dates) + more,
            "phone": case.unit.phone,
            "email": case.unit.email,
        }
        return fill(words, values)
