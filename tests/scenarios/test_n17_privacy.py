"""N17: visibility makes proud and commits, but names stand only where somebody agreed to it, and can be taken back.

A leader lets the club's contact be shown and takes it back; sees who at the municipality looked; takes everything
along; hands over; and is erased, while the club's case stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from django.test import Client
from wagtail.models import APIToken

from booking.cases.models import Case
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.privacy import services
from booking.privacy.models import RetentionRule
from booking.privacy.selectors import words_of
from tests import factories as f
from tests.privacy.test_erasing import found_in_the_database
from tests.privacy.test_pages import proved
from tests.scenarios.conftest import Stage

API = "/api/booking/v1/"


def test_a_name_is_public_only_while_somebody_agrees(stage: Stage) -> None:
    club, kari = stage.club, stage.browser(stage.coach)
    page = f"/organisations/{club.slug}/"
    details = {
        "name": club.name, "contact_name": "Kari Trener", "email": "post@example.org", "language": "nb", "listed": "on",
    }  # fmt: skip
    assert kari.post(f"/my/organisations/{club.slug}/edit/", details).status_code == 302
    shown = stage.browser().get(page).content.decode()
    assert club.name in shown
    assert "Kari Trener" not in shown
    # The very words stand beside the box; a tick is kept with its version.
    form = kari.get(f"/my/organisations/{club.slug}/edit/").content.decode()
    assert str(words_of("public_contact"))[:40] in form
    kari.post(f"/my/organisations/{club.slug}/edit/", details | {"contact_public": "on"})
    assert "Kari Trener" in stage.browser().get(page).content.decode()
    mine = kari.get("/my/privacy/").context["consents"]
    assert sorted(one.consent.text.kind for one in mine) == ["public_contact", "register_listing"]
    contact = next(one.consent for one in mine if one.consent.text.kind == "public_contact")
    kari.post(f"/my/privacy/consents/{contact.pk}/")
    assert "Kari Trener" not in stage.browser().get(page).content.decode()
    assert club.name in stage.browser().get(page).content.decode()


def test_an_administrator_rewrites_the_text_and_old_consents_keep_theirs(stage: Stage) -> None:
    kari = stage.browser(stage.coach)
    details = {"name": stage.club.name, "language": "nb", "listed": "on", "email": "post@example.org"}
    kari.post(f"/my/organisations/{stage.club.slug}/edit/", details)
    desk = stage.browser(f.make_user("Adam Admin", is_superuser=True, is_staff=True))
    new = "/admin/booking/consent-texts/new/register_listing/"
    assert desk.get(new).status_code == 200
    refused = desk.post(new, {"nb": "", "nn": "Vi viser namnet."})
    assert refused.status_code == 200
    assert "Vi viser namnet." in refused.content.decode()
    assert desk.post(new, {"nb": "Vi viser navnet."}).status_code == 302
    assert "Vi viser navnet." in kari.get(f"/my/organisations/{stage.club.slug}/edit/").content.decode()
    (mine,) = kari.get("/my/privacy/").context["consents"]
    assert mine.consent.text.number == 1
    assert desk.get("/admin/booking/consent-texts/").status_code == 200
    assert desk.get(f"/admin/booking/consent-texts/inspect/{mine.consent.text_id}/").status_code == 200


def test_from_asking_to_being_nobody(stage: Stage, moment: Callable[[int, int], datetime]) -> None:
    kari, officer = stage.browser(stage.coach), stage.browser(stage.unit.officer)
    _row, token = APIToken.create_token(user=stage.coach, name="t")
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    adult = {"name": "Kari Trener", "phone": "99887766", "email": stage.coach.email}
    body = {"organisation": stage.club.slug, "purpose": "Trening", "lines": [line], "responsible": adult}
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().post(f"{API}requests/", body, "application/json", headers=headers).status_code == 201
    case = Case.objects.get()
    # The officer opens the case twice: Kari reads it once, with unit and name.
    for _time in range(2):
        officer.get(f"/admin/booking/cases/inspect/{case.pk}/")
    (look,) = kari.get("/my/privacy/").context["looks"]
    assert (look.unit, look.viewer, look.about) == ("Kultur og idrett", "Ola Saksbehandler", case.reference)
    assert case.reference in stage.browser(stage.leader).get("/admin/booking/looks/").content.decode()
    # She takes everything along.
    found = json.loads(b"".join(kari.get("/my/privacy/file/").streaming_content))
    assert case.reference in json.dumps(found)
    # The only leader is guided to hand over; the heir says yes.
    first = kari.get("/my/privacy/erase/")
    assert f"/my/organisations/{stage.club.slug}/hand-over/" in first.content.decode()
    heir = f.make_user("Anna Arving")
    f.give_membership(heir, stage.club, "member")
    kari.post(f"/my/organisations/{stage.club.slug}/hand-over/", {"to": heir.pk, "stays_as": ""})
    offer = stage.club.leadership_offers.get()
    stage.browser(heir).post(f"/my/organisations/{stage.club.slug}/hand-over/{offer.pk}/answer/", {"answer": "yes"})
    # She answers for the loan that lies ahead, so somebody else is named first.
    assert [one.code for one in kari.get("/my/privacy/erase/").context["waits"]] == ["responsible_adult"]
    Case.objects.filter(pk=case.pk).update(responsible=heir, responsible_name="Anna", responsible_email=heir.email)
    name, address = stage.coach.name, stage.coach.email
    stage.post_goes_out()
    assert kari.post("/my/privacy/erase/")["Location"] == "/my/privacy/erase/confirm/"
    proved(kari)
    assert kari.post("/my/privacy/erase/confirm/", {"understood": "on"})["Location"] == "/privacy/erased/"
    assert [letter.to for letter in stage.post_goes_out()] == [[address]]
    assert found_in_the_database(name, address) == []
    # The club goes on: its case is there, led by Anna, and its page doesn't say who asked.
    words = stage.browser(heir).get(f"/cases/{case.reference}/").content.decode()
    assert "Trening" in words
    assert name not in words


def test_an_administrator_sees_what_will_go_before_it_goes(stage: Stage) -> None:
    admin = stage.browser(f.make_user("Adam Admin", is_superuser=True, is_staff=True))
    old = clock.now() - timedelta(days=100)
    OutboxMessage.objects.create(
        key="a", handler="case_receipt", recipient="a@example.org", state="sent", subject="S", body="B",
        due_at=old, created_at=old, sent_at=old,
    )  # fmt: skip
    page = admin.get("/admin/booking/retention/")
    row = next(one for one in page.context["views"] if one.klass.name == "letters")
    assert (row.due, row.left) == (0, 1)
    rule = RetentionRule.objects.get(name="letters").pk
    address = f"/admin/booking/retention/inspect/{rule}/"
    for bad in ("0", "x", "999999"):
        answer = admin.post(f"/admin/booking/retention/choose/{rule}/", {"days": bad})
        assert answer.status_code == 422
        assert f'value="{bad}"' in answer.content.decode()
    admin.post(f"/admin/booking/retention/choose/{rule}/", {"days": "30"})
    services.run_retention(clock.now())
    assert OutboxMessage.objects.get().body == "B"
    view = admin.get(address).context["view"]
    assert (view.terms.needs_ok, view.due_if_agreed) == (True, 1)
    admin.post(f"/admin/booking/retention/agree/{rule}/", {"seen": "29"})
    assert admin.get(address).context["view"].terms.needs_ok
    admin.post(f"/admin/booking/retention/agree/{rule}/", {"seen": "30"})
    services.run_retention(clock.now())
    assert OutboxMessage.objects.get().body == ""
