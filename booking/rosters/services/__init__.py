"""Writes on rosters: one function per use case. All of them take the lock of the case, then rule, save, log, tell."""

from booking.rosters.services.duties import (
    add_duty,
    change_needed,
    drop_plan,
    kind_or_none,
    kinds_for,
    remove_duty,
    save_kind,
    save_plan,
)
from booking.rosters.services.links import (
    join,
    make_personal_link,
    open_link,
    stop_helper,
    stop_open_link,
    take_helper_off,
)
from booking.rosters.services.running import run_rosters
from booking.rosters.services.settling import case_revised, settle, settle_things
from booking.rosters.services.signing import sign_up, take_off, withdraw
from booking.rosters.services.swapping import accept_swap, ask_swap, decline_swap, stop_swap

__all__ = [
    "accept_swap",
    "add_duty",
    "ask_swap",
    "case_revised",
    "change_needed",
    "decline_swap",
    "drop_plan",
    "join",
    "kind_or_none",
    "kinds_for",
    "make_personal_link",
    "open_link",
    "remove_duty",
    "run_rosters",
    "save_kind",
    "save_plan",
    "settle",
    "settle_things",
    "sign_up",
    "stop_helper",
    "stop_open_link",
    "stop_swap",
    "take_helper_off",
    "take_off",
    "withdraw",
]
