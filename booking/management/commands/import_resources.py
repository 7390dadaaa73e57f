"""`manage.py import_resources FILE`: a list of things into the catalogue (docs/administrators/importing.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.catalogue import imports
from booking.catalogue.imports import loading
from booking.catalogue.models import Unit
from booking.foundation import clock

_STATUSES = ("created", "updated", "published", "unchanged", "refused")


class Command(BaseCommand):
    help = "Import resources from a CSV, XLSX, JSON or GeoJSON file. Every row is stored whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, XLSX, JSON or GeoJSON, known by its ending.")
        parser.add_argument("--dry-run", action="store_true", help="Do everything, and take it back at the end.")
        parser.add_argument("--mapping", choices=sorted(imports.MAPPINGS), help="Default: known by the columns.")
        parser.add_argument("--unit", help="Slug of the unit that gets the things. Default: the topmost unit.")
        parser.add_argument(
            "--source", help="Name that makes the ids unique. Default: the mapping, or the file's name."
        )
        parser.add_argument("--publish", action="store_true", help="Publish what has a living case officer.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sheet = imports.read(options["file"])
        except imports.FileRefused as refusal:
            raise CommandError(f"{options['file']}: {refusal}") from None
        mapping = imports.MAPPINGS[options["mapping"]] if options["mapping"] else imports.detect(sheet)
        if mapping is None:
            raise CommandError(
                _("%(file)s: no known list has these columns (%(columns)s). See docs/administrators/importing.md.")
                % {"file": options["file"], "columns": ", ".join(sheet.columns[:20]) or "-"}
            )
        source = (options["source"] or mapping.source or slugify(sheet.name) or "list")[:60]
        self.stdout.write(
            _("%(file)s: %(rows)s rows, read as “%(mapping)s”")
            % {"file": options["file"], "rows": len(sheet.rows), "mapping": mapping.name}
        )
        for note in sheet.notes:
            self.stdout.write(f"  {note}")
        if options["dry_run"]:
            with transaction.atomic():
                report = self._load(sheet, mapping, source, options)
                transaction.set_rollback(True)
        else:
            report = self._load(sheet, mapping, source, options)
        counts = ", ".join(f"{report.count(status)} {self._word(status)}" for status in _STATUSES)
        self.stdout.write(counts)
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was stored."))
        if refused := report.count("refused"):
            raise CommandError(_("%s rows were refused; nothing of them was stored.") % refused)

    def _load(
        self, sheet: imports.Sheet, mapping: imports.Mapping, source: str, options: dict[str, Any]
    ) -> imports.Report:
        report = imports.Report()
        unit = self._unit(options["unit"])
        for outcome in imports.load(
            sheet, mapping, source=source, now=clock.now(), unit=unit, publish=options["publish"]
        ):
            report.outcomes.append(outcome)
            self._tell(outcome, options["verbosity"])
        if mapping.name != "facility-categories" and (gone := loading.vanished(source, sheet, mapping)):
            self.stdout.write(_("%s resources of this list are no longer in it; they were left alone.") % gone)
        return report

    def _unit(self, slug: str | None) -> Unit:
        if slug:
            unit = Unit.objects.filter(slug=slug, active=True).first()
            if unit is None:
                raise CommandError(_("There is no unit “%s”.") % slug)
            return unit
        return loading.default_unit() or loading.make_default_unit()

    def _tell(self, outcome: imports.Outcome, verbosity: int) -> None:
        dull = outcome.status == "unchanged" and not outcome.notes and verbosity < 2
        if outcome.status != "refused" and (dull or verbosity == 0):
            return
        line = _("line %s") % outcome.line
        thing = f"{outcome.name} ({outcome.slug})" if outcome.slug else outcome.name
        words = [f"  {line}: {self._word(outcome.status)}", thing, outcome.reason]
        text = " – ".join(word for word in words if word)
        self.stdout.write(self.style.ERROR(text) if outcome.status == "refused" else text)
        for note in outcome.notes:
            self.stdout.write(f"    {note}")

    def _word(self, status: str) -> str:
        return {
            "created": _("created"),
            "updated": _("updated"),
            "published": _("published"),
            "unchanged": _("unchanged"),
            "refused": _("not taken in"),
        }[status]
