"""`manage.py import_lines FILE`: hours that are had already (docs/administrators/calendars-in.md)."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from booking.calendars.incoming import lines
from booking.catalogue.imports import FileRefused
from booking.foundation import clock

_STATUSES = ("taken", "unchanged", "passed", "refused")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a date such as 2026-08-17") from None


class Command(BaseCommand):
    help = "Take in hours from an ICS, CSV or XLSX file as granted lines. Every row is stored whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="ICS, CSV or XLSX (a list or a timetable), known by its ending.")
        parser.add_argument("--dry-run", action="store_true", help="Do everything, and take it back at the end.")
        parser.add_argument("--resource", default="", help="Slug or name of the place, where rows name none.")
        parser.add_argument("--organisation", default="", help="Slug, number or name, where rows name none.")
        parser.add_argument("--from", dest="first", type=_day, help="First day of weekly times.")
        parser.add_argument("--until", dest="last", type=_day, help="Last day of weekly times.")
        parser.add_argument("--source", help="Name that makes the ids unique. Default: the file's name.")
        parser.add_argument("--title-public", action="store_true", help="Show the titles to everybody.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        defaults = lines.Defaults(options["resource"], options["organisation"], options["first"], options["last"])
        try:
            shape, rows, notes = lines.drafts(options["file"], defaults, now=now)
        except FileRefused as refusal:
            raise CommandError(f"{options['file']}: {refusal}") from None
        self.stdout.write(
            _("%(file)s: %(rows)s rows, read as “%(mapping)s”")
            % {"file": options["file"], "rows": len(rows), "mapping": shape}
        )
        for note in notes:
            self.stdout.write(f"  {note}")
        source = options["source"] or lines.source_of(options["file"].stem)
        report = lines.Report()
        with transaction.atomic() if options["dry_run"] else nullcontext():
            for outcome in lines.load(rows, source=source[:60], now=now, title_public=options["title_public"]):
                report.outcomes.append(outcome)
                self._tell(outcome, options["verbosity"])
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(", ".join(f"{report.count(status)} {self._word(status)}" for status in _STATUSES))
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was stored."))
        if refused := report.count("refused"):
            raise CommandError(_("%s rows were refused; nothing of them was stored.") % refused)

    def _tell(self, outcome: lines.Outcome, verbosity: int) -> None:
        if outcome.status != "refused" and (verbosity == 0 or (outcome.status == "unchanged" and verbosity < 2)):
            return
        dates = f"{outcome.dates} × " if outcome.dates else ""
        words = [
            f"  {_('line %s') % outcome.line}: {dates}{self._word(outcome.status)}",
            outcome.what,
            outcome.case,
            outcome.reason,
            *outcome.notes,
        ]
        text = " – ".join(word for word in words if word)
        self.stdout.write(self.style.ERROR(text) if outcome.status == "refused" else text)

    def _word(self, status: str) -> str:
        return {
            "taken": _("taken in"),
            "unchanged": _("unchanged"),
            "passed": _("passed already"),
            "refused": _("not taken in"),
        }[status]
