"""Somebody is away: by date, with a deputy, set by oneself or the leader (needs N5; requests.md clock 7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.catalogue import guards, selectors, services
from booking.catalogue.models import Absence
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.foundation.errors import Forbidden, Invalid
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 9)
LAST = date(2026, 3, 13)


@pytest.fixture
def town():
    town = factories.make_unit("Servicetorg", owned=False)
    factories.make_leader(town, "Rådmannen")
    return town


@pytest.fixture
def unit(town):
    unit = factories.make_unit(parent=town)
    factories.make_leader(unit, "Lise Leder")
    return unit


def away(user, start=DAY, end=LAST, **values):
    return services.record_absence(user=user, start=start, end=end, **values)


def acting(unit, on):
    return selectors.unit_responsible(unit, on).acting.name


def test_who_was_named_for_the_days_goes_before_the_deputy_and_only_on_them(unit):
    stand_in = factories.make_officer(unit, "Vikar Vik")
    away(unit.officer, deputy=stand_in)
    assert [acting(unit, day) for day in (DAY - timedelta(days=1), DAY, LAST, LAST + timedelta(days=1))] == [
        "Ola Saksbehandler", "Vikar Vik", "Vikar Vik", "Ola Saksbehandler",
    ]  # fmt: skip


def test_a_stand_in_who_is_away_too_is_passed_over_and_the_chain_goes_on(unit):
    stand_in = factories.make_officer(unit, "Vikar Vik")
    row = away(unit.officer, deputy=stand_in)
    away(stand_in, DAY, DAY)
    away(unit.deputy, DAY, DAY)
    assert (acting(unit, DAY), acting(unit, LAST)) == ("Lise Leder", "Vikar Vik")
    [gap] = services.gaps(row)
    assert (gap.deputy.name, gap.start, gap.end, gap.acting.name) == ("Vikar Vik", DAY, DAY, "Lise Leder")


def test_two_absences_of_one_person_never_overlap(unit):
    row = away(unit.officer, by=unit.officer, now=NOW)
    assert away(unit.officer, by=unit.officer, now=NOW) == row, "pressed twice"
    for start, end in [(LAST, LAST), (DAY - timedelta(days=9), DAY), (DAY, DAY), (DAY - timedelta(days=9), LAST)]:
        with pytest.raises(Invalid) as refused:
            away(unit.officer, start, end)
        assert (refused.value.code, refused.value.errors[0].loc) == ("overlap", ("start",))
    away(unit.officer, LAST + timedelta(days=1), LAST + timedelta(days=1))
    away(unit.deputy)


def test_the_database_itself_refuses_an_overlap(unit):
    first = away(unit.officer)
    for values in ({"start": LAST, "end": LAST + timedelta(days=5)}, {"start": DAY, "end": DAY}):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Absence.objects.create(user=unit.officer, **values)
        assert guards.is_overlap(refused.value)
    later = away(unit.officer, LAST + timedelta(days=2), LAST + timedelta(days=3))
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=later.pk).update(start=DAY)
    Absence.objects.filter(pk=first.pk).update(end=LAST + timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=later.pk).update(deputy=unit.officer)


def test_a_missing_guard_is_named_and_made_again():
    from django.db import connection

    guards.uninstall(connection)
    assert guards.missing(connection)
    guards.after_migrate()
    assert guards.missing(connection) == []


@pytest.mark.parametrize(
    ("who", "allowed"), [("officer", True), ("Lise Leder", True), ("Rådmannen", True), ("deputy", False), ("x", False)]
)
def test_oneself_and_who_leads_the_unit_may_note_it(unit, who, allowed, django_user_model):
    people = {"officer": unit.officer, "deputy": unit.deputy, "x": factories.make_leader(factories.make_unit(), "x")}
    by = people.get(who) or django_user_model.objects.get(name=who)
    if allowed:
        row = away(unit.officer, by=by, now=NOW)
        services.end_absence(absence=row, by=by, now=NOW)
        assert not Absence.objects.exists()
    else:
        with pytest.raises(Forbidden):
            away(unit.officer, by=by, now=NOW)
        with pytest.raises(Forbidden):
            services.end_absence(absence=away(unit.officer), by=by, now=NOW)


def test_the_deputy_must_decide_in_every_unit_of_theirs(unit):
    outsider = factories.make_unit("Teknisk").officer
    caretaker = factories.make_officer(unit, "Vakt", role="caretaker")
    gone = factories.make_officer(unit, "Borte", active=False)
    for wrong in (outsider, caretaker, gone, unit.officer):
        with pytest.raises(Invalid) as refused:
            away(unit.officer, deputy=wrong)
        assert (refused.value.code, refused.value.errors[0].loc) == ("not_an_officer", ("deputy",))
    away(unit.officer, deputy=unit.deputy)


def test_days_that_make_no_sense_are_refused_by_field(unit):
    for start, end, kind in [
        (LAST, DAY, "end_before_start"),
        (date(2026, 1, 1), date(2026, 2, 1), "past"),
        (DAY, date(2029, 1, 1), "too_long"),
    ]:
        with pytest.raises(Invalid) as refused:
            away(unit.officer, start, end, by=unit.officer, now=NOW)
        assert (refused.value.code, refused.value.errors[0].loc) == (kind, ("end",))


def test_back_early_shortens_it_and_what_has_passed_stays(unit):
    row = away(unit.officer, date(2026, 2, 20), LAST)
    services.end_absence(absence=row, by=unit.officer, now=NOW)
    row.refresh_from_db()
    assert row.end == date(2026, 3, 1)
    services.end_absence(absence=row, by=unit.officer, now=NOW)
    row.refresh_from_db()
    assert row.end == date(2026, 3, 1)
    assert acting(unit, date(2026, 3, 2)) == "Ola Saksbehandler"


def test_the_deputy_gets_one_letter_and_the_unit_a_line_in_its_log(unit):
    from booking.staff.models import StaffLogEntry

    away(unit.officer, deputy=unit.deputy, by=unit.officer, now=NOW)
    letter = OutboxMessage.objects.get()
    assert (letter.handler, letter.recipient_user) == ("staff_stands_in", unit.deputy)
    entry = StaffLogEntry.objects.get(action="samskap.catalogue.absence_noted")
    assert entry.data == {
        "user": unit.officer.pk, "start": "2026-03-09", "end": "2026-03-13", "deputy": unit.deputy.pk,
    }  # fmt: skip


def test_who_leaves_stands_in_for_nobody(unit):
    row = away(unit.officer, deputy=unit.deputy)
    unit.deputy.is_active = False
    with clock.at(NOW):
        unit.deputy.save()
    row.refresh_from_db()
    assert row.deputy is None
    assert acting(unit, DAY) == "Lise Leder"


def test_who_is_away_costs_one_query(unit, django_assert_num_queries):
    for number in range(5):
        away(factories.make_officer(unit, f"Nr {number}"))
        factories.make_officer(unit, f"Før {number}", end=DAY - timedelta(days=2))
    with django_assert_num_queries(1):
        found = selectors.missing(DAY)
    assert (len(found.away), len(found.gone)) == (5, 5)
