"""What followers are told: closures, cancelled dates, what is going to happen; once, in one letter, at decent hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.cases import drafts
from booking.cases import services as cases
from booking.cases.models import CoHost
from booking.cases.services import LineOutcome
from booking.correspondence import running
from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.services import close_resource, reopen
from booking.organisations.followers import links, selectors, services
from booking.organisations.followers.models import FollowedNews, Follower, FollowNotice
from booking.organisations.followers.services import News
from tests import factories as f
from tests.correspondence import mailserver
from tests.factories import NOW

pytestmark = pytest.mark.django_db

#: Monday 2 March 2026, noon in Oslo.
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def follower(*targets: Any, address: str = "elin@example.org", **choices: str) -> Follower:
    """Somebody who follows these; without an address by a page alone."""
    if address:
        for target in targets:
            pending = services.ask_by_email(target=target, address=address, language="nb", now=NOW)
            made = services.confirm(token=links.open_link(pending.token_sealed), now=NOW).follower
    else:
        made = services.follow_by_link(target=targets[0], language="nb", now=NOW).follower
        for target in targets[1:]:
            services.add_place(follower=made, target=target, now=NOW)
    if choices:
        services.choose(follower=made, choices=choices)
    OutboxMessage.objects.all().delete()
    return made


def tick(now: datetime) -> list[Any]:
    """Everything due, as the command does it; answers the followers' letters of this run."""
    mail.outbox.clear()
    with clock.at(now):
        assert running.run_due(now) == []
    return [letter for letter in mail.outbox if "List-Unsubscribe" in letter.extra_headers]


def close(resource: Any, start: datetime, *, hours: int = 4, now: datetime = NOON, reason: str = "Lekkasje") -> Any:
    with clock.at(now):
        return close_resource(resource, start=start, end=start + timedelta(hours=hours), reason=reason, now=now).closure


class Town:
    """A hall in thirds, a club, and an officer who grants."""

    def __init__(self) -> None:
        hall = f.make_hall_in_thirds(horizon_days=365)
        self.hall, (self.a, self.b, self.c) = hall.whole, hall.parts
        self.coach = f.make_user("Kari Trener")
        self.club = f.make_organisation("Lilleby IL", leader=self.coach, listed=True)

    def grant(
        self,
        resource: Any,
        *starts: datetime,
        title: str = "Åpen hall",
        public: bool = True,
        hosts: tuple[Any, ...] = (),
    ) -> Any:
        """A granted request with a title that everybody sees (or not)."""
        data = {
            "organisation": self.club.slug,
            "title": title,
            "title_public": public,
            "lines": [
                {
                    "resource": resource.slug,
                    "start": start.isoformat(),
                    "end": (start + timedelta(hours=2)).isoformat(),
                }
                for start in starts
            ],
        }
        with clock.at(NOON):
            case = cases.submit_request(drafts.parse(data, user=self.coach), user=self.coach, now=NOON)
            for host in hosts:
                CoHost.objects.create(case=case, organisation=host)
            wanted = [LineOutcome(number, "grant") for number in range(1, len(starts) + 1)]
            return cases.decide_lines(case, wanted, "", by=self.hall.unit.officer, now=NOON)


@pytest.fixture
def town() -> Town:
    return Town()


TOMORROW = datetime(2026, 3, 3, 16, tzinfo=UTC)
IN_A_WEEK = datetime(2026, 3, 9, 16, tzinfo=UTC)


# --- closures --------------------------------------------------------------------------------------------------------


def test_one_letter_however_many_hit_places_one_follows(town: Town) -> None:
    follower(town.hall, town.a, town.b)
    close(town.hall, IN_A_WEEK)
    (letter,) = tick(NOON + 2 * MINUTE)
    assert letter.to == ["elin@example.org"]
    assert letter.subject == "Lillebyhallen er stengt: Lekkasje"
    assert letter.body.count("Lekkasje") == 1
    assert "9. mars" in letter.body
    # And never again.
    assert tick(NOON + 3 * MINUTE) == tick(NOON + timedelta(days=1)) == []


def test_who_follows_the_whole_hears_of_its_parts_and_the_other_way_round(town: Town) -> None:
    follower(town.hall, address="hall@example.org")
    follower(town.a, address="a@example.org")
    follower(town.b, address="b@example.org")
    close(town.a, IN_A_WEEK)
    assert sorted(letter.to[0] for letter in tick(NOON + 2 * MINUTE)) == ["a@example.org", "hall@example.org"]
    close(town.hall, IN_A_WEEK + timedelta(days=1))
    assert len(tick(NOON + 4 * MINUTE)) == 3


