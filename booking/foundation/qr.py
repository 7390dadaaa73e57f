"""QR codes for paper: on a poster, on a door."""

from __future__ import annotations

import io
from typing import Any

import segno
from django.utils.safestring import mark_safe


def qr_code(text: str) -> Any:
    """A QR code as SVG, black on white whatever the page looks like. ``text`` is an address of ours."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, dark="#000", light="#fff", nl=False
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - made by us from our own address
