"""Addresses of the municipality's site. API and feeds stand outside the language prefix: their addresses are fixed."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import LogoutView
from wagtail.documents import urls as wagtaildocs_urls

from booking.api import operations
from booking.public.media import picture
from municipality.accounts import doors
from municipality.accounts.staff import AccountView
from pages.api import content_api

handler500 = "booking.foundation.doors.middleware.server_error"

urlpatterns = [
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    # Wagtail's answer to a GET drops the session cookie: a picture in an e-mail could sign somebody out.
    path("admin/logout/", require_POST(LogoutView.as_view())),
    path("admin/account/", require_admin_access(AccountView.as_view())),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:path>", picture),
    # Registered with the providers, so without a language.
    path("sign-in/<slug:provider>/callback/", doors.callback, name="oidc_callback"),
    path("feeds/", include("booking.calendars.urls")),
    path("mail-in/", include("booking.correspondence.urls")),
    path("api/content/v2/", content_api.urls),
    path("api/booking/v1/", include("booking.api.urls")),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
]
urlpatterns += i18n_patterns(
    path("account/", include("municipality.accounts.urls")),
    path("", include("booking.urls")),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)
