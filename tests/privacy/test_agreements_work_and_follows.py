"""What agreements, hand-overs of work and followed places know about a person: read, erased, and gone after a time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.agreements import services as agreements
from booking.agreements.models import Agreement, AgreementState, DocumentContent
from booking.catalogue.models import Absence, HandOver
from booking.catalogue.services import Wish, hand_over_carried, record_absence
from booking.foundation import clock, personal
from booking.foundation.errors import Unmet
from booking.organisations.followers import links
from booking.organisations.followers import services as followers
from booking.organisations.followers.models import FollowedNews, Follower, PendingFollow
from booking.privacy import selectors, services
from booking.privacy.models import Look
from municipality.accounts import age
from tests import factories as f
from tests.factories import NOW
from tests.privacy.test_erasing import NAME, PHONE, codes, write_an_agreement, xenia

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = 365 * DAY
PDF = b"%PDF-1.7\n%%EOF\n"

__all__ = ["xenia"]  # the fixture


def exported(user: Any, name: str) -> list[dict[str, Any]]:
    """The rows of one class in the file that a person takes along."""
    found = json.loads("".join(selectors.export(user, now=NOW)))
    return next(one["rows"] for one in found["classes"] if one["name"] == name)


def records(user: Any, name: str) -> list[personal.Record]:
    return next(list(one.records) for one in selectors.sections(user) if one.data.name == name)


@pytest.fixture
def club(xenia: Any) -> Any:
    found = f.make_organisation("Lilleby IL", leader=f.make_user("Leif Lagleder"), slug="lil")
    f.give_membership(xenia, found, "board")
    return found


# --- agreements -------------------------------------------------------------------------------------------------------


def test_a_person_reads_which_agreements_name_them_and_what_they_did(xenia: Any, club: Any) -> None:
    made = write_an_agreement(xenia, club)
    agreements.add_document(made, name="kart.pdf", content=PDF, by=xenia, organisation=club, now=NOW)
    agreements.decline(made, by=xenia, organisation=club, reason="Vi rekker det ikke", now=NOW)
    write_an_agreement(club.memberships.get(role="leader").user, club, title="En annens")
    rows = exported(xenia, "agreements")
    whole = [row for row in rows if "your_part" in row]
    assert [(row["reference"], row["organisations"], row["declined"]) for row in whole] == [
        (made.reference, ["Lilleby IL"], "Vi rekker det ikke")
    ]
    assert whole[0]["your_part"] == ["You wrote it down", "You declined it", "You confirmed it for your organisation"]
    assert [row["document"] for row in rows if "document" in row] == ["kart.pdf"]
    assert {row["what"] for row in rows if "what" in row} >= {"document_added", "declined"}
    # Where it is seen: on the organisation's page for who leads it.
    assert records(xenia, "agreements")[0].where == f"/my/organisations/lil/agreements/{made.reference}/"


def test_why_the_other_side_said_no_is_not_in_one_s_file(xenia: Any, club: Any) -> None:
    made = write_an_agreement(xenia, club)
    officer = made.unit.officer
    agreements.decline(made, by=officer, reason="Ikke råd", now=NOW)
    assert [row["declined"] for row in exported(xenia, "agreements") if "declined" in row] == [""]
    assert [row["declined"] for row in exported(officer, "agreements") if "declined" in row] == ["Ikke råd"]


def test_who_answers_for_a_living_agreement_hands_it_on_first(xenia: Any, club: Any) -> None:
    made = write_an_agreement(club.memberships.get(role="leader").user, club)
    Agreement.objects.filter(pk=made.pk).update(officer=xenia)
    with pytest.raises(Unmet) as error:
        services.erase_person(user=xenia, by=xenia, now=NOW)
    assert codes(error) == ["officer_of_agreements"]
    # Without a role in the unit the page isn't theirs to open; with one the link leads to where it is handed on.
    assert [one.where for one in selectors.obstacles(xenia, NOW)] == [""]
    f.give_role(xenia, made.unit)
    mine = [one for one in selectors.obstacles(xenia, NOW) if one.code == "officer_of_agreements"]
    assert [one.where for one in mine] == [reverse("booking_agreements:inspect", args=[made.pk])]


@pytest.mark.parametrize("change", [{"state": "ended"}, {"state": "declined"}, {"last_day": (NOW - DAY).date()}])
def test_an_agreement_that_is_over_keeps_nobody(xenia: Any, club: Any, change: dict[str, Any]) -> None:
    made = write_an_agreement(xenia, club)
    made = agreements.confirm(made, by=made.unit.officer, now=NOW)
    if change.get("state") == "declined":
        change |= {"declined_at": NOW, "declined_by": made.unit.officer_id}
    Agreement.objects.filter(pk=made.pk).update(officer=xenia, **change)
    services.erase_person(user=xenia, by=xenia, now=NOW)


def test_a_deputy_s_name_goes_by_itself(xenia: Any, club: Any) -> None:
    made = write_an_agreement(club.memberships.get(role="leader").user, club)
    Agreement.objects.filter(pk=made.pk).update(deputy=xenia)
    services.erase_person(user=xenia, by=xenia, now=NOW)
    made.refresh_from_db()
    assert made.deputy is None


def test_somebody_of_the_same_name_keeps_it_in_agreements_of_others(xenia: Any, club: Any) -> None:
    leader = f.make_user("Siri Leder")
    theirs = f.make_organisation("Storby IL", leader=leader)
    made = write_an_agreement(leader, theirs, terms="Som avtalt.", background="")
    services.erase_person(user=xenia, by=xenia, now=NOW)
    made.refresh_from_db()
    # A phone number is nobody else's, and where it stands the name beside it is this person's.
    assert made.keys == "Nøkkel hos …, …"
    other = f.make_user(NAME, email="en.annen@example.org")
    written = write_an_agreement(leader, theirs, terms="Som avtalt.", background="", keys=f"Nøkkel hos {NAME}")
    services.erase_person(user=other, by=other, now=NOW)
    written.refresh_from_db()
    assert written.keys == f"Nøkkel hos {NAME}"


def over(made: Agreement, state: str, at: datetime) -> None:
    fields: dict[str, Any] = {"state": state, "revised_at": at}
    if state == AgreementState.DECLINED:
        fields |= {"declined_at": at, "declined_by": made.written_by, "declined_reason": "Nei takk, sier Kari"}
    Agreement.objects.filter(pk=made.pk).update(**fields)


@pytest.mark.parametrize(("state", "years"), [("ended", 10), ("declined", 2)])
def test_documents_and_side_notes_go_long_after_it_is_over(xenia: Any, club: Any, state: str, years: int) -> None:
    made = write_an_agreement(xenia, club)
    agreements.add_document(made, name="kart.pdf", content=PDF, by=xenia, organisation=club, now=NOW)
    made = agreements.confirm(made, by=made.unit.officer, now=NOW)
    living = write_an_agreement(xenia, club, title="Gjelder ennå")
    over(made, state, NOW)
    services.run_retention(NOW + years * YEAR - DAY)
    assert DocumentContent.objects.exists()
    services.run_retention(NOW + years * YEAR + DAY)
    made.refresh_from_db(), living.refresh_from_db()
    assert not DocumentContent.objects.exists()
    document = made.documents.get()
    assert (document.name, bool(document.removed_at), len(document.sha256)) == ("", True, 64)
    assert (made.background, made.keys, made.storage, made.declined_reason) == ("", "", "", "")
    assert "Nøkkel" not in made.search_text
    assert "nokkel" not in made.search_text
    # What was agreed stays, and so does everything of one that still holds.
    assert made.terms.startswith("Laget steller huset.")
    assert made.parties.get().confirmed_by == xenia
    assert PHONE in living.keys
    # Nothing is left to do.
    klass = personal.retention_class("ended_agreements" if state == "ended" else "declined_agreements")
    assert klass is not None
    assert not klass.rows().exists()


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_staff_who_open_an_agreement_leave_one_trace_a_day_that_the_people_in_it_see(xenia: Any, club: Any) -> None:
    with clock.at(NOW):
        made = write_an_agreement(xenia, club)
        agreements.add_document(made, name="kart.pdf", content=PDF, by=xenia, organisation=club, now=NOW)
        desk, unit = browser(made.unit.officer), made.unit
        for name, args in (
            ("inspect", [made.pk]),
            ("letter", [made.pk]),
            ("document", [made.pk, made.documents.get().pk]),
        ):
            Look.objects.all().delete()
            for _twice in range(2):
                assert desk.get(reverse(f"booking_agreements:{name}", args=args)).status_code == 200
            looks = [(row.viewer, row.about_kind, row.label, row.unit) for row in Look.objects.all()]
            assert looks == [(unit.officer, "agreement", made.reference, unit)], name
        seen = selectors.looks_at(xenia)
    assert [(one.about, one.unit) for one in seen] == [(made.reference, "Kultur og idrett")]
    assert selectors.looks_at(f.make_user("Fremmed")) == []


def test_a_document_that_is_not_there_and_one_s_own_organisation_leave_no_trace(xenia: Any, club: Any) -> None:
    made = write_an_agreement(xenia, club)
    desk = browser(made.unit.officer)
    assert desk.get(reverse("booking_agreements:document", args=[made.pk, 999])).status_code == 404
    f.give_role(xenia, made.unit)
    assert browser(xenia).get(reverse("booking_agreements:inspect", args=[made.pk])).status_code == 200
    assert not Look.objects.exists()


# --- work -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_over(xenia: Any) -> HandOver:
    """Xenia had a boat; her leader gave it to the unit's officer. She noted and stood in for an absence."""
    unit = f.make_unit()
    leader = f.make_leader(unit)
    f.give_role(xenia, unit, end=NOW.date())
    boat = f.make_resource("Lånebåten", unit=unit, officer=xenia)
    wishes = [Wish("resources", f"{boat.pk}:officer", unit.officer)]
    hand_over_carried(wishes, leaver=xenia, reason="Hun er syk", by=leader, now=NOW)
    record_absence(user=unit.officer, start=NOW.date(), end=NOW.date(), deputy=xenia, by=unit.officer, now=NOW)
    return HandOver.objects.get()


