"""What is done for people's privacy: one function per act."""

from booking.privacy.services.consenting import agree, new_text, text_in_force, withdraw, withdraw_about
from booking.privacy.services.erasing import erase_person
from booking.privacy.services.keeping import agree_to_shorter, choose_days, ensure_rules, run_daily, run_retention
from booking.privacy.services.looking import note_look, note_looks

__all__ = [
    "agree",
    "agree_to_shorter",
    "choose_days",
    "ensure_rules",
    "erase_person",
    "new_text",
    "note_look",
    "note_looks",
    "run_daily",
    "run_retention",
    "text_in_force",
    "withdraw",
    "withdraw_about",
]
