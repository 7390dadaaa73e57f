"""Lists: ``{"count", "next", "previous", "results"}`` with ``limit`` (50, at most 500; more is cut) and ``offset``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation.doors.plain_json import compact


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


def paginated_json(
    request: Request, rows: Sequence[Any], render: Callable[[Sequence[Any]], Iterable[str]]
) -> HttpResponse:
    """The same of rows that are at hand; ``render`` answers each row of the page as ready JSON."""
    paginator = Pagination()
    page = paginator.paginate_queryset(rows, request) or []  # type: ignore[arg-type]
    links = compact({
        "count": paginator.count, "next": paginator.get_next_link(), "previous": paginator.get_previous_link()
    })  # fmt: skip
    body = f'{links[:-1]},"results":[{",".join(render(page))}]}}'
    return HttpResponse(body.encode(), content_type="application/json")
