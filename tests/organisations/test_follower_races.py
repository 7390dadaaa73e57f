"""Followers at the same moment, on real connections and in real processes: told once, kept once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy.services import close_resource
from booking.organisations.followers import links, services
from booking.organisations.followers.models import Follow, Follower, FollowNotice
from tests.cases.test_races import together
from tests.correspondence.conftest import Process, server, start  # noqa: F401 - fixtures
from tests.correspondence.mailserver import Handler
from tests.factories import NOW, make_resource

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.race]


def test_two_links_of_a_new_address_pressed_at_once_make_one_follower() -> None:
    for number in range(4):
        places = [make_resource(f"Sal {number}"), make_resource(f"Rom {number}")]
        tokens = [
            links.open_link(
                services.ask_by_email(
                    target=one, address=f"nr{number}@example.org", language="nb", now=NOW
                ).token_sealed
            )
            for one in (*places, places[0])
        ]
        together([lambda t=token: services.confirm(token=t, now=NOW) for token in tokens])
        follower = Follower.objects.latest("pk")
        assert Follower.objects.count() == number + 1
        assert set(follower.follows.values_list("resource", flat=True)) == {one.pk for one in places}


def test_stopping_while_news_is_put_together_leaves_nothing() -> None:
    for _round in range(4):
        hall = make_resource("Hallen")
        made = services.follow_by_link(target=hall, language="nb", now=NOW).follower
        Follower.objects.filter(pk=made.pk).update(address_hash=f"h{made.pk}", address_sealed="x")
        close_resource(hall, start=NOW + timedelta(days=3), end=NOW + timedelta(days=4), reason="Lekkasje", now=NOW)
        together(
            [
                lambda m=made: services.stop(follower=m),
                lambda: services.send_news(NOW + timedelta(minutes=5)),
                lambda: services.send_news(NOW + timedelta(minutes=5)),
            ]
        )
        assert not Follower.objects.exists()
        assert not FollowNotice.objects.exists()
        assert OutboxMessage.objects.filter(handler="follow_news", payload__follower=made.pk).count() <= 1


@pytest.mark.slow
def test_two_ticks_at_once_tell_each_follower_once(server: Handler, start: Callable[[str], Process]) -> None:  # noqa: F811
    """Real processes, real mail: and once more a tick finds nothing to say."""
    hall, now = make_resource("Hallen"), clock.now()
    addresses = [f"nr{number}@example.org" for number in range(30)]
    for address in addresses:
        pending = services.ask_by_email(target=hall, address=address, language="nb", now=now)
        services.confirm(token=links.open_link(pending.token_sealed), now=now)
    server.accepted.clear()
    OutboxMessage.objects.all().delete()
    begins = (now + timedelta(days=3)).replace(second=0, microsecond=0)
    close_resource(hall, start=begins, end=begins + timedelta(hours=4), reason="Lekkasje", now=now)
    FollowNotice.objects.update(due_at=now)
    ticks = [start("tick"), start("tick")]
    answers: list[Any] = [one.wait() for one in ticks]
    assert [status for status, _said in answers] == [0, 0], answers
    # At night the letters lie in the outbox until seven; which is when this test may run.
    assert OutboxMessage.objects.filter(handler="follow_news").count() == len(addresses)
    OutboxMessage.objects.filter(state="queued").update(due_at=now)
    assert start("tick").wait()[0] == 0
    assert sorted(str(one["To"]) for one in server.accepted) == sorted(addresses)
    assert Follow.objects.count() == len(addresses)