def test_each_reads_their_own_part_of_a_hand_over(xenia: Any, handed_over: HandOver) -> None:
    def mine(user: Any) -> list[tuple[Any, ...]]:
        rows = [row for row in exported(user, "work") if "your_part" in row]
        return [(row["what"], row["your_part"], row["reason"]) for row in rows]

    assert mine(xenia) == [("Lånebåten", ["You had it"], "Hun er syk")]
    assert mine(handed_over.by) == [("Lånebåten", ["You handed it over"], "Hun er syk")]
    # Why she gave it away is not the receiver's to take along.
    assert mine(handed_over.receiver) == [("Lånebåten", ["You got it"], "")]
    assert mine(f.make_user("Fremmed")) == []
    days = [row for row in exported(xenia, "work") if row.keys() == {"from", "to"}]
    assert days == [{"from": NOW.date().isoformat(), "to": NOW.date().isoformat()}]


def test_erasing_takes_the_reason_and_leaves_what_went_to_whom(xenia: Any, handed_over: HandOver) -> None:
    before = (handed_over.title, handed_over.former, handed_over.receiver, handed_over.by, handed_over.at)
    services.erase_person(user=xenia, by=xenia, now=NOW + DAY)
    handed_over.refresh_from_db()
    assert handed_over.reason == "…"
    assert (handed_over.title, handed_over.former, handed_over.receiver, handed_over.by, handed_over.at) == before
    # A colleague's absence is the colleague's.
    assert Absence.objects.get().user == handed_over.receiver


