"""Lists: ``{"count", "next", "previous", "results"}`` with ``limit`` (50, at most 500; more is cut) and ``offset``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response


class Pagination(LimitOffsetPagination):
    """api.md "Conventions". Nonsense in ``limit`` or ``offset`` means the default."""

    default_limit = 50
    max_limit = 500


def paginated(
    request: Request,
    rows: QuerySet[Any] | Sequence[Any],
    render: Callable[[Any], Any],
    *,
    prepare: Callable[[list[Any]], Any] | None = None,
) -> Response:
    """One page of ``rows``, each through ``render``. ``prepare`` sees the page's rows first (to fetch what belongs)."""
    paginator = Pagination()
    page = list(paginator.paginate_queryset(rows, request) or [])  # type: ignore[arg-type]
    if prepare is not None:
        prepare(page)
    return paginator.get_paginated_response([render(row) for row in page])
