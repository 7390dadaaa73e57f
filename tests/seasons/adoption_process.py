"""A process that adopts, and is killed in the middle: run by ``test_adoption_killed``."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def main() -> None:
    """Arguments: round, proposal, user, and after so many allocations: kill."""
    from django.contrib.auth import get_user_model

    from booking.seasons.models import Proposal, SeasonRound
    from booking.seasons.services import adopting
    from tests.factories import NOW

    round, proposal, user, kill_after = (int(one) for one in sys.argv[1:5])
    taken = adopting.take_standing_dates
    calls = 0

    def killing(*args: Any, **kwargs: Any) -> int:
        nonlocal calls
        count = taken(*args, **kwargs)
        calls += 1
        if kill_after and calls == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    adopting.take_standing_dates = killing  # the moment of death, not a stand-in for the work
    made = adopting.adopt(
        SeasonRound.objects.get(pk=round),
        Proposal.objects.get(pk=proposal),
        grounds="Etter høringen.",
        by=get_user_model()._default_manager.get(pk=user),
        now=NOW,
    )
    print(made.pk)
