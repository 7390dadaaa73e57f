"""N5: each lendable thing has one unit, a case officer and a deputy on its page; nothing is published without one.

"Per isn't responsible for it, and Pål isn't responsible, he only works there."
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.catalogue import selectors, services
from booking.catalogue.models import Absence
from booking.foundation import clock
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
    today = clock.now().date()
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
