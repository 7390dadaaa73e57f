"""The mark that a database holds the demo, so that the command never builds over anybody's real data."""

from __future__ import annotations

from django.db import models


class DemoMark(models.Model):
    """One row: this database is Lilleby, built on that local day."""

    built_on = models.DateField()

    def __str__(self) -> str:
        return f"Lilleby, {self.built_on}"
