from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    """Samskap's plugin: one Django app, one migration history, one package per capability."""

    name = "booking"
    label = "samskap_booking"
    verbose_name = _("Booking")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from booking import wiring

        wiring.connect()
