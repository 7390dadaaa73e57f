"""N1 and N8, for the time that others bring: last year's timetable is taken in from the sheet on the table, and
when a match of somebody else's calendar moves onto granted training the club keeps its hour until people have talked.

Played through the doors: the command, the CMS admin, a real calendar server, `tick`, the public page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from booking.calendars.incoming.models import CalendarSource
from booking.correspondence.running import run_due
from booking.foundation import clock
from booking.occupancy import selectors as occupancy
from tests.calendars.incoming.conftest import pem, server  # noqa: F401 - fixtures
from tests.calendars.incoming.texts import calendar, event
from tests.calendars.incoming.world import desk_of
from tests.factories import NOW, make_organisation, make_resource

pytestmark = pytest.mark.django_db


def busy(hall, day):
    found = occupancy.availability([hall], day, day + timedelta(days=1))[hall.pk].busy
    return sorted((status, datetime.fromtimestamp(start, UTC).hour) for start, _end, status, _count, _label in found)


def test_the_sheet_on_the_table_and_the_match_that_moved(server, tmp_path):  # noqa: F811
    hall = make_resource("Lillebyhallen", slug="lillebyhallen")
    make_organisation("Lilleby korps", slug="korps", leader=True)
    book = Workbook()
    book.active.append(["Tid", "Tirsdag"])
    book.active.append(["17:00-18:30", "Lilleby korps: øving"])
    book.save(tmp_path / "halltider.xlsx")
    day = datetime(2026, 3, 10, tzinfo=UTC)
    with clock.at(NOW):
        call_command("import_lines", str(tmp_path / "halltider.xlsx"), "--resource", "lillebyhallen", "--from",
                     "2026-03-03", "--until", "2026-06-16", stdout=StringIO())  # fmt: skip
        assert busy(hall, day) == [("confirmed", 16)]

        # The officer takes in the match list; Saturdays are closed for others.
        url = server.give(calendar(event("m1", "20260314T100000Z", "20260314T150000Z")))
        desk = desk_of(hall.unit.officer)
        form = {"name": "Seriekamper", "unit": str(hall.unit_id), "url": url, "mode": "block",
                "resources": [str(hall.pk)]}  # fmt: skip
        assert desk.post(reverse("booking_calendars_in:add"), form).status_code == 302
        run_due(NOW)
        assert busy(hall, day + timedelta(days=4)) == [("closed", 10)]

    # The match is moved to Tuesday, over the band's hour: the hour stays, the rest is closed, the officer is told.
    server.give(calendar(event("m1", "20260310T150000Z", "20260310T200000Z")))
    later = NOW + timedelta(hours=2)
    with clock.at(later):
        run_due(later)
        assert busy(hall, day) == [("closed", 15), ("closed", 17), ("confirmed", 16)]
        source = CalendarSource.objects.get()
        page = desk.get(reverse("booking_calendars_in:inspect", args=[source.pk])).content.decode()
        assert "1 time meets granted time" in page
        assert "1 time meets granted time" in desk.get(reverse("wagtailadmin_home")).content.decode()
        shown = Client().get("/en/things/lillebyhallen/calendar/?view=agenda&day=2026-03-10").content.decode()
        assert "Closed" in shown
        assert "korps" not in shown

    # The server goes down for a week: what was known stays, and its age is told.
    server.give(b"<html>We are sorry</html>")
    week = NOW + timedelta(days=7)
    with clock.at(week):
        run_due(week)
        assert busy(hall, day)[0] == ("closed", 15)
        page = desk.get(reverse("booking_calendars_in:inspect", args=[source.pk])).content.decode()
        assert "This is a web page, not a calendar." in page
