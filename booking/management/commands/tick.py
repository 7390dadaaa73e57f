"""Everything that is due, once. Safe twice, late, and in two places at the same time."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from booking.correspondence.running import run_due, run_long
from booking.foundation import clock
from booking.foundation.conf import booking_settings


class Command(BaseCommand):
    help = "Does everything that is due, once: steps of the answer clock, completed loans, letters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now", metavar="ISO", help="pretend that it is this moment (RFC 3339 with offset), where that is allowed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = self._moment(options["now"])
        with clock.at(moment):
            say = self.stdout.write if options["verbosity"] > 0 else None
            failures = run_due(moment, say=say)
            # Last, and for as long as it takes: where `tick` is all there is, letters leave with the next one.
            run_long(lambda: False, say=say)
        if failures:
            raise CommandError(f"Not everything could be done: {', '.join(failures)}.")

    def _moment(self, text: str | None) -> datetime:
        if not text:
            return clock.now()
        allowed = settings.DEBUG or getattr(settings, "SAMSKAP_ALLOW_TIME_TRAVEL", False)
        if not (allowed or booking_settings().allow_time_travel):
            raise CommandError("--now is only for DEBUG or where SAMSKAP_ALLOW_TIME_TRAVEL is on.")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"“{text}” is not a moment such as 2026-06-01T08:00:00+02:00.") from error
        if moment.tzinfo is None:
            raise CommandError(f"“{text}” has no time zone; write 2026-06-01T08:00:00+02:00.")
        return moment.astimezone(UTC)
