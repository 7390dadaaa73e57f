"""Reading a raw mail: who, to whom, what kind, which words, which files. Never raises, whatever is in it. Pure.

The standard library's parser is asked in its old, forgiving way (``compat32``): what a header or a part holds is taken
apart here, each piece guarded, because half of the mail in the world breaks some rule. Sizes and counts are bounded
before anything costly happens.
"""

from __future__ import annotations

import email
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses
from enum import StrEnum
from typing import Any

from booking.correspondence.incoming import files, html, quotes

#: Headers and parts beyond these are not looked at; the raw mail keeps them.
MOST_HEADERS = 2_000
MOST_PARTS = 200
LONGEST_HEADER = 20_000
#: Characters: of the words that become a message, and of what is kept folded beside it.
LONGEST_WORDS = 10_000
LONGEST_REST = 100_000
_UNTIDY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:@\x00-\x1f\x7f-\x9f]{1,64}@[^\s<>\"'(),;:@\x00-\x1f\x7f-\x9f]{1,189}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,240}>")
_TO = ("to", "cc", "delivered-to", "x-original-to", "x-forwarded-to", "envelope-to", "resent-to", "apparently-to")
#: Headers that say the same in every copy of a mail, however it travelled.
_SAME = ("message-id", "from", "date", "subject")


class Kind(StrEnum):
    """Who or what wrote it."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"  # "I am on holiday": needs nothing, and gets no answer
    ROBOT = "robot"  # a list, a newsletter, a form of another system: a person must look
    BOUNCE = "bounce"
    LOOP = "loop"  # our own letter come back


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as it can be understood. ``sender`` is "" when there isn't exactly one plain address."""

    key: str
    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    kind: Kind = Kind.PERSON
    words: str = ""
    rest: str = ""
    files: tuple[files.File, ...] = ()
    left_out: tuple[files.LeftOut, ...] = ()
    #: Message-IDs that a bounce tells of, and what it says.
    bounced: tuple[str, ...] = ()
    diagnosis: str = ""
    #: Codes of what could not be read.
    faults: tuple[str, ...] = field(default=())


def read(raw: bytes, *, recipients: Sequence[str] = (), own: Iterable[str] = (), cut: bool = False) -> Mail:
    """What is in ``raw``. ``recipients``: whom the mail server delivered it to, if it says. ``own``: addresses that
    our letters come from. ``cut``: the mail was longer, and its end is missing."""
    message, faults = _parsed(raw)
    headers = _headers(message)
    senders = _addresses(headers.get("from", ()))
    sender, name = (senders[0][1], senders[0][0]) if len({one[1] for one in senders}) == 1 else ("", "")
    to = [found for _name, found in _addresses(value for one in _TO for value in headers.get(one, ()))]
    given = [one.strip().lower() for one in recipients if _ADDRESS.fullmatch(one.strip())]
    ids = _MESSAGE_ID.findall(" ".join(headers.get("message-id", ()))[:1000])
    reading = _Reading(cut=cut)
    try:
        reading.walk(message)
    except Exception:  # noqa: BLE001 - a mail that we can't take apart is parked, never lost
        faults.append("unreadable")
    words, rest, more = reading.words()
    bounced, diagnosis = reading.bounced, reading.diagnosis
    return Mail(
        key=_key(raw, headers),
        message_id=ids[0] if ids else "",
        sender=sender,
        sender_name=tidy(name, 150),
        recipients=tuple(dict.fromkeys((*given, *to)))[:100],
        subject=tidy(" ".join(headers.get("subject", ())[:1]), 250),
        kind=_kind(headers, sender, message, {one.lower() for one in own}),
        words=words,
        rest=rest,
        files=tuple(reading.files),
        left_out=tuple(reading.left_out),
        bounced=tuple(bounced),
        diagnosis=diagnosis,
        faults=(*faults, *more),
    )


def tidy(text: str, longest: int, *, multiline: bool = False) -> str:
    """``text`` as a database takes it: what can't be stored becomes a blank, and too much is cut with an ellipsis."""
    text = text[: longest * 4 + 100].replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _UNTIDY.sub(" ", text))
    text = text.strip() if multiline else " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


