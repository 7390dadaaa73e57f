"""What followers connect when Django starts: letters, jobs, and their part in a merge of organisations."""

from __future__ import annotations

from booking.correspondence import registry as correspondence
from booking.organisations import registry
from booking.organisations.followers import letters, personal
from booking.organisations.followers.services import keeping, telling


def connect() -> None:
    """Tell the floors around."""
    letters.register()
    personal.register()
    # In this order: a follower who can't be reached isn't written to anew, and all is sealed before it is opened.
    correspondence.register_job("followers' keys", keeping.seal_anew)
    correspondence.register_job("followers who can't be reached", keeping.forget_unreachable)
    correspondence.register_job("forgotten followers", keeping.forget)
    correspondence.register_job("news for followers", telling.send_news)
    correspondence.register_job("the week for followers", telling.send_weeks)
    registry.register_mover("organisations.follows", keeping.move_follows)
