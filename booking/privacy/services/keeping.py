"""What has been kept long enough goes: run by `tick` once a day, previewed on a page, and never suddenly shorter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from booking.foundation import clock, personal
from booking.foundation.conf import LONGEST_RETENTION, booking_settings
from booking.foundation.errors import Invalid, NotFound, Stale
from booking.foundation.personal import RetentionClass
from booking.privacy import selectors
from booking.privacy.models import RetentionRule

#: Rows per transaction: a run may be killed at any point, and holds nobody up for long.
BATCH = 500


def ensure_rules() -> None:
    """A row for each class that an administrator may change. Safe twice and in two places."""
    known = set(RetentionRule.objects.values_list("name", flat=True))
    missing = [
        RetentionRule(name=klass.name, in_force=klass.keep.days)
        for klass in personal.retention_classes()
        if not klass.fixed and not klass.own_job and klass.name not in known
    ]
    if missing:
        RetentionRule.objects.bulk_create(missing, ignore_conflicts=True)


def run_retention(now: datetime) -> int:
    """Forget what is due in every class, by the time that is in force. How many rows.

    A class that fails doesn't stop the others: it is told when all have had their turn.
    """
    ensure_rules()
    return _run_all([klass for klass in personal.retention_classes() if not klass.own_job], now)


def run_daily(now: datetime) -> int:
    """`run_retention` for the classes that haven't had their turn on this day of the municipality's calendar.

    `tick` calls it. ``last_run_at`` of a class's rule remembers its turn: a run that is killed, or a class that fails,
    is taken up by the next `tick`, and a clock that ran ahead and was put back makes no class wait for it. Classes with
    a fixed time have no rule and have their turn each time.
    """
    ensure_rules()
    tz = booking_settings().tz
    today = clock.local_date(now, tz)
    done = {
        name
        for name, last in RetentionRule.objects.values_list("name", "last_run_at")
        if last is not None and clock.local_date(last, tz) == today
    }
    classes = [klass for klass in personal.retention_classes() if not klass.own_job and klass.name not in done]
    return _run_all(classes, now)


def _run_all(classes: Iterable[RetentionClass], now: datetime) -> int:
    gone, failed = 0, []
    for klass in classes:
        try:
            gone += _run(klass, now)
        except Exception as error:  # noqa: BLE001 - raised again below
            failed.append(error)
    if failed:
        raise failed[0]
    return gone


def _run(klass: RetentionClass, now: datetime) -> int:
    keep = klass.keep
    if not klass.fixed:
        keep = timedelta(days=_in_force(klass, now))
    if klass.forget is None:
        return 0
    gone, last = 0, 0
    while True:
        with transaction.atomic():
            due = klass.rows().filter(**{f"{klass.moment}__lt": now - keep}, pk__gt=last).order_by("pk")
            batch = list(due.values_list("pk", flat=True)[:BATCH])
            if not batch:
                break
            last = batch[-1]
            gone += klass.forget(klass.rows().filter(pk__in=batch), now)
    RetentionRule.objects.filter(name=klass.name).update(last_run_at=now, last_count=gone, total=F("total") + gone)
    return gone


def _in_force(klass: RetentionClass, now: datetime) -> int:
    """The days to go by; a longer time than before is taken up here."""
    with transaction.atomic():
        rule = RetentionRule.objects.select_for_update().get(name=klass.name)
        terms = selectors.terms_of(klass, rule)
        if not terms.needs_ok and terms.in_force != rule.in_force:
            rule.in_force = terms.in_force
            rule.save(update_fields=["in_force"])
    return terms.in_force


def choose_days(*, name: str, days: int | None, by: Any, now: datetime) -> RetentionRule:
    """An administrator's choice for a class; None: as the settings or the class say.

    A longer time counts at once; a shorter one after `agree_to_shorter`. Raises ``NotFound``, ``Invalid``.
    """
    klass = _changeable(name)
    if days is not None and not 1 <= days <= LONGEST_RETENTION:
        raise Invalid(
            "out_of_range",
            _("This must be between %(least)s and %(most)s."),
            loc=("days",),
            params={"least": 1, "most": LONGEST_RETENTION},
        )
    ensure_rules()
    with transaction.atomic():
        rule = RetentionRule.objects.select_for_update().get(name=name)
        before = rule.days
        rule.days = days
        terms = selectors.terms_of(klass, rule)
        rule.in_force = terms.in_force
        rule.save(update_fields=["days", "in_force"])
        _log(rule, "chosen", by, now, {"days": days, "before": before})
    return rule


def agree_to_shorter(*, name: str, seen: int, by: Any, now: datetime) -> RetentionRule:
    """Somebody has seen that rows go at the next run that were promised to stay, and says yes.

    ``seen``: the days that stood on the page. Raises ``Stale`` when they are others now, ``NotFound``. Twice is once.
    """
    klass = _changeable(name)
    ensure_rules()
    with transaction.atomic():
        rule = RetentionRule.objects.select_for_update().get(name=name)
        terms = selectors.terms_of(klass, rule)
        if terms.wanted != seen:
            raise Stale("stale", _("The time has been changed meanwhile. Look at the page again."))
        if not terms.needs_ok:
            return rule
        before = rule.in_force
        rule.in_force, rule.agreed_by, rule.agreed_at = terms.wanted, by, now
        rule.save(update_fields=["in_force", "agreed_by", "agreed_at"])
        _log(rule, "agreed", by, now, {"days": rule.in_force, "before": before})
    return rule


def _changeable(name: str) -> RetentionClass:
    klass = personal.retention_class(name)
    if klass is None or klass.fixed or klass.own_job:
        raise NotFound("unknown_class", _("There is no such class of data that you can change."))
    return klass


def _log(rule: RetentionRule, act: str, by: Any, now: datetime, data: dict[str, Any]) -> None:
    from wagtail.log_actions import log

    log(instance=rule, action=f"samskap.retention.{act}", user=by, timestamp=now, data=data)
