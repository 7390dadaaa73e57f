"""Empties the mailbox once, and says what went wrong: for trying the settings. `tick` does the same every minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.correspondence.incoming import mailbox
from booking.foundation import clock
from booking.foundation.conf import booking_settings


class Command(BaseCommand):
    help = "Takes in what lies in the mailbox of BOOKING['mail_in'], once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not booking_settings().mail_in.host:
            raise CommandError('BOOKING["mail_in"] names no mailbox (host).')
        try:
            count = mailbox.empty(clock.now())
        except mailbox.MailboxError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Taken in: {count}")