def test_what_lies_in_an_area_belongs_to_it_and_not_the_other_way(town: Town) -> None:
    """Two pieces of ground: closing the whole area doesn't take the park beside it, closing the park is news of it."""
    area = f.make_resource("Elvesletta", kind="area")
    park = f.make_resource("Aktivitetsparken", kind="area", parent=area)
    follower(area, address="sletta@example.org")
    follower(park, address="park@example.org")
    close(park, IN_A_WEEK)
    assert sorted(letter.to[0] for letter in tick(NOON + 2 * MINUTE)) == ["park@example.org", "sletta@example.org"]
    close(area, IN_A_WEEK)
    assert [letter.to[0] for letter in tick(NOON + 4 * MINUTE)] == ["sletta@example.org"]


def test_what_is_taken_back_within_the_minute_is_never_said(town: Town) -> None:
    follower(town.hall)
    closure = close(town.hall, IN_A_WEEK)
    reopen(closure, now=NOON + timedelta(seconds=30))
    assert tick(NOON + 2 * MINUTE) == []


def test_who_was_told_that_it_is_closed_is_told_that_it_is_open_and_nobody_else(town: Town) -> None:
    follower(town.hall)
    follower(town.hall, address="kveld@example.org", closed="evening")
    closure = close(town.hall, IN_A_WEEK)
    assert len(tick(NOON + 2 * MINUTE)) == 1
    for _twice in range(2):
        reopen(closure, now=NOON + 5 * MINUTE)
    (letter,) = tick(NOON + 7 * MINUTE)
    assert (letter.to, letter.subject) == (["elin@example.org"], "Lillebyhallen er åpent likevel")
    # The evening's reader has nothing to hear any more.
    assert tick(NOON + timedelta(hours=6)) == []


def test_a_place_that_is_hidden_meanwhile_is_not_told_of(town: Town) -> None:
    follower(town.hall)
    close(town.hall, IN_A_WEEK)
    town.hall.public = False
    town.hall.save()
    assert tick(NOON + 2 * MINUTE) == []


# --- cancelled dates -------------------------------------------------------------------------------------------------


def test_a_cancelled_date_inside_48_hours_is_told_directly_also_to_who_wanted_a_summary(town: Town) -> None:
    """N8: inside 48 hours followers are told directly too."""
    follower(town.hall, cancelled="evening", closed="page")
    case = town.grant(town.a, TOMORROW, IN_A_WEEK)
    with clock.at(NOON + 5 * MINUTE):
        cases.withdraw_case(case, by=town.coach, now=NOON + 5 * MINUTE)
    (letter,) = tick(NOON + 7 * MINUTE)
    assert letter.subject == "Åpen hall i Lillebyhallen, del A er avlyst"
    assert "3. mars" in letter.body
    assert "9. mars" not in letter.body
    (evening,) = tick(NOON + timedelta(hours=6))
    assert "9. mars" in evening.body


def test_what_a_closure_takes_comes_in_the_closure_s_letter_and_comes_back_with_it(town: Town) -> None:
    follower(town.hall)
    town.grant(town.a, TOMORROW)
    closure = close(town.hall, TOMORROW - timedelta(hours=1), now=NOON + 5 * MINUTE)
    (letter,) = tick(NOON + 7 * MINUTE)
    assert letter.subject == "2 endringer der du følger med"
    assert "Åpen hall i Lillebyhallen, del A er avlyst" in letter.body
    assert "Lillebyhallen er stengt: Lekkasje" in letter.body
    with clock.at(NOON + 10 * MINUTE):
        reopen(closure, now=NOON + 10 * MINUTE)
    (back,) = tick(NOON + 12 * MINUTE)
    assert "Åpen hall i Lillebyhallen, del A blir noe av likevel" in back.body
    assert "åpent likevel" in back.body


def test_what_has_no_public_title_is_nobody_s_business(town: Town) -> None:
    made = follower(town.hall, town.club, happening="at_once")
    case = town.grant(town.a, TOMORROW, title="Vinnergruppa", public=False)
    with clock.at(NOON):
        cases.withdraw_case(case, by=town.coach, now=NOON)
        assert tick(NOON + 2 * MINUTE) == []
        page = Client().get(f"/follow/page/{links.open_link(made.page_sealed)}/").content.decode()
    assert "Vinnergruppa" not in page
    assert not FollowedNews.objects.exists()


