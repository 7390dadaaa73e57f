"""The catalogue in the CMS admin, as an officer and a leader use it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking.catalogue import selectors, services
from booking.catalogue.models import Feature, Resource, Unit, UnitRole
from booking.foundation import clock
from booking.occupancy.models import Closure, Occupancy
from booking.occupancy.services import Take, take
from booking.staff.models import StaffLogEntry
from tests import factories

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def unit():
    return factories.make_unit()


@pytest.fixture
def officer(unit):
    return browser(unit.officer)


@pytest.fixture
def leader(unit):
    return browser(factories.make_leader(unit))


@pytest.fixture
def hall(unit):
    return factories.make_resource("Salen", unit=unit)


def url(name, *args):
    return reverse(f"booking_resources:{name}", args=args)


def form_of(client, address):
    """The form's values as a browser would send them back."""
    form = client.get(address).context["form"]
    data = {}
    for field in form:
        value = field.value()
        if value is None or value is False:
            continue
        data[field.html_name] = [str(getattr(one, "pk", one)) for one in value] if isinstance(value, list) else value
        if hasattr(value, "all"):
            data[field.html_name] = [str(one.pk) for one in value]
        elif hasattr(value, "pk"):
            data[field.html_name] = str(value.pk)
    return data


def soon(days=10, hour=17):
    """A moment in the coming weeks, at a whole hour in UTC."""
    day = (clock.now() + timedelta(days=days)).date()
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def granted(resource, start=None, hours=2, cause=1, quantity=1):
    start = start or soon()
    end = start + timedelta(hours=hours)
    take([Take(resource.pk, start, end, cause, quantity=quantity)], now=clock.now())
    return start, end


