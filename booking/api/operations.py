"""What the machines that watch over the site ask: is the process alive, is it ready, and what are its figures."""

from __future__ import annotations

import hmac

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.catalogue import selectors as catalogue
from booking.catalogue.registry import carried_kinds
from booking.correspondence import selectors as correspondence
from booking.foundation.clock import local_date, now
from booking.foundation.conf import booking_settings


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and its migrations are applied; 503 otherwise. A dead mail server is not our unreadiness."""
    try:
        executor = MigrationExecutor(connection)
        pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    if pending:
        return JsonResponse({"status": "migrations pending"}, status=503)
    return JsonResponse({"status": "ready"})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: the outbox, the timers, and things that nobody answers for. Never a name or an address."""
    token = booking_settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    allowed = hmac.compare_digest(given.encode(), token.encode()) if token else local
    if not allowed:
        return HttpResponse(status=404)
    moment = now()
    stuck = correspondence.not_gone_out(moment).count()
    oldest = correspondence.oldest_due(moment).total_seconds()
    today = local_date(moment, booking_settings().tz)
    figures: list[tuple[str, str, str, float]] = [
        ("samskap_outbox_stuck", "gauge", "Messages that have not gone out as they should.", stuck),
        ("samskap_outbox_oldest_seconds", "gauge", "Age of the oldest message that is due.", oldest),
        ("samskap_taken_over", "gauge", "What went to others and nobody has looked at.", catalogue.count_take_overs()),
    ]
    unowned = {section.kind.name: len(section.rows) for section in catalogue.unowned(today)}
    figures += [
        (
            f"samskap_ownerless_{kind.name}",
            "gauge",
            f"Open {kind.name} without a living owner.",
            unowned.get(kind.name, 0),
        )
        for kind in carried_kinds()
        if kind.unowned is not None
    ]
    figures += [
        (f"samskap_last_{name}_seconds", "gauge", f"Seconds since {name} last ran.", (moment - at).total_seconds())
        for name, at in correspondence.heartbeats().items()
    ]
    lines = []
    for name, kind, text, value in figures:
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value:g}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
