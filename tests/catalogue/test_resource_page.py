"""The page of a thing in the CMS admin: everything that holds for it, from whom, and where to go on."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.agreements.models import Agreement, AgreementState
from booking.catalogue.models import (
    Absence,
    OpeningException,
    OpeningHours,
    PermitRequirement,
    PriceRule,
    UnitRole,
)
from booking.catalogue.staff.access import today
from booking.faults import services as faults
from booking.foundation import clock
from booking.occupancy.services import close_resource
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return f.make_unit("Kultur")


@pytest.fixture
def hall(unit):
    return f.make_hall_in_thirds("Hallen", unit=unit)


def page(user, thing):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("booking_resources:inspect", args=[thing.pk]))


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def after(answer, heading):
    """What stands below a heading."""
    found = re.split(r"<h2[^>]*>", answer.content.decode())
    (section,) = [one for one in found if one.startswith(heading)]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def test_a_part_says_from_whom_it_has_its_hours_officer_and_prices(unit, hall):
    part = hall.parts[0]
    OpeningHours.objects.create(resource=hall.whole, weekday=0, opens=time(8), closes=time(22))
    day = today() + timedelta(days=20)
    OpeningException.objects.create(unit=unit, start=day, end=day, reason="Planleggingsdag")
    PriceRule.objects.create(unit=unit, audience="everybody", amount=Decimal(300), per="hour")
    PermitRequirement.objects.create(resource=hall.whole, what="Brannvakt", granted_by="Brannvesenet", blocking=True)
    answer = page(unit.officer, part)
    hours = after(answer, "Åpningstider")
    assert f"{hall.whole.name}" in hours
    assert "Planleggingsdag (Kultur)" in hours
    assert "300" in after(answer, "Priser")
    assert "(Kultur)" in after(answer, "Priser")
    assert "Brannvakt: Brannvesenet" in words(answer)
    assert f"{unit.officer.get_full_name()} (Kultur)" in words(answer)


def test_what_is_set_here_says_so(unit, hall):
    OpeningHours.objects.create(resource=hall.whole, weekday=0, opens=time(8), closes=time(22))
    hall.whole.officer = unit.officer
    hall.whole.save()
    context = page(unit.officer, hall.whole).context
    assert context["hours_from"] == context["officer_from"] != ""
    assert context["deputy_from"] == "Kultur"


def test_who_answers_today_when_the_officer_is_away(unit, hall):
    deputy = f.make_officer(unit, "Jonas")
    unit.deputy = deputy
    unit.save()
    Absence.objects.create(user=unit.officer, start=today(), end=today() + timedelta(days=3))
    answer = page(deputy, hall.whole)
    assert answer.context["who"].acting == deputy
    assert deputy.get_full_name() in words(answer)


def test_closures_faults_and_the_way_to_the_timeline(unit, hall):
    now = clock.now().replace(second=0, microsecond=0)
    close_resource(hall.whole, start=now + timedelta(days=9), end=now + timedelta(days=10), reason="Nytt gulv", now=now)
    faults.make_code(hall.whole, by=unit.officer, now=now)
    answer = page(unit.officer, hall.parts[0])
    assert "Hallen: Nytt gulv" in words(answer)
    assert f"/admin/booking/timeline/?venue={hall.whole.pk}" in answer.content.decode()
    whole = page(unit.officer, hall.whole).content.decode()
    assert f"/f/{hall.whole.wall_code.code}/" in whole
    assert f"resource-{hall.whole.slug}.ics" in whole


def agreement(unit, thing, title):
    now = clock.now()
    found = Agreement.objects.create(
        reference=f"A-{title}",
        title=title,
        terms="Nøkkel",
        unit=unit,
        state=AgreementState.PROPOSED,
        start=date(2026, 1, 1),
        created_at=now,
        written_at=now,
        revised_at=now,
        written_by=unit.officer,
        written_hat=f"unit:{unit.slug}",
    )
    found.resources.add(thing)
    return found


def test_another_units_agreement_about_the_thing_isnt_shown(unit, hall):
    agreement(unit, hall.whole, "Vår avtale")
    agreement(f.make_unit("Teknisk"), hall.whole, "Fremmed avtale")
    text = words(page(unit.officer, hall.whole))
    assert "Vår avtale" in text
    assert "Fremmed avtale" not in text


def test_an_outsider_finds_no_such_thing(unit, hall):
    outsider = f.make_officer(f.make_unit("Teknisk"))
    assert page(outsider, hall.whole).status_code == 404
    assert not UnitRole.objects.filter(user=outsider, unit=unit).exists()


def test_a_full_page_takes_as_many_queries_as_an_empty_one(unit, hall):
    other = f.make_resource("Salen", unit=unit)
    page(unit.officer, other)
    with CaptureQueriesContext(connection) as few:
        page(unit.officer, hall.whole)
    now = clock.now().replace(second=0, microsecond=0)
    for number in range(4):
        start = now + timedelta(days=9 + 2 * number)
        close_resource(hall.whole, start=start, end=start + timedelta(hours=2), reason=f"Vask {number}", now=now)
        OpeningException.objects.create(resource=hall.whole, start=start.date(), end=start.date())
        agreement(unit, hall.whole, f"Avtale {number}")
        PermitRequirement.objects.create(resource=hall.whole, what=f"Krav {number}", granting_unit=unit)
    with CaptureQueriesContext(connection) as many:
        page(unit.officer, hall.whole)
    # Agreements bring their parties, things and hours: three prefetches, once.
    assert len(many) <= len(few) + 4
    assert len(many) < 95
