"""One person in front of the sign-in pages, with a mailbox."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client


class Visitor:
    """A browser and the mailbox behind it."""

    def __init__(self, capture: Any) -> None:
        self.client = Client()
        self._capture = capture

    def ask(self, email: str, **extra: Any) -> Any:
        """Type an address; letters that are written on commit leave at once."""
        with self._capture(execute=True):
            return self.client.post("/account/login/", {"email": email, **extra})

    def resend(self) -> Any:
        """Press "Send a new code"."""
        with self._capture(execute=True):
            return self.client.post("/account/login/code/", {"action": "resend"})

    def type_code(self, code: str, *, name: str = "Ny Person") -> Any:
        """And the name, where it is asked for; ``name=""``: stop there. The answer to the last of them."""
        answer = self.client.post("/account/login/code/", {"code": code})
        if name and answer.status_code == 302 and answer["Location"].endswith("/account/name/"):
            return self.client.post(answer["Location"], {"name": name, "of_age": "on"})
        return answer

    def sign_in(self, email: str, *, name: str = "Ny Person", **extra: Any) -> Any:
        """All steps; the answer to the last."""
        self.ask(email, **extra)
        return self.type_code(code_in(mail.outbox[-1]), name=name)

    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session


def code_in(message: Any) -> str:
    """The code of a letter, as a person would find it."""
    found = re.search(r"^\s+(\d{4} \d{4})\s*$", message.body, re.MULTILINE)
    assert found, message.body
    return found[1]


@pytest.fixture
def visitor(db, django_capture_on_commit_callbacks):
    return Visitor(django_capture_on_commit_callbacks)


@pytest.fixture
def another_visitor(db, django_capture_on_commit_callbacks):
    return Visitor(django_capture_on_commit_callbacks)
