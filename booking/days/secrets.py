"""The secret in a caretaker's address: 256 random bits, of which the database has a keyed hash only."""

from __future__ import annotations

import secrets

from booking.foundation import vault

_PURPOSE = "caretaker-link"
#: Longer than any secret of ours: nothing longer is hashed.
_MOST = 100


def new_token() -> str:
    """A secret that nobody guesses, long enough to be kept out of logs (``doors.logs.HideSecrets``)."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What a new row is found by."""
    return vault.fingerprint(_PURPOSE, _short(token))


def hashes(token: str) -> list[str]:
    """Under every known key, newest first: a change of keys leaves links good that were made before."""
    return vault.fingerprints(_PURPOSE, _short(token))


def _short(token: str) -> str:
    return token[:_MOST].encode("utf-8", "replace").decode()
