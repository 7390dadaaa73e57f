"""The account addresses that we support; allauth's others (passwords, sign-up, e-mail lists) are not mounted."""

from django.urls import path

from municipality.accounts import views

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("login/code/", views.ConfirmView.as_view(), name="account_confirm_login_code"),
    path("name/", views.NameView.as_view(), name="account_name"),
    path("logout/", views.SignOutView.as_view(), name="account_logout"),
    path("inactive/", views.InactiveView.as_view(), name="account_inactive"),
]
