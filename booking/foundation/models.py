"""Rows that every floor needs: the counters behind public references, and the answers kept for repeated POSTs."""

from __future__ import annotations

from django.db import models


class ReferenceCounter(models.Model):
    """The last number given, per kind and year. Locked while a reference is made, so numbers rise and never return."""

    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="booking_reference_kind_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class IdempotencyRecord(models.Model):
    """The first answer to a POST with an Idempotency-Key (api.md). `status` is null while the first one is at work."""

    scope = models.CharField(max_length=64, unique=True)  # sha256 of user or address, method, path, key
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict, blank=True)  # those a client needs again: Location, ETag
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.scope


class RateWindow(models.Model):
    """How often one key (a hashed contact or address) did one thing since `started_at`."""

    key = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key
