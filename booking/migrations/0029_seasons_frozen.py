"""Nothing in the tables: the triggers that freeze an adopted timetable go before the tables do."""

from __future__ import annotations

from django.db import migrations

from booking.seasons import guards


class Migration(migrations.Migration):
    dependencies = [("samskap_booking", "0026_seasons")]

    operations = [migrations.RunPython(migrations.RunPython.noop, guards.backwards, elidable=False)]
