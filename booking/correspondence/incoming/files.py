"""What comes attached: judged by its content, never by its name. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

import filetype

#: Of one mail.
MOST_FILES = 10
#: Bytes: of one file, and of all of a mail together.
LARGEST = 10_000_000
LARGEST_IN_ALL = 20_000_000
#: A picture that the letter shows inside of its text and that is smaller than this is a logo.
LOGO = 20_000

_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/tiff"}
_DOCUMENTS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_TEXTS = {"txt": "text/plain", "csv": "text/csv", "ics": "text/calendar"}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True, slots=True)
class File:
    """A file that is taken in. ``mimetype`` is what its content is."""

    name: str
    mimetype: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that isn't: its name and why (``type``, ``too_large``, ``too_many``, ``cut``)."""

    name: str
    why: str


def judge(name: str, content: bytes) -> File | LeftOut:
    """The file, if it is of a kind that we take and not too large."""
    name = file_name(name)
    if not content:
        return LeftOut(name, "type")
    if len(content) > LARGEST:
        return LeftOut(name, "too_large")
    found = _kind(name, content)
    return File(name, found, content) if found else LeftOut(name, "type")


def file_name(name: str) -> str:
    """A name that no file system and no header stumbles over."""
    tidy = unicodedata.normalize("NFC", _UNSAFE.sub("_", name[:1000])).strip(" .")
    if len(tidy) > 100:
        stem, dot, ending = tidy.rpartition(".")
        tidy = f"{stem[: 99 - len(ending)]}.{ending}" if dot and len(ending) <= 8 else tidy[:100]
    return tidy or "file"


def _kind(name: str, content: bytes) -> str:
    guessed = filetype.guess_mime(content[:8192])
    if guessed in _PICTURES or guessed in _DOCUMENTS:
        return str(guessed)
    ending = name.rpartition(".")[2].lower()
    if guessed == "application/zip" and content[:4] == b"PK\x03\x04":
        # Office files are archives; some programs put the telling part late. It must say so itself, though.
        return next((kind for kind, end in _DOCUMENTS.items() if end == ending and _says(kind, content)), "")
    if guessed is None and ending in _TEXTS and b"\x00" not in content:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return ""
        return _TEXTS[ending]
    return ""


def _says(kind: str, content: bytes) -> bool:
    if kind.startswith("application/vnd.oasis"):
        return kind.encode() in content[:200]
    folder = {"word": b"word/", "spre": b"xl/", "pres": b"ppt/"}[kind.partition("officedocument.")[2][:4]]
    return b"[Content_Types].xml" in content and folder in content and b"vbaProject.bin" not in content
