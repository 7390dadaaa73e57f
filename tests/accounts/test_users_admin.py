"""Wagtail's pages about users, for users with one name and no password."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from municipality.accounts.models import User
from tests.factories import make_officer, make_organisation, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/users/", "/admin/users/new/"


@pytest.fixture
def admin(db):
    return make_user("Adam Admin", is_superuser=True, is_staff=True)


@pytest.fixture
def desk(admin):
    return browser(admin)


@pytest.fixture
def clerk(db):
    """May manage users, and is no administrator."""
    group = Group.objects.create(name="Brukere")
    wanted = ["access_admin", "add_user", "change_user", "delete_user", "view_user"]
    group.permissions.set(Permission.objects.filter(codename__in=wanted))
    user = make_user("Berit Bruker")
    user.groups.add(group)
    return user


def fields(user=None, **changes):
    known = {"email": user.email, "name": user.name, "phone": "", "language": "nb", "is_active": "on"} if user else {}
    return {"email": "ny@example.org", "name": "Ny Person", "language": "nn"} | known | changes


def edit(user):
    return reverse("wagtailusers_users:edit", args=[user.pk])


def test_a_new_user_needs_an_address_and_has_no_password(desk):
    page = desk.get(ADD).content.decode()
    assert "password" not in page
    assert 'name="username"' not in page
    answer = desk.post(ADD, fields(email="Ny@Example.ORG", name="  Ny   Person "))
    assert answer.status_code == 302
    user = User.objects.get(email="ny@example.org")
    assert (user.name, user.language, user.has_usable_password(), user.is_superuser) == (
        "Ny Person",
        "nn",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "field"), [({"email": "tull"}, "email"), ({"email": ""}, "email"), ({"language": "xx"}, "language")]
)
def test_a_faulty_field_is_named(desk, changes, field):
    answer = desk.post(ADD, fields(**changes))
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]


def test_an_address_is_used_once_whatever_its_case(desk):
    make_user(email="kari@example.org")
    answer = desk.post(ADD, fields(email="KARI@example.org"))
    assert answer.context["form"].errors["email"]


def test_the_list_shows_searches_and_sorts_by_name_and_address(desk):
    make_user("Åse", email="zz@example.org")
    make_user("", email="uten.navn@example.org")
    for query in (
        "",
        "?q=Åse",
        "?q=uten.navn",
        "?ordering=name",
        "?ordering=-name",
        "?ordering=email",
        "?is_active=true",
    ):
        assert desk.get(LIST + query).status_code == 200, query
    assert [user.email for user in desk.get(LIST + "?q=Åse").context["users"]] == ["zz@example.org"]
    assert b"uten.navn@example.org" in desk.get(LIST).content


def test_nobody_switches_off_oneself(desk, admin):
    desk.post(edit(admin), fields(admin, is_active=""))
    admin.refresh_from_db()
    assert admin.is_active
    assert admin.is_superuser


def test_switching_off_takes_effect(desk):
    user = make_user("Kari")
    data = fields(user)
    del data["is_active"]
    desk.post(edit(user), data)
    user.refresh_from_db()
    assert not user.is_active


def test_who_manages_users_can_not_become_or_touch_an_administrator(clerk, admin):
    client = browser(clerk)
    client.post(ADD, fields(is_superuser="on"))
    assert not User.objects.get(email="ny@example.org").is_superuser
    client.post(edit(clerk), fields(clerk, is_superuser="on"))
    clerk.refresh_from_db()
    assert not clerk.is_superuser
    client.post(edit(admin), fields(admin, email="kapret@example.org"))
    admin.refresh_from_db()
    assert admin.email != "kapret@example.org"
    bulk = "/admin/bulk/accounts/user/set_active_state/"
    client.post(f"{bulk}?id={admin.pk}", {"mark_as_active": "False"})
    admin.refresh_from_db()
    assert admin.is_active


def test_an_account_with_a_history_is_not_deleted_one_by_one_or_in_bulk(desk):
    leader, mistake = make_user("Leif"), make_user("Tastefeil")
    make_organisation(leader=leader)
    for user in (leader, mistake):
        desk.post(reverse("wagtailusers_users:delete", args=[user.pk]))
    assert User.objects.filter(pk=leader.pk).exists()
    assert not User.objects.filter(pk=mistake.pk).exists()
    another = make_user("Enda en")
    desk.post(f"/admin/bulk/accounts/user/delete/?id={leader.pk}&id={another.pk}")
    assert User.objects.filter(pk=leader.pk).exists()
    assert not User.objects.filter(pk=another.pk).exists()


def test_switching_off_in_bulk_saves_each_so_that_things_find_a_new_owner(desk, admin):
    from django.db.models.signals import pre_save

    people = [make_officer(make_unit(owned=False), name) for name in ("En", "To")]
    heard = []

    def listen(sender, instance, **kwargs):
        heard.append(instance.pk)

    pre_save.connect(listen, sender=User)
    try:
        ids = "&".join(f"id={user.pk}" for user in (*people, admin))
        desk.post(f"/admin/bulk/accounts/user/set_active_state/?{ids}", {"mark_as_active": "False"})
    finally:
        pre_save.disconnect(listen, sender=User)
    assert set(heard) >= {user.pk for user in people}
    assert not User.objects.filter(pk__in=[user.pk for user in people], is_active=True).exists()
    assert User.objects.get(pk=admin.pk).is_active


def test_one_s_own_page_asks_for_the_name_and_never_for_the_address_or_a_password():
    user = make_officer(make_unit(owned=False), "Ola")
    client = browser(user)
    page = client.get("/admin/account/").content.decode()
    assert 'name="name_email-name"' in page
    assert 'name="name_email-email"' not in page
    assert "password" not in page
    data = {
        "name_email-name": "Ola Nordmann",
        "name_email-phone": "900",
        "name_email-language": "nn",
        "name_email-email": "kapret@example.org",
        "locale-preferred_language": "nb",
        "theme-theme": "system",
        "theme-contrast": "system",
        "theme-density": "default",
    }
    answer = client.post("/admin/account/", data)
    assert answer.status_code == 302, answer.context["panels_by_tab"]
    email = user.email
    user.refresh_from_db()
    assert (user.name, user.phone, user.language, user.email) == ("Ola Nordmann", "900", "nn", email)


def test_the_page_about_oneself_is_for_those_who_may_open_the_admin():
    assert browser(make_user()).get("/admin/account/")["Location"].startswith("/account/login/")
    assert browser(None).get("/admin/account/")["Location"].startswith("/account/login/")
