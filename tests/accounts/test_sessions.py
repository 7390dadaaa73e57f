from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from booking.correspondence import registry
from booking.foundation import clock
from municipality.accounts.sessions import forget_expired

pytestmark = pytest.mark.django_db


def test_tick_forgets_sessions_that_have_run_out_and_no_others(visitor):
    visitor.ask("kari@example.org")
    now = clock.now()
    Session.objects.create(session_key="gammel", session_data="", expire_date=now - timedelta(minutes=1))
    assert ("sessions that have run out", forget_expired) in registry.jobs()
    assert forget_expired(now) == 1
    assert forget_expired(now) == 0
    assert Session.objects.count() == 1
