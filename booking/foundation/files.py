"""Documents that people upload: known by their content, of bounded size, never by the name they came with.

Each capability keeps them with its own rows, in the database, and hands them out as downloads (``doors.downloads``).
Source: quality.md "Security and privacy".
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from PIL import Image

from booking.foundation.errors import Invalid, TooLarge
from booking.foundation.text import is_unusable

#: So many entries a word processor's file may have; the names are read, nothing is unpacked but the mimetype.
_MOST_ENTRIES = 2_000
#: Bytes of one document.
DOCUMENT_BYTES = 10_000_000
#: More pixels than a scanner gives would only be there to make the server work.
MOST_PIXELS = 60_000_000
_ZIPPED: dict[str, tuple[str, str]] = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": ("application/vnd.oasis.opendocument.text", "odt"),
    b"application/vnd.oasis.opendocument.spreadsheet": ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
}


def kind_of(content: bytes, names: Sequence[str] = (), mimetype: bytes = b"") -> tuple[str, str]:
    """(content type, ending) by the content, never by the name that somebody gave it. Raises ``Invalid``.

    ``names``, ``mimetype``: what a zip holds, when it is one (``names`` [] for anything else). Only what people write
    documents in; with macros in it, or a page or a drawing that could run something, it is refused.
    """
    if content.startswith(b"%PDF-"):
        return "application/pdf", "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", "jpg"
    if names:
        if not any(name.lower().endswith("vbaproject.bin") for name in names):
            for inside, kind in _ZIPPED.items():
                if inside in names:
                    return kind
            if mimetype in _OPEN_DOCUMENT and not any(name.startswith("Basic/") for name in names):
                return _OPEN_DOCUMENT[mimetype]
    elif content and not content.startswith((b"<", b"\xef\xbb\xbf<", b"GIF8")):
        try:
            words = content.decode("utf-8")
        except UnicodeDecodeError:
            words = "\x00"
        if not is_unusable(words.replace("\f", "").replace("\v", "").replace("\r", "")):
            low = words.lower()
            if "<script" not in low and "<html" not in low:
                return "text/plain; charset=utf-8", "txt"
    raise Invalid(
        "document_kind",
        _("Choose a PDF, a picture (JPEG, PNG), a text, or a Word or OpenDocument file."),
        loc=("file",),
    )


def safe_name(name: str, ending: str) -> str:
    """The name under which a document is saved: its own words, with the ending of what it really is.

    >>> safe_name("../avtale 2009.pdf.exe", "pdf")
    'avtale 2009.pdf.pdf'
    """
    stem = re.split(r"[\\/]", name)[-1].rpartition(".")[0] or re.split(r"[\\/]", name)[-1]
    stem = re.sub(r"[^\w .()-]", "", stem).strip(" .")[:100]
    return f"{stem or 'dokument'}.{ending}"


def check_size(content: bytes) -> None:
    """Raises ``Invalid`` (``required``) for nothing, ``TooLarge`` over 10 MB."""
    if not content:
        raise Invalid("required", _("Choose a file."), loc=("file",))
    if len(content) > DOCUMENT_BYTES:
        raise TooLarge(
            "too_large", _("A document may have at most %(most)s MB."), loc=("file",),
            params={"most": DOCUMENT_BYTES // 1_000_000},
        )  # fmt: skip


def read_kind(content: bytes) -> tuple[str, str]:
    """What it is; a zip is looked into, a picture is decoded as far as its size. Raises ``Invalid``."""
    names: list[str] = []
    mimetype = b""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = archive.namelist()[: _MOST_ENTRIES + 1]
                if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                    mimetype = archive.read("mimetype").strip()
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
            raise _broken() from None
        if not names or len(names) > _MOST_ENTRIES:
            raise _broken()
    found = kind_of(content, names, mimetype)
    if found[0].startswith("image/"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as picture:
                    width, height = picture.size
                    if width * height > MOST_PIXELS:
                        raise _broken()
                    picture.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise _broken() from None
    return found


def _broken() -> Invalid:
    return Invalid(
        "document_broken", _("This file can't be read. Save it again, or choose another one."), loc=("file",)
    )
