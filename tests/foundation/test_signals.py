import pytest
from django.db import transaction

from booking.foundation.models import ReferenceCounter
from booking.foundation.signals import revised, send_revised


@pytest.fixture
def heard():
    told = []

    def listen(sender, cause, scopes, using, **kwargs):
        told.append((cause, scopes))
        if "resource:fails" in scopes:
            raise ValueError("a receiver that can't store its rows")

    revised.connect(listen)
    yield told
    revised.disconnect(listen)


@pytest.mark.django_db
def test_receivers_hear_cause_and_scopes_inside_the_transaction(heard):
    with transaction.atomic():
        send_revised(cause="case:2026-0001", scopes=["resource:hall", "resource:hall"])
    assert heard == [("case:2026-0001", frozenset({"resource:hall"}))]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_it_is_not_sent_outside_of_a_transaction(heard):
    with pytest.raises(RuntimeError, match="transaction"):
        send_revised(cause="case:2026-0001", scopes=[])
    assert heard == []


@pytest.mark.django_db
def test_a_receiver_that_fails_undoes_the_change(heard):
    with pytest.raises(ValueError, match="rows"), transaction.atomic():  # noqa: PT012 - the block is the transaction
        ReferenceCounter.objects.create(kind="test", year=2026)
        send_revised(cause="case:2026-0001", scopes=["resource:fails"])
    assert not ReferenceCounter.objects.exists()
