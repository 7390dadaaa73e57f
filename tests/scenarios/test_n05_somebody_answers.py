"""N5: each lendable thing has one unit, a case officer and a deputy on its page; nothing is published without one.

"Per isn't responsible for it, and Pål isn't responsible, he only works there."
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse

from booking.cases.models import Case
from booking.catalogue import selectors, services
from booking.catalogue.models import Absence
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from tests import factories as f
from tests.scenarios.conftest import Stage


def test_nothing_is_published_without_a_living_owner(stage: Stage) -> None:
    bare = f.make_unit("Uten noen", owned=False)
    thing = f.make_resource("Gamle brannstasjon", unit=bare, state="draft", slug="brannstasjon")
    with pytest.raises(DomainError) as refused:
        services.publish_resource(resource=thing, by=stage.leader, now=clock.now())
    assert refused.value.code == "unowned"
    assert stage.browser().get("/things/brannstasjon/").status_code == 404


def test_the_deputy_takes_over_by_date_and_when_the_officer_leaves(stage: Stage) -> None:
    visitor = stage.browser()
    page = visitor.get("/things/lillebyhallen/").content.decode()
    assert "Ola Saksbehandler" in page
    assert "Sigrid Stedfortreder" in page
    today = clock.today(booking_settings().tz)
    away = Absence.objects.create(
        user=stage.unit.officer, start=today - timedelta(days=1), end=today + timedelta(days=3)
    )
    deputy = stage.unit.deputy
    assert selectors.responsible(stage.hall, today).acting == deputy
    away.delete()
    # Leaving works at once, and nothing points at nobody afterwards.
    officer = stage.unit.officer
    officer.is_active = False
    officer.save()
    stage.hall.refresh_from_db()
    assert selectors.responsible(stage.hall, today).acting == deputy
    assert not selectors.ownerless_resources().exists()
    assert visitor.get("/things/lillebyhallen/").status_code == 200


def test_going_on_holiday_is_noted_by_oneself_and_seen_on_things_and_cases(
    stage: Stage, day: Callable[[int], str]
) -> None:
    ola, sigrid = stage.unit.officer, stage.unit.deputy
    typed = {"action": "send", "day": day(14), "start": "18:00", "end": "20:00", "purpose": "Trening", "about": "18"}
    coach = stage.browser(stage.coach)
    coach.post("/ask/lillebyhallen/", typed | {"submission_key": "n5"})
    case = Case.objects.get()
    vikar = f.make_officer(stage.unit, "Vera Vikar")
    mine = stage.browser(ola)
    page = reverse("booking_people:absence", args=[ola.pk])
    days = {"start": day(0), "end": day(6)}
    assert mine.post(page, days | {"deputy": vikar.pk}).status_code == 302
    # The deputy hears of it; the thing, the case and the case's page for staff say who answers now.
    assert [one for one in stage.post_goes_out() if vikar.email in one.to]
    assert "Vera Vikar" in stage.browser().get("/things/lillebyhallen/").content.decode()
    assert "Vera Vikar" in coach.get(f"/cases/{case.reference}/").content.decode()
    seen = stage.browser(vikar).get(reverse("booking_cases:inspect", args=[case.pk])).content.decode()
    assert "Ola Saksbehandler" in seen
    # Days that overlap are refused at the field, and what was typed stays.
    again = mine.post(page, {"start": day(5), "end": day(9)})
    assert "start" in again.context["form"].errors
    assert day(9) in again.content.decode()
    # The deputies are away as well: whoever notes it is told at once who answers, and the leader has it.
    said = stage.browser(vikar).post(
        reverse("booking_people:absence", args=[vikar.pk]), {"start": day(0), "end": day(1)}, follow=True
    )
    assert said.status_code == 200
    told = stage.browser(stage.leader).post(
        reverse("booking_people:absence", args=[sigrid.pk]), {"start": day(0), "end": day(0)}, follow=True
    )
    assert "Ola Saksbehandler" in told.content.decode(), "who would stand in for Sigrid is away too"
    assert selectors.responsible(stage.hall, clock.today(booking_settings().tz)).acting == stage.leader
    # Ola is back.
    row = Absence.objects.get(user=ola)
    mine.post(reverse("booking_people:end_absence", args=[ola.pk, row.pk]))
    assert selectors.responsible(stage.hall, clock.today(booking_settings().tz)).acting == ola
    # A colleague can't note others' days, nor see their pages.
    assert stage.browser(vikar).post(page, days).status_code == 404


def test_nothing_that_nobody_answers_for_goes_unseen(stage: Stage) -> None:
    """Past every signal, as a database script would do it: the admin and /metrics say so, the night puts it right."""
    metrics = stage.browser()
    assert "samskap_ownerless_resources 0" in metrics.get("/metrics").content.decode()
    get_user_model().objects.filter(pk=stage.unit.officer.pk).update(is_active=False)
    text = metrics.get("/metrics").content.decode()
    assert "samskap_ownerless_resources 1" in text
    assert "samskap_ownerless_units 1" in text
    leader = stage.browser(stage.leader)
    assert f"{reverse('booking_people:index')}#unowned" in leader.get("/admin/").content.decode()
    assert "Lillebyhallen" in leader.get(reverse("booking_people:index")).content.decode()
    call_command("tick", verbosity=0)
    text = metrics.get("/metrics").content.decode()
    assert "samskap_ownerless_resources 0" in text
    assert "samskap_last_owners_seconds" in text
    stage.unit.refresh_from_db()
    assert stage.unit.officer.name == "Sigrid Stedfortreder"
    # It waits on the leader's list until the leader has looked.
    [row] = selectors.waiting_take_overs({stage.unit.pk})
    leader.post(reverse("booking_people:seen", args=[row.pk]))
    assert not selectors.waiting_take_overs({stage.unit.pk})
