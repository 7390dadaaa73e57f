"""Who opens the admin on which day, and what stands in its menu and its reports."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.organisations import services
from booking.staff import wiring
from booking.staff.backends import GROUP
from booking.staff.models import StaffLogEntry
from tests.factories import NOW, make_officer, make_organisation, make_resource, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def today():
    return clock.today(booking_settings().tz)


def opens_admin(user):
    return browser(user).get("/admin/").status_code == 200


@pytest.mark.parametrize("role", ["officer", "leader", "planner", "caretaker"])
def test_every_role_in_a_unit_opens_the_admin_without_anybody_being_put_into_a_group(role):
    user = make_officer(make_unit(owned=False), role=role, is_staff=False)
    assert opens_admin(user)
    assert not user.groups.exists()


@pytest.mark.parametrize(
    ("start", "end", "opens"),
    [(0, None, True), (None, 0, True), (1, None, False), (None, -1, False), (-5, 5, True), (-5, -1, False)],
)
def test_the_admin_opens_on_the_first_day_of_a_role_and_closes_after_the_last(start, end, opens):
    user = make_officer(
        make_unit(owned=False),
        start=None if start is None else today() + start * DAY,
        end=None if end is None else today() + end * DAY,
    )
    assert opens_admin(user) is opens


def test_a_role_that_ends_closes_the_admin_for_a_session_that_is_open():
    user = make_officer(make_unit(owned=False), end=today())
    client = browser(user)
    assert client.get("/admin/").status_code == 200
    with clock.at(clock.now() + 2 * DAY):
        assert client.get("/admin/").status_code == 302


def test_no_role_opens_nothing_whatever_the_flag_says():
    assert not opens_admin(make_user(is_staff=True))
    assert not opens_admin(make_officer(make_unit(owned=False), active=False))


def test_who_is_sent_away_from_the_admin_is_told_so_and_not_sent_in_circles():
    client = browser(make_user("Rita"))
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert len(answer.redirect_chain) == 1
    assert "Rita" in answer.content.decode()


def test_what_an_administrator_gives_the_group_all_unit_staff_have():
    user = make_officer(make_unit(owned=False))
    assert not user.has_perm("wagtailimages.choose_image")
    Group.objects.get(name=GROUP).permissions.add(Permission.objects.get(codename="choose_image"))
    assert type(user).objects.get(pk=user.pk).has_perm("wagtailimages.choose_image")


def test_migrating_again_keeps_what_the_group_was_given():
    group = Group.objects.get(name=GROUP)
    group.permissions.add(Permission.objects.get(codename="choose_image"))
    for label in ("samskap_booking", "wagtailadmin"):
        wiring.make_group(apps.get_app_config(label))
    assert {row.codename for row in Group.objects.get(name=GROUP).permissions.all()} == {"access_admin", "choose_image"}


def test_a_host_without_the_backend_is_told(settings):
    assert wiring.check_backend() == []
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    [message] = wiring.check_backend()
    assert message.id == "samskap.W020"


def menu_names(client):
    from wagtail.admin.menu import admin_menu

    request = client.get("/admin/").wsgi_request
    names = []
    for item in sorted(admin_menu.menu_items_for_request(request), key=lambda item: item.order):
        names.append(item.name)
        inner = getattr(item, "menu", None)
        names += [child.name for child in inner.menu_items_for_request(request)] if inner else []
    return names


def test_pure_unit_staff_see_booking_and_nothing_of_what_they_can_not_do(people):
    names = menu_names(people.clients["officer"])
    assert names[0] == "booking"
    assert "booking-organisations" in names
    assert not {name for name in names if "whats-new" in name or "guide" in name}
    assert not {"explorer", "images", "documents", "reports", "settings", "users", "groups", "site-history"} & set(
        names
    )


def test_a_planner_without_business_in_the_register_does_not_see_it():
    names = menu_names(browser(make_officer(make_unit(owned=False), role="planner")))
    assert "booking-organisations" not in names


def test_an_administrator_sees_both(admin_user):
    names = menu_names(browser(admin_user))
    assert {"booking", "booking-organisations", "explorer", "settings", "users"} <= set(names)


@pytest.fixture
def admin_user(db):
    return make_user("Adam", is_superuser=True, is_staff=True)


def test_the_log_of_the_plugin_is_its_own_and_shown_by_policy(people):
    organisation = make_organisation("Korpset", verified=False)
    services.verify_organisation(organisation=organisation, by=people.users["officer"], now=NOW)
    [entry] = StaffLogEntry.objects.all()
    assert (entry.label, entry.user, entry.timestamp) == ("Korpset", people.users["officer"], NOW)
    assert not ModelLogEntry.objects.filter(action=entry.action).exists()
    assert list(StaffLogEntry.objects.viewable_by_user(people.users["other"])) == [entry]
    planner = make_officer(people.unit, role="planner")
    assert not StaffLogEntry.objects.viewable_by_user(planner).exists()
    assert not StaffLogEntry.objects.viewable_by_user(people.users["requester"]).exists()
    assert not StaffLogEntry.objects.viewable_by_user(people.users["gone"]).exists()


def test_the_log_of_a_thing_without_a_policy_is_for_administrators(people, admin_user):
    from booking.foundation.models import ReferenceCounter

    counter = ReferenceCounter.objects.create(kind="case", year=2026)
    StaffLogEntry.objects.log_action(counter, "samskap.organisation.changed", title="Hemmelig")
    assert not StaffLogEntry.objects.viewable_by_user(people.users["officer"]).exists()
    assert StaffLogEntry.objects.viewable_by_user(admin_user).count() == 1


def test_the_site_history_report_leaks_no_title_of_another_unit(people, admin_user):
    """architecture.md "Traps": the report is by kind of object in Wagtail, and by object here."""
    organisation = make_organisation("Hemmelig forening")
    log(organisation, "samskap.organisation.changed", user=people.users["officer"])
    planner = browser(make_officer(people.unit, role="planner"))
    for path in ("/admin/reports/site-history/", "/admin/reports/site-history/?export=csv"):
        answer = planner.get(path)
        body = answer.getvalue() if answer.streaming else answer.content
        assert b"Hemmelig" not in body
        answer = browser(admin_user).get(path)
        body = answer.getvalue() if answer.streaming else answer.content
        assert b"Hemmelig" in body


def test_the_group_comes_with_a_new_database():
    group = Group.objects.get(name=GROUP)
    assert [row.codename for row in group.permissions.all()] == ["access_admin"]


def test_signing_in_to_the_admin_goes_through_the_same_door(client):
    assert client.get("/admin/")["Location"] == "/account/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/users/")["Location"] == "/account/login/?next=/admin/users/"
    for path in ("/admin/password_reset/", "/admin/password_reset/done/", "/admin/password_reset/complete/"):
        assert client.get(path).status_code == 404, path


def test_leaving_the_admin_takes_a_press_of_a_button_too(people):
    client = people.clients["officer"]
    assert client.get("/admin/logout/").status_code == 405
    assert client.get("/admin/").status_code == 200
    assert client.post("/admin/logout/", follow=True).redirect_chain[-1][0].startswith("/account/login/")
    assert client.get("/admin/").status_code == 302


def test_tokens_from_the_command_line_open_the_api_until_the_user_is_switched_off(people, client, capsys):
    make_organisation("Korpset")
    user = people.users["officer"]
    call_command("api_tokens", "create", "--user", user.email, "--name", "integrasjon")
    token = capsys.readouterr().out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    address = "/api/booking/v1/organisations/"
    assert client.get(address).json()["count"] == 0
    assert client.get(address, headers=headers).json()["count"] == 1
    assert client.get(address, headers={"Authorization": f"Bearer {token[:-1]}x"}).status_code == 401
    user.is_active = False
    user.save()
    answer = client.get(address, headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_unit_staff_open_no_page_of_another_kind(people):
    """What Wagtail itself shows to whoever may open the admin."""
    resource = make_resource(unit=people.other_unit)
    client = people.clients["officer"]
    for path in ("/admin/users/", "/admin/groups/", "/admin/sites/", "/admin/images/", "/admin/documents/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"] == "/admin/", path
    assert resource.name not in client.get("/admin/").content.decode()
