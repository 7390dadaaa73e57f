"""Values that the database holds, but nobody who only reads the database: encrypted, with a keyed hash to find them by.

The keys are ``BOOKING["encryption_keys"]``, newest first; without any they are derived from ``SECRET_KEY``. To change
keys: put the new one first, run ``tick`` (which seals everything anew), take the old one away. Each kind of value
has a ``purpose``, which is part of the key: a follower's address can't be opened as another kind of secret.
"""

from __future__ import annotations

import base64
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.signals import setting_changed

from booking.foundation.conf import booking_settings


class Unreadable(Exception):
    """Sealed with a key that is not among ``encryption_keys`` any more, or tampered with."""


def seal(purpose: str, value: str) -> str:
    """``value`` encrypted with the newest key: ASCII, different each time."""
    return _box(purpose).encrypt(value.encode()).decode("ascii")


def open_sealed(purpose: str, sealed: str) -> str:
    """What :func:`seal` was given, with whichever key still known. Raises :class:`Unreadable`."""
    try:
        return _box(purpose).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Unreadable(purpose) from error


def fingerprint(purpose: str, value: str) -> str:
    """A keyed hash of ``value`` under the newest key, 64 hexadecimal digits: equal values have equal fingerprints."""
    return _digest(_keys()[0], purpose, value)


def fingerprints(purpose: str, value: str) -> list[str]:
    """Under every known key, newest first: to find what was stored before the keys changed."""
    return [_digest(key, purpose, value) for key in _keys()]


def key_id() -> str:
    """Names the newest key without telling it; stored beside sealed values, to see which are to be sealed anew."""
    return _digest(_keys()[0], "key-id", "")[:16]


def _digest(key: str, purpose: str, value: str) -> str:
    return hmac.new(_derive(key, f"fingerprint:{purpose}"), value.encode(), "sha256").hexdigest()


def _box(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key, f"seal:{purpose}"))) for key in _keys()])


def _keys() -> tuple[str, ...]:
    chosen = booking_settings().encryption_keys
    return chosen or (settings.SECRET_KEY, *(str(key) for key in settings.SECRET_KEY_FALLBACKS))


@cache
def _derive(key: str, info: str) -> bytes:
    """32 bytes for one purpose (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"samskap.vault", info=info.encode()).derive(key.encode())


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting in ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "BOOKING"):
        _derive.cache_clear()


setting_changed.connect(_forget, dispatch_uid="booking.foundation.vault")
