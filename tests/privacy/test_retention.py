"""What has been kept long enough goes: per class, previewed, killed and run again, and never suddenly shorter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from booking.cases import services as cases
from booking.cases.models import Case, Message
from booking.correspondence import services as correspondence
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import personal
from booking.foundation.errors import Invalid, NotFound, Stale
from booking.foundation.models import IdempotencyRecord
from booking.organisations import services as organisations
from booking.organisations.models import Invitation
from booking.privacy import rules, selectors, services
from booking.privacy.models import Look, RetentionRule
from booking.privacy.services import keeping
from booking.staff.models import StaffLogEntry
from tests import factories as f
from tests.factories import NOW
from tests.privacy.test_erasing import ask

DAY = timedelta(days=1)
YEAR = 365 * DAY


# --- the decision -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "configured", "chosen", "in_force", "expected"),
    [
        (365, None, None, None, (365, 365, False)),  # as delivered
        (365, 90, None, None, (90, 365, True)),  # shorter from the first day: that waits too
        (365, 90, None, 90, (90, 90, False)),  # agreed
        (365, 900, None, 365, (900, 900, False)),  # longer: at once
        (365, 90, 30, 90, (30, 90, True)),  # the administrator's word goes before the settings
        (365, 90, 500, 90, (500, 500, False)),
        (365, None, None, 900, (365, 900, True)),  # a setting was taken away: shorter again
    ],
)
def test_longer_counts_at_once_and_shorter_waits(default, configured, chosen, in_force, expected) -> None:
    found = rules.terms(default=default, configured=configured, chosen=chosen, in_force=in_force)
    assert (found.wanted, found.in_force, found.needs_ok) == expected


@given(st.integers(1, 5000), st.none() | st.integers(1, 5000), st.none() | st.integers(1, 5000), st.integers(1, 5000))
def test_without_a_yes_nothing_ever_goes_earlier_than_before(default, configured, chosen, in_force) -> None:
    found = rules.terms(default=default, configured=configured, chosen=chosen, in_force=in_force)
    assert found.in_force >= in_force
    assert found.needs_ok == (found.wanted < in_force)


# --- what goes --------------------------------------------------------------------------------------------------------


def run(now: datetime) -> int:
    return services.run_retention(now)


def sent_letter(at: datetime, **fields: Any) -> OutboxMessage:
    values = {
        "key": f"test:{OutboxMessage.objects.count()}:kari@example.org",
        "handler": "case_receipt",
        "recipient": "kari@example.org",
        "state": OutboxState.SENT,
        "subject": "Vi har fått søknaden",
        "body": "Hei Kari",
        "due_at": at,
        "created_at": at,
        "sent_at": at,
    }
    return OutboxMessage.objects.create(**(values | fields))


@pytest.mark.django_db
def test_the_text_of_a_letter_goes_after_a_year_and_its_hash_stays() -> None:
    old, young = sent_letter(NOW), sent_letter(NOW + 2 * DAY)
    waiting = sent_letter(NOW, state=OutboxState.QUEUED)
    run(NOW + YEAR + DAY)
    old.refresh_from_db(), young.refresh_from_db(), waiting.refresh_from_db()
    assert (old.subject, old.body, old.recipient) == ("", "", "")
    assert old.body_hash == correspondence.hash_of("Vi har fått søknaden", "Hei Kari")
    assert "@" not in old.key
    assert (young.body, waiting.body) == ("Hei Kari", "Hei Kari")


@pytest.mark.django_db
def test_a_letter_s_hash_is_written_when_it_is_sent_and_a_secret_s_never(mailoutbox: Any) -> None:
    coach = f.make_user("Kari Trener")
    ask(coach, f.make_organisation(leader=coach))
    correspondence.send_due(now=NOW + timedelta(minutes=5))
    letter = OutboxMessage.objects.get(handler="case_receipt")
    assert letter.body_hash == correspondence.hash_of(letter.subject, letter.body)
    from municipality.accounts.letters import send_code

    send_code(email="kari@example.org", nonce="n", expires_at=NOW + DAY, language="nb", now=NOW)
    correspondence.send_due(now=NOW + timedelta(minutes=5))
    assert not OutboxMessage.objects.exclude(handler="case_receipt").exclude(body_hash="").exists()


@pytest.mark.django_db
def test_a_stranger_s_enquiry_forgets_who_asked_and_what_a_year_after_its_answer() -> None:
    f.make_unit()
    case = cases.submit_enquiry(message="Hei", contact_name="Nabo", contact_email="nabo@example.org", now=NOW)
    run(NOW + 2 * YEAR)
    case.refresh_from_db()
    assert case.contact_email == "nabo@example.org"  # nobody has answered: it is still open
    Case.objects.filter(pk=case.pk).update(waiting_on="nobody", state="closed", stored_act="closed", revised_at=NOW)
    theirs = Message.objects.create(case=case, body="Takk", at=NOW)
    ours = Message.objects.create(case=case, author=case.officer, hat="unit:x", body="Svar", at=NOW)
    run(NOW + YEAR - DAY)
    case.refresh_from_db()
    assert case.contact_name == "Nabo"
    run(NOW + YEAR + DAY)
    case.refresh_from_db(), theirs.refresh_from_db(), ours.refresh_from_db()
    assert (case.contact_name, case.contact_email, case.message, theirs.body) == ("", "", "", "")
    assert ours.body == "Svar"


@pytest.mark.django_db
def test_contact_data_of_a_case_goes_two_years_after_its_last_line() -> None:
    coach = f.make_user("Kari Trener")
    adult = {"name": "Arne Ansvarlig", "phone": "99", "email": coach.email}
    case = ask(coach, f.make_organisation(leader=coach), ahead=100, responsible=adult)
    Case.objects.filter(pk=case.pk).update(waiting_on="nobody", state="granted")
    case.lines.update(state="granted")
    run(NOW + 99 * DAY + 2 * YEAR)
    case.refresh_from_db()
    assert case.responsible_name == "Arne Ansvarlig"
    run(NOW + 101 * DAY + 2 * YEAR)
    case.refresh_from_db()
    assert (case.responsible_name, case.responsible_phone, case.responsible_id) == ("", "", None)
    assert (case.title, case.requester) == ("Xenia Ulvesdatter fyller 50", coach)


@pytest.mark.django_db
def test_drafts_go_with_all_that_hangs_on_them() -> None:
    coach = f.make_user()
    case = ask(coach, f.make_organisation(leader=coach))
    case.lines.first().case.series.create(
        number=1, resource=case.lines.first().resource, start=NOW, end=NOW + DAY, rrule="x", created_at=NOW,
        revised_at=NOW,
    )  # fmt: skip
    case.lines.update(series=case.series.get())
    Case.objects.filter(pk=case.pk).update(stored_act="draft", state="draft")
    run(NOW + 59 * DAY)
    assert Case.objects.filter(pk=case.pk).exists()
    run(NOW + 61 * DAY)
    assert not Case.objects.filter(pk=case.pk).exists()


@pytest.mark.django_db
def test_small_classes_go_in_their_time() -> None:
    leader, unit = f.make_user(), f.make_unit()
    club = f.make_organisation(leader=leader)
    organisations.invite(organisation=club, role="member", email="ny@example.org", by=leader, now=NOW)
    services.note_look(viewer=unit.officer, kind="organisation", pk=club.pk, label=club.slug, unit_id=unit.pk, now=NOW)
    IdempotencyRecord.objects.create(scope="s", body_hash="b", created_at=NOW)
    assert StaffLogEntry.objects.exists()
    # Fourteen days of life, and thirty afterwards.
    run(NOW + 43 * DAY)
    assert Invitation.objects.get().email == "ny@example.org"
    run(NOW + 45 * DAY)
    assert Invitation.objects.get().email == ""
    assert Look.objects.exists()
    run(NOW + 2 * YEAR + DAY)
    assert not Look.objects.exists()
    assert StaffLogEntry.objects.exists()
    run(NOW + 10 * YEAR + DAY)
    assert not StaffLogEntry.objects.exists()
    # Another job's business: this one leaves it alone.
    assert IdempotencyRecord.objects.exists()


@pytest.mark.django_db
def test_a_run_goes_on_where_a_killed_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from booking.privacy.services import keeping

    monkeypatch.setattr(keeping, "BATCH", 2)
    for _number in range(5):
        sent_letter(NOW)
    klass = personal.retention_class("letters")
    assert klass is not None
    calls = []

    def killed(rows: Any, now: datetime) -> int:
        calls.append(rows.count())
        if len(calls) == 2:
            raise KeyboardInterrupt
        assert klass.forget is not None
        return klass.forget(rows, now)

    from dataclasses import replace

    personal.register_retention(replace(klass, forget=killed))
    try:
        with pytest.raises(KeyboardInterrupt):
            run(NOW + 2 * YEAR)
    finally:
        personal.register_retention(klass)
    assert OutboxMessage.objects.exclude(body="").count() == 3
    assert run(NOW + 2 * YEAR) == 3
    assert run(NOW + 2 * YEAR) == 0
    assert RetentionRule.objects.get(name="letters").total == 3


@pytest.mark.django_db
def test_one_class_that_fails_does_not_stop_the_others() -> None:
    sent_letter(NOW)
    known = dict(personal._known.retention)
    try:
        broken = personal.RetentionClass(
            "aa", "", "", OutboxMessage.objects.all, "no_such_field", DAY, lambda rows, now: 0
        )
        personal._known.retention = {"aa": broken, **known}
        with pytest.raises(Exception, match="no_such_field"):
            run(NOW + 2 * YEAR)
    finally:
        personal._known.retention = known
    assert not OutboxMessage.objects.exclude(body="").exists()


# --- a shorter time ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_shorter_time_in_the_settings_takes_nothing_before_a_person_says_yes(settings: Any) -> None:
    admin = f.make_user("Adam Admin", is_superuser=True)
    sent_letter(NOW)
    settings.BOOKING = settings.BOOKING | {"retention_days": {"letters": 90}}
    later = NOW + 100 * DAY
    assert run(later) == 0
    view = next(one for one in selectors.class_views(later) if one.klass.name == "letters")
    assert (view.due, view.due_if_agreed, view.left, view.source) == (0, 1, 1, "settings")
    assert view.next_at == NOW + YEAR
    with pytest.raises(Stale):
        services.agree_to_shorter(name="letters", seen=60, by=admin, now=later)
    services.agree_to_shorter(name="letters", seen=90, by=admin, now=later)
    services.agree_to_shorter(name="letters", seen=90, by=admin, now=later + DAY)
    rule = RetentionRule.objects.get(name="letters")
    assert (rule.in_force, rule.agreed_by, rule.agreed_at) == (90, admin, later)
    assert run(later) == 1


@pytest.mark.django_db
def test_an_administrator_chooses_and_it_is_logged() -> None:
    admin = f.make_user("Adam Admin", is_superuser=True)
    services.choose_days(name="letters", days=800, by=admin, now=NOW)
    assert RetentionRule.objects.get(name="letters").in_force == 800
    services.choose_days(name="letters", days=None, by=admin, now=NOW)
    rule = RetentionRule.objects.get(name="letters")
    assert (rule.days, rule.in_force) == (None, 800)  # back to 365 is shorter: it waits
    assert [row.data["days"] for row in StaffLogEntry.objects.order_by("pk")] == [800, None]
    for days in (0, -1, 99_999):
        with pytest.raises(Invalid):
            services.choose_days(name="letters", days=days, by=admin, now=NOW)
    for name in ("kept_answers", "sessions", "nothing"):
        with pytest.raises(NotFound):
            services.choose_days(name=name, days=5, by=admin, now=NOW)


@pytest.mark.django_db
def test_the_preview_changes_nothing_and_asks_once_per_class() -> None:
    services.ensure_rules()
    for _number in range(30):
        sent_letter(NOW)
    with CaptureQueriesContext(connection) as queries:
        views = selectors.class_views(NOW + 2 * YEAR)
    assert len(queries) == len(views) + 1
    assert next(one for one in views if one.klass.name == "letters").due == 30
    assert OutboxMessage.objects.exclude(body="").count() == 30


@pytest.mark.django_db
def test_the_command_says_what_would_go_and_goes_only_when_told() -> None:
    sent_letter(NOW)
    out = StringIO()
    call_command("retention", now=(NOW + 2 * YEAR).isoformat(), stdout=out)
    assert "letters" in out.getvalue()
    assert OutboxMessage.objects.exclude(body="").exists()
    call_command("retention", "--run", now=(NOW + 2 * YEAR).isoformat(), stdout=out)
    assert not OutboxMessage.objects.exclude(body="").exists()


@pytest.mark.django_db
def test_tick_runs_it() -> None:
    sent_letter(NOW)
    call_command("tick", now=(NOW + 2 * YEAR).isoformat(), stdout=StringIO())
    assert not OutboxMessage.objects.filter(handler="case_receipt").exclude(body="").exists()


@pytest.mark.django_db
def test_tick_runs_it_once_a_day_of_the_municipality_s_calendar() -> None:
    late = datetime(2028, 6, 1, 22, 30, tzinfo=UTC)  # half past midnight in Oslo: 2 June
    services.run_daily(late)
    sent_letter(NOW)
    services.run_daily(late + timedelta(hours=23))
    assert OutboxMessage.objects.exclude(body="").exists()
    services.run_daily(late + timedelta(hours=24))
    assert not OutboxMessage.objects.exclude(body="").exists()
    assert RetentionRule.objects.get(name="letters").last_run_at == late + timedelta(hours=24)


@pytest.mark.django_db
def test_a_clock_that_ran_ahead_keeps_nothing_waiting() -> None:
    services.run_daily(NOW + 20 * YEAR)
    sent_letter(NOW)
    services.run_daily(NOW + 2 * YEAR)
    assert not OutboxMessage.objects.exclude(body="").exists()


@pytest.mark.django_db
def test_a_day_s_run_that_is_cut_short_goes_on_with_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by kill -9 between two classes: nothing of the process lives on but what it has committed."""
    late, turns = NOW + 2 * YEAR, []
    real, cut = keeping._run, 3

    def dying(klass: personal.RetentionClass, now: datetime) -> int:
        if len(turns) == cut:
            raise SystemExit
        turns.append(klass.name)
        return real(klass, now)

    monkeypatch.setattr(keeping, "_run", dying)
    with pytest.raises(SystemExit):
        services.run_daily(late)
    before, cut = list(turns), 1000
    turns.clear()
    services.run_daily(late + timedelta(minutes=1))
    fixed = {klass.name for klass in personal.retention_classes() if klass.fixed}
    assert set(turns).isdisjoint(set(before) - fixed)
    all_classes = {klass.name for klass in personal.retention_classes() if not klass.own_job}
    assert set(before) | set(turns) == all_classes
    turns.clear()
    services.run_daily(late + timedelta(minutes=2))
    assert set(turns) <= fixed


@pytest.mark.django_db
def test_a_class_that_failed_is_tried_again_on_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    sent_letter(NOW)
    late, real = NOW + 2 * YEAR, keeping._run

    def failing(klass: personal.RetentionClass, now: datetime) -> int:
        if klass.name == "letters":
            raise RuntimeError("no")
        return real(klass, now)

    monkeypatch.setattr(keeping, "_run", failing)
    with pytest.raises(RuntimeError):
        services.run_daily(late)
    monkeypatch.undo()
    assert services.run_daily(late) == 1
    assert not OutboxMessage.objects.exclude(body="").exists()


@pytest.mark.django_db
def test_after_the_day_s_turn_a_tick_asks_next_to_nothing() -> None:
    services.run_daily(NOW)
    with CaptureQueriesContext(connection) as asked:
        services.run_daily(NOW + timedelta(minutes=5))
    reads = [one["sql"] for one in asked if one["sql"].startswith("SELECT")]
    fixed = [klass for klass in personal.retention_classes() if klass.fixed and not klass.own_job]
    assert len(reads) == 2 + len(fixed)
