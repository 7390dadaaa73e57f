"""Content for other programs: /api/content/v2/ (api.md, "Content")."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.images import get_image_model

from pages import services
from pages.models import VenuePage

pytestmark = pytest.mark.django_db

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500" width="800" height="500">'
    b'<path d="M0 0h800v500z"/></svg>'
)


def _picture():
    return get_image_model().objects.create(title="Hallen", file=SimpleUploadedFile("hall.svg", SVG, "image/svg+xml"))


def _page(tree, **fields):
    return services.create_page(
        VenuePage, parent=tree.venues, resource=tree.place, texts={"nb": {"title": "Lillebyhallen"}}, **fields
    )


def test_venue_pages_carry_the_resource_and_the_body(tree, client, media):
    image = _picture()
    page = _page(
        tree,
        lead="Den store hallen.",
        hero_image=image,
        hero_alt="Hallen sett fra tribunen",
        body=[
            ("text", f'<p>Se <a linktype="page" id="{tree.venues.pk}">alle lokaler</a> og <b>ring</b>.</p>'),
            ("facts", {"heading": "Mål", "facts": [{"label": "Takhøyde", "value": "7 meter"}]}),
            ("house_rules", {"heading": "", "rules": ["<p>Innesko</p>"]}),
        ],
    )
    answer = client.get("/api/content/v2/pages/?type=samskap_pages.VenuePage&fields=*&locale=nb")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    [item] = answer.json()["items"]
    assert item["id"] == page.pk
    assert item["resource"] == {
        "slug": "lillebyhallen",
        "api_url": "http://testserver/api/booking/v1/resources/lillebyhallen/",
    }
    text, facts, rules = item["body"]
    assert text["type"] == "text"
    assert 'linktype="page"' not in text["value"]
    assert 'href="/lokaler/"' in text["value"]
    assert "<b>ring</b>" in text["value"]
    assert facts["value"]["facts"] == [{"label": "Takhøyde", "value": "7 meter"}]
    assert rules["value"]["rules"] == ["<p>Innesko</p>"]
    assert item["hero_image"]["alt"] == "" or "Hallen" in item["hero_image"]["alt"]
    assert item["hero_image"]["url"].endswith(".svg")


def test_all_languages_are_listed_and_told_apart(tree, client):
    _page(tree)
    items = client.get("/api/content/v2/pages/?type=samskap_pages.VenuePage").json()["items"]
    assert {item["meta"]["locale"] for item in items} == {"nb", "nn", "en"}


def test_drafts_are_not_given_out(tree, client):
    tree.venues.add_child(instance=VenuePage(title="Utkast", resource=tree.place, live=False))
    assert client.get("/api/content/v2/pages/?type=samskap_pages.VenuePage").json()["items"] == []


def test_pictures_are_listed_and_served_harmless(tree, client, media):
    _picture()
    answer = client.get("/api/content/v2/images/")
    [item] = answer.json()["items"]
    served = client.get(item["meta"]["download_url"])
    assert served.status_code == 200
    assert served["Content-Type"] == "image/svg+xml"
    assert "sandbox" in served["Content-Security-Policy"]
    assert "script-src" not in served["Content-Security-Policy"]
    assert "default-src 'none'" in served["Content-Security-Policy"]
    assert served["X-Content-Type-Options"] == "nosniff"
    served.close()


@pytest.mark.parametrize(
    "path",
    [
        "documents/secret.pdf",
        "images/../documents/secret.pdf",
        "images/x.html",
        "images/%2e%2e/db.sqlite3",
        "images/nope.png",
    ],
)
def test_nothing_else_of_the_media_folder_is_served(client, media, path):
    (media / "documents").mkdir()
    (media / "documents" / "secret.pdf").write_text("secret")
    (media / "images").mkdir()
    (media / "images" / "x.html").write_text("<script>")
    assert client.get(f"/media/{path}").status_code == 404


def test_wrong_parameters_are_told_not_crashed(tree, client):
    assert client.get("/api/content/v2/pages/?type=samskap_pages.NoPage").status_code == 400
    assert client.get("/api/content/v2/pages/?fields=nonsense").status_code == 400
