"""System checks: a wrong ``BOOKING`` setting, a clash of names, a database that can't keep the promises.

Import this module once (``apps.ready``); that registers them. The check for missing overlap guards asks probes that
higher floors register, because this floor can't know them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.foundation.conf import read

#: code of a settings fault → id of the check message
_IDS = {
    "unknown_key": "samskap.E001",
    "wrong_type": "samskap.E002",
    "unknown_zone": "samskap.E003",
    "unknown_country": "samskap.E004",
    "bad_value": "samskap.E005",
}
#: Names that a host may already use; ours differ (samskap_booking, samskap_pages), templates and URLs would collide.
_OURS = {"samskap_booking": "booking", "samskap_pages": "pages"}

#: A probe gets a connection and answers the names of the guards (triggers, constraints) that are missing in it.
GuardProbe = Callable[[BaseDatabaseWrapper], Sequence[str]]
_probes: dict[str, GuardProbe] = {}
_lesser_probes: dict[str, GuardProbe] = {}


def register_guard_probe(name: str, probe: GuardProbe) -> None:
    """Let the database check ask ``probe``. ``name`` is for telling probes apart; the same name again replaces it."""
    _probes[name] = probe


def register_trigger_probe(name: str, probe: GuardProbe) -> None:
    """The same for triggers that no booking depends on: a warning, so that ``migrate`` isn't kept from making them."""
    _lesser_probes[name] = probe


@register("samskap")
def check_settings(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every fault in ``BOOKING``, each by name."""
    raw = getattr(settings, "BOOKING", {})
    if not isinstance(raw, Mapping):
        return [Error("BOOKING must be a dictionary.", id="samskap.E002")]
    _result, faults = read(raw)
    return [Error(f"BOOKING[{fault.key!r}] {fault.message}.", id=_IDS[fault.code]) for fault in faults]


@register("samskap")
def check_labels(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Another app that answers to our package names would shadow our templates, static files or URL names."""
    messages: list[CheckMessage] = []
    for config in apps.get_app_configs():
        if config.label in _OURS:
            continue
        if config.name.split(".")[-1] in _OURS.values() or config.label in _OURS.values():
            messages.append(
                Caution(
                    f"The app “{config.name}” has a name that Samskap uses too.",
                    hint="Templates and static files under that name may shadow each other. "
                    "Leave out `pages` (it is an extra) or put Samskap first in INSTALLED_APPS.",
                    id="samskap.W006",
                )
            )
    return messages


@register("samskap")
def check_engine(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Only SQLite and PostgreSQL can refuse an overlap the way we need it; this check opens no connection."""
    return [
        Error(
            f"The database “{alias}” is {connections[alias].display_name}; Samskap needs PostgreSQL or SQLite.",
            hint="Only these two refuse overlapping bookings by themselves.",
            id="samskap.E007",
        )
        for alias in connections
        if connections[alias].vendor not in ("postgresql", "sqlite")
    ]


@register(Tags.database, "samskap")
def check_database(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Missing btree_gist and missing overlap guards. Runs with ``check --database`` and with ``migrate``."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "postgresql":
            messages += _check_btree_gist(connection)
        if "samskap_booking_occupancy" in connection.introspection.table_names():
            messages += [
                Error(
                    f"The overlap guard “{name}” is missing in the database “{alias}”.",
                    hint="Run `manage.py migrate`: it makes the guards again.",
                    id="samskap.E009",
                )
                for probe in _probes.values()
                for name in probe(connection)
            ]
            messages += [
                Caution(
                    f"The trigger “{name}” is missing in the database “{alias}”: changes may be seen late.",
                    hint="Run `manage.py migrate`: it makes the triggers again.",
                    id="samskap.W010",
                )
                for probe in _lesser_probes.values()
                for name in probe(connection)
            ]
    return messages


def _check_btree_gist(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    """An Error when the extension is neither there nor can be made by this database user."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")
            if cursor.fetchone():
                return []
            cursor.execute(
                "SELECT has_database_privilege(current_database(), 'CREATE') "
                "FROM pg_available_extensions WHERE name = 'btree_gist'"
            )
            row = cursor.fetchone()
    except (OperationalError, ProgrammingError):
        return []  # an unreachable database is not this check's news
    if row and row[0]:
        return []  # migrate makes it
    return [
        Error(
            f"The PostgreSQL extension btree_gist is missing in the database “{connection.alias}”.",
            hint="A database superuser runs once: CREATE EXTENSION btree_gist;"
            if row
            else "Install PostgreSQL's contrib package, then: CREATE EXTENSION btree_gist;",
            id="samskap.E008",
        )
    ]
