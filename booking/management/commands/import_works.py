"""`manage.py import_works FILE`: works as drafts, from GeoJSON (docs/works-planners/importing.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit, UnitRoleName
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.works.importing import loading, reading
from booking.works.importing.loading import Outcome

_STATUSES = ("created", "updated", "unchanged", "left_out", "refused")
_PLANNERS = (UnitRoleName.PLANNER, UnitRoleName.LEADER)


class Command(BaseCommand):
    help = "Import works as drafts from our own GeoJSON or from WZDx 4.x. Every feature is stored whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="A GeoJSON FeatureCollection.")
        parser.add_argument("--dry-run", action="store_true", help="Do everything, and take it back at the end.")
        parser.add_argument("--unit", help="Slug of the unit that plans them. Default: the only one with a planner.")
        parser.add_argument("--by", help="E-mail of the planner who goes on with them. Default: the unit's first one.")
        parser.add_argument("--source", help="Name that makes the ids unique. Default: the file's name.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = reading.load(options["file"])
        except reading.FileRefused as refusal:
            raise CommandError(f"{options['file']}: {refusal}") from None
        now = clock.now()
        unit = self._unit(options["unit"])
        by = self._planner(unit, options["by"])
        source = (options["source"] or slugify(options["file"].stem) or "works")[:60]
        outcomes: list[Outcome] = []
        with transaction.atomic():
            for outcome in loading.load(data, source=source, unit=unit, by=by, now=now):
                outcomes.append(outcome)
                self._tell(outcome, options["verbosity"])
            if options["dry_run"]:
                transaction.set_rollback(True)
        counted = [(status, sum(1 for one in outcomes if one.status == status)) for status in _STATUSES]
        self.stdout.write(", ".join(f"{count} {self._word(status)}" for status, count in counted))
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was stored."))
        if refused := dict(counted)["refused"]:
            raise CommandError(_("%s works were refused; nothing of them was stored.") % refused)

    def _unit(self, slug: str | None) -> Unit:
        if slug:
            unit = Unit.objects.filter(slug=slug, active=True).first()
            if unit is None:
                raise CommandError(_("There is no unit “%s”.") % slug)
            return unit
        units = list(Unit.objects.filter(active=True, roles__role=UnitRoleName.PLANNER, roles__end=None).distinct()[:2])
        if len(units) != 1:
            raise CommandError(_("Say which unit plans these works, with --unit."))
        return units[0]

    def _planner(self, unit: Unit, email: str | None) -> Any:
        people = catalogue.people_of(unit, clock.today(booking_settings().tz), _PLANNERS)
        if email:
            people = [one for one in people if getattr(one, one.get_email_field_name()) == email]
        if not people:
            raise CommandError(_("Nobody plans works for %s.") % unit)
        return people[0]

    def _tell(self, outcome: Outcome, verbosity: int) -> None:
        if outcome.status != "refused" and (verbosity == 0 or (outcome.status == "unchanged" and verbosity < 2)):
            return
        line = _("feature %s") % outcome.number
        words = [f"  {line}: {self._word(outcome.status)}", outcome.name, outcome.reference, outcome.reason]
        text = " – ".join(word for word in words if word)
        self.stdout.write(self.style.ERROR(text) if outcome.status == "refused" else text)

    def _word(self, status: str) -> str:
        return {
            "created": _("created"),
            "updated": _("updated"),
            "unchanged": _("unchanged"),
            "left_out": _("left out"),
            "refused": _("not taken in"),
        }[status]
