"""``manage.py demo``: build Lilleby, the demo municipality, in a database that holds nothing of anybody else's."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from booking.cases.models import Case
from booking.catalogue.models import Resource
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations.models import Organisation
from municipality.lilleby.builders import build
from municipality.lilleby.content.people import LOGINS, PEOPLE
from municipality.lilleby.models import DemoMark


class Command(BaseCommand):
    help = "Build the demo municipality. Refuses a database that holds anything else; rebuilds its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the logins as JSON, in the last line")
        parser.add_argument("--keep-today", action="store_true", help="leave a demo that was built today as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        mark = DemoMark.objects.first()
        if mark is None and any(model.objects.exists() for model in (get_user_model(), Case, Resource)):
            raise CommandError("This database holds real data. The demo is built only in an empty one.")
        today = clock.local_date(now, booking_settings().tz)
        if mark is None or not (options["keep_today"] and mark.built_on == today):
            # Every page and task tells its story at INFO; a newcomer reads logins, not that.
            logging.disable(logging.INFO)
            try:
                build(now=now)
            finally:
                logging.disable(logging.NOTSET)
        logins = {role: PEOPLE[key].email for role, key in LOGINS.items()}
        if options["json"]:
            answer = {
                "logins": logins,
                "resources": list(Resource.objects.order_by("slug").values_list("slug", flat=True)),
                "organisations": list(Organisation.objects.order_by("slug").values_list("slug", flat=True)),
            }
            self.stdout.write(json.dumps(answer))
        else:
            width = max(map(len, logins))
            self.stdout.write("\n".join(f"{role.ljust(width)}  {email}" for role, email in logins.items()))
