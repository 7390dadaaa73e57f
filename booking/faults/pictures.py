"""A photo of a fault: judged by its content, decoded within limits, and drawn anew, so that nothing else comes along.

Place, time, camera, thumbnails and whatever else hides in a file stay behind (quality.md "Security and privacy").
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from booking.foundation.errors import Invalid, TooLarge

#: What is sent, in bytes; and how many points a picture may have before anything of it is decoded.
LARGEST = 10_000_000
MOST_POINTS = 50_000_000
#: What is kept: the longer side in points.
SIDE = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of our own making."""

    content: bytes
    width: int
    height: int


def redrawn(content: bytes) -> Picture:
    """The picture, upright, at most 1,600 points wide or high. Raises ``Invalid`` (``photo_broken``), ``TooLarge``."""
    if len(content) > LARGEST:
        raise TooLarge(
            "too_large", _("A photo may have at most %(most)s MB."), params={"most": LARGEST // 1_000_000},
            loc=("photo",),
        )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
                if found.width * found.height > MOST_POINTS:
                    raise _broken()
                found.draft("RGB", (SIDE, SIDE))
                upright = ImageOps.exif_transpose(found)
                upright.thumbnail((SIDE, SIDE))
                plain = Image.new("RGB", upright.size, "white")
                shown = upright.convert("RGBA")
                plain.paste(shown, mask=shown.getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _broken() from error
    kept = io.BytesIO()
    plain.save(kept, "JPEG", quality=80)
    return Picture(kept.getvalue(), plain.width, plain.height)


def _broken() -> Invalid:
    return Invalid("photo_broken", _("We can't read this as a photo. Take it as JPEG, PNG or WebP."), loc=("photo",))
