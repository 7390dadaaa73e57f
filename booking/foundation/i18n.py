"""Texts that staff write in up to three languages: columns ``name`` (bokmål), ``name_nn``, ``name_en``.

A missing translation falls back to bokmål, marked, and never blocks (architecture.md "A plugin's manners"). The mark
is the ``lang`` attribute in HTML: screen readers pronounce it right, and a reader sees why it is in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language

#: The language of the plain column, and the last resort.
BASE_LANGUAGE = "nb"
#: Suffix of the column per language. Northern Sami is registered and has no columns yet, so it falls back.
COLUMNS = {"nb": "", "nn": "_nn", "en": "_en"}
#: Where a missing text is sought, in order. Nynorsk readers read bokmål and the other way round.
_FALLBACKS = {"nb": ("nb", "nn", "en"), "nn": ("nn", "nb", "en"), "en": ("en", "nb", "nn")}


class LocalizedText(str):  # noqa: SLOT000 - it carries attributes
    """A text that knows the language it is written in (``lang``) and whether that is not the one asked for."""

    lang: str
    is_fallback: bool

    def __new__(cls, value: str, lang: str, is_fallback: bool) -> LocalizedText:
        """Make one; behaves as ``str`` everywhere else."""
        text = super().__new__(cls, value)
        text.lang = lang
        text.is_fallback = is_fallback
        return text


def current_language(lang: str | None = None) -> str:
    """The language (nb, nn, en, ...) of ``lang`` or else the active one, without its region; bokmål when unset."""
    code = (lang or get_language() or BASE_LANGUAGE).lower().split("-")[0].split("_")[0]
    return "nb" if code == "no" else code


def localized(obj: Any, field: str, lang: str | None = None) -> LocalizedText:
    """The text of ``field`` in ``lang`` (default: the active language), else in the first language that has it.

    ``obj`` is a model instance or a mapping with the columns ``field``, ``field_nn``, ``field_en`` (missing columns
    count as empty). An empty text in all languages gives "" and is no fallback.
    """
    wanted = current_language(lang)
    for code in _FALLBACKS.get(wanted, ("nb", "nn", "en")):
        name = field + COLUMNS[code]
        value = obj.get(name) if isinstance(obj, dict) else getattr(obj, name, None)
        if value:
            return LocalizedText(str(value), code, code != wanted)
    return LocalizedText("", wanted, False)


def filled(message: str | Promise, params: Mapping[str, Any]) -> str:
    """``message`` in the active language with ``params`` filled in by ``%``; without params it is left as it is.

    A lazy plural (``ngettext_lazy`` with the name of its number) knows its form only by ``%``: as a mere string it is
    empty.
    """
    return str(message % params) if params else str(message)  # type: ignore[operator]
