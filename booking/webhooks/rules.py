"""What others are told of and under which names, how it is signed, and when it is tried again. Pure.

Signatures: Standard Webhooks 1.0 (https://www.standardwebhooks.com). Names of events are a contract with other
programs: they may be added, never renamed (docs/integrators/webhooks.md lists them; a test holds the two together).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: What happened (as the log of a case calls it) → the name under which others hear of it. What isn't named here stays
#: in the house: reminders, drafts, ties, conflicts of interest, whose names change.
REQUEST = {
    "received": "request.received",
    "granted": "request.decided",
    "partly_granted": "request.decided",
    "refused": "request.decided",
    "waiting_listed": "request.decided",
    "automatic_approval": "request.decided",
    "dismissed": "request.decided",
    "undone": "request.decided",
    "changed": "request.changed",
    "added_back": "request.changed",
    "move_accepted": "request.changed",
    "change_asked": "request.change_proposed",
    "change_refused": "request.change_proposed",
    "change_withdrawn": "request.change_proposed",
    "move_proposed": "request.change_proposed",
    "move_declined": "request.change_proposed",
    "move_taken_back": "request.change_proposed",
    "move_expired": "request.change_proposed",
    "offered": "request.offered",
    "offer_expired": "request.offered",
    "withdrawn": "request.withdrawn",
    "cancelled": "request.cancelled",
    "displaced": "request.displaced",
    "taken_back": "request.displaced",
    "restored": "request.restored",
    "objected": "request.objection",
    "objection_answered": "request.objection",
    "asked": "request.asked",
    "answered": "request.answered",
    "holding_reply": "request.delayed",
    "handed_over": "request.handed_over",
    "appealed": "request.appeal",
    "appeal_upheld": "request.appeal",
    "appeal_reopened": "request.appeal",
    "appeal_answered_by_adoption": "request.appeal",
    "message": "request.message",
    "permit_changed": "request.permit_changed",
    "duty_changed": "request.duty_changed",
    "fault_reported": "request.fault",
    "fault_changed": "request.fault",
    "closed": "request.closed",
}
#: The same for works; only entries of the public record.
WORKS = {
    "planned": "works.planned",
    "consultation_opened": "works.consultation",
    "replied": "works.consultation",
    "answered": "works.consultation",
    "noticed": "works.noticed",
    "set_ready": "works.ready",
    "changed": "works.changed",
    "corrected": "works.changed",
    "start_dropped": "works.changed",
    "started": "works.started",
    "resumed": "works.started",
    "emergency_declared": "works.emergency",
    "paused": "works.stopped",
    "overrun": "works.overrun",
    "completed": "works.completed",
    "restored": "works.restored",
    "ground_free": "works.restored",
    "postponed": "works.postponed",
    "cancelled": "works.cancelled",
    "closed": "works.closed",
}
#: The same for season rounds; only public entries.
SEASON = {
    "opened": "season.opened",
    "wishes_closed": "season.closed",
    "proposal_published": "season.proposal",
    "proposal_withdrawn": "season.proposal",
    "table_agreed": "season.proposal",
    "swap_accepted": "season.proposal",
    "hearing_opened": "season.hearing",
    "heard_changed": "season.hearing",
    "comment_made": "season.comment",
    "objection_made": "season.comment",
    "comment_answered": "season.comment",
    "adopted": "season.adopted",
    "adopted_again": "season.adopted",
    "running": "season.started",
    "ended": "season.ended",
    "dates_changed": "season.changed",
    "offer_changed": "season.changed",
    "own_use_changed": "season.changed",
    "rules_changed": "season.changed",
}
FAMILIES = {"request": REQUEST, "works": WORKS, "season": SEASON}
#: To try an endpoint out. Nobody subscribes to it: it is sent by a person.
TEST = "webhook.test"

MOST_NAME = 100
#: The pauses after the first, second … failed try (Standard Webhooks, "Deliverability and reliability"): 10 tries, over
#: a little more than three days.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
#: After so many failures in a row the whole endpoint rests: it is the receiver, not the event.
STRIKES = 3
#: The longest rest of an endpoint between two looks whether it is back.
LONGEST_REST = timedelta(hours=1)
#: The most that an answer's ``Retry-After`` may ask for.
LONGEST_WISH = timedelta(hours=24)
#: An endpoint that has accepted nothing for so long is switched off.
DISABLE_AFTER = timedelta(days=5)
#: While a secret is replaced, both sign for so long.
ROTATION = timedelta(hours=24)
#: One request, from looking up the name to the end of the answer. Seconds.
TIMEOUT = 15.0
#: How much of an answer is read and kept. Bytes.
MOST_ANSWER = 1024
#: How long a sender owns an endpoint. Renewed before each request, and longer than any.
LEASE = timedelta(minutes=1)
#: Events sent to one endpoint before others have their turn.
TURN = 50
_SECRET_BYTES = 32
_PREFIX = "whsec_"


def all_types() -> tuple[str, ...]:
    """Every name that others can ask for, in the order of the documentation."""
    return tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.values()))


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: ``whsec_`` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base64. ``timestamp``: Unix seconds."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")


def headers(keys: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; with several secrets several signatures, the newest first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
    }


def pause(tries: int) -> timedelta | None:
    """The wait after the ``tries``-th failed try; None: it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def rest(failures: int) -> timedelta:
    """How long an endpoint rests after ``failures`` in a row; nothing before the third: 30 s, 1 min, 2 min … 1 h."""
    if failures < STRIKES:
        return timedelta()
    return min(timedelta(seconds=30 << min(failures - STRIKES, 10)), LONGEST_REST)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a ``Retry-After`` header asks for (RFC 9110 10.2.3: seconds or a date); None when it can't be read."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        wish = timedelta(seconds=min(int(text[:9]), int(LONGEST_WISH.total_seconds())))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        wish = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return max(min(wish, LONGEST_WISH), timedelta())


def disables(failing_since: datetime | None, now: datetime) -> bool:
    """Nothing has been accepted for so long that somebody must look."""
    return failing_since is not None and now - failing_since >= DISABLE_AFTER


def printable(raw: bytes) -> str:
    """The beginning of an answer as text that a page and a database can hold."""
    text = raw[:MOST_ANSWER].decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text.replace("\r\n", "\n"))


def line_numbers(facts: Mapping[str, object]) -> list[int]:
    """The lines that an entry of a case's log names."""
    found = facts.get("lines")
    return [one for one in found if isinstance(one, int)] if isinstance(found, list | tuple) else []
