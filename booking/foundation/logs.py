"""Logs that others listen to: an entry and what is made of it commit together.

A model that inherits from ``Logged`` sends ``foundation.signals.logged`` for each new row, inside the transaction that
stores it, whether it was stored alone or with many. No path that stores entries can forget it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from booking.foundation.signals import logged


class LogQuerySet(models.QuerySet[Any]):
    """Tells of entries that are stored in bulk."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's, and tells."""
        with transaction.atomic(using=self.db, savepoint=False):
            made = super().bulk_create(objs, *args, **kwargs)
            if made:
                logged.send(sender=self.model, entries=made, using=self.db)
        return made


class Logged(models.Model):
    """An entry of a log that is only added to."""

    objects = LogQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's, and tells when the row is new."""
        fresh = self._state.adding
        using = kwargs.get("using") or "default"
        with transaction.atomic(using=using, savepoint=False):
            super().save(*args, **kwargs)
            if fresh:
                logged.send(sender=type(self), entries=[self], using=using)
