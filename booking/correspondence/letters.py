"""A letter as it leaves: subject, plain text, HTML, in one language, with one clear action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from booking.foundation.conf import booking_settings

_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+\n")


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `reply_to` is the address of the unit that answers, when there is one.

    `headers`: further mail headers as (name, value), such as the ones that stop a subscription (RFC 8058).
    """

    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def one_line(text: str) -> str:
    """A subject can't hold line breaks: they would let a title write mail headers."""
    return " ".join(text.split())


def render(
    name: str,
    context: Mapping[str, Any],
    language: str,
    *,
    reply_to: str = "",
    headers: tuple[tuple[str, str], ...] = (),
) -> Letter:
    """The letter of the templates ``booking/emails/<name>.subject.txt``, ``.txt`` and ``.html`` in `language`.

    The context also gets `municipality_name`, `base_url` and `language`.
    """
    conf = booking_settings()
    full = {
        "municipality_name": conf.municipality_name,
        "base_url": conf.public_base_url,
        "language": language,
        **context,
    }
    with translation.override(language):
        subject = one_line(render_to_string(f"booking/emails/{name}.subject.txt", full))
        text = render_to_string(f"booking/emails/{name}.txt", full)
        html = render_to_string(f"booking/emails/{name}.html", full)
    return Letter(subject, _tidy(text), _tidy(html), reply_to=reply_to, headers=headers)


def _tidy(text: str) -> str:
    """Template tags leave blank lines behind; at most one stays between paragraphs."""
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("\n", text)).strip() + "\n"
