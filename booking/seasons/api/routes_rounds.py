"""Addresses of the HTTP API of rounds and wishes."""

from __future__ import annotations

from typing import Any

URLS: list[Any] = []
