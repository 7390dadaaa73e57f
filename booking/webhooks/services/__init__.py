"""Writes about webhooks: what happened is recorded, told, tried again, and looked after."""

from booking.webhooks.services.endpoints import (
    Content,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    reveal_secret,
    rotate_secret,
    send_again,
    send_all_again,
    send_test,
)
from booking.webhooks.services.keeping import tidy
from booking.webhooks.services.recording import record
from booking.webhooks.services.sending import send_to, tell_endpoints

__all__ = [
    "Content", "add_endpoint", "change_endpoint", "pause_endpoint", "record", "remove_endpoint", "resume_endpoint",
    "reveal_secret", "rotate_secret", "send_again", "send_all_again", "send_test", "send_to", "tell_endpoints", "tidy",
]  # fmt: skip
