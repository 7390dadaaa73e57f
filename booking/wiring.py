"""What the app connects when Django starts: checks, signals, registries. Order is by floor, lowest first."""

from __future__ import annotations

from importlib import import_module

# A capability that has something to connect offers a module `wiring` with a function `connect()`.
CAPABILITIES = (
    "foundation",
    "catalogue",
    "privacy",
    "organisations",
    "occupancy",
    "correspondence",
    "cases",
    "permits",
    "rosters",
    "faults",
    "days",
    "agreements",
    "seasons",
    "works",
    "calendars",
    "calendars.incoming",
    "happenings",
    "meetings",
    "insight",
    "webhooks",
    "staff",
)


def connect() -> None:
    for name in CAPABILITIES:
        try:
            module = import_module(f"booking.{name}.wiring")
        except ModuleNotFoundError as error:
            # A capability that has nothing to connect, or one that this house doesn't have yet.
            if error.name not in (f"booking.{name}", f"booking.{name}.wiring"):
                raise
            continue
        module.connect()
