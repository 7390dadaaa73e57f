from django.apps import AppConfig


class LillebyConfig(AppConfig):
    """The demo municipality."""

    name = "municipality.lilleby"
    label = "lilleby"
    default_auto_field = "django.db.models.BigAutoField"
