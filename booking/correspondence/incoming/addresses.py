"""The address of a thread: ``reply+<key>-<whom><mark>@domain``, one for each receiver of its letters.

``whom`` is a keyed hash of the receiver's address, ``mark`` one of the key and ``whom``. So nobody makes an address who
doesn't hold our keys, and a mail tells to whom the letter went that it answers. What a mark opens is little: see
docs/decisions/023. Mail servers lower the case of addresses; the part before the @ has at most 64 characters.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from booking.foundation import vault
from booking.foundation.conf import booking_settings

#: Hexadecimal digits: 32 and 80 bits.
_WHOM, _MARK = 8, 20
_KEY = re.compile(r"[a-z0-9-]{1,14}")
_TOKEN = re.compile(rf"([a-z0-9-]{{1,14}})-([0-9a-f]{{{_WHOM}}})([0-9a-f]{{{_MARK}}})")


@dataclass(frozen=True, slots=True)
class Thread:
    """What one of our addresses says: the thread's key, and for whom it was made."""

    key: str
    whom: str


def is_on() -> bool:
    """True when answers to letters are taken in."""
    return bool(booking_settings().mail_in.address)


def address_of(key: str, receiver: str) -> str:
    """Where ``receiver`` answers in the thread; "" when nothing comes in. Raises ``ValueError`` for a bad key."""
    if not is_on():
        return ""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} can't be part of an address")
    local, domain = booking_settings().mail_in.address.rsplit("@", 1)
    whom = _whom(receiver)[0]
    return f"{local}+{key}-{whom}{_marks(key, whom)[0]}@{domain}"


def is_ours(address: str) -> bool:
    """True when ``address`` has the form of a thread's address, genuine or not."""
    return _token(address) is not None


def thread_in(address: str) -> Thread | None:
    """The thread that ``address`` names, if we made it, under any of our keys. Compared in constant time."""
    found = _token(address)
    if found is None:
        return None
    key, whom, mark = found
    # A list, so that none is left out.
    genuine = any([hmac.compare_digest(mark, one) for one in _marks(key, whom)])  # noqa: C419
    return Thread(key, whom) if genuine else None


def is_for(thread: Thread, receiver: str) -> bool:
    """True when the address was made for ``receiver``."""
    return any([hmac.compare_digest(thread.whom, one) for one in _whom(receiver)])  # noqa: C419 - none is left out


def _token(address: str) -> tuple[str, str, str] | None:
    if not is_on():
        return None
    own, domain = booking_settings().mail_in.address.lower().rsplit("@", 1)
    local, _at, host = address.strip().lower().rpartition("@")
    name, plus, token = local.partition("+")
    found = _TOKEN.fullmatch(token) if plus and name == own and host == domain else None
    return (found[1], found[2], found[3]) if found else None


def _whom(receiver: str) -> list[str]:
    return [one[:_WHOM] for one in vault.fingerprints("reply-whom", receiver.strip().lower())]


def _marks(key: str, whom: str) -> list[str]:
    return [one[:_MARK] for one in vault.fingerprints("reply-address", f"{key}\n{whom}")]
