"""What a list may be asked for, what a link says, and what a spreadsheet may hold. Pure."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

#: How the queue may be narrowed: the words of its address, in the order in which they are kept.
NARROWING = (
    "tab", "q", "state", "waiting_on", "kind", "unit", "officer", "unread", "flag", "organisation", "resource",
    "date_from", "date_to",
)  # fmt: skip
LONGEST_QUERY = 600
TABS = ("mine", "unit", "overdue", "all")
#: A link of the morning's letter opens something for so long (quality.md "Security and privacy").
LINK_DAYS = 7


def clean_query(given: Mapping[str, Iterable[str]]) -> str:
    """The part of an address that says what is shown, in one order, without pages, exports and what is empty.

    ``given``: values by name, as a ``QueryDict``'s ``lists()`` gives them. Raises ``ValueError`` when it is too long.
    """
    pairs = [(name, value) for name in NARROWING for value in given.get(name, ()) if value.strip()]
    found = urlencode(pairs)
    if len(found) > LONGEST_QUERY:
        raise ValueError("too long")
    return found


# --- links -----------------------------------------------------------------------------------------------------------

_SHAPE = struct.Struct(">QQBHI")
_ACTS = {"holding_reply": 1, "ask": 2}
_MAC = 32
_EPOCH = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Link:
    """One officer, one case, one act, one morning. ``hand_overs``: how often the case had been handed over then."""

    user: int
    case: int
    act: str
    hand_overs: int
    day: date

    @property
    def signed(self) -> str:
        """What the signature is about."""
        return f"{self.user}:{self.case}:{self.act}:{self.hand_overs}:{self.day.isoformat()}"

    def alive_on(self, on: date) -> bool:
        """From its morning on, seven days."""
        return self.day <= on < self.day + timedelta(days=LINK_DAYS)


def write_link(link: Link, mac: str) -> str:
    """The link as a word of an address: letters, digits, "-" and "_" only. ``mac``: 64 hexadecimal digits."""
    days = (link.day - _EPOCH).days
    body = _SHAPE.pack(link.user, link.case, _ACTS[link.act], link.hand_overs & 0xFFFF, days)
    return base64.urlsafe_b64encode(body + bytes.fromhex(mac)).decode().rstrip("=")


def read_link(token: str) -> tuple[Link, str] | None:
    """What the word says and the signature it brings; None for what no link of ours looks like."""
    if not token.isascii() or len(token) > 100:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        user, case, act, hand_overs, days = _SHAPE.unpack(raw[:-_MAC])
        day = _EPOCH + timedelta(days=days)
    except (binascii.Error, struct.error, ValueError, OverflowError):
        return None
    name = next((name for name, number in _ACTS.items() if number == act), None)
    if name is None or user > 2**63 - 1 or case > 2**63 - 1:
        return None
    return Link(user, case, name, hand_overs, day), raw[-_MAC:].hex()