def test_a_withdrawn_request_that_was_never_granted_is_no_news(town: Town) -> None:
    follower(town.hall)
    data = {
        "organisation": town.club.slug, "title": "Åpen hall", "title_public": True,
        "lines": [
            {"resource": town.a.slug, "start": TOMORROW.isoformat(), "end": (TOMORROW + timedelta(hours=1)).isoformat()}
        ],
    }  # fmt: skip
    with clock.at(NOON):
        case = cases.submit_request(drafts.parse(data, user=town.coach), user=town.coach, now=NOON)
        cases.withdraw_case(case, by=town.coach, now=NOON)
    assert not FollowedNews.objects.exists()


# --- what is going to happen -----------------------------------------------------------------------------------------


def test_a_meeting_place_is_followed_through_its_hosts(town: Town) -> None:
    """N13, N14: who follows an organisation hears of its public arrangements, also where it is only a co-host."""
    hosts = f.make_organisation("Vertskapet", listed=True)
    stranger = f.make_organisation("En annen", listed=True)
    follower(hosts, address="vert@example.org", happening="evening")
    follower(stranger, address="annen@example.org", happening="evening")
    follower(town.hall, address="side@example.org")  # only on the page, by default
    town.grant(town.a, IN_A_WEEK, IN_A_WEEK + timedelta(days=28), title="Møteplass", hosts=(hosts,))
    # Co-hosts are named before it is granted, so that it is their news too.
    (letter,) = tick(NOON + timedelta(hours=6))
    assert letter.to == ["vert@example.org"]
    assert letter.subject == "Møteplass i Lillebyhallen, del A (og 1 dato til)"


def test_an_organisation_that_leaves_the_register_is_not_told_of(town: Town) -> None:
    follower(town.club, happening="at_once")
    town.club.listed = False
    town.club.save()
    town.grant(town.a, IN_A_WEEK)
    assert tick(NOON + 2 * MINUTE) == []


def test_the_coming_week_is_told_once_on_sunday_evening(town: Town) -> None:
    follower(town.hall, happening="weekly")
    follower(town.b, address="annet@example.org", happening="weekly")
    town.grant(town.a, TOMORROW, IN_A_WEEK, title="Møteplass")
    sunday = datetime(2026, 3, 8, 17, tzinfo=UTC)
    assert tick(sunday - MINUTE) == []
    (letter,) = tick(sunday)
    # Part B shares no ground with A: its follower has an empty week, and hears nothing.
    assert letter.to == ["elin@example.org"]
    assert letter.subject == "Uken som kommer der du følger med"
    assert "Møteplass" in letter.body
    assert "9. mars" in letter.body
    assert "3. mars" not in letter.body
    assert tick(sunday + MINUTE) == tick(sunday + timedelta(hours=20)) == []


# --- choices and hours -----------------------------------------------------------------------------------------------


def test_muted_and_page_only_send_nothing_and_stand_on_the_page(town: Town) -> None:
    quiet = follower(town.hall)
    services.mute_place(follower=quiet, follow_id=quiet.follows.get().pk, muted=True)
    page_only = follower(town.hall, address="side@example.org", closed="page")
    by_link = follower(town.hall, address="")
    close(town.hall, IN_A_WEEK)
    assert tick(NOON + 2 * MINUTE) == []
    with clock.at(NOON + 3 * MINUTE):
        for one in (quiet, page_only, by_link):
            shown = Client().get(f"/follow/page/{links.open_link(one.page_sealed)}/").content.decode()
            assert "Lillebyhallen er stengt: Lekkasje" in shown
    # One place that isn't muted is enough to hear of what hits both.
    services.add_place(follower=quiet, target=town.a, now=NOON)
    close(town.hall, IN_A_WEEK + timedelta(days=1), now=NOON + 4 * MINUTE)
    assert [letter.to for letter in tick(NOON + 6 * MINUTE)] == [["elin@example.org"]]


def test_what_happens_at_night_leaves_at_seven_and_what_is_urgent_at_once(town: Town) -> None:
    follower(town.hall)
    night = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # half past ten in Oslo
    close(town.hall, IN_A_WEEK, now=night)
    assert tick(night + 5 * MINUTE) == []
    assert len(tick(datetime(2026, 3, 3, 6, tzinfo=UTC))) == 1
    closure = close(town.hall, IN_A_WEEK + timedelta(days=3), now=NOON)
    FollowedNews.objects.all().delete()
    with transaction.atomic():
        services.tell([News("closed", closure.pk, closure.start, resources=(town.hall.pk,), urgent=True)], now=night)
    assert len(tick(night + 2 * MINUTE)) == 1


def test_an_evening_s_reader_gets_one_letter_of_the_whole_day(town: Town) -> None:
    follower(town.hall, closed="evening")
    for day in range(3):
        close(town.hall, IN_A_WEEK + timedelta(days=day), reason=f"Grunn {day}", now=NOON + day * MINUTE)
    assert tick(NOON + timedelta(hours=1)) == []
    (letter,) = tick(NOON + timedelta(hours=6))
    assert [f"Grunn {day}" in letter.body for day in range(3)] == [True] * 3


