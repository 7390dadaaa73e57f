"""The secret part of a private calendar's address (feeds.md "Secrets").

base64url(HMAC(own key, feed id and nonce)): 43 characters. The key is the site's (``foundation.vault``); the database
has only id and nonce, which open nothing. Every key that the site still knows is accepted; the newest one is shown.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from secrets import token_hex

from booking.foundation import vault

PURPOSE = "feed-secret"
#: Longer than any secret of ours: nothing longer is compared.
_MOST = 100
#: So many former addresses of one feed are told that they are gone.
MOST_RETIRED = 20
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look alike: ids are read aloud at a help desk


def new_id() -> str:
    """A public name for a feed: 12 letters and digits. No secret, but nobody can count them."""
    digits = bytes.fromhex(token_hex(12))
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digits)


def new_nonce() -> str:
    """Another one gives another secret."""
    return token_hex(16)


def secret(feed_id: str, nonce: str) -> str:
    """What stands in the address, with the newest key."""
    return _encoded(vault.fingerprint(PURPOSE, f"{feed_id}:{nonce}"))


def fits(given: str, feed_id: str, nonces: Sequence[str]) -> bool:
    """Whether ``given`` is the secret of one of these nonces, under any known key. In constant time for each."""
    asked = given[:_MOST].encode("utf-8", "replace")
    found = False
    for nonce in nonces:
        for digest in vault.fingerprints(PURPOSE, f"{feed_id}:{nonce}"):
            found |= hmac.compare_digest(_encoded(digest).encode("ascii"), asked)
    return found


def _encoded(digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode("ascii")