def test_reasons_and_absences_go_after_two_years(handed_over: HandOver) -> None:
    services.run_retention(NOW + 2 * YEAR - DAY)
    handed_over.refresh_from_db()
    assert (handed_over.reason, Absence.objects.count()) == ("Hun er syk", 1)
    services.run_retention(NOW + 2 * YEAR + DAY)
    handed_over.refresh_from_db()
    assert (handed_over.reason, Absence.objects.count()) == ("…", 0)
    views = {one.klass.name: one for one in selectors.class_views(NOW + 2 * YEAR + DAY)}
    assert (views["hand_overs"].left, views["absences"].left) == (0, 0)


# --- followed places --------------------------------------------------------------------------------------------------


def follow(address: str, target: Any) -> Follower:
    pending = followers.ask_by_email(target=target, address=address, language="nb", now=NOW)
    return followers.confirm(token=links.open_link(pending.token_sealed), now=NOW).follower


def test_a_person_reads_what_their_address_follows_and_erasing_stops_it(xenia: Any) -> None:
    hall, shore = f.make_resource("Lillebyhallen"), f.make_resource("Stranda", kind="area", open=None)
    mine, other = follow("Xenia.Ulvesdatter@example.org", hall), follow("en.annen@example.org", hall)
    PendingFollow.objects.all().delete()
    followers.ask_by_email(target=shore, address=xenia.email, language="nb", now=NOW)
    followers.follow_by_link(target=hall, language="nb", now=NOW)
    rows = exported(xenia, "follows")
    assert [row["place"] for row in rows] == ["Lillebyhallen", "Stranda"]
    # The link of the page is a secret, and no page leads to it.
    assert links.open_link(mine.page_sealed) not in json.dumps(rows)
    assert all(one.where == "" for one in records(xenia, "follows"))
    assert exported(f.make_user("Fremmed"), "follows") == []
    services.erase_person(user=xenia, by=xenia, now=NOW)
    assert not Follower.objects.filter(pk=mine.pk).exists()
    assert not PendingFollow.objects.exists()
    assert Follower.objects.filter(pk=other.pk).exists()
    assert Follower.objects.count() == 2


