"""Pages of proposals: who sees what, the editor with what a change does, comparing, print, the meeting."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.seasons.models import DraftRun, Proposal, SlotChange
from booking.seasons.selectors.instances import timetable_of
from tests.factories import NOW, give_membership
from tests.seasons.world import Valley

BASE = "/en/seasons/hallfordeling-2026-27/proposals/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> Any:
    from booking.foundation import clock

    with clock.at(NOW):
        yield


def client_of(user: Any = None) -> Client:
    made = Client()
    if user is not None:
        made.force_login(user)
    return made


@pytest.fixture
def found(valley: Valley) -> Any:
    """Two teams, a municipality's proposal on the table, and a club's rival with a moved, a new and a gone time."""
    made = valley.round("proposals")
    one = valley.wish(made, "J13", places=(valley.gym, valley.hall.whole), sessions_wanted=2)
    other = valley.wish(made, "H1", valley.handball, places=(valley.gym,), age_from=20, age_to=40)
    valley.proposal(
        made, (one, valley.gym, 0, 17, 18), (one, valley.gym, 1, 17, 18), (other, valley.gym, 2, 19, 20),
        state="published", name="Kommunens forslag",
    )  # fmt: skip
    valley.proposal(
        made, (one, valley.gym, 3, 17, 18), (one, valley.hall.whole, 1, 17, 18), (one, valley.gym, 4, 17, 18),
        state="published", name="Klubbens forslag", author_kind="organisation", organisation=valley.club,
        written_by=valley.leader,
    )  # fmt: skip
    return made


def get(path: str, user: Any = None, status: int = 200) -> str:
    answer = client_of(user).get(BASE + path)
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def test_everybody_reads_what_is_on_the_table_and_no_person_is_named(valley: Valley, found: Any) -> None:
    for path in (
        "",
        "1/",
        "1/?as=organisations",
        "1/?as=list",
        "1/?hall=all",
        "2/compare/",
        "1/print/",
        "2/print/?hall=gymsalen",
    ):
        page = get(path)
        for person in (valley.leader, valley.officer, valley.coach):
            assert person.get_full_name() not in page
    assert "Klubbens forslag" in get("")
    assert "Lilleby idrettslag" in get("2/")
    assert "Kommunens forslag" in get("2/compare/")


def test_a_reader_who_is_signed_in_sees_their_own_marked(valley: Valley, found: Any) -> None:
    assert ">ours<" in get("1/", valley.coach)
    assert ">ours<" not in get("1/")


@pytest.mark.parametrize(
    "path", ["9/", "1/organisations/lilleby-kor/", "1/edit/", "1/meeting/", "runs/1/", "1/compare/?against=9"]
)
def test_what_is_not_theirs_is_not_there(valley: Valley, found: Any, path: str) -> None:
    get(path, valley.singer, 404)


def test_drafts_are_their_authors(valley: Valley, found: Any) -> None:
    draft = valley.proposal(found, author_kind="organisation", organisation=valley.club)
    for path in (
        f"{draft.number}/",
        f"{draft.number}/print/",
        f"{draft.number}/edit/",
        f"{draft.number}/compare/?against=1",
    ):
        get(path, valley.leader)
        get(path, valley.officer, 404)
        get(path, valley.handball_leader, 404)
    get(f"1/compare/?against={draft.number}", valley.officer, 404)


def test_before_proposals_there_is_nothing(valley: Valley) -> None:
    valley.round("open")
    get("", None, 404)
    get("", valley.officer)


def test_comparing_marks_each_hour_and_says_who_gains(valley: Valley, found: Any) -> None:
    page = get("2/compare/?against=1")
    assert "2 times moved, 1 new, 1 gone" in page
    assert "Lilleby håndballklubb (−1 h)" in page
    assert "Lilleby idrettslag (+1 h)" in page
    for word in ("moved", "new", "gone"):
        assert f">{word}<" in page
    assert "exactly the same" in get("1/compare/?against=1")


def test_the_only_proposal_says_that_there_is_nothing_to_compare_with(valley: Valley) -> None:
    found = valley.round("proposals")
    valley.proposal(found, state="published")
    assert "nothing to compare with" in get("1/compare/")


def test_an_organisations_hours_say_why(valley: Valley, found: Any) -> None:
    page = get(f"1/organisations/{valley.club.slug}/", valley.coach)
    assert "Our hours" in page
    assert "J13" in page
    assert "The rules give a share" in page


NEW = reverse("booking:season_proposal_new", args=["hallfordeling-2026-27"])


def start(valley: Valley, user: Any, **more: Any) -> Any:
    data = {"begin": "1", "name": "Vårt", "author": valley.club.slug, "key": "abc"} | more
    return client_of(user).post(NEW, data)


def test_a_club_makes_its_own_from_the_municipalitys(valley: Valley, found: Any) -> None:
    answer = start(valley, valley.coach)
    assert answer.status_code == 302
    made = Proposal.objects.get(name="Vårt")
    assert answer["Location"].endswith(f"{made.number}/edit/")
    assert timetable_of(made) == timetable_of(Proposal.objects.get(number=1))
    assert start(valley, valley.coach)["Location"] == answer["Location"]
    page = get(f"{made.number}/edit/", valley.coach)
    assert "data-week-edit" in page
    assert "Move …" in page


def test_bad_input_comes_back_with_what_was_typed(valley: Valley, found: Any) -> None:
    answer = start(valley, valley.coach, name="", note="Dette tenkte vi")
    assert answer.status_code == 400
    assert "Dette tenkte vi" in answer.content.decode()
    assert start(valley, valley.coach, begin="77").status_code == 400
    assert start(valley, valley.coach, author=valley.handball.slug).status_code == 400
    assert start(valley, valley.singer).status_code == 404


@pytest.fixture
def draft(valley: Valley, found: Any) -> Proposal:
    start(valley, valley.coach)
    return Proposal.objects.get(name="Vårt")


def row(draft: Proposal, weekday: int) -> int:
    return int(draft.slots.get(weekday=weekday).pk)


def test_the_form_shows_what_a_move_does_before_it_is_saved(valley: Valley, draft: Proposal) -> None:
    path = f"{draft.number}/edit/{row(draft, 0)}/"
    page = get(f"{path}?weekday=2&start=1140&place={valley.gym.slug}", valley.coach)
    assert "This can't be adopted like this" in page
    assert 'value="19:00"' in page
    assert "Free, and fits the wish" in page
    assert SlotChange.objects.count() == 0


def save(valley: Valley, draft: Proposal, pk: int, user: Any = None, **more: Any) -> Any:
    data = {
        "place": valley.gym.pk, "weekday": 3, "start": "18:00", "minutes": 60, "reason": "Treneren kan ikke mandag",
        "act": "save", "version": draft.version,
    } | more  # fmt: skip
    return client_of(user or valley.coach).post(f"{BASE}{draft.number}/edit/{pk}/", data)


def test_a_move_is_saved_with_its_reason_and_undone(valley: Valley, draft: Proposal) -> None:
    before = timetable_of(draft)
    answer = save(valley, draft, row(draft, 0))
    assert answer.status_code == 302, answer.content
    assert draft.slots.get(weekday=3).reason == "Treneren kan ikke mandag"
    page = get(f"{draft.number}/edit/?hall={valley.gym.slug}", valley.coach)
    assert "Treneren kan ikke mandag" in page
    draft.refresh_from_db()
    client_of(valley.coach).post(f"{BASE}{draft.number}/edit/undo/", {"version": draft.version})
    assert timetable_of(draft) == before


def test_no_reason_no_change_and_what_was_typed_stays(valley: Valley, draft: Proposal) -> None:
    answer = save(valley, draft, row(draft, 0), reason="")
    assert answer.status_code == 400
    assert 'value="18:00"' in answer.content.decode()
    assert SlotChange.objects.count() == 0


@pytest.mark.parametrize(
    "bad",
    [{"minutes": "x"}, {"minutes": "0"}, {"start": "25:00"}, {"weekday": "9"}, {"place": "1'"}, {"start": "23:30"},
     {"reason": "a" * 301}, {"reason": "a\x00"}, {"minutes": "99999"}],
)  # fmt: skip
def test_nonsense_is_told_at_its_field(valley: Valley, draft: Proposal, bad: dict[str, Any]) -> None:
    answer = save(valley, draft, row(draft, 0), **bad)
    assert answer.status_code == 400
    assert "ds-error-summary" in answer.content.decode()


def test_an_old_page_loses_to_a_newer_change(valley: Valley, draft: Proposal) -> None:
    save(valley, draft, row(draft, 0))
    answer = client_of(valley.leader).post(
        f"{BASE}{draft.number}/edit/{row(draft, 1)}/",
        {
            "place": valley.gym.pk,
            "weekday": 4,
            "start": "18:00",
            "minutes": 60,
            "reason": "Nei",
            "act": "save",
            "version": 1,
        },
        follow=True,
    )
    assert "Somebody changed this" in answer.content.decode()
    assert {one.weekday for one in timetable_of(draft)} == {1, 2, 3}


def test_removing_needs_a_reason_and_the_page_says_so(valley: Valley, draft: Proposal) -> None:
    answer = save(valley, draft, row(draft, 0), act="remove", reason="")
    assert answer.status_code == 400
    assert "reason" in answer.context["form"].errors
    assert draft.slots.filter(pk=row(draft, 0)).exists()


def test_remove_add_and_lock(valley: Valley, draft: Proposal) -> None:
    pk = row(draft, 2)
    assert save(valley, draft, pk, act="remove").status_code == 302
    assert not draft.slots.filter(pk=pk).exists()
    page = get(f"{draft.number}/edit/add/", valley.coach)
    assert "H1" in page
    wish = found_wish(draft, "H1")
    draft.refresh_from_db()
    answer = client_of(valley.coach).post(
        f"{BASE}{draft.number}/edit/add/",
        {"team": wish, "place": valley.gym.pk, "weekday": 4, "start": "20:00", "minutes": 60, "reason": "Voksne sent",
         "act": "save", "version": draft.version},
    )  # fmt: skip
    assert answer.status_code == 302, answer.content
    pk = row(draft, 4)
    client_of(valley.coach).post(f"{BASE}{draft.number}/edit/{pk}/lock/", {})
    assert draft.slots.get(pk=pk).locked
    assert "Unlock" in get(f"{draft.number}/edit/?hall={valley.gym.slug}", valley.coach)


def found_wish(draft: Proposal, team: str) -> int:
    return int(draft.round.wishes.get(team=team).pk)


def test_publish_withdraw_discard_describe(valley: Valley, draft: Proposal) -> None:
    client = client_of(valley.coach)
    path = f"{BASE}{draft.number}/"
    answer = client.post(f"{path}edit/describe/", {"name": "Nytt navn", "note": "Fordi", "version": draft.version})
    assert answer.status_code == 302
    assert client.post(f"{path}edit/describe/", {"name": "", "note": "Fordi"}).status_code == 400
    assert client_of(valley.handball_leader).post(f"{path}publish/", {}).status_code == 404
    client.post(f"{path}publish/", {})
    draft.refresh_from_db()
    assert (draft.state, draft.name) == ("published", "Nytt navn")
    assert "Withdraw it" in get(f"{draft.number}/", valley.coach)
    assert "Withdraw it" not in get(f"{draft.number}/", valley.officer)
    client.post(f"{path}withdraw/", {})
    draft.refresh_from_db()
    assert draft.state == "withdrawn"
    assert "Withdrawn" in get("")
    start(valley, valley.coach, name="Kladd", key="ny")
    extra = Proposal.objects.get(name="Kladd")
    client.post(f"{BASE}{extra.number}/discard/", {})
    assert not Proposal.objects.filter(pk=extra.pk).exists()


def test_the_meeting_is_changed_live_and_ends_numbered(valley: Valley, found: Any) -> None:
    client = client_of(valley.officer)
    assert client_of(valley.leader).post(BASE + "1/meeting/begin/").status_code == 404
    answer = client.post(BASE + "1/meeting/begin/")
    made = Proposal.objects.get(author_kind="table")
    assert answer["Location"].endswith(f"{made.number}/meeting/")
    pk = made.slots.get(weekday=0).pk
    moved = {"slot": pk, "weekday": 4, "start": 1020, "place": valley.gym.slug, "version": made.version}
    assert client.post(f"{BASE}{made.number}/meeting/move/", moved).status_code == 302
    assert made.slots.get(pk=pk).weekday == 4
    assert client.post(f"{BASE}{made.number}/meeting/move/", moved | {"weekday": 3}).status_code == 412
    assert client.post(f"{BASE}{made.number}/meeting/move/", {"slot": pk}).status_code == 409
    page = get(f"{made.number}/meeting/?hall={valley.gym.slug}", valley.officer)
    assert "What the last change did" in page
    assert "fredag" in page.casefold() or "friday" in page.casefold()
    made.refresh_from_db()
    undone = client.post(f"{BASE}{made.number}/edit/undo/", {"version": made.version, "back": "meeting"})
    assert undone["Location"].endswith("/meeting/")
    made.refresh_from_db()
    answer = client.post(f"{BASE}{made.number}/meeting/agree/", {"note": "Enige", "version": made.version}, follow=True)
    assert "What the table agreed is proposal 3" in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "published"


def test_who_leads_a_club_in_the_round_reads_but_does_not_make_the_municipalitys(valley: Valley, found: Any) -> None:
    give_membership(valley.officer, valley.choir, "leader")
    valley.wish(found, "Koret", valley.choir)
    draft = valley.proposal(found)
    get(f"{draft.number}/", valley.officer)
    get(f"{draft.number}/edit/", valley.officer, 404)
    assert "The municipality" not in get("new/", valley.officer)


def test_a_proposal_with_a_wish_that_was_withdrawn_can_be_read(valley: Valley, found: Any) -> None:
    found.wishes.filter(team="H1").update(withdrawn_at=NOW)
    assert "H1" in get("1/?hall=all")
    assert "can't stand like this" in get("1/")


def test_the_best_so_far_of_a_calculation(valley: Valley, found: Any) -> None:
    one = found.wishes.get(team="J13")
    run = DraftRun.objects.create(
        round=found, asked_by=valley.officer, asked_at=NOW, state="running",
        best=[[one.pk, valley.gym.pk, 1, 1020, 1080, False]], progress={"worst": 50, "minutes": 60, "unserved": 1},
    )  # fmt: skip
    assert "J13" in get(f"runs/{run.pk}/?hall={valley.gym.slug}", valley.officer)
    get(f"runs/{run.pk}/", valley.leader, 404)


def test_a_round_without_places_or_wishes(valley: Valley) -> None:
    found = valley.round("proposals")
    found.places.all().delete()
    valley.proposal(found, state="published")
    draft = valley.proposal(found)
    for path in ("", "1/", "1/print/", "1/?as=organisations", "1/?as=list"):
        get(path)
    for path in (f"{draft.number}/edit/", f"{draft.number}/edit/add/"):
        get(path, valley.officer)


def test_a_proposal_of_many_slots_takes_no_more_queries(
    valley: Valley, found: Any, django_assert_max_num_queries: Any
) -> None:
    slots = []
    for number in range(40):
        wish = valley.wish(found, f"Lag {number}", valley.handball if number % 2 else valley.club, places=(valley.gym,))
        slots.append((wish, valley.gym, number % 5, 16 + number % 6, 17 + number % 6))
    big = valley.proposal(found, *slots, state="published")
    client = client_of()
    for path in (f"{big.number}/", f"{big.number}/?as=organisations", f"{big.number}/compare/?against=1", ""):
        with django_assert_max_num_queries(26):
            assert client.get(BASE + path).status_code == 200


def test_nobody_is_called_worst_off_where_all_have_their_share(valley: Valley, found: Any) -> None:
    """Both have all that they asked for: no club is pointed at with 100 %, and a barred one has no coverage at all."""
    one = valley.round("proposals", slug="annen", name="Annen")
    wishes = [
        valley.wish(one, "J13", places=(valley.gym,)),
        valley.wish(one, "H1", valley.handball, places=(valley.gym,)),
    ]
    for days in ((0, 1), (2, 3)):
        valley.proposal(one, *((wish, valley.gym, day, 17, 18) for wish, day in zip(wishes, days, strict=True)),
                        state="published")  # fmt: skip
    shown = client_of().get(reverse("booking:season_compare", args=["annen", 2]) + "?against=1").context["comparison"]
    assert shown.worst_before == shown.worst_after
    assert "%" not in shown.worst_after


def test_a_team_that_gets_nothing_by_the_rules_has_no_coverage(valley: Valley) -> None:
    made = valley.round("proposals", preset="small_town")
    valley.wish(made, "J13", places=(valley.gym,))
    valley.wish(made, "Liten", valley.handball, places=(valley.gym,), heads=1)
    valley.proposal(made, (made.wishes.get(team="J13"), valley.gym, 0, 17, 18), state="published")
    address = reverse("booking:season_organisation", args=[made.slug, 1, valley.handball.slug])
    body = client_of().get(address).content.decode()
    team = next(one for one in client_of().get(address).context["teams"] if one["team"] == "Liten")
    assert team["coverage"] == "–"
    assert "100 %" not in body
