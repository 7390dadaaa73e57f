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
    "agreements",
    "calendars",
    "staff",
)


def connect() -> None:
    for name in CAPABILITIES:
        try:
            module = import_module(f"booking.{name}.wiring")
        except ModuleNotFoundError as error:
            if error.name != f"booking.{name}.wiring":
                raise
            continue
        module.connect()
