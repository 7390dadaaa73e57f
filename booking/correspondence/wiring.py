"""What this floor connects when Django starts."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.correspondence import registry, services
from booking.foundation.models import IdempotencyRecord, RateWindow


def connect() -> None:
    """Register the housekeeping that belongs to no other floor."""
    registry.register_job("kept answers", _forget_kept_answers)
    registry.register_job("old log-in codes", services.forget_secrets)


def _forget_kept_answers(now: datetime) -> int:
    """Answers kept for repeated POSTs live 24 hours (api.md "Idempotency-Key"); rate windows no longer than that."""
    limit = now - timedelta(hours=24)
    answers, _kinds = IdempotencyRecord.objects.filter(created_at__lt=limit).delete()
    windows, _kinds = RateWindow.objects.filter(started_at__lt=limit).delete()
    return answers + windows
