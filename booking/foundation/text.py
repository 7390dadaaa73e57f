"""Text that comes in from people and programs, and how long it may be. One place for the limits.

PostgreSQL can't store NUL, UTF-8 can't carry lone surrogates, and control characters have no business in a name:
they are refused with the field's name instead of failing somewhere deep.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import Invalid

SLUG = 80
NAME = 200
TITLE = 200
PHONE = 32
EMAIL = 254
URL = 500
SEARCH = 200
LINE_NOTE = 500
PURPOSE = 2_000
GROUNDS = 10_000
MESSAGE = 10_000
#: A request body in bytes; more is 413 before anything is parsed.
BODY_BYTES = 1_000_000

# C0 without tab and line feed, DEL, C1, lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def is_unusable(value: str) -> bool:
    """True for a text that no database takes: with control characters or lone surrogates."""
    return _FORBIDDEN.search(value) is not None


def form_key(value: str | None, *, prefix: str = "") -> str | None:
    """The key by which the same form sent twice is one thing, as it came back; None without a usable one."""
    return f"{prefix}{value}"[:64] if value and not is_unusable(value) else None


def clean(
    value: object,
    *,
    max_length: int,
    loc: Sequence[str | int] = (),
    multiline: bool = False,
    required: bool = False,
) -> str:
    """``value`` as tidy text: NFC, outer blanks gone, line ends ``\\n``; in one line unless ``multiline``.

    ``max_length`` counts characters after tidying. None becomes "". Raises :class:`Invalid` with a code of
    ``not_text, control_characters, too_long, required`` and the given ``loc``.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise Invalid("not_text", _("This must be text."), loc=loc)
    # Cheap bound first, so that a huge text isn't normalised just to be refused. Tidying can shrink, not tenfold.
    if len(value) > max_length * 10 + 1000:
        raise _too_long(max_length, loc)
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    if _FORBIDDEN.search(text):
        raise Invalid("control_characters", _("This holds characters that can't be used in text."), loc=loc)
    text = unicodedata.normalize("NFC", text)
    text = text.strip() if multiline else _SPACES.sub(" ", text).strip()
    if len(text) > max_length:
        raise _too_long(max_length, loc)
    if required and not text:
        raise Invalid("required", _("This is needed."), loc=loc)
    return text


def _too_long(max_length: int, loc: Sequence[str | int]) -> Invalid:
    return Invalid(
        "too_long", _("This is too long: at most %(limit)s characters."), loc=loc, params={"limit": max_length}
    )
