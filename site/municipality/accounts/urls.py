"""The account addresses that we support; allauth's others (passwords, sign-up, e-mail lists) are not mounted."""

from django.urls import path

from municipality.accounts import address, doors, security, views

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("login/code/", views.ConfirmView.as_view(), name="account_confirm_login_code"),
    path("name/", views.NameView.as_view(), name="account_name"),
    path("logout/", views.SignOutView.as_view(), name="account_logout"),
    path("security/", security.SecurityView.as_view(), name="account_security"),
    path("prove/", security.ProveView.as_view(), name="account_prove"),
    path("security/app/", security.AddAppView.as_view(), name="account_add_app"),
    path("security/passkey/", security.AddPasskeyView.as_view(), name="account_add_passkey"),
    path("security/codes/", security.RecoveryCodesView.as_view(), name="account_recovery_codes"),
    path("security/remove/<int:pk>/", security.RemoveFactorView.as_view(), name="account_remove_factor"),
    path("security/end/", security.EndSessionView.as_view(), name="account_end_others"),
    path("security/end/<int:pk>/", security.EndSessionView.as_view(), name="account_end_session"),
    path("security/disconnect/<int:pk>/", doors.disconnect, name="account_disconnect"),
    path("login/second/", security.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("login/passkey/", security.PasskeySignInView.as_view(), name="account_passkey"),
    path("login/with/<slug:provider>/", doors.begin, name="oidc_begin"),
    path("address/", address.AddressView.as_view(), name="account_address"),
    path("address/code/", address.AddressCodeView.as_view(), name="account_address_code"),
    path("address/undo/<str:token>/", address.UndoView.as_view(), name="account_address_undo"),
    path("inactive/", views.InactiveView.as_view(), name="account_inactive"),
]
