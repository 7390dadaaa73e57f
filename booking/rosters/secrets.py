"""The secrets of roster links: random, found by a keyed hash, shown again only to who may see them.

A copy of the database opens nothing; a change of the site's keys breaks no link that lies in a chat.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from booking.foundation import vault

LINK = "roster-link"
CONTACT = "roster-contact"
#: Longer than any link of ours: nothing longer is hashed.
_MOST = 100


@dataclass(frozen=True, slots=True)
class NewLink:
    """A fresh link, and what the database keeps of it."""

    token: str
    token_hash: str
    token_sealed: str
    key_id: str

    @property
    def columns(self) -> dict[str, str]:
        """For the row."""
        return {"token_hash": self.token_hash, "token_sealed": self.token_sealed, "key_id": self.key_id}


def new_link() -> NewLink:
    """A link that nobody guesses: 256 bits."""
    token = secrets.token_urlsafe(32)
    return sealed(token)


def sealed(token: str) -> NewLink:
    """What is kept of ``token`` under the newest key."""
    return NewLink(token, vault.fingerprint(LINK, token), vault.seal(LINK, token), vault.key_id())


def hashes_of(token: str) -> list[str]:
    """What a link is found by, under every known key."""
    return vault.fingerprints(LINK, token[:_MOST])


def opened(token_sealed: str) -> str:
    """The link; "" when the key that sealed it was taken away too early."""
    try:
        return vault.open_sealed(LINK, token_sealed)
    except vault.Unreadable:
        return ""


def contact_hash(email: str, phone: str) -> str:
    """What the same person is found by: the address, else the phone's digits; "" without either."""
    if email:
        return vault.fingerprint(CONTACT, email.strip().casefold())
    digits = "".join(sign for sign in phone if sign.isdigit())
    return vault.fingerprint(CONTACT, digits[-8:]) if len(digits) >= 8 else ""
