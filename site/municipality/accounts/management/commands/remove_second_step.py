"""Break-glass: the second step of an account is taken away on the server, when nobody can do it in the admin."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.foundation import clock
from municipality.accounts import factors
from municipality.accounts.models import User


class Command(BaseCommand):
    help = "Removes the passkeys, app and recovery codes of an account, logs it out everywhere, and tells its owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address that the account logs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError("No account has that address.")
        if not factors.reset(user, now=clock.now()):
            raise CommandError("That account has no second step.")
        self.stdout.write(f"{user.email} logs in with a code by e-mail now, and adds a new second step.")
