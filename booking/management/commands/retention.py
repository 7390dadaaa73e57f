"""What would go at the next run, per class of data; with ``--run`` it goes (as at the first `tick` of a day)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from booking.foundation import clock
from booking.management.commands.tick import Command as Tick
from booking.privacy import selectors, services


class Command(Tick):
    help = "Shows how long each class of personal data is kept, and what goes at the next run of tick."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--run", action="store_true", help="take away what is due, instead of only showing it")

    def handle(self, *args: Any, **options: Any) -> None:
        moment = self._moment(options["now"])
        with clock.at(moment):
            for one in selectors.class_views(moment):
                days = one.keep.days or "<1"
                waits = (
                    f", {one.due_if_agreed} more wait for a yes ({one.terms.wanted} days)" if one.terms.needs_ok else ""
                )
                self.stdout.write(f"{one.klass.name}: kept {days} days, {one.due} of {one.left} are due{waits}")
            if options["run"]:
                self.stdout.write(f"gone: {services.run_retention(moment)}")
