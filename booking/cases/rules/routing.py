"""Which unit a question goes to. Pure. Source: needs N4 ("goes in anywhere and is routed by rule")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_SPLIT = re.compile(r"[\s\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A question about ``resource`` or a thing of the ``kind``, or with a word that begins with one of ``words``, goes
    to ``unit``. What a rule doesn't name, it doesn't ask for."""

    unit: int
    words: tuple[str, ...] = ()
    kind: str = ""
    resource: int | None = None


def unit_for(text: str, rules: Sequence[Rule], *, resource: int | None = None, kind: str = "") -> int | None:
    """The unit of the first rule that fits; None when none does."""
    spoken = _folded(text)
    words = [word for word in _SPLIT.split(spoken) if word]
    joined = " " + " ".join(words)
    for rule in rules:
        if not (rule.words or rule.kind or rule.resource is not None):
            continue
        if rule.resource is not None and rule.resource != resource:
            continue
        if rule.kind and rule.kind != kind:
            continue
        if rule.words and not any(f" {word}" in joined for word in rule.words):
            continue
        return rule.unit
    return None


def words_of(text: str) -> tuple[str, ...]:
    """The words of a rule as people write them, one a line or with commas, each as it is compared."""
    parts = (" ".join(_SPLIT.sub(" ", _folded(part)).split()) for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
