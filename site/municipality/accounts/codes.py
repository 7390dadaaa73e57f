"""The code that signs somebody in: eight digits, good for ten minutes, stored nowhere.

Only a random nonce is kept (in the visitor's session and in the outbox row); the code is computed from it, the address
and the site's secret key. So whoever reads the database can't sign in as somebody who has just asked for a code.

Eight digits: with at most 20 wrong codes an hour for an address (limits.py) the chance to guess one in a whole year of
trying is below 1 in 500; six digits would make it 1 in 6.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

DIGITS = 8
LIFETIME = timedelta(minutes=10)
_SALT = "municipality.accounts.signin-code"
_links = Signer(salt="municipality.accounts.address")


def new_nonce() -> str:
    """A fresh, unguessable value that stands for one code."""
    return secrets.token_urlsafe(24)


def code_for(nonce: str, email: str) -> str:
    """The eight digits that belong to ``nonce`` and ``email``."""
    digest = salted_hmac(_SALT, f"{nonce}:{email.lower()}", algorithm="sha256").digest()
    # 2**64 is so much more than 10**8 that the leftover of the division favours no code noticeably.
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def spaced(code: str) -> str:
    """``1234 5678``: easier to read aloud and to type."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def tidy(typed: str) -> str:
    """What was typed or pasted, as plain digits: blanks, dashes and full-width digits are forgiven."""
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def fits(typed: str, nonce: str, email: str) -> bool:
    """Whether ``typed`` is the code, compared in constant time."""
    return bool(nonce) and constant_time_compare(tidy(typed), code_for(nonce, email))


def link_token(nonce: str) -> str:
    """What stands in a link of a letter: made from a stored nonce and the secret key, as the code is."""
    return _links.sign(nonce)


def nonce_of(token: str) -> str | None:
    """The nonce of a link of ours; None when it was not made here. Compared in constant time."""
    try:
        return _links.unsign(token)
    except BadSignature:
        return None