def test_somebody_without_an_address_has_no_follower_s_rows() -> None:
    nobody = f.make_user("Uten")
    follow("en@example.org", f.make_resource("Lillebyhallen"))
    followers.follow_by_link(target=f.make_resource("Stranda"), language="nb", now=NOW)
    nobody.email = ""
    assert exported(nobody, "follows") == []


def test_what_another_job_takes_is_shown_with_its_own_time() -> None:
    hall = f.make_resource("Lillebyhallen")
    followers.ask_by_email(target=hall, address="ny@example.org", language="nb", now=NOW)
    followers.follow_by_link(target=hall, language="nb", now=NOW)
    FollowedNews.objects.create(kind="closure", subject=1, starts=NOW, at=NOW)
    f.make_user("", email="uferdig@example.org", age_declared_at=None)
    late = NOW + 500 * DAY
    shown = {one.klass.name: one for one in selectors.class_views(late)}
    keep = {"pending_follows": 3, "followed_news": 30, "unseen_pages": 400, "unfinished_accounts": 30}
    for name, days in keep.items():
        assert (shown[name].keep, shown[name].due, shown[name].source) == (timedelta(days=days), 1, "fixed"), name
    early = {one.klass.name: one for one in selectors.class_views(NOW)}
    assert early["pending_follows"].next_at == NOW + 3 * DAY
    assert early["unseen_pages"].due == 0
    # This run leaves them to their own jobs, which do as the page says.
    services.run_retention(late)
    assert PendingFollow.objects.exists()
    followers.forget(late)
    again = {one.klass.name: one.left for one in selectors.class_views(late)}
    assert [again[name] for name in ("pending_follows", "followed_news", "unseen_pages")] == [0, 0, 0]


def test_who_was_erased_is_no_unfinished_account(xenia: Any) -> None:
    type(xenia).objects.filter(pk=xenia.pk).update(age_declared_at=None, date_joined=NOW - YEAR)
    services.erase_person(user=xenia, by=xenia, now=NOW)
    assert not age.unfinished().exists()
    assert age.forget_unfinished(NOW + YEAR) == 0
    assert type(xenia).objects.filter(pk=xenia.pk).exists()
