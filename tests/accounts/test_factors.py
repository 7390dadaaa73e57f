"""Authenticator apps, recovery codes, the rule for staff; the proof before changes; sessions; another address."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ModelLogEntry

from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from municipality.accounts import address, codes, factors, sessions
from municipality.accounts.models import AddressChange, Identity, SignedIn, User
from tests.accounts.conftest import code_in
from tests.factories import make_officer, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


def app_code(secret: str, step: int = 0) -> str:
    """What the app shows now (RFC 6238)."""
    return f"{hotp_value(secret, int(time.time()) // 30 + step):06}"


def add_app(user: User) -> str:
    """Gives ``user`` an app; answers its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


@pytest.fixture
def kari(db):
    return make_user("Kari", email="kari@example.org")


def test_an_app_is_added_with_its_first_code_and_then_asked_for(visitor, kari):
    visitor.sign_in("kari@example.org")
    page = visitor.client.get("/account/security/app/")
    secret = page.context["secret"].replace(" ", "")
    assert page.context["picture"].startswith("data:image/svg+xml;base64,")
    wrong = visitor.client.post("/account/security/app/", {"code": "000000"})
    assert wrong.context["form"].errors["code"]
    answer = visitor.client.post("/account/security/app/", {"code": app_code(secret)})
    assert answer["Location"] == "/account/security/codes/"
    codes = visitor.client.get("/account/security/codes/").context["codes"]
    assert len(codes) == 10
    assert visitor.client.get("/account/security/codes/").context["codes"] == []
    stored = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    visitor.client.post("/account/logout/")
    assert visitor.sign_in("kari@example.org")["Location"] == "/account/login/second/"
    assert not visitor.is_signed_in()
    assert visitor.client.get("/my/cases/").status_code == 302
    visitor.client.post("/account/login/second/", {"code": "000000"})
    assert not visitor.is_signed_in()
    assert visitor.client.post("/account/login/second/", {"code": app_code(secret, 1)}).status_code == 302
    assert visitor.is_signed_in()


def test_two_presses_add_one_app(visitor, kari):
    visitor.sign_in("kari@example.org")
    secret = visitor.client.get("/account/security/app/").context["secret"].replace(" ", "")
    for goes_to in ("/account/security/codes/", "/account/security/"):
        answer = visitor.client.post("/account/security/app/", {"code": app_code(secret)})
        assert answer["Location"] == goes_to
    assert Authenticator.objects.filter(type="totp").count() == 1
    assert OutboxMessage.objects.filter(payload__change="totp_activated").count() == 1


def test_the_page_costs_the_same_however_many_browsers_and_keys_there_are(visitor, kari):
    visitor.sign_in("kari@example.org")
    counts = []
    for more in (0, 12):
        for number in range(more):
            key = f"{number:032}"
            Session.objects.create(session_key=key, session_data="", expire_date=clock.now() + timedelta(days=1))
            SignedIn.objects.create(user=kari, session_key=key, began_at=clock.now(), seen_at=clock.now())
            Authenticator.objects.create(user=kari, type="webauthn", data={"name": f"Nøkkel {number}"})
            Identity.objects.create(user=kari, provider="x", subject=str(number), created_at=clock.now())
        with CaptureQueriesContext(connection) as queries:
            page = visitor.client.get("/account/security/")
        counts.append(len(queries))
    assert len(page.context["sessions"]) == 13
    assert counts[0] == counts[1]
    assert counts[0] < 20


def test_a_code_of_the_app_opens_once(visitor, another_visitor, kari):
    secret = add_app(kari)
    code = app_code(secret)
    visitor.sign_in("kari@example.org")
    visitor.client.post("/account/login/second/", {"code": code})
    assert visitor.is_signed_in()
    another_visitor.sign_in("kari@example.org")
    assert another_visitor.client.post("/account/login/second/", {"code": code}).status_code == 200
    assert not another_visitor.is_signed_in()


def test_a_recovery_code_opens_once(visitor, kari):
    add_app(kari)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for works in (True, False):
        visitor.sign_in("kari@example.org")
        visitor.client.post("/account/login/second/", {"code": f"{code[:4]} {code[4:]}"})
        assert visitor.is_signed_in() is works
        visitor.client.post("/account/logout/")