def test_ten_days_late_one_letter_says_only_what_is_still_ahead(town: Town) -> None:
    follower(town.hall)
    close(town.hall, TOMORROW, reason="Over")
    close(town.hall, datetime(2026, 3, 20, 10, tzinfo=UTC), reason="Ikke over")
    (letter,) = tick(NOON + timedelta(days=10))
    assert letter.subject == "Lillebyhallen er stengt: Ikke over"


def test_news_is_noted_in_the_transaction_of_the_change_or_not_at_all(town: Town) -> None:
    follower(town.hall)
    with transaction.atomic():
        close(town.hall, IN_A_WEEK)
        transaction.set_rollback(True)
    assert not FollowedNews.objects.exists()
    with pytest.raises(KeyError), transaction.atomic():
        services.tell([News("nobody-registered-it", 1, NOON)], now=NOON)


def test_telling_many_is_a_constant_number_of_queries(town: Town) -> None:
    def queries() -> int:
        FollowedNews.objects.all().delete()
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            services.tell([News("closed", n, NOON, resources=(town.a.pk,)) for n in range(3)], now=NOON)
        return len(seen)

    follower(town.hall)
    few = queries()
    for number in range(30):
        follower(town.a, address=f"nr{number}@example.org")
    assert queries() == few
    assert FollowNotice.objects.count() == 31 * 3


def test_floors_above_ask_who_follows_and_get_no_address(town: Town) -> None:
    one = follower(town.hall, town.a)
    other = follower(town.club, address="annen@example.org")
    assert selectors.who_follows([town.a.pk]) == {one.pk: {town.hall.pk, town.a.pk}}
    assert selectors.who_follows([], [town.club.pk]) == {other.pk: set()}
    assert selectors.counts() == {town.hall.pk: 1, town.a.pk: 1}


# --- the post --------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(settings: Any) -> Any:
    with mailserver.running() as (handler, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1
        yield handler


def test_each_letter_can_be_stopped_from_the_mail_program(town: Town, server: mailserver.Handler) -> None:
    """RFC 8058, as it stands on the wire."""
    made = follower(town.hall)
    close(town.hall, IN_A_WEEK)
    tick(NOON + 2 * MINUTE)
    (letter,) = server.accepted
    stop = f"http://localhost:8000/follow/stop/{links.open_link(made.stop_sealed)}/"
    assert str(letter["List-Unsubscribe"]).replace("\n", "").replace(" ", "") == f"<{stop}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in letter.get_body(("plain",)).get_content()


def test_an_address_that_is_refused_for_good_is_erased_and_never_written_down(
    town: Town, server: mailserver.Handler, caplog: pytest.LogCaptureFixture
) -> None:
    follower(town.hall)
    close(town.hall, IN_A_WEEK + timedelta(days=30))
    server.refuse_recipient = "550 5.1.1 <Elin@Example.org>: no such user"
    tick(NOON + 2 * MINUTE)
    waiting = OutboxMessage.objects.get(handler="follow_news")
    assert waiting.state == "queued"
    assert waiting.last_error == "refused: 550 5.1.1 <…>: no such user"
    OutboxMessage.objects.update(due_at=NOON)
    tick(NOON + timedelta(days=4))
    assert OutboxMessage.objects.get(handler="follow_news").state == "failed"
    assert Follower.objects.exists()
    tick(NOON + timedelta(days=4) + MINUTE)
    assert not Follower.objects.exists()
    assert OutboxMessage.objects.get(handler="follow_news").state == "dropped"
    ours = " ".join(one.getMessage() for one in caplog.records if one.name.startswith(("booking", "django", "samskap")))
    assert "was not taken" in ours
    assert "elin@example.org" not in ours.casefold()


def test_a_letter_with_an_address_in_the_open_is_refused(town: Town) -> None:
    for handler, recipient in (("follow_news", "elin@example.org"), ("case_receipt", "")):
        with pytest.raises(ValueError, match="sealed"):
            correspondence.enqueue(
                key="x", handler=handler, payload={}, recipient=recipient, language="nb", due_at=NOON, now=NOON
            )


def test_old_news_is_forgotten(town: Town) -> None:
    follower(town.hall)
    close(town.hall, IN_A_WEEK)
    services.forget(NOON + timedelta(days=29))
    assert FollowNotice.objects.exists()
    services.forget(NOON + timedelta(days=30))
    assert not FollowedNews.objects.exists()
    assert not FollowNotice.objects.exists()
