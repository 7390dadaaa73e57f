"""Building Lilleby where something stands already, and on other days than today."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from booking.cases.models import Case, Line
from booking.catalogue.models import Resource
from municipality.lilleby.builders import build
from tests import factories

pytestmark = pytest.mark.django_db


def test_other_peoples_data_is_refused():
    factories.make_resource("Ekte hus")
    with pytest.raises(CommandError):
        call_command("demo", "--json")
    assert Resource.objects.get().name == "Ekte hus"


@pytest.mark.slow
@pytest.mark.parametrize(
    "day",
    [datetime(2027, 3, 24, 9, tzinfo=UTC), datetime(2027, 7, 7, 9, tzinfo=UTC), datetime(2026, 12, 30, 9, tzinfo=UTC)],
)
def test_any_day_of_the_year_will_do(day: datetime, tmp_path: Path):
    with override_settings(MEDIA_ROOT=tmp_path):
        build(now=day)
    assert Line.objects.count() > 200  # in summer the clubs rest
    assert Case.objects.filter(state="partly_granted").exists()
