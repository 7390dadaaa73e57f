"""A page presents one resource, and isn't published while nobody answers for it (needs N5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import Page

from booking.public.pages import ResourceUnowned
from pages import services
from pages.models import EquipmentPage, VenuePage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def orphan(db):
    """A place whose only officer has left."""
    gone = factories.make_user("Per Borte", active=False)
    return factories.make_resource("Bua", slug="bua", unit=factories.make_unit("Tom", owned=False, officer=gone))


def draft(tree, resource, **fields) -> VenuePage:
    page = VenuePage(**({"title": resource.name, "resource": resource, "live": False} | fields))
    tree.venues.add_child(instance=page)
    return page


def test_publishing_is_refused_while_nobody_answers(tree, orphan):
    page = draft(tree, orphan)
    with pytest.raises(ResourceUnowned) as refused:
        page.save_revision().publish()
    assert refused.value.code == "unowned"
    page.refresh_from_db()
    assert not page.live


def test_saving_it_live_is_refused_too(tree, orphan):
    with pytest.raises(ValidationError) as refused:
        tree.venues.add_child(instance=VenuePage(title="Bua", resource=orphan))
    assert refused.value.error_dict["resource"][0].code == "unowned"


def test_a_draft_may_wait_for_its_owner(tree, orphan):
    page = draft(tree, orphan)
    revision = page.save_revision()
    orphan.officer = factories.make_officer(orphan.unit, "Nina Ny")
    orphan.save()
    revision.publish()
    page.refresh_from_db()
    assert page.live


def test_one_that_is_due_does_not_hold_up_the_next(tree, orphan, caplog):
    from booking.foundation import clock

    moment = clock.now() - timedelta(hours=1)
    first, second = draft(tree, orphan), draft(tree, tree.place)
    for page in (first, second):
        revision = page.save_revision()
        revision.approved_go_live_at = moment
        revision.save()
        moment += timedelta(minutes=1)
    call_command("publish_scheduled")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.live, second.live) == (False, True)
    assert "was due but not published" in caplog.text
    assert not first.revisions.filter(approved_go_live_at__isnull=False).exists()


def test_one_page_per_resource_and_language(tree):
    services.create_page(VenuePage, parent=tree.venues, resource=tree.place, texts={"nb": {"title": "Hallen"}})
    with pytest.raises(ValidationError) as refused:
        tree.venues.add_child(instance=VenuePage(title="Hallen igjen", resource=tree.place))
    assert refused.value.error_dict["resource"][0].code == "unique"
    assert VenuePage.objects.filter(resource=tree.place).count() == 3  # one per language


def test_the_kind_must_fit_the_page(tree):
    chairs = factories.make_stock("Stoler", 40)
    with pytest.raises(ValidationError) as refused:
        tree.venues.add_child(instance=VenuePage(title="Stoler", resource=chairs))
    assert refused.value.error_dict["resource"][0].code == "kind"
    tree.equipment.add_child(instance=EquipmentPage(title="Stoler", resource=chairs))


def test_a_resource_with_a_page_is_not_deleted(tree):
    from django.db.models import ProtectedError

    services.create_page(VenuePage, parent=tree.venues, resource=tree.place, texts={"nb": {"title": "Hallen"}})
    tree.place.opening_hours.all().delete()
    tree.place.covers.all().delete()
    with pytest.raises(ProtectedError):
        tree.place.delete()


class TestEditor:
    """The page editor tells what is wrong at the field, and offers what fits."""

    @pytest.fixture
    def editor(self, client):
        client.force_login(factories.make_user("Admin", is_staff=True, is_superuser=True))
        return client

    def _post(self, tree, resource, *, publish: bool) -> dict:
        data = {
            "title": resource.name,
            "slug": resource.slug,
            "resource": resource.pk,
            "lead": "",
            "hero_alt": "",
            "body-count": "0",
            "seo_title": "",
            "search_description": "",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
        }
        return data | ({"action-publish": "1"} if publish else {})

    def _url(self, tree) -> str:
        return reverse("wagtailadmin_pages:add", args=["samskap_pages", "venuepage", tree.venues.pk])

    def test_publishing_tells_at_the_field(self, tree, orphan, editor):
        answer = editor.post(self._url(tree), self._post(tree, orphan, publish=True))
        assert answer.status_code == 200
        assert b"Nobody answers for" in answer.content or b"Ingen svarer for" in answer.content
        assert not VenuePage.objects.filter(resource=orphan).exists()

    def test_a_draft_is_saved(self, tree, orphan, editor):
        answer = editor.post(self._url(tree), self._post(tree, orphan, publish=False))
        assert answer.status_code == 302
        assert not VenuePage.objects.get(resource=orphan, locale__language_code="nb").live

    def test_an_owned_one_is_published(self, tree, editor):
        answer = editor.post(self._url(tree), self._post(tree, tree.place, publish=True))
        assert answer.status_code == 302
        assert VenuePage.objects.get(resource=tree.place, locale__language_code="nb").live

    def test_only_kinds_that_fit_are_offered(self, tree, editor):
        factories.make_stock("Stoler i bua", 40)
        page = editor.get(self._url(tree))
        assert page.status_code == 200
        assert b"Lillebyhallen" in page.content
        assert b"Stoler i bua" not in page.content

    def test_a_page_is_previewed_before_its_thing_is_public(self, tree, editor):
        hidden = factories.make_resource("Nybygget", slug="nybygget", state="draft")
        page = draft(tree, hidden)
        page.save_revision()
        answer = editor.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
        assert answer.status_code == 200
        assert b"Nybygget" in answer.content
        assert editor.get("/things/nybygget/").status_code == 404

    def test_bulk_publishing_does_not_crash(self, tree, orphan, editor):
        page = draft(tree, orphan)
        page.save_revision()
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?id={page.pk}"
        answer = editor.post(url)
        assert answer.status_code in (302, 403)
        assert not Page.objects.get(pk=page.pk).live
