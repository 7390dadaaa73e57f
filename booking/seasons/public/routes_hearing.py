"""Addresses of the public pages of this part, under ``seasons/``."""

from __future__ import annotations

from typing import Any

URLS: list[Any] = []
