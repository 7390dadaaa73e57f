from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    name = "municipality.accounts"
    label = "accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from booking.correspondence import registry
        from municipality.accounts import address, age, letters, oidc, personal, sessions

        # A provider that is set up wrongly stops the start, not the first visitor.
        oidc.providers()
        letters.connect()
        sessions.connect()
        personal.register()
        registry.register_job("addresses that can't be undone", address.forget_old)
        registry.register_job("accounts that nobody finished", age.forget_unfinished)
        registry.register_job("sessions that have run out", sessions.forget_expired)


class MunicipalityUsersConfig(WagtailUsersAppConfig):
    """Wagtail's users admin, for users who have one name, no username and no password."""

    user_viewset = "municipality.accounts.staff.UserViewSet"
