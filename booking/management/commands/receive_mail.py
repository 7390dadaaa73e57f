"""What a mail server pipes its mail into. Exit statuses are those of sysexits.h: after 75 it keeps the mail."""

from __future__ import annotations

import logging
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseTrouble

from booking.correspondence.incoming import accept
from booking.foundation import clock
from booking.foundation.conf import booking_settings

log = logging.getLogger(__name__)

_CHUNK = 1 << 20


class Command(BaseCommand):
    help = "Takes in one raw e-mail from standard input. For a mail server's pipe; see docs/administrators/mail-in.md."
    # The mail server waits: no look at models and settings on each mail.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", action="append", default=[], metavar="ADDRESS",
            help="whom the mail server delivers to (the envelope's recipient); may be given several times",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if not booking_settings().mail_in.address:
            self._end(os.EX_TEMPFAIL, 'BOOKING["mail_in"] has no address: the mail was not taken.')
        raw, size = self._read(booking_settings().mail_in.max_bytes)
        if not raw.strip():
            self._end(os.EX_NOINPUT, "There is no mail on standard input.")
        try:
            row = accept(raw, now=clock.now(), recipients=options["to"], size=size)
        except DatabaseTrouble as error:
            log.warning("The mail could not be stored", exc_info=True)
            self._end(os.EX_TEMPFAIL, f"The mail could not be stored ({type(error).__name__}); try again later.")
        except Exception as error:
            log.exception("The mail could not be taken in")
            self._end(os.EX_TEMPFAIL, f"The mail could not be taken in ({type(error).__name__}); try again later.")
        if options["verbosity"] > 1:
            self.stdout.write(f"{row.key} {row.state} {row.reason}".rstrip())

    @staticmethod
    def _read(most: int) -> tuple[bytes, int]:
        """The mail, or the first part of one that is too big (the rest is read and thrown away), and its size."""
        source = getattr(sys.stdin, "buffer", sys.stdin)
        kept, size = bytearray(), 0
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if len(kept) <= most:
                kept += chunk
        return bytes(kept), size

    def _end(self, status: int, words: str) -> None:
        self.stderr.write(words)
        sys.exit(status)
