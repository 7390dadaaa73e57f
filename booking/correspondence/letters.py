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
    `thread`: the key of the conversation that an answer belongs to. Where e-mail is taken in, the answer then goes to
    an address of that thread instead (`incoming.addresses`), made for the receiver when the letter leaves.
    """

    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    thread: str = ""


def one_line(text: str) -> str:
    """A subject can't hold line breaks: they would let a title write mail headers."""
    return " ".join(text.split())


def render(
    name: str,
    context: Mapping[str, Any],
    language: str,
    *,
    reply_to: str = "",
    thread: str = "",
    headers: tuple[tuple[str, str], ...] = (),
) -> Letter:
    """The letter of the templates ``booking/emails/<name>.subject.txt``, ``.txt`` and ``.html`` in `language`.

    The context also gets `municipality_name`, `base_url` and `language`, and for a letter of a thread `replies`:
    "taken" when an answer by e-mail comes into the thread, "not_read" when it doesn't.
    """
    conf = booking_settings()
    full = {
        "municipality_name": conf.municipality_name,
        "base_url": conf.public_base_url,
        "language": language,
        "replies": ("taken" if conf.mail_in.address else "not_read") if thread else "",
        **context,
    }
    with translation.override(language):
        subject = one_line(render_to_string(f"booking/emails/{name}.subject.txt", full))
        text = render_to_string(f"booking/emails/{name}.txt", full)
        html = render_to_string(f"booking/emails/{name}.html", full)
    return Letter(subject, _tidy(text), _tidy(html), reply_to=reply_to, thread=thread, headers=headers)


def _tidy(text: str) -> str:
    """Template tags leave blank lines behind; at most one stays between paragraphs."""
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("\n", text)).strip() + "\n"
