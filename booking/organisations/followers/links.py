"""The secrets of followers: their address, and the links that open and stop what they follow.

Links are random. The database has their hash, to find them by, and the link sealed with the site's key, to show it in
letters. A copy of the database opens nothing, and a change of keys breaks no link that lies in somebody's mailbox.

The link that only stops has nothing to do with the one that opens the page: mail programs and their makers get to know
it (RFC 8058), and it stays good in old letters when the page gets a new address.
"""

from __future__ import annotations

import hashlib
import secrets

from booking.foundation import vault

ADDRESS = "follower-address"
LINK = "follower-link"
#: Longer than any link of ours: nothing longer is hashed.
_MOST = 100


def new_token() -> str:
    """A link that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What the database finds a link by. The token has 256 bits: a plain hash can't be guessed back."""
    return hashlib.sha256(token[:_MOST].encode("utf-8", "replace")).hexdigest()


def address_hashes(address: str) -> list[str]:
    """What an address is found by, under every known key; the newest first."""
    return vault.fingerprints(ADDRESS, address.strip().casefold())


def address_hash(address: str) -> str:
    """What a new row is found by."""
    return vault.fingerprint(ADDRESS, address.strip().casefold())


def seal_address(address: str) -> str:
    return vault.seal(ADDRESS, address)


def open_address(sealed: str) -> str:
    """The address; "" when there is none, or when the key that sealed it was taken away too early."""
    return _opened(ADDRESS, sealed)


def seal_link(token: str) -> str:
    return vault.seal(LINK, token)


def open_link(sealed: str) -> str:
    return _opened(LINK, sealed)


def _opened(purpose: str, sealed: str) -> str:
    try:
        return vault.open_sealed(purpose, sealed) if sealed else ""
    except vault.Unreadable:
        return ""
