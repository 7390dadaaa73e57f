"""Which text somebody agreed to and when: versions that nobody can change, and consent that can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from booking.catalogue.models import Resource
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.organisations import services as organisations
from booking.privacy import guards, selectors, services
from booking.privacy.models import Consent, ConsentText
from tests import factories as f
from tests.factories import NOW
from tests.privacy.test_erasing import ask

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def text(body: str = "Vi viser navnet.", **more: str) -> ConsentText:
    return services.new_text(kind="public_contact", bodies={"nb": body, **more}, now=NOW)


def test_the_same_words_are_the_same_version_and_other_words_the_next() -> None:
    first = text()
    assert text("  Vi viser navnet. ") == first
    second = text("Vi viser navn og telefon.")
    assert (first.number, second.number) == (1, 2)
    assert services.text_in_force("public_contact", now=NOW) == second
    # Back to the first words: what is in force is a new version, so that the order tells the truth.
    assert text().number == 3
    assert text("x", en="y").number == 4


def test_a_version_needs_words_and_a_kind() -> None:
    for bodies in ({}, {"nb": " "}, {"en": "only English"}, {"nb": "a\x00b"}):
        with pytest.raises(Invalid):
            services.new_text(kind="public_contact", bodies=bodies, now=NOW)
    with pytest.raises(Invalid):
        services.new_text(kind="nothing", bodies={"nb": "x"}, now=NOW)


def test_the_database_refuses_to_change_a_version_or_to_delete_what_was_agreed_to() -> None:
    row = text()
    for changes in ({"body": "noe annet"}, {"body_en": "else"}, {"number": 9}, {"kind": "x"}):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            ConsentText.objects.filter(pk=row.pk).update(**changes)
    services.agree(user=f.make_user(), text=row, now=NOW)
    with pytest.raises(ProtectedError):
        row.delete()


def test_the_system_check_misses_the_guard_and_migrate_makes_it_again() -> None:
    assert guards.missing(connection) == []
    with connection.cursor() as cursor:
        guards._drop(connection, cursor)
    assert guards.missing(connection) == [guards.NAME]
    guards.after_migrate(using="default")
    assert guards.missing(connection) == []
    text()
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentText.objects.update(body="noe annet")


def test_agreeing_twice_is_once_and_a_newer_version_takes_the_older_one_s_place() -> None:
    kari = f.make_user()
    first = services.agree(user=kari, text=text(), about="organisation:x", now=NOW)
    assert services.agree(user=kari, text=text(), about="organisation:x", now=NOW + DAY) == first
    second = services.agree(user=kari, text=text("Nye ord."), about="organisation:x", now=NOW + DAY)
    first.refresh_from_db()
    assert (first.withdrawn_at, second.withdrawn_at) == (NOW + DAY, None)
    assert Consent.objects.count() == 2


def test_the_organisation_s_leader_agrees_by_a_tick_and_takes_it_back_on_the_own_page() -> None:
    kari = f.make_user("Kari Leder")
    club = f.make_organisation(leader=kari)
    organisations.update_organisation(
        organisation=club, changes={"contact_public": True, "listed": True}, by=kari, now=NOW
    )
    found = {row.text.kind: row for row in Consent.objects.filter(user=kari, withdrawn_at=None)}
    assert set(found) == {"public_contact", "register_listing"}
    assert found["public_contact"].about == f"organisation:{club.slug}"
    services.withdraw(consent=found["public_contact"], by=kari, now=NOW + DAY)
    services.withdraw(consent=found["public_contact"], by=kari, now=NOW + 2 * DAY)
    club.refresh_from_db()
    assert (club.contact_public, club.listed) == (False, True)
    row = Consent.objects.get(pk=found["public_contact"].pk)
    assert (row.withdrawn_at, row.withdrawn_by) == (NOW + DAY, kari)


def test_switching_it_off_ends_everybody_s_consent() -> None:
    kari, ola = f.make_user("Kari"), f.make_user("Ola")
    club = f.make_organisation(leader=kari)
    organisations.update_organisation(organisation=club, changes={"listed": True}, by=kari, now=NOW)
    f.give_membership(ola, club, "board")
    organisations.update_organisation(organisation=club, changes={"listed": False}, by=ola, now=NOW + DAY)
    row = Consent.objects.get()
    assert (row.user, row.withdrawn_by, row.withdrawn_at) == (kari, ola, NOW + DAY)


def test_an_officer_agrees_for_nobody() -> None:
    unit, club = f.make_unit(), f.make_organisation(leader=f.make_user())
    organisations.update_organisation(organisation=club, changes={"listed": True}, by=unit.officer, now=NOW)
    assert not Consent.objects.exists()


def test_house_rules_are_kept_word_for_word_although_they_are_rewritten_the_day_after() -> None:
    kari = f.make_user("Kari Trener")
    club = f.make_organisation(leader=kari)
    hall = f.make_resource("Lillebyhallen", house_rules="Rydd etter dere.", house_rules_en="Tidy up.")
    case = ask(kari, club, hall=hall, accept_rules=True)
    Resource.objects.filter(pk=hall.pk).update(house_rules="Ingen sko på dansegulvet.")
    ask(kari, club, hall=hall, ahead=9)  # a program that doesn't say so has accepted nothing
    ask(kari, club, hall=hall, ahead=11, accept_rules=True)
    rows = Consent.objects.filter(user=kari).select_related("text").order_by("pk")
    assert [(row.about.partition(":")[0], row.text.body, row.text.number) for row in rows] == [
        ("case", "Rydd etter dere.", 1),
        ("case", "Ingen sko på dansegulvet.", 2),
    ]
    assert rows[0].about == f"case:{case.reference}"
    assert rows[0].text.body_en == "Tidy up."
    # It goes with the loan.
    with pytest.raises(WrongState) as error:
        services.withdraw(consent=rows[0], by=kari, now=NOW + DAY)
    assert error.value.code == "bound"


def test_nobody_takes_back_somebody_else_s_consent() -> None:
    row = services.agree(user=f.make_user("Kari"), text=text(), now=NOW)
    with pytest.raises(Forbidden):
        services.withdraw(consent=row, by=f.make_user("Ola"), now=NOW)


def test_the_words_in_the_form_are_the_version_that_is_recorded() -> None:
    from django.utils import translation

    with translation.override("en"):
        assert "shown to everybody" in selectors.words_of("public_contact")
        assert not ConsentText.objects.exists()  # reading makes no version
        text("Bare navnet.", en="The name only.")
        assert selectors.words_of("public_contact") == "The name only."


def test_the_guard_survives_the_way_back_and_forth() -> None:
    call_command("check", "--database", "default", verbosity=0)
