"""The folding of texts for the search: one way for what is stored and for what is asked."""

from __future__ import annotations

import unicodedata

_SHORT = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ð": "d", "þ": "th"})
_LONG = str.maketrans({"ø": "oe", "å": "aa"})


def _plain(text: str) -> str:
    """Letters without their accents; æ, ø, å must have been replaced before (å would decompose to a)."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def search_text(*texts: str) -> str:
    """What the search compares with: the texts in small letters, then the same without Norwegian letters, two ways.

    SQLite's LIKE folds the case of a to z only, and PostgreSQL's LIKE of nothing, so both sides are folded here.
    "BÅT" finds "båt"; "bat" and "baat" find it too (a foreign keyboard); "båt" doesn't find "bat".
    """
    exact = unicodedata.normalize("NFC", "\n".join(text for text in texts if text)).casefold()
    forms = [exact, _plain(exact.translate(_SHORT)), _plain(exact.translate(_LONG).translate(_SHORT))]
    return "\n".join(dict.fromkeys(forms))


def search_terms(query: str) -> list[str]:
    """The words of a query, folded as ``search_text`` folds: each must occur. At most ten count."""
    return list(dict.fromkeys(unicodedata.normalize("NFC", query).casefold().split()))[:10]
