"""SMS: the hook. A provider is one class with one method; which one is a setting (``sms_backend``).

Two ship: `ConsoleBackend` writes to the console, `FileBackend` appends one line of JSON to a file (``sms_file``).
Nothing leaves while the switch ``sms`` is off. Who calls `send` takes a lease and records the result, as for e-mail.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Protocol

from django.utils.module_loading import import_string

from booking.foundation.conf import booking_settings


class SmsRefused(Exception):
    """The provider said no: the number is wrong, or doesn't take SMS. It wasn't sent."""


class SmsUnsure(Exception):
    """The provider can't be asked, or didn't say what became of it. It may have been sent."""


class Backend(Protocol):
    """What a provider is. ``key`` is the same when a message is tried again: a provider that knows keys sends once.

    Raises ``SmsRefused`` or ``SmsUnsure``.
    """

    def send(self, *, number: str, text: str, key: str) -> None: ...


class ConsoleBackend:
    """For trying things out."""

    def send(self, *, number: str, text: str, key: str) -> None:
        sys.stdout.write(f"SMS to {number} ({key})\n{text}\n")
        sys.stdout.flush()


class FileBackend:
    """Appends to the file of the setting ``sms_file``; each message is on the disk before this returns."""

    def send(self, *, number: str, text: str, key: str) -> None:
        path = booking_settings().sms_file
        if not path:
            raise SmsUnsure("no sms_file is set")
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"number": number, "text": text, "key": key}, ensure_ascii=False) + "\n")
            file.flush()


def is_on() -> bool:
    """SMS are sent at all."""
    return booking_settings().is_on("sms")


def backend() -> Backend:
    """The provider that the settings name. Raises ``ImportError`` for a class that isn't there."""
    found: Backend = import_string(booking_settings().sms_backend)()
    return found


def plain_number(number: str) -> str:
    """Digits with a leading plus where it has one; "" for what can't be a number."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if not 8 <= len(digits) <= 15:
        return ""
    return f"+{digits}" if number.strip().startswith("+") else digits
