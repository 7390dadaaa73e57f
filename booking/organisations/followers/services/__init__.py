"""Writes about followers: one function per act, keyword-only, atomic. They are logged nowhere: nothing is kept."""

from booking.organisations.followers.services.following import (
    Confirmed,
    add_place,
    ask_by_email,
    choose,
    confirm,
    drop_place,
    follow_by_link,
    mute_place,
    propose,
    renew_link,
    say_more,
    seen,
    stop,
)
from booking.organisations.followers.services.keeping import forget, forget_unreachable, move_follows, seal_anew
from booking.organisations.followers.services.telling import News, send_news, send_weeks, take_back, tell, tell_asker

__all__ = [
    "Confirmed",
    "News",
    "add_place",
    "ask_by_email",
    "choose",
    "confirm",
    "drop_place",
    "follow_by_link",
    "forget",
    "forget_unreachable",
    "move_follows",
    "mute_place",
    "propose",
    "renew_link",
    "say_more",
    "seal_anew",
    "seen",
    "send_news",
    "send_weeks",
    "stop",
    "take_back",
    "tell",
    "tell_asker",
]
