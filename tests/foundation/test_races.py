"""Two at once, for real: threads with connections of their own, on whatever database the suite runs."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client

from booking.foundation.models import IdempotencyRecord, ReferenceCounter
from booking.foundation.references import next_reference

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
CLIENTS = 12
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def at_once(work):
    barrier = Barrier(CLIENTS)

    def run(number):
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def test_references_taken_at_once_are_all_different_and_without_holes():
    def take(_number):
        with transaction.atomic():
            return next_reference("case", NOW, ZoneInfo("Europe/Oslo"))

    assert sorted(at_once(take)) == [f"2026-{number:04d}" for number in range(1, CLIENTS + 1)]


@pytest.mark.urls("tests.foundation.doors.api_urls")
def test_the_same_key_at_once_gives_one_thing_and_one_answer():
    body = json.dumps({"name": "hall", "lines": [{"quantity": 1}]})

    def post(_number):
        return Client().post(
            "/api/booking/v1/orders/", body, content_type="application/json", headers={"Idempotency-Key": "one"}
        )

    answers = at_once(post)
    assert Counter(answer.status_code for answer in answers) == {201: CLIENTS}
    assert {answer.content for answer in answers} == {b'{"ref":"2026-0001"}'}
    assert ReferenceCounter.objects.get(kind="case").last == 1
    assert IdempotencyRecord.objects.count() == 1