def test_ten_wrong_codes_of_the_app_then_wait_even_with_the_right_one(visitor, kari):
    secret = add_app(kari)
    visitor.sign_in("kari@example.org")
    statuses = [visitor.client.post("/account/login/second/", {"code": "000000"}).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert visitor.client.post("/account/login/second/", {"code": app_code(secret)}).status_code == 429
    assert not visitor.is_signed_in()


def test_changing_ways_in_takes_a_fresh_proof(client, kari, django_capture_on_commit_callbacks):
    client.force_login(kari)
    assert client.get("/account/security/app/")["Location"] == "/account/prove/?next=%2Faccount%2Fsecurity%2Fapp%2F"
    assert client.get("/account/address/")["Location"].startswith("/account/prove/")
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/prove/?next=/account/security/app/", {"action": "send"})
    wrong = client.post("/account/prove/?next=/account/security/app/", {"code": "1"})
    assert wrong.context["form"].errors["code"]
    answer = client.post("/account/prove/?next=/account/security/app/", {"code": code_in(mail.outbox[-1])})
    assert answer["Location"] == "/account/security/app/"
    assert client.get("/account/security/app/").status_code == 200


def test_whoever_has_an_app_proves_it_with_the_app_and_not_with_the_mailbox(client, kari):
    secret = add_app(kari)
    client.force_login(kari)
    client.post("/account/prove/", {"action": "send"})
    assert not mail.outbox
    assert not OutboxMessage.objects.exists()
    assert client.post("/account/prove/", {"code": app_code(secret)})["Location"] == "/account/security/"
    factor = Authenticator.objects.get(type="totp")
    assert client.get(f"/account/security/remove/{factor.pk}/").status_code == 200
    client.post(f"/account/security/remove/{factor.pk}/")
    assert not Authenticator.objects.exists()
    assert OutboxMessage.objects.get().payload["change"] == "totp_deactivated"


def test_an_administrator_helps_who_has_lost_everything(visitor, client, kari):
    add_app(kari)
    Identity.objects.create(user=kari, provider="entra", subject="s", created_at=clock.now())
    client.force_login(kari)
    admin = browser(make_user("Adam", is_superuser=True, is_staff=True))
    edit = reverse("wagtailusers_users:edit", args=[kari.pk])
    assert b'name="lost_phone"' in admin.get(edit).content
    same = {"email": kari.email, "name": "Kari", "phone": "", "language": "nb", "is_active": "on"}
    admin.post(edit, same)
    assert Authenticator.objects.filter(user=kari).exists()
    admin.post(edit, same | {"lost_phone": "on"})
    assert not Authenticator.objects.exists()
    assert Identity.objects.exists()
    assert OutboxMessage.objects.get().payload["change"] == "second_step_reset"
    entry = ModelLogEntry.objects.get(action="accounts.remove_second_step")
    assert (entry.object_id, entry.user.name) == (str(kari.pk), "Adam")
    assert b'name="lost_phone"' not in admin.get(edit).content
    visitor.sign_in("kari@example.org")
    assert visitor.is_signed_in()


def test_only_administrators_take_a_second_step_away_and_nobody_their_own_this_way(kari):
    add_app(kari)
    group = Group.objects.create(name="Brukere")
    group.permissions.set(Permission.objects.filter(codename__in=["access_admin", "change_user", "view_user"]))
    clerk = make_user("Berit")
    clerk.groups.add(group)
    same = {"email": kari.email, "name": "Kari", "phone": "", "language": "nb", "is_active": "on", "lost_phone": "on"}
    browser(clerk).post(reverse("wagtailusers_users:edit", args=[kari.pk]), same)
    admin = make_user("Adam", is_superuser=True, is_staff=True)
    add_app(admin)
    same |= {"email": admin.email, "name": "Adam"}
    browser(admin).post(reverse("wagtailusers_users:edit", args=[admin.pk]), same)
    assert set(Authenticator.objects.filter(type="totp").values_list("user", flat=True)) == {kari.pk, admin.pk}


def test_on_the_server_the_glass_is_broken_by_a_command(client, kari):
    add_app(kari)
    said = StringIO()
    call_command("remove_second_step", "Kari@Example.org", stdout=said)
    assert "kari@example.org" in said.getvalue()
    assert not Authenticator.objects.exists()
    assert OutboxMessage.objects.get().payload["change"] == "second_step_reset"
    for nobody in ("kari@example.org", "ingen@example.org"):
        with pytest.raises(CommandError):
            call_command("remove_second_step", nobody)


def test_a_reset_ends_every_session(visitor, kari):
    visitor.sign_in("kari@example.org")
    add_app(kari)
    assert factors.reset(kari, now=clock.now())
    assert visitor.client.get("/my/cases/").status_code == 302


def test_nobody_removes_another_s_factor(client, kari):
    add_app(kari)
    ola = make_user("Ola")
    secret = add_app(ola)
    client.force_login(ola)
    client.post("/account/prove/", {"code": app_code(secret)})
    factor = Authenticator.objects.get(type="totp", user=kari)
    assert client.post(f"/account/security/remove/{factor.pk}/").status_code == 404
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_new_recovery_codes_end_the_old(client, kari):
    secret = add_app(kari)
    before = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    client.force_login(kari)
    client.post("/account/prove/", {"code": app_code(secret)})
    assert client.post("/account/security/codes/")["Location"] == "/account/security/codes/"
    shown = [code.replace(" ", "") for code in client.get("/account/security/codes/").context["codes"]]
    assert len(shown) == 10
    assert not set(shown) & set(before)


def test_staff_without_a_second_step_get_no_further_than_to_adding_one(visitor, settings):
    officer = make_officer(make_unit(owned=False), "Ola", email="ola@example.org")
    visitor.sign_in("ola@example.org")
    assert visitor.client.get("/admin/").status_code == 200
    settings.SECOND_FACTOR_FOR_STAFF = True
    for path in ("/admin/", "/my/cases/", "/find/"):
        assert visitor.client.get(path)["Location"] == "/account/security/", path
    refused = visitor.client.get("/api/booking/v1/cases/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    assert visitor.client.get("/account/security/").context["must"]
    secret = visitor.client.get("/account/security/app/").context["secret"].replace(" ", "")
    visitor.client.post("/account/security/app/", {"code": app_code(secret)})
    assert visitor.client.get("/admin/").status_code == 200
    # A session from before the app was added elsewhere is no proof.
    other = Client()
    other.force_login(officer)
    assert other.get("/admin/?x=1")["Location"] == "/account/prove/?next=%2Fadmin%2F%3Fx%3D1"
    assert "account/prove" in other.get("/account/security/").content.decode()
    other.post("/account/prove/?next=/admin/", {"code": app_code(secret, 1)})
    assert other.get("/admin/").status_code == 200
    # Volunteers are not asked.
    volunteer = Client()
    volunteer.force_login(make_user("Frivillig"))
    assert volunteer.get("/my/cases/").status_code == 200


def test_feeds_health_and_pictures_are_open_to_staff_without_a_second_step(visitor, settings):
    """feeds.md: never a redirect. They open by a secret or to everybody, whoever is signed in."""
    make_officer(make_unit(owned=False), "Ola", email="ola@example.org")
    visitor.sign_in("ola@example.org")
    settings.SECOND_FACTOR_FOR_STAFF = True
    for path, status in (("/healthz", 200), ("/feeds/x", 404), ("/media/x.png", 404)):
        assert visitor.client.get(path).status_code == status, path
    assert visitor.client.post("/account/logout/").status_code == 302


def test_the_whole_way_of_an_officer_on_the_first_day(visitor, settings):
    """Nobody is locked out: code by mail, led to adding an app, recovery codes, the admin; and in again next day."""
    settings.SECOND_FACTOR_FOR_STAFF = True
    make_officer(make_unit(owned=False), "Ola", email="ola@example.org")
    first = visitor.sign_in("ola@example.org", next="/admin/")
    assert first["Location"] == "/admin/"
    page = visitor.client.get("/admin/", follow=True)
    assert page.redirect_chain == [("/account/security/", 302)]
    assert "ekstra trinn" in page.content.decode()
    secret = visitor.client.get("/account/security/app/").context["secret"].replace(" ", "")
    page = visitor.client.post("/account/security/app/", {"code": app_code(secret)}, follow=True)
    recovery = page.context["codes"]
    assert len(recovery) == 10
    assert b'href="/admin/"' in visitor.client.get("/account/security/").content
    assert visitor.client.get("/admin/").status_code == 200
    visitor.client.post("/account/logout/")
    # The phone is at home: a recovery code.
    visitor.sign_in("ola@example.org", next="/admin/")
    answer = visitor.client.post("/account/login/second/", {"code": recovery[0]})
    assert answer["Location"] == "/admin/"
    assert visitor.client.get("/admin/").status_code == 200


def test_passkey_answers_that_are_none_are_refused_kindly(client, kari):
    options = client.get("/account/login/passkey/").json()
    assert options["publicKey"]["challenge"]
    assert options["publicKey"].get("allowCredentials", []) == []
    for nonsense in ("", "{}", "[]", '{"id": 1}', '{"response": {"userHandle": "AAAA"}}', "x"):
        answer = client.post("/account/login/passkey/", {"credential": nonsense})
        assert answer["Location"] == "/account/login/", nonsense
    assert "_auth_user_id" not in client.session


def test_sessions_are_listed_and_ended(visitor, another_visitor, kari):
    visitor.client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
    another_visitor.client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    visitor.sign_in("kari@example.org")
    another_visitor.sign_in("kari@example.org")
    page = visitor.client.get("/account/security/").content.decode()
    assert "Firefox, Android" in page
    assert "203.0.113" not in page
    assert "203.0.113" not in repr(list(SignedIn.objects.values()))
    other = SignedIn.objects.exclude(session_key=visitor.client.session.session_key).get()
    stranger = Client()
    stranger.force_login(make_user("Ola"))
    assert stranger.post(f"/account/security/end/{other.pk}/").status_code == 404
    assert another_visitor.is_signed_in()
    visitor.client.post(f"/account/security/end/{other.pk}/")
    assert another_visitor.client.get("/account/security/")["Location"].startswith("/account/login/")
    assert visitor.is_signed_in()


def test_log_out_everywhere_else(visitor, another_visitor, kari):
    visitor.sign_in("kari@example.org")
    another_visitor.sign_in("kari@example.org")
    visitor.client.post("/account/security/end/")
    assert visitor.is_signed_in()
    assert another_visitor.client.get("/my/cases/").status_code == 302
    assert SignedIn.objects.count() == 1
    visitor.client.post("/account/logout/")
    assert not SignedIn.objects.exists()


def test_last_used_is_noted_now_and_then_and_costs_nothing_between(visitor, kari):
    with clock.at(clock.now()) as now:
        visitor.sign_in("kari@example.org")
        visitor.client.get("/account/security/")
        assert SignedIn.objects.get().seen_at == now
    later = now + timedelta(minutes=20)
    with clock.at(later):
        visitor.client.get("/account/security/")
    assert SignedIn.objects.get().seen_at == later
    Session.objects.all().delete()
    sessions.forget_expired(later)
    assert not SignedIn.objects.exists()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 Chrome/131.0 Safari/537 Edg/131.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)  # fmt: skip
def test_a_device_has_a_short_name(agent, name):
    assert sessions.device(agent) == name


@pytest.fixture
def changed(visitor, another_visitor, kari, django_capture_on_commit_callbacks):
    """Kari has changed her address; another of her browsers was in."""
    another_visitor.sign_in("kari@example.org")
    visitor.sign_in("kari@example.org")
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/account/address/", {"email": "Ny@example.org"})
    assert [letter.to for letter in mail.outbox] == [["ny@example.org"]]
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/account/address/code/", {"code": code_in(mail.outbox[0])})
    return visitor


def test_an_address_is_changed_by_a_code_there_and_the_old_one_is_told(changed, another_visitor, kari):
    kari.refresh_from_db()
    assert kari.email == "ny@example.org"
    [_code, notice] = mail.outbox
    assert notice.to == ["kari@example.org"]
    assert "ny@example.org" not in notice.body
    assert changed.is_signed_in()
    assert another_visitor.client.get("/my/cases/").status_code == 302
    # The outbox has forgotten both addresses' secrets.
    assert not OutboxMessage.objects.exclude(payload={}).filter(handler__startswith="municipality.accounts.a").exists()


def test_the_old_address_undoes_it_without_logging_in(changed, kari, client):
    link = re.search(r"http\S+/address/undo/\S+", mail.outbox[1].body)[0]
    path = link.partition("localhost:8000")[2]
    page = client.get(path)
    assert (page.status_code, page["Referrer-Policy"]) == (200, "no-referrer")
    kari.refresh_from_db()
    assert kari.email == "ny@example.org"
    assert client.post(path).status_code == 200
    kari.refresh_from_db()
    assert kari.email == "kari@example.org"
    assert changed.client.get("/my/cases/").status_code == 302
    # Who loses the account is told; the letter doesn't go to who gets it back.
    notice = OutboxMessage.objects.get(handler="municipality.accounts.notice")
    assert (notice.recipient, notice.payload["change"]) == ("ny@example.org", "address_undone")
    assert client.post(path).status_code == 404
    nonce = path.rstrip("/").rpartition("/")[2].partition(":")[0]
    assert client.get(f"/account/address/undo/{nonce}:forged/").status_code == 404


def test_what_a_thief_has_added_around_the_change_goes_with_it(changed, kari, client):
    row = AddressChange.objects.get()
    add_app(kari)
    Identity.objects.create(user=kari, provider="entra", subject="thief", created_at=row.changed_at)
    Identity.objects.create(
        user=kari, provider="idporten", subject="own", created_at=row.changed_at - timedelta(days=30)
    )
    Authenticator.objects.create(user=kari, type="webauthn", data={})
    Authenticator.objects.filter(type="totp").update(created_at=row.changed_at - timedelta(hours=1))
    assert address.undo(row, now=clock.now())
    assert not Authenticator.objects.exists()
    assert Identity.objects.get().subject == "own"


def test_what_was_there_long_before_the_change_stays(changed, kari):
    """Else the link in a letter would open an account that needs a second factor."""
    row = AddressChange.objects.get()
    add_app(kari)
    Authenticator.objects.update(created_at=row.changed_at - timedelta(days=2))
    assert address.undo(row, now=clock.now())
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_undoing_the_first_of_two_changes_undoes_both(changed, kari, client):
    first = AddressChange.objects.get()
    address.change(kari, "enda.en@example.org", now=clock.now())
    assert address.undo(first, now=clock.now())
    assert address.undo(first, now=clock.now())  # pressed twice
    kari.refresh_from_db()
    assert kari.email == "kari@example.org"
    assert not AddressChange.objects.exists()


def test_an_address_that_somebody_else_has_by_now_is_not_taken_back(changed, kari, client):
    make_user("Per", email="kari@example.org")
    row = AddressChange.objects.get()
    page = client.post(f"/account/address/undo/{codes.link_token(row.nonce)}/")
    assert "Ring kommunen" in page.content.decode()
    kari.refresh_from_db()
    assert kari.email == "ny@example.org"


def test_a_new_address_from_the_municipality_is_told_to_the_old_one_and_logs_out(visitor, kari):
    visitor.sign_in("kari@example.org")
    AddressChange.objects.create(user=kari, old="for@example.org", new=kari.email, nonce="n", changed_at=clock.now())
    admin = browser(make_user("Adam", is_superuser=True, is_staff=True))
    data = {"email": "ny@example.org", "name": "Kari", "phone": "", "language": "nb", "is_active": "on"}
    assert admin.post(reverse("wagtailusers_users:edit", args=[kari.pk]), data).status_code == 302
    assert visitor.client.get("/my/cases/").status_code == 302
    notice = OutboxMessage.objects.get(handler="municipality.accounts.notice")
    assert (notice.recipient, notice.payload["change"]) == ("kari@example.org", "address_by_staff")
    assert not AddressChange.objects.exists()


def test_the_letter_with_a_code_says_what_the_code_is_for(visitor, kari, django_capture_on_commit_callbacks):
    visitor.sign_in("kari@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/account/address/", {"email": "ny@example.org"})
    assert "vil bruke denne e-postadressen" in mail.outbox[-1].body
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/account/prove/", {"action": "send"})
    assert "endre hvordan du logger inn" in mail.outbox[-1].body


def test_the_outbox_holds_no_link_that_undoes(visitor, kari):
    row = address.change(kari, "ny@example.org", now=clock.now())
    assert codes.link_token(row.nonce) not in repr(list(OutboxMessage.objects.values()))


def test_after_two_weeks_nothing_is_undone_and_the_old_address_is_forgotten(changed, client):
    later = clock.now() + timedelta(days=14, seconds=1)
    row = AddressChange.objects.get()
    token = codes.link_token(row.nonce)
    assert address.undoable(token, now=clock.now()) == row
    assert address.undoable(token, now=later) is None
    assert address.forget_old(later) == 1


def test_a_taken_address_is_told_only_to_who_owns_it(visitor, kari, django_capture_on_commit_callbacks):
    make_user("Ola", email="ola@example.org")
    visitor.sign_in("kari@example.org")
    seen = []
    for email in ("ola@example.org", "ledig@example.org"):
        with django_capture_on_commit_callbacks(execute=True):
            answer = visitor.client.post("/account/address/", {"email": email})
        seen.append((answer.status_code, answer["Location"]))
    assert seen[0] == seen[1]
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post("/account/address/", {"email": "ola@example.org"})
    answer = visitor.client.post("/account/address/code/", {"code": code_in(mail.outbox[-1])})
    assert answer["Location"] == "/account/address/"
    kari.refresh_from_db()
    assert kari.email == "kari@example.org"
