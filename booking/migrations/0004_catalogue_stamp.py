"""One value that changes with the catalogue (booking/catalogue/stamp.py); ``migrate`` itself makes the triggers."""

from django.db import migrations, models

from booking.catalogue import stamp


class Migration(migrations.Migration):
    dependencies = [("samskap_booking", "0003_displaced_at")]
    operations = [
        migrations.CreateModel(
            name="CatalogueStamp",
            fields=[
                ("slot", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("value", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, stamp.backwards, elidable=False),
    ]
