"""Addresses of the HTTP API of this part, under ``seasons/``."""

from __future__ import annotations

from typing import Any

URLS: list[Any] = []
