from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from booking.foundation.models import ReferenceCounter
from booking.foundation.references import next_reference

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def take(kind="case", now=NOW) -> str:
    with transaction.atomic():
        return next_reference(kind, now, OSLO)


@pytest.mark.django_db
def test_references_rise_per_kind_and_local_year():
    assert [take(), take(), take("works"), take()] == ["2026-0001", "2026-0002", "ARB-2026-001", "2026-0003"]
    assert take(now=datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "2027-0001"


@pytest.mark.django_db
def test_more_than_9999_cases_in_a_year_keep_growing():
    ReferenceCounter.objects.create(kind="case", year=2026, last=9998)
    assert [take(), take()] == ["2026-9999", "2026-10000"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_reference_is_only_given_inside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"):
        next_reference("case", NOW, OSLO)


@pytest.mark.django_db
def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        take("dog")