# --- headers ---------------------------------------------------------------------------------------------------------


def _parsed(raw: bytes) -> tuple[Message, list[str]]:
    try:
        return email.message_from_bytes(raw, policy=compat32), []
    except Exception:  # noqa: BLE001 - RecursionError for parts nested a thousand deep, among others
        with suppress(Exception):
            return BytesHeaderParser(policy=compat32).parsebytes(raw[:500_000], headersonly=True), ["unreadable"]
    return Message(), ["unreadable"]


def _headers(message: Message) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for number, (name, value) in enumerate(message.raw_items()):
        if number >= MOST_HEADERS:
            break
        found.setdefault(str(name).lower(), []).append(_decoded(str(value)))
    return {name: tuple(values) for name, values in found.items()}


def _decoded(value: str) -> str:
    """A header in words: RFC 2047, or bytes that somebody sent as they were."""
    value = value[:LONGEST_HEADER]
    data = value.encode("utf-8", "surrogateescape")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (MessageError, ValueError, LookupError):
        return text
    return "".join(_text(part, charset) if isinstance(part, bytes) else part for part, charset in pieces)


def _text(data: bytes, charset: str | None) -> str:
    """Bytes in the charset that is named, or in the one that they are likely in."""
    if charset and charset.lower() not in ("unknown-8bit", "us-ascii", "ascii"):
        try:
            return data.decode(charset, "replace")
        except (LookupError, ValueError, TypeError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address), in lower case, of those that are plain addresses."""
    try:
        found = getaddresses([value[:LONGEST_HEADER].replace("\n", " ").replace("\r", " ") for value in values])
    except Exception:  # noqa: BLE001 - the parser of comments in addresses is recursive
        return []
    return [(name, address.lower()) for name, address in found if _ADDRESS.fullmatch(address)]


def _key(raw: bytes, headers: Mapping[str, Sequence[str]]) -> str:
    """The same for each copy of a mail, and for nothing else."""
    ends = [at + len(gap) for gap in (b"\r\n\r\n", b"\n\n") if (at := raw.find(gap)) >= 0]
    body = raw[min(ends) :] if ends else raw
    same = "\n".join(f"{name}:{'|'.join(headers.get(name, ()))}" for name in _SAME)
    plain = body.replace(b"\r\n", b"\n").strip()
    return hashlib.sha256(same.encode("utf-8", "replace") + b"\n\n" + plain).hexdigest()


def _kind(headers: Mapping[str, Sequence[str]], sender: str, message: Message, own: set[str]) -> Kind:
    """RFC 3834, RFC 3464, and what programs did before them."""

    def says(name: str) -> str:
        return " ".join(headers.get(name, ())).strip().lower()

    auto = says("auto-submitted")
    precedence = says("precedence")
    named = sender.partition("@")[0]
    if "x-samskap" in headers or sender in own:
        return Kind.LOOP
    if message.get_content_type() == "multipart/report" and "delivery-status" in says("content-type"):
        return Kind.BOUNCE
    if says("return-path") == "<>" or named in ("mailer-daemon", "postmaster"):
        return Kind.BOUNCE if named in ("mailer-daemon", "postmaster") else Kind.AUTO_REPLY
    if auto.startswith("auto-replied") or precedence == "auto_reply" or {"x-autoreply", "x-autorespond"} & set(headers):
        return Kind.AUTO_REPLY
    robotic = auto not in ("", "no") or precedence in ("bulk", "junk", "list") or "list-id" in headers
    return Kind.ROBOT if robotic or named.replace("-", "").startswith(("noreply", "donotreply")) else Kind.PERSON


# --- the body --------------------------------------------------------------------------------------------------------


class _Reading:
    """Walks the parts without recursion, and remembers what it came across."""

    def __init__(self, *, cut: bool) -> None:
        self.cut = cut
        self.plain: list[str] = []
        self.html: list[str] = []
        self.files: list[files.File] = []
        self.left_out: list[files.LeftOut] = []
        self.bounced: list[str] = []
        self.diagnosis = ""
        self._weight = 0

    def walk(self, message: Message) -> None:
        waiting: list[tuple[Message, bool]] = [(message, False)]
        seen = 0
        while waiting and seen < MOST_PARTS:
            part, reported = waiting.pop()
            seen += 1
            kind = _safely(part.get_content_type, "text/plain")
            inside = part.get_payload() if part.is_multipart() else None
            if kind == "message/delivery-status":
                self._status(inside if isinstance(inside, list) else [])
            elif kind == "text/rfc822-headers" or (kind == "message/rfc822" and reported):
                self._original(part, inside)
            elif isinstance(inside, list) and kind != "message/rfc822":
                waiting += [(one, kind == "multipart/report") for one in reversed(inside[:MOST_PARTS])]
            else:
                self._leaf(part, kind, inside)
        if waiting:
            self.left_out.append(files.LeftOut("…", "too_many"))

    def _leaf(self, part: Message, kind: str, inside: object) -> None:
        name = tidy(_decoded(str(_safely(part.get_filename, "") or "")), 200)
        disposition = _safely(part.get_content_disposition, "") or ""
        if isinstance(inside, list):  # a mail in the mail: its words would be somebody else's
            self.left_out.append(files.LeftOut(files.file_name(name or "mail.eml"), "type"))
            return
        data = _safely(lambda: part.get_payload(decode=True), b"")
        content = data if isinstance(data, bytes) else b""
        if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            charset = _safely(part.get_content_charset, None)
            text = _text(content[: html.LONGEST * 4], str(charset) if charset else None)
            (self.plain if kind == "text/plain" else self.html).append(text)
        elif content.strip() or name:
            self._file(part, name or f"file.{kind.partition('/')[2][:8]}", content)

    def _file(self, part: Message, name: str, content: bytes) -> None:
        if self.cut:
            self.left_out.append(files.LeftOut(files.file_name(name), "cut"))
            return
        if part.get("Content-ID") and len(content) <= files.LOGO:
            return  # a logo in somebody's signature
        judged = files.judge(name, content)
        if isinstance(judged, files.File):
            if len(self.files) >= files.MOST_FILES:
                judged = files.LeftOut(judged.name, "too_many")
            elif self._weight + len(content) > files.LARGEST_IN_ALL:
                judged = files.LeftOut(judged.name, "too_large")
        if isinstance(judged, files.File):
            self._weight += len(content)
            self.files.append(judged)
        elif len(self.left_out) < 50:
            self.left_out.append(judged)

    def _status(self, blocks: Sequence[object]) -> None:
        """RFC 3464: only what failed for good counts; "delayed" is none of our business."""
        for block in blocks[:MOST_PARTS]:
            if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
                said = str(block.get("Diagnostic-Code", "") or block.get("Status", ""))
                self.diagnosis = self.diagnosis or tidy(_decoded(said), 400) or "failed"

    def _original(self, part: Message, inside: object) -> None:
        blocks = inside if isinstance(inside, list) else [_headers_in(part)]
        for block in blocks[:3]:
            if isinstance(block, Message):
                self.bounced += _MESSAGE_ID.findall(str(block.get("Message-ID", ""))[:1000])[:3]

    def words(self) -> tuple[str, str, list[str]]:
        """The words, the quoted tail, and what was too long."""
        text = "\n\n".join(one for one in self.plain if one.strip())
        if not text.strip() and self.html:
            text = "\n\n".join(html.to_text(one) for one in self.html[:5])
        text = tidy(text, LONGEST_WORDS + LONGEST_REST, multiline=True)
        parts = quotes.split(text)
        if len(parts.words) <= LONGEST_WORDS:
            return parts.words, parts.rest[:LONGEST_REST], []
        at = max(parts.words.rfind("\n", 0, LONGEST_WORDS), LONGEST_WORDS // 2)
        tail = f"{parts.words[at:]}\n\n{parts.rest}".strip()
        return parts.words[:at].rstrip(), tail[:LONGEST_REST], ["too_long"]


def _headers_in(part: Message) -> Message:
    data = _safely(lambda: part.get_payload(decode=True), b"")
    return BytesHeaderParser(policy=compat32).parsebytes(data if isinstance(data, bytes) else b"", headersonly=True)


def _safely(ask: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return ask()
    except Exception:  # noqa: BLE001 - parameters of a content type can break the parser in a dozen ways
        return otherwise
