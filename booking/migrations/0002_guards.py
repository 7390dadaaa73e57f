"""The database itself refuses overlaps: exclusion constraint and triggers (booking/occupancy/guards.py)."""

from django.db import migrations

from booking.occupancy import guards


class Migration(migrations.Migration):
    dependencies = [("samskap_booking", "0001_initial")]
    operations = [migrations.RunPython(guards.forwards, guards.backwards, elidable=False)]
