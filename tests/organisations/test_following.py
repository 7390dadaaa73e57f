"""Following without an account: by e-mail, by a secret page, by calendar; choosing, and stopping (needs N14)."""

from __future__ import annotations

import html
import logging
import re
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.module_loading import import_string

from booking.cases import services as cases
from booking.cases.models import Case, Message
from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock, vault
from booking.foundation.errors import Invalid, NotFound, WrongState
from booking.organisations.followers import links, registry, rules, selectors, services
from booking.organisations.followers.models import Follow, Follower, FollowerChoice, PendingFollow
from booking.organisations.services import merge_organisations
from tests import factories as f
from tests.factories import NOW
from tests.matrix import missing_rows, names_of, row, walk

pytestmark = pytest.mark.django_db

MAILBOX = "Elin.Berg@example.org"


@pytest.fixture
def hall():
    return f.make_resource("Lillebyhallen", slug="lillebyhallen", name_en="Lilleby hall")


@pytest.fixture
def club():
    return f.make_organisation("Møteplassen", listed=True)


def text(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def post_goes_out(now=None):
    mail.outbox.clear()
    correspondence.send_due(now or clock.now() + timedelta(minutes=5))
    return list(mail.outbox)


def path_in(letter, part):
    link = next(word for word in letter.body.split() if f"/follow/{part}/" in word)
    return urlsplit(link).path


def ask(target, address=MAILBOX, client=None):
    """What the form on the page does, and the letter that comes of it."""
    mail.outbox.clear()
    name = "follow_organisation" if hasattr(target, "number") else "follow_resource"
    answer = (client or Client()).post(
        reverse(f"booking:{name}", args=[target.slug]), {"way": "email", "email": address, "homepage": ""}
    )
    post_goes_out_again = list(mail.outbox) or post_goes_out()
    return answer, post_goes_out_again[0] if post_goes_out_again else None


def follows_by_email(target, address=MAILBOX):
    """Somebody who has confirmed; answers the path of their page."""
    _answer, letter = ask(target, address)
    return urlsplit(Client().post(path_in(letter, "confirm"))["Location"]).path


def everything_stored():
    """Every row of every table of the plugin, as text."""
    words = []
    for model in apps.get_app_config("samskap_booking").get_models():
        for line in model._base_manager.values_list():
            words.append(" ".join(str(value) for value in line))
    return "\n".join(words)


# --- by e-mail -------------------------------------------------------------------------------------------------------


def test_nobody_follows_before_the_owner_of_the_address_presses_the_button(hall):
    answer, letter = ask(hall)
    assert answer["Location"] == reverse("booking:follow_sent")
    assert letter.to == [MAILBOX]
    assert not Follower.objects.exists()
    link = path_in(letter, "confirm")
    # Scanners of mail fetch every link: looking changes nothing, however often.
    for method in ("get", "head"):
        assert getattr(Client(), method)(link).status_code == 200
    assert not Follower.objects.exists()
    page = Client().post(link)["Location"]
    assert Follow.objects.get().resource == hall
    # Pressed twice it is once.
    assert Client().post(link)["Location"] == page
    assert Follow.objects.count() == 1
    assert "Lillebyhallen" in text(Client().get(page))


def test_the_form_says_the_same_whether_the_address_follows_or_not(hall):
    follows_by_email(hall)
    new, _letter = ask(hall, "ukjent@example.org")
    known, letter = ask(hall, MAILBOX.upper().replace("EXAMPLE.ORG", "example.org"))
    assert (new.status_code, new["Location"]) == (known.status_code, known["Location"])
    # Only the mailbox learns it, and nothing is left to confirm.
    assert "/follow/page/" in letter.body
    assert "/follow/confirm/" not in letter.body


def test_a_second_place_of_the_same_address_comes_on_the_same_page(hall, club):
    first, second = follows_by_email(hall), follows_by_email(club, MAILBOX.lower())
    assert first == second
    assert Follower.objects.count() == 1
    assert Follow.objects.count() == 2


def test_what_is_no_address_is_refused_at_its_field_and_stays_typed(hall):
    answer = Client().post(reverse("booking:follow_resource", args=[hall.slug]), {"way": "email", "email": "elin@"})
    assert 'value="elin@"' in answer.content.decode()
    assert 'id="id_email-error"' in answer.content.decode()
    assert not PendingFollow.objects.exists()
    with pytest.raises(Invalid) as refusal:
        services.ask_by_email(target=hall, address="elin\x00@example.org", language="nb", now=NOW)
    assert refusal.value.errors[0].loc == ("email",)


def test_a_program_that_fills_in_every_field_follows_nothing(hall):
    Client().post(
        reverse("booking:follow_resource", args=[hall.slug]),
        {"way": "email", "email": MAILBOX, "homepage": "https://example.org"},
    )
    assert not PendingFollow.objects.exists()


def test_a_mailbox_is_not_filled_with_letters_it_never_asked_for(hall):
    statuses = [ask(hall)[0].status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert ask(hall, "en-annen@example.org")[0].status_code == 302


def test_an_unconfirmed_address_is_forgotten_after_three_days(hall):
    services.ask_by_email(target=hall, address=MAILBOX, language="nb", now=NOW)
    token = links.open_link(PendingFollow.objects.get().token_sealed)
    late = NOW + rules.PENDING_LIFE + timedelta(minutes=1)
    with pytest.raises(NotFound):
        services.confirm(token=token, now=late)
    services.forget(NOW + timedelta(days=2))
    assert PendingFollow.objects.exists()
    services.forget(late)
    services.forget(late)
    assert not PendingFollow.objects.exists()


def test_only_what_everybody_sees_can_be_followed(hall, club):
    draft = f.make_resource("Utkast", state="draft")
    hidden = f.make_resource("Skjult", public=False)
    unlisted = f.make_organisation("Ulistet")
    for one in (draft, hidden):
        assert Client().get(reverse("booking:follow_resource", args=[one.slug])).status_code == 404
    assert Client().get(reverse("booking:follow_organisation", args=[unlisted.slug])).status_code == 404
    with pytest.raises(NotFound):
        services.follow_by_link(target=hidden, language="nb", now=NOW)
    assert Client().get(reverse("booking:follow_organisation", args=[club.slug])).status_code == 200


# --- nothing but the address, and that encrypted ---------------------------------------------------------------------


def test_a_copy_of_the_database_holds_neither_address_nor_link(hall):
    page = follows_by_email(hall)
    secret = page.rstrip("/").rpartition("/")[2]
    stored = everything_stored()
    assert "elin.berg" not in stored.casefold()
    assert secret not in stored
    row = Follower.objects.get()
    stop = links.open_link(row.stop_sealed)
    assert stop not in stored
    assert links.open_address(row.address_sealed) == MAILBOX


def test_the_outbox_finds_the_address_when_the_letter_leaves_and_forgets_the_text(hall):
    ask(hall)
    letter = OutboxMessage.objects.get(handler="follow_confirm")
    assert (letter.state, letter.recipient, letter.subject, letter.body, letter.payload) == ("sent", "", "", "", {})


def test_keys_can_be_changed_and_old_links_go_on(hall, settings):
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": ["o" * 40]}
    page = follows_by_email(hall)
    services.ask_by_email(target=hall, address="ny@example.org", language="nb", now=NOW)
    old = vault.key_id()
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": ["n" * 40, "o" * 40]}
    # The follower, the link that made them one, and the link that waits.
    assert services.seal_anew(NOW) == 3
    assert services.seal_anew(NOW) == 0
    settings.BOOKING = {**settings.BOOKING, "encryption_keys": ["n" * 40]}
    row = Follower.objects.get()
    assert row.key_id == vault.key_id() != old
    assert links.open_address(row.address_sealed) == MAILBOX
    assert selectors.of_address(row.address_sealed).get() == row
    assert Client().get(page).status_code == 200


def test_the_database_refuses_half_an_address_and_two_rows_of_one(hall):
    made = services.follow_by_link(target=hall, language="nb", now=NOW).follower
    for fields in ({"address_hash": "x"}, {"address_sealed": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Follower.objects.filter(pk=made.pk).update(**fields)
    other = services.follow_by_link(target=hall, language="nb", now=NOW).follower
    Follower.objects.filter(pk=made.pk).update(address_hash="a", address_sealed="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Follower.objects.filter(pk=other.pk).update(address_hash="a", address_sealed="y")
    for fields in ({"resource": None}, {"organisation": f.make_organisation("X")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Follow.objects.filter(follower=made).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowerChoice.objects.create(follower=made, kind="closed", when="never")


# --- the secret page -------------------------------------------------------------------------------------------------


def test_a_page_without_any_address_shows_what_is_followed(hall):
    answer = Client().post(reverse("booking:follow_resource", args=[hall.slug]), {"way": "page"})
    page = answer["Location"]
    assert not Follower.objects.get().by_email
    seen = Client().get(page)
    assert "Lillebyhallen" in text(seen)
    assert seen["Referrer-Policy"] == "no-referrer"
    assert "noindex" in seen["X-Robots-Tag"]
    assert "no-store" in seen["Cache-Control"]


def test_pages_behind_a_secret_tell_nobody_their_address(hall):
    page = follows_by_email(hall)
    row = Follower.objects.get()
    stop = reverse("booking:follow_stop", args=[links.open_link(row.stop_sealed)])
    _answer, letter = ask(hall, "ny@example.org")
    for path in (page, stop, path_in(letter, "confirm"), "/follow/page/feil/", "/follow/stop/feil/"):
        answer = Client().get(path)
        assert answer["Referrer-Policy"] == "no-referrer", path
        assert "noindex" in answer["X-Robots-Tag"], path


def test_wrong_links_are_counted_and_say_that_they_open_nothing():
    statuses = [Client().get("/follow/page/feil/").status_code for _ in range(61)]
    assert set(statuses[:60]) == {404}
    assert statuses[60] == 429


def test_more_places_are_added_muted_and_dropped_on_the_page(hall, club):
    page = follows_by_email(hall)
    found = Client().get(page, {"q": "møteplass"})
    assert "Møteplassen" in text(found)
    add = {"act": "add", "kind": "organisation", "slug": club.slug}
    for _twice in range(2):
        assert Client().post(page, add).status_code == 302
    assert Follow.objects.count() == 2
    first = Follow.objects.get(resource=hall)
    Client().post(page, {"act": "mute", "follow": first.pk, "muted": "yes"})
    assert Follow.objects.get(pk=first.pk).muted
    Client().post(page, {"act": "mute", "follow": first.pk, "muted": "no"})
    assert not Follow.objects.get(pk=first.pk).muted
    for _twice in range(2):
        assert Client().post(page, {"act": "drop", "follow": first.pk}).status_code == 302
    # The last one is not dropped: who wants nothing any more stops, and is forgotten.
    last = Follow.objects.get()
    answer = Client().post(page, {"act": "drop", "follow": last.pk})
    assert answer.status_code == 400
    assert Follow.objects.get() == last


def test_a_page_changes_nothing_of_another_page(hall, club):
    mine, theirs = follows_by_email(hall), follows_by_email(hall, "annen@example.org")
    Client().post(mine, {"act": "add", "kind": "organisation", "slug": club.slug})
    row = Follow.objects.get(follower=selectors.find_page(theirs.rstrip("/").rpartition("/")[2]))
    Client().post(mine, {"act": "drop", "follow": row.pk})
    Client().post(mine, {"act": "mute", "follow": row.pk, "muted": "yes"})
    row.refresh_from_db()
    assert not row.muted


@pytest.mark.parametrize(
    "data",
    [
        {}, {"act": "eat"}, {"act": "add", "slug": "finnes-ikke"}, {"act": "add", "slug": "\x00"},
        {"act": "drop", "follow": "9" * 30}, {"act": "mute", "follow": "x"}, {"act": "choose", "closed": "never"},
    ],
)  # fmt: skip
def test_nonsense_on_the_page_changes_nothing_and_breaks_nothing(hall, data):
    page = follows_by_email(hall)
    assert Client().post(page, data).status_code in (302, 400)
    assert Follow.objects.count() == 1
    assert not FollowerChoice.objects.exists()


def test_each_kind_of_message_comes_as_chosen(hall):
    page = follows_by_email(hall)
    chosen = {"closed": "evening", "cancelled": "page", "happening": "weekly", "reply": "at_once", "works": "evening"}
    chosen |= {"language": "nn", "homepage": ""}
    assert Client().post(page, {"act": "choose", **chosen}).status_code == 302
    follower = Follower.objects.get()
    assert selectors.choices_of(follower) == {
        "closed": "evening",
        "cancelled": "page",
        "happening": "weekly",
        "reply": "at_once",
        "works": "evening",
    }
    assert follower.language == "nn"
    # A weekly summary is made of what happens, so closures have none.
    with pytest.raises(Invalid):
        services.choose(follower=follower, choices={"closed": "weekly"})
    assert {kind.code for kind in registry.kinds()} == {"closed", "cancelled", "happening", "reply", "works"}


def test_a_new_address_ends_the_old_one_but_not_the_stop_links_in_old_letters(hall):
    page = follows_by_email(hall)
    stop = reverse("booking:follow_stop", args=[links.open_link(Follower.objects.get().stop_sealed)])
    _answer, letter = ask(hall)  # a link to confirm lies in the mailbox too
    new = Client().post(page, {"act": "renew"})["Location"]
    assert Client().get(page).status_code == 404
    assert Client().get(path_in(letter, "page")).status_code == 404
    assert Client().get(new).status_code == 200
    assert Client().post(stop).status_code == 200
    assert not Follower.objects.exists()


def test_the_page_asks_a_constant_number_of_queries(hall):
    page = follows_by_email(hall)
    token = page.rstrip("/").rpartition("/")[2]
    follower = selectors.find_page(token)
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as seen:
            Client().get(page)
        counts.append(len(seen))
        if number == 0:
            for n in range(12):
                services.add_place(follower=follower, target=f.make_resource(f"Rom {n}"), now=NOW)
    assert counts[0] == counts[1]


def test_at_most_fifty_places_on_one_page(hall):
    follower = services.follow_by_link(target=hall, language="nb", now=NOW).follower
    Follow.objects.bulk_create(
        Follow(follower=follower, resource=f.make_resource(f"Rom {n}"), created_at=NOW)
        for n in range(rules.MOST_FOLLOWED - 1)
    )
    with pytest.raises(WrongState):
        services.add_place(follower=follower, target=f.make_resource("En til"), now=NOW)


def test_the_page_gives_the_calendars_of_what_is_followed_and_of_what_lies_in_it(hall):
    part = f.make_resource("Bane A", parent=hall, slug="bane-a")
    f.make_resource("Et annet sted", slug="annet-sted")
    shown = Client().get(reverse("booking:follow_resource", args=[hall.slug])).content.decode()
    assert "/feeds/resource-lillebyhallen.ics" in shown
    assert f"webcal://localhost:8000/feeds/resource-{part.slug}.ics" in shown
    assert "annet-sted" not in shown


def test_a_place_that_is_hidden_later_is_not_named_any_more(hall):
    page = follows_by_email(hall)
    hall.public = False
    hall.save()
    assert "Lillebyhallen" not in text(Client().get(page))


def test_a_page_that_nobody_opens_is_forgotten_and_one_that_is_opened_stays(hall):
    with clock.at(NOW):
        kept = services.follow_by_link(target=hall, language="nb", now=NOW).page_token
        services.follow_by_link(target=hall, language="nb", now=NOW)
    with clock.at(NOW + timedelta(days=200)):
        assert Client().get(reverse("booking:following", args=[kept])).status_code == 200
    services.forget(NOW + rules.UNSEEN_LIFE + timedelta(days=40))
    assert links.open_link(Follower.objects.get().page_sealed) == kept


# --- proposing without a name ----------------------------------------------------------------------------------------


def propose(page, **data):
    client = Client()
    form = client.get(page).content.decode()
    token = re.search(r'name="token" value="(\w+)"', form)[1]
    fields = {"act": "propose", "follow": Follow.objects.latest("pk").pk, "message": "Jeg vil ha flere kurver."}
    return client.post(page, fields | {"token": token} | data), token


def test_who_follows_a_place_writes_about_it_without_a_name_and_reads_the_answer_on_the_page(hall):
    page = Client().post(reverse("booking:follow_resource", args=[hall.slug]), {"way": "page"})["Location"]
    answer, token = propose(page)
    assert answer.status_code == 302
    case = Case.objects.get()
    assert (case.unit, case.contact_email, case.contact_name, case.requester) == (hall.unit, "", "", None)
    # A second press is none, and no letter goes anywhere.
    propose(page, token=token)
    assert Case.objects.count() == 1
    assert post_goes_out() == []
    shown = text(Client().get(page))
    assert case.reference in shown
    assert "Jeg vil ha flere kurver." in shown
    cases.add_message(case, by=hall.unit.officer, body="God idé.", now=clock.now())
    cases.add_message(case, by=hall.unit.officer, body="Internt ord", now=clock.now(), internal=True)
    shown = text(Client().get(page))
    assert "God idé." in shown
    assert "Internt ord" not in shown


def test_the_answer_comes_by_mail_to_the_address_that_only_the_follower_s_letters_know(hall):
    page = follows_by_email(hall)
    propose(page)
    case = Case.objects.get()
    later = clock.now() + timedelta(hours=20)
    cases.ask(case, message="Hvor mange er dere?", by=hall.unit.officer, now=clock.now())
    services.send_news(later)
    (letter,) = post_goes_out(later + timedelta(hours=10))
    assert letter.to == [MAILBOX]
    assert "Hvor mange er dere?" in letter.body
    assert MAILBOX not in Case.objects.values_list("contact_email", flat=True)
    # They write again, which answers the question and starts the clock; the officer hears of it.
    case.refresh_from_db()
    assert case.waiting_on == "requester"
    assert Client().post(page, {"act": "say", "reference": case.reference, "message": "Vi er fem."}).status_code == 302
    case.refresh_from_db()
    assert case.waiting_on == "municipality"
    # An hour's talk is one letter.
    soon = clock.now() + timedelta(hours=24)
    (to_officer,) = [one for one in post_goes_out(soon) if one.to == [hall.unit.officer.email]]
    assert "Vi er fem." in to_officer.body
    assert "en følger" in to_officer.body


def test_nobody_writes_in_another_s_thread_or_about_what_they_do_not_follow(hall, club):
    mine = follows_by_email(hall)
    propose(mine)
    case = Case.objects.get()
    theirs = follows_by_email(club, "annen@example.org")
    assert Client().post(theirs, {"act": "say", "reference": case.reference, "message": "Hei"}).status_code == 400
    assert case.reference not in text(Client().get(theirs))
    follow = Follow.objects.get(resource=hall)
    answer = Client().post(theirs, {"act": "propose", "follow": follow.pk, "message": "Hei", "token": "x"})
    assert answer.status_code == 400
    assert Case.objects.count() == 1
    assert Message.objects.count() == 0


def test_an_empty_proposal_is_refused_at_its_field(hall):
    page = follows_by_email(hall)
    answer, _token = propose(page, message=" ")
    assert answer.status_code == 400
    assert 'id="propose_message-error"' in answer.content.decode()
    assert not Case.objects.exists()


def test_the_case_stays_when_the_follower_stops_and_nobody_is_known(hall):
    page = follows_by_email(hall)
    propose(page)
    Client().post(page, {"act": "stop"})
    case = Case.objects.get()
    cases.add_message(case, by=hall.unit.officer, body="God idé.", now=clock.now())
    services.send_news(clock.now() + timedelta(days=1))
    assert post_goes_out(clock.now() + timedelta(days=2)) == []
    desk = Client()
    desk.force_login(hall.unit.officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "følger" in text(desk.get(reverse("booking_cases:inspect", args=[case.pk])))


# --- stop ------------------------------------------------------------------------------------------------------------


def test_one_press_in_the_mail_program_stops_and_erases_everything(hall):
    """RFC 8058: a POST without cookies, to the address of the header, answered without a redirect."""
    follows_by_email(hall)
    row = Follower.objects.get()
    stop = reverse("booking:follow_stop", args=[links.open_link(row.stop_sealed)])
    browser = Client(enforce_csrf_checks=True)
    for method in ("get", "head"):
        assert getattr(browser, method)(stop).status_code == 200
    assert Follower.objects.exists()
    answer = browser.post(stop, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    for model in (Follower, Follow, FollowerChoice, PendingFollow):
        assert not model.objects.exists(), model
    assert "elin" not in everything_stored().casefold()
    # Retried, it has been done; looked at, it opens nothing.
    assert browser.post(stop).status_code == 200
    assert browser.get(stop).status_code == 404


def test_what_waits_in_the_outbox_of_who_has_stopped_is_dropped(hall):
    page = follows_by_email(hall)
    ask(hall)
    OutboxMessage.objects.all().delete()
    services.ask_by_email(target=hall, address=MAILBOX, language="nb", now=NOW)
    Client().post(page, {"act": "stop"})
    assert post_goes_out() == []
    assert set(OutboxMessage.objects.values_list("state", "payload__pending")) == {("dropped", None)}


def test_stopping_works_in_a_browser_that_tells_no_referrer(hall):
    """Such pages are sent with ``no-referrer``, so browsers say ``Origin: null``; the address is the right."""
    page = follows_by_email(hall)
    pressed = Client(enforce_csrf_checks=True).post(page, {"act": "stop"}, headers={"Origin": "null"})
    assert pressed.status_code in (200, 302)
    assert not Follower.objects.exists()


# --- merging, rights, logs -------------------------------------------------------------------------------------------


def test_who_followed_both_of_two_merged_organisations_follows_the_one(club):
    other = f.make_organisation("Møteplass Lilleby", listed=True)
    follows_by_email(club)
    follows_by_email(other)
    follows_by_email(other, "bare-den@example.org")
    merge_organisations(source=other, target=club, by=f.make_user("Admin", is_superuser=True, is_staff=True), now=NOW)
    assert set(Follow.objects.values_list("organisation", flat=True)) == {club.pk}
    assert Follow.objects.count() == 2
    assert Client().get(reverse("booking:follow_organisation", args=[other.slug])).status_code == 302


ROWS = {
    "booking:follow_resource": row("200 200 200", args=lambda things: [things["hall"].slug]),
    "booking:follow_organisation": row("200 200 200", args=lambda things: [things["club"].slug]),
    "booking:follow_sent": row("200 200 200"),
    "booking:follow_stopped": row("200 200 200"),
    "booking:follow_confirm": row("200 200 200", args=lambda things: [things["pending"]]),
    "booking:follow_confirm#wrong": row("404 404 404", args=lambda things: ["nonsense"]),
    "booking:follow_stop": row("200 200 200", args=lambda things: [things["stop"]]),
    "booking:follow_stop#wrong": row("404 404 404", args=lambda things: ["nonsense"]),
    "booking:following": row("200 200 200", args=lambda things: [things["page"]]),
    "booking:following#wrong": row("404 404 404", args=lambda things: ["nonsense"]),
}


def test_links_are_the_only_right_whoever_is_signed_in(hall, club):
    """Not even an administrator reads what somebody follows without the link."""
    now = clock.now()
    made = services.follow_by_link(target=hall, language="nb", now=now)
    pending = services.ask_by_email(target=hall, address=MAILBOX, language="nb", now=now)
    things = {
        "hall": hall,
        "club": club,
        "page": made.page_token,
        "stop": links.open_link(made.follower.stop_sealed),
        "pending": links.open_link(pending.token_sealed),
    }
    ours = {name for name in names_of(namespace="booking:") if name.startswith("booking:follow")}
    without_row, without_address = missing_rows(ours, ROWS)
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address
    clients = {"anonymous": Client(), "member": Client(), "admin": Client()}
    for name, user in (("member", f.make_user("M")), ("admin", f.make_user("A", is_staff=True, is_superuser=True))):
        clients[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert walk(ROWS, clients, things, ("anonymous", "member", "admin")) == []


def test_secrets_stay_out_of_logs(hall, settings):
    """Django writes the path of what isn't there: here a page with a letter too few."""
    page = follows_by_email(hall)
    token = page.rstrip("/").rpartition("/")[2][:-1]
    page = page.rstrip("/")[:-1] + "/"
    written = StringIO()
    handler = logging.StreamHandler(written)
    name = settings.LOGGING["filters"]["hide_secrets"]["()"]
    handler.addFilter(import_string(name)())
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["hide_secrets"]
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert Client().get(page).status_code == 404
    finally:
        logger.removeHandler(handler)
    assert "/follow/page/…/" in written.getvalue()
    assert token not in written.getvalue()


def test_the_pages_of_place_and_organisation_lead_to_following(hall, club):
    assert (
        reverse("booking:follow_resource", args=[hall.slug]) in Client().get(f"/things/{hall.slug}/").content.decode()
    )
    page = Client().get(reverse("booking:organisation", args=[club.slug])).content.decode()
    assert reverse("booking:follow_organisation", args=[club.slug]) in page
