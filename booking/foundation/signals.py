"""Signals of the ground floor: something that calendars and re-checks show has changed; a log has a new entry."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

#: Sent INSIDE the transaction, for rows that must commit together with the change: feed versions, rendered events,
#: affected-party re-checks. Receivers get ``cause`` (a code such as ``"case:2026-0042"``), ``scopes`` (a frozenset of
#: strings such as ``"resource:grendehuset"``, ``"organisation:korpset"``, ``"unit:kultur"``) and ``using``.
#: A receiver that raises undoes the change.
revised = Signal()

#: Sent INSIDE the transaction, when entries of a log have been stored (``foundation.logs``): for rows that must commit
#: together with them. ``sender`` is the model of the log; receivers get ``entries`` (stored rows, in order) and
#: ``using``. A receiver that raises undoes the change.
logged = Signal()


def send_revised(*, cause: str, scopes: Iterable[str], using: str = "default") -> None:
    """Tell that what ``scopes`` show has changed because of ``cause``.

    Must run inside a transaction; raises ``RuntimeError`` otherwise, because the receivers' rows have to commit
    together with the change.
    """
    if not transaction.get_connection(using).in_atomic_block:
        raise RuntimeError("revised is sent inside the transaction that makes the change")
    revised.send(sender=None, cause=cause, scopes=frozenset(scopes), using=using)