def texts(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


class TestMaking:
    def test_name_unit_and_officer_are_enough_and_thirds_are_one_choice(self, officer, unit):
        answer = officer.post(
            url("add"), {"name": "Lillebyhallen", "kind": "venue", "unit": unit.pk, "parts": "3", "public": "on"}
        )
        hall = Resource.objects.get(name="Lillebyhallen")
        assert answer["Location"] == url("inspect", hall.pk)
        assert (hall.state, hall.parts.count(), hall.covers.count()) == ("draft", 3, 3)
        assert [row.action for row in StaffLogEntry.objects.for_instance(hall).order_by("id")] == [
            "samskap.catalogue.created",
            "samskap.catalogue.split",
        ]

    def test_forty_chairs(self, officer, unit):
        officer.post(url("add"), {"name": "Stoler", "kind": "equipment", "unit": unit.pk, "stock": "40"})
        assert selectors.quantities([Resource.objects.get()]) == {Resource.objects.get().pk: 40}

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": ""}, "name"),
            ({"kind": "slott"}, "kind"),
            ({"stock": "10000000000000"}, "stock"),
            ({"stock": "3", "kind": "equipment", "parts": "2"}, "stock"),
            ({"stock": "3"}, "stock"),
            ({"capacity": "10000000000000"}, "capacity"),
            ({"name": "a\x00b"}, "name"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field_and_nothing_is_stored(self, officer, unit, wrong, field):
        answer = officer.post(url("add"), {"name": "Sal", "kind": "venue", "unit": unit.pk} | wrong)
        assert answer.status_code == 200
        assert field in answer.context["form"].errors
        assert not Resource.objects.exists()

    def test_another_units_name_is_no_choice(self, officer):
        other = factories.make_unit("Teknisk")
        answer = officer.post(url("add"), {"name": "Sal", "kind": "venue", "unit": other.pk})
        assert "unit" in answer.context["form"].errors


class TestEditing:
    def test_only_what_was_changed_is_written(self, officer, hall):
        data = form_of(officer, url("edit", hall.pk)) | {"capacity": "200", "lead_hours": "24"}
        answer = officer.post(url("edit", hall.pk), data)
        assert answer.status_code == 302, answer.context["form"].errors
        hall.refresh_from_db()
        assert (hall.capacity, hall.lead_hours, hall.min_minutes, hall.private_persons) == (200, 24, None, None)
        [entry] = StaffLogEntry.objects.for_instance(hall)
        assert entry.data == {"fields": ["capacity", "lead_hours"]}

    def test_saving_an_untouched_form_changes_nothing(self, officer, hall):
        services.update_resource(
            hall,
            changes={
                "features": [factories.make_feature()],
                "geometry": {"type": "Point", "coordinates": [10.5, 60.1]},
            },
            now=clock.now(),
        )
        officer.post(url("edit", hall.pk), form_of(officer, url("edit", hall.pk)))
        hall.refresh_from_db()
        assert hall.version == 2
        assert hall.features.count() == 1

    def test_what_would_hold_stands_beside_every_empty_rule(self, officer, hall, unit, settings):
        services.set_unit_rules(unit=unit, kind="venue", values={"buffer_after": 45, "needs_adult": True})
        fields = officer.get(url("edit", hall.pk), headers={"accept-language": "en"}).context["form"].fields
        assert "45" in str(fields["buffer_after"].help_text)
        assert unit.name in str(fields["buffer_after"].help_text)
        assert unit.name in str(fields["needs_adult"].help_text)
        assert unit.officer.name in str(fields["officer"].help_text)

    def test_a_form_that_is_older_than_somebody_elses_change_is_told_so(self, officer, hall):
        data = form_of(officer, url("edit", hall.pk)) | {"capacity": "200"}
        services.update_resource(hall, changes={"name": "Storsalen"}, now=clock.now())
        answer = officer.post(url("edit", hall.pk), data)
        assert answer.status_code == 200
        assert answer.context["form"].non_field_errors()
        hall.refresh_from_db()
        assert (hall.name, hall.capacity) == ("Storsalen", None)

    def test_a_published_thing_keeps_its_owner(self, officer, hall, unit):
        data = form_of(officer, url("edit", hall.pk))
        unit.officer.unit_roles.create(unit=(empty := factories.make_unit("Tom", owned=False)), role="officer")
        answer = officer.post(url("edit", hall.pk), data | {"unit": str(empty.pk)})
        assert answer.status_code == 200
        assert answer.context["form"].errors
        hall.refresh_from_db()
        assert hall.unit == unit

    def test_rubbish_geometry_is_told_at_its_field(self, officer, hall):
        for geometry in ("{", '{"type": "Point"}', "[1, 2]", '{"type":"Point","coordinates":[600000,6600000]}'):
            answer = officer.post(url("edit", hall.pk), form_of(officer, url("edit", hall.pk)) | {"geometry": geometry})
            assert "geometry" in answer.context["form"].errors, geometry


class TestThePageOfAThing:
    def test_it_says_who_answers_and_from_whom_each_rule_comes(self, officer, hall, unit):
        services.set_unit_rules(unit=unit, kind="venue", values={"lead_hours": 24})
        answer = officer.get(url("inspect", hall.pk))
        said = texts(answer)
        assert unit.officer.name in said
        rows = {label: (value, source) for label, value, source in answer.context["rule_rows"]}
        label = str(Resource._meta.get_field("lead_hours").verbose_name)
        assert rows[label] == ("24", unit.name)

    def test_publishing_without_a_living_owner_is_refused_in_words(self, django_user_model):
        lonely = factories.make_unit(owned=False)
        client = browser(factories.make_officer(lonely))
        room = services.create_resource(name="Rom", kind="venue", unit=lonely, now=clock.now())
        client.post(url("publish", room.pk), follow=True)
        room.refresh_from_db()
        assert room.state == "draft"
        services.update_unit(lonely, changes={"officer": factories.make_officer(lonely, "Ny")}, now=clock.now())
        client.post(url("publish", room.pk))
        room.refresh_from_db()
        assert room.state == "active"

    def test_a_caretaker_looks_and_has_no_buttons(self, unit, hall):
        client = browser(factories.make_officer(unit, role="caretaker"))
        answer = client.get(url("inspect", hall.pk))
        assert answer.status_code == 200
        assert url("unpublish", hall.pk) not in answer.content.decode()
        assert client.get(url("edit", hall.pk)).status_code == 302
        client.post(url("unpublish", hall.pk))
        hall.refresh_from_db()
        assert hall.state == "active"

    def test_split_is_one_button_and_refused_with_time_on_it(self, officer, hall):
        start, _end = granted(hall)
        officer.post(url("split", hall.pk), {"count": "3"})
        assert not hall.parts.exists()
        Occupancy.objects.filter(start=start).delete()
        officer.post(url("split", hall.pk), {"count": "3"})
        assert hall.parts.count() == 3


class TestTheList:
    def test_search_and_filters(self, officer, unit, hall):
        factories.make_resource("Båthuset", unit=unit, kind="area", state="draft")
        assert "Båthuset" in texts(officer.get(url("index"), {"q": "BÅT"}))
        assert "Salen" not in texts(officer.get(url("index_results"), {"q": "BÅT"}))
        assert "Båthuset" not in texts(officer.get(url("index_results"), {"state": "active"}))
        type(unit.officer).objects.filter(pk=unit.officer.pk).update(is_active=False)
        client = browser(factories.make_officer(unit))
        found = texts(client.get(url("index_results"), {"ownerless": "true"}))
        assert "Salen" in found
        assert "Båthuset" not in found, "a draft shows nobody anything"

    def test_as_many_queries_for_forty_as_for_three(self, officer, unit):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def count():
            with CaptureQueriesContext(connection) as queries:
                assert officer.get(url("index_results")).status_code == 200
            return len(queries)

        hall = factories.make_hall_in_thirds(unit=unit)
        count()
        few = count()
        for _ in range(36):
            factories.make_resource(unit=unit, parent=hall.whole)
        assert count() == few


def week(client, address, rows):
    """The set of hour forms, filled with ``rows`` of (weekday, opens, closes)."""
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": "0"}
    for number, (weekday, opens, closes) in enumerate(rows):
        data |= {
            f"form-{number}-weekday": str(weekday),
            f"form-{number}-opens": opens,
            f"form-{number}-closes": closes,
        }
    return client.post(address, data), data


class TestHours:
    def test_the_week_is_written_at_once_when_nothing_is_touched(self, officer, hall):
        answer, _data = week(officer, url("hours", hall.pk), [(0, "08:00", "16:00"), ("", "", "")])
        assert answer.status_code == 302
        assert [(row.weekday, row.opens, row.closes) for row in hall.opening_hours.all()] == [(0, time(8), time(16))]

    def test_what_it_touches_is_shown_first_and_the_button_does_it(self, officer, hall):
        start, _end = granted(hall, cause=7)
        answer, data = week(officer, url("hours", hall.pk), [(0, "08:00", "09:00")])
        assert answer.status_code == 200
        [row] = answer.context["impact"]
        assert (row.resource, row.start) == (hall, start)
        assert hall.opening_hours.count() == 7, "nothing is changed yet"
        assert answer.context["accept"] == ["line:7"]
        kept = dict(answer.context["kept"])
        assert kept == data
        assert officer.post(url("hours", hall.pk), kept | {"accept": ["line:7"]}).status_code == 302
        assert hall.opening_hours.count() == 1
        assert Occupancy.objects.filter(cause_id=7, klass="claim").exists(), "granted time stands"

    def test_a_list_that_has_grown_is_shown_again(self, officer, hall):
        granted(hall, cause=7)
        answer, data = week(officer, url("hours", hall.pk), [(0, "08:00", "09:00")])
        granted(hall, start=soon(11), cause=8)
        answer = officer.post(url("hours", hall.pk), data | {"accept": answer.context["accept"]})
        assert answer.context["accept"] == ["line:7", "line:8"]
        assert hall.opening_hours.count() == 7

    @pytest.mark.parametrize(
        "row", [(0, "08:00", ""), (9, "08:00", "10:00"), (0, "25:00", "10:00"), ("x", "08:00", "9")]
    )
    def test_bad_rows_are_told(self, officer, hall, row):
        answer, _data = week(officer, url("hours", hall.pk), [row])
        assert answer.status_code == 200
        assert answer.context["form"].total_error_count()
        assert hall.opening_hours.count() == 7

    def test_days_with_other_hours_come_and_go(self, officer, leader, hall, unit):
        officer.post(url("exception", hall.pk), {"start": "2050-07-01", "end": "2050-07-31", "reason": "Ferie"})
        row = hall.opening_exceptions.get()
        assert (row.opens, row.reason) == (None, "Ferie")
        assert officer.post(url("exception", hall.pk), {"start": "2050-07-31", "end": "2050-07-01"}).status_code == 200
        officer.post(url("remove_exception", hall.pk, row.pk))
        assert not hall.opening_exceptions.exists()
        leader.post(reverse("booking_units:exception", args=[unit.pk]), {"start": "2050-07-01", "end": "2050-07-01"})
        assert unit.opening_exceptions.count() == 1

    def test_a_units_week_holds_for_its_things(self, leader, unit):
        room = factories.make_resource(unit=unit, open=None)
        week(leader, reverse("booking_units:hours", args=[unit.pk]), [(0, "08:00", "16:00")])
        assert [row.opens for row in selectors.opening_hours_of(room)] == [time(8)]


class TestCoverAndStock:
    def test_things_that_share_space_are_marked_and_time_moves_with_them(self, officer, hall, unit):
        cafe = factories.make_resource("Kafeen", unit=unit)
        granted(hall, cause=7)
        answer = officer.post(url("cover", hall.pk), {"spaces": [str(cafe.pk)]})
        assert [row.what for row in answer.context["impact"]], "shown first"
        assert hall.covers.count() == 1
        officer.post(url("cover", hall.pk), {"spaces": [str(cafe.pk)], "accept": ["line:7"]})
        cells = set(hall.covers.values_list("cell", flat=True))
        assert len(cells) == 2
        assert set(cafe.covers.values_list("cell", flat=True)) < cells
        assert set(Occupancy.objects.filter(cause_id=7).values_list("cell", flat=True)) == cells
        # Unmarked again, without anything else changing.
        officer.post(url("cover", hall.pk), {"accept": ["line:7"]})
        assert hall.covers.count() == 1

    def test_space_shared_with_another_unit_is_not_lost_by_not_seeing_it(self, officer, hall, unit):
        foreign = factories.make_resource("Fremmed", cells=[hall.covers.get().cell])
        answer = officer.get(url("cover", hall.pk))
        assert "Fremmed" not in texts(answer)
        officer.post(url("cover", hall.pk), {})
        assert set(foreign.covers.values_list("cell", flat=True)) == set(hall.covers.values_list("cell", flat=True))

    def test_fewer_chairs_than_are_granted(self, officer, unit):
        chairs = factories.make_stock(unit=unit)
        granted(chairs, quantity=30, cause=7)
        answer = officer.post(url("stock", chairs.pk), {"quantity": "20"})
        assert answer.context["accept"] == ["line:7"]
        officer.post(url("stock", chairs.pk), {"quantity": "30"})
        assert selectors.quantities([chairs]) == {chairs.pk: 30}
        assert officer.post(url("stock", chairs.pk), {"quantity": "0"}).status_code == 200


class TestClosing:
    def test_what_is_displaced_is_shown_first_and_comes_back(self, officer, hall):
        start, end = granted(hall, cause=7)
        local = {
            "start": f"{start.astimezone(selectors.zone(hall)):%Y-%m-%dT%H:%M}",
            "end": f"{end.astimezone(selectors.zone(hall)):%Y-%m-%dT%H:%M}",
            "reason": "Gulvet slipes",
        }
        answer = officer.post(url("close", hall.pk), local)
        assert answer.context["accept"] == ["line:7"]
        assert not Closure.objects.exists()
        officer.post(url("close", hall.pk), local | {"accept": "line:7"})
        closure = Closure.objects.get()
        assert (closure.start, closure.end) == (start, end)
        assert Occupancy.objects.get(cause_kind="line").klass == "note"
        officer.post(url("reopen", hall.pk, closure.pk))
        assert Occupancy.objects.get(cause_kind="line").klass == "claim"

    def test_times_are_on_the_wall_of_the_thing(self, officer, unit):
        far = factories.make_resource(unit=unit, timezone="America/New_York")
        data = {"start": "2050-07-01T08:00", "end": "2050-07-01T10:00", "reason": "Vask"}
        officer.post(url("close", far.pk), data)
        assert Closure.objects.get().start == datetime(2050, 7, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        "wrong", [{"end": "2050-07-01T07:00"}, {"reason": ""}, {"start": "rubbish"}, {"reason": "x" * 151}]
    )
    def test_bad_input_is_told(self, officer, hall, wrong):
        data = {"start": "2050-07-01T08:00", "end": "2050-07-01T10:00", "reason": "Vask"} | wrong
        answer = officer.post(url("close", hall.pk), data)
        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert not Closure.objects.exists()

    def test_retiring(self, officer, hall):
        granted(hall, cause=7)
        answer = officer.post(url("retire", hall.pk))
        assert answer.context["accept"] == ["line:7"]
        officer.post(url("retire", hall.pk), {"accept": "line:7"})
        hall.refresh_from_db()
        assert hall.state == "retired"
        assert officer.get(url("inspect", hall.pk)).status_code == 200
        for name in ("retire", "hours", "close", "cover"):
            assert officer.get(url(name, hall.pk)).status_code == 404, "kept as it was"


class TestUnits:
    def test_a_leader_keeps_the_unit(self, leader, unit):
        page = reverse("booking_units:edit", args=[unit.pk])
        data = form_of(leader, page) | {"promise_days": "5", "name": "Kultur"}
        assert leader.post(page, data).status_code == 302
        unit.refresh_from_db()
        assert (unit.promise_days, unit.name) == (5, "Kultur")

    def test_roles_are_given_and_end(self, leader, unit):
        new = factories.make_user("Ny Kollega")
        page = reverse("booking_units:role", args=[unit.pk])
        leader.post(page, {"email": new.email.upper(), "role": "officer"})
        role = UnitRole.objects.get(user=new)
        assert browser(new).get(url("index")).status_code == 200
        leader.post(reverse("booking_units:end_role", args=[unit.pk, role.pk]))
        role.refresh_from_db()
        assert role.end is not None
        answer = leader.post(page, {"email": "nobody@example.org", "role": "officer"})
        assert "email" in answer.context["form"].errors

    def test_an_absence_makes_the_deputy_answer(self, officer, unit):
        day = clock.today(selectors.zone(Resource()))
        officer.post(
            reverse("booking_units:absence", args=[unit.pk]),
            {"user": unit.officer.pk, "start": day.isoformat(), "end": day.isoformat()},
        )
        assert selectors.unit_responsible(unit, day).acting == unit.deputy
        assert unit.deputy.name in texts(officer.get(reverse("booking_units:inspect", args=[unit.pk])))

    def test_slow_weeks_and_rules(self, leader, unit):
        leader.post(
            reverse("booking_units:slow_weeks", args=[unit.pk]),
            {"start": "2050-07-01", "end": "2050-07-21", "promise_days": "20", "reason": "Fellesferie"},
        )
        assert selectors.promise_on(unit, date(2050, 7, 2)) == (20, "Fellesferie")
        page = reverse("booking_units:rules", args=[unit.pk, "venue"])
        assert (
            leader.post(page, {"lead_hours": "48", "automatic_kinds": ["club"], "needs_adult": "true"}).status_code
            == 302
        )
        row = unit.rules.get()
        assert (row.kind, row.lead_hours, row.automatic_kinds, row.needs_adult) == ("venue", 48, ["club"], True)
        assert leader.post(page, {"min_minutes": "90", "max_minutes": "60"}).status_code == 200
        assert leader.get(reverse("booking_units:rules", args=[unit.pk, "slott"])).status_code == 404

    def test_a_leader_makes_a_unit_below(self, leader, unit):
        leader.post(reverse("booking_units:add"), {"name": "Svømmehallen", "parent": unit.pk, "active": "on"})
        assert Unit.objects.get(name="Svømmehallen").parent == unit


def test_a_feature_is_renamed_and_found(officer, unit):
    officer.post(reverse("booking_features:add"), {"name": "Prosjektor", "name_en": "Projector"})
    feature = Feature.objects.get()
    assert feature.slug == "prosjektor"
    officer.post(reverse("booking_features:edit", args=[feature.pk]), {"name": "Lerret"})
    feature.refresh_from_db()
    assert feature.name == "Lerret"
