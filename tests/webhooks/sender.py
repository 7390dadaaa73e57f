"""A worker in a process of its own, on the test's database: ``python sender.py PORT``. It tells once, or until it is
killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "site")]


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.BOOKING = settings.BOOKING | {"webhook_networks": ["127.0.0.0/8"], "webhook_http": True}
    from django.core.signals import setting_changed

    setting_changed.send(sender=None, setting="BOOKING", value=settings.BOOKING, enter=True)
    from booking.webhooks import services

    print("ready", flush=True)
    if os.environ.get("WAIT") == "1":
        sys.stdin.readline()
    print(services.tell_endpoints(lambda: False), flush=True)


if __name__ == "__main__":
    main()
