"""Every address of a scoped viewset as a user of another unit: as if the object weren't there."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.urls import URLPattern, reverse

from booking.foundation.doors.scoping import ScopedFormMixin, guarded, scoped_policy
from booking.foundation.models import IdempotencyRecord, ReferenceCounter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.doors.admin_urls")]


@pytest.fixture
def admin_urls():
    from tests.foundation.doors import admin_urls

    return admin_urls


@pytest.fixture
def mine():
    return ReferenceCounter.objects.create(kind="my-own", year=2026, last=3)


@pytest.fixture
def theirs():
    return ReferenceCounter.objects.create(kind="their-secret", year=2027, last=3)


@pytest.fixture
def staff(db):
    """The Wagtail group only opens the admin."""
    group = Group.objects.create(name="Unit staff")
    group.permissions.add(Permission.objects.get(codename="access_admin"))

    def make(role="officer", year=2026):
        user = get_user_model().objects.create_user(email=f"{role}-{year}@example.org")
        user.groups.add(group)
        return user

    return make


@pytest.fixture
def officer(staff):
    return staff()


@pytest.fixture
def browser(client, officer):
    client.force_login(officer)
    return client


def object_names(admin_urls):
    return [
        pattern.name
        for pattern in admin_urls.viewset.get_urlpatterns()
        if isinstance(pattern, URLPattern) and "pk" in str(pattern.pattern)
    ]


def test_no_address_with_a_key_shows_another_unit_s_object(browser, theirs, admin_urls):
    names = object_names(admin_urls)
    assert len(names) >= 8
    for name in names:
        url = reverse(f"counters:{name}", args=[theirs.pk])
        for method in (browser.get, browser.post):
            assert method(url).status_code == 404, name
    assert ReferenceCounter.objects.filter(pk=theirs.pk, kind="their-secret", last=3).exists()


def test_one_s_own_object_can_be_seen(browser, mine):
    for name in ("edit", "history", "usage", "inspect"):
        assert browser.get(reverse(f"counters:{name}", args=[mine.pk])).status_code == 200, name


def test_an_action_that_is_not_granted_is_forbidden(browser, mine):
    # Wagtail answers a forbidden admin view with a message and the way home.
    for name in ("delete", "copy"):
        response = browser.post(reverse(f"counters:{name}", args=[mine.pk]))
        assert response.status_code == 302, name
        assert response["Location"] == reverse("wagtailadmin_home")
    assert browser.get(reverse("counters:add"))["Location"] == reverse("wagtailadmin_home")
    assert ReferenceCounter.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?q=secret", "?last=3", "?ordering=last", "?export=csv", "?export=xlsx"])
@pytest.mark.parametrize("name", ["index", "index_results"])
def test_listings_searches_filters_and_exports_show_one_s_own_only(browser, mine, theirs, name, query):
    response = browser.get(reverse(f"counters:{name}") + query)
    assert response.status_code == 200
    content = response.getvalue() if response.streaming else response.content
    assert b"their-secret" not in content
    if "q=" not in query and "xlsx" not in query:
        assert b"my-own" in content


def test_an_object_can_not_be_saved_into_another_unit(browser, mine):
    url = reverse("counters:edit", args=[mine.pk])
    ok = browser.post(url, {"kind": "renamed", "year": 2026, "last": 4})
    assert ok["Location"] == reverse("counters:index")
    away = browser.post(url, {"kind": "renamed", "year": 2027, "last": 4})
    assert away["Location"] == reverse("wagtailadmin_home")
    mine.refresh_from_db()
    assert (mine.kind, mine.year) == ("renamed", 2026)


def test_an_object_can_not_be_made_in_another_unit(client, staff):
    client.force_login(staff("leader"))
    url = reverse("counters:add")
    client.post(url, {"kind": "here", "year": 2026, "last": 0})
    client.post(url, {"kind": "there", "year": 2027, "last": 0})
    assert list(ReferenceCounter.objects.values_list("kind", flat=True)) == ["here"]


def test_reordering_moves_one_s_own_only(browser, mine, theirs):
    other = ReferenceCounter.objects.create(kind="second", year=2026, last=4)
    browser.post(reverse("counters:reorder", args=[other.pk]) + "?position=0")
    theirs.refresh_from_db()
    other.refresh_from_db()
    assert (theirs.last, other.last) == (3, 3)


def test_a_chooser_offers_and_takes_one_s_own_only(browser, mine, theirs):
    for name in ("choose", "choose_results"):
        content = browser.get(reverse(f"counter_chooser:{name}")).content.decode()
        assert f"/{mine.pk}/" in content
        assert f"/{theirs.pk}/" not in content
    assert browser.get(reverse("counter_chooser:chosen", args=[mine.pk])).status_code == 200
    assert browser.get(reverse("counter_chooser:chosen", args=[theirs.pk])).status_code == 404
    assert browser.get(reverse("counter_chooser:chosen", args=["x"])).status_code == 404
    several = browser.get(reverse("counter_chooser:chosen_multiple") + f"?id={mine.pk}&id={theirs.pk}").json()
    assert [item["id"] for item in several["result"]] == [str(mine.pk)]
    assert browser.get(reverse("counter_chooser:chosen_multiple") + "?id=x").status_code == 404


def test_a_bulk_action_on_all_means_the_listing_as_filtered_and_the_own_unit(browser, mine, theirs):
    other = ReferenceCounter.objects.create(kind="second", year=2026, last=7)
    browser.post(reverse("count_down") + "?id=all&last=7")
    assert [ReferenceCounter.objects.get(pk=item.pk).last for item in (mine, theirs, other)] == [3, 3, 6]
    browser.post(reverse("count_down") + "?id=all")
    assert [ReferenceCounter.objects.get(pk=item.pk).last for item in (mine, theirs, other)] == [2, 3, 5]


def test_a_bulk_action_leaves_out_what_is_not_granted_and_what_is_elsewhere(browser, mine, theirs, admin_urls, rf):
    zero = ReferenceCounter.objects.create(kind="zero", year=2026, last=0)
    query = "&".join(f"id={item.pk}" for item in (mine, theirs, zero))
    browser.post(reverse("count_down") + f"?{query}")
    assert [ReferenceCounter.objects.get(pk=item.pk).last for item in (mine, theirs, zero)] == [2, 3, 0]
    assert browser.post(reverse("count_down") + f"?id={theirs.pk}").status_code == 404
    assert browser.post(reverse("count_down") + "?id=x").status_code == 404


def test_a_user_without_a_unit_and_an_inactive_one_see_nothing(client, staff, mine, officer, admin_urls):
    outsider = staff("outsider")
    client.force_login(outsider)
    assert client.get(reverse("counters:index"))["Location"] == reverse("wagtailadmin_home")
    assert client.get(reverse("counters:edit", args=[mine.pk])).status_code == 404
    officer.is_active = False
    for nobody in (AnonymousUser(), officer, None):
        assert not admin_urls.POLICY.user_has_any_permission(nobody, ["view", "change", "add"])
        assert not admin_urls.POLICY.scope(nobody).exists()


def test_superusers_get_no_exception(admin_urls, mine):
    root = get_user_model().objects.create_superuser(email="root-2027@example.org", password="x" * 12)
    assert not admin_urls.POLICY.user_has_permission_for_instance(root, "view", mine)


def test_an_action_that_nobody_named_is_for_nobody(admin_urls, officer, mine):
    assert not admin_urls.POLICY.user_has_permission(officer, "publish")
    assert not admin_urls.POLICY.user_has_permission_for_instance(officer, "delete", mine)


def test_a_narrower_grant_can_not_widen_the_scope(admin_urls, officer, mine, theirs):
    rows = admin_urls.POLICY.instances_user_has_permission_for(officer, "count_down")
    assert isinstance(rows, QuerySet)
    assert list(rows) == [mine]


def test_a_model_without_a_scoped_policy_is_refused_at_start_up():
    with pytest.raises(ImproperlyConfigured):
        scoped_policy(IdempotencyRecord)


def test_a_view_is_wrapped_once(admin_urls):
    once = guarded(admin_urls.viewset.edit_view_class, ReferenceCounter)
    assert guarded(once, ReferenceCounter) is once


def test_a_posted_key_from_another_unit_is_no_choice(admin_urls, officer, mine, theirs):
    from django import forms

    class Pick(ScopedFormMixin, forms.Form):
        counter = forms.ModelChoiceField(ReferenceCounter.objects.all())

        def __init__(self, *args, for_user=None, **kwargs):
            self.for_user = for_user
            super().__init__(*args, **kwargs)

    assert Pick({"counter": mine.pk}, for_user=officer).is_valid()
    assert not Pick({"counter": theirs.pk}, for_user=officer).is_valid()
    assert not Pick({"counter": mine.pk}).is_valid()
