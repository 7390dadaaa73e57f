"""A client program with a token, and a small town for it to talk about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from wagtail.models import APIToken

from tests import factories as f

BASE = "/api/booking/v1/"


class Caller:
    """Speaks JSON to the API, as ``user`` by a bearer token, or anonymously."""

    def __init__(self, user: Any = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {}
        if user is not None:
            _row, plain = APIToken.create_token(user=user, name="test")
            self.headers = {"Authorization": f"Bearer {plain}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(BASE + path, headers=self._with(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body if body is not None else {})
        return self.client.post(BASE + path, raw, content_type="application/json", headers=self._with(headers))

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        raw = json.dumps(body if body is not None else {})
        return self.client.patch(BASE + path, raw, content_type="application/json", headers=self._with(headers))

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(BASE + path, headers=self._with(headers))

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        return self.headers | {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Town:
    unit: Any
    hall: Any
    club: Any
    leader: Any
    coach: Caller
    officer: Caller
    nobody: Caller


@pytest.fixture
def town(db: Any) -> Town:
    unit = f.make_unit("Kultur og idrett", slug="kultur")
    hall = f.make_resource("Lillebyhallen", unit=unit, slug="hallen", capacity=600)
    leader = f.make_user("Kari Trener")
    club = f.make_organisation("Lilleby IL", leader=leader)
    return Town(unit, hall, club, leader, Caller(leader), Caller(unit.officer), Caller())
