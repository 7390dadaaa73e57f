"""``extend_schema`` that works without the host's global ``REST_FRAMEWORK`` setting.

drf-spectacular's decorator builds on the default schema class of the project, which is the host's and not ours to set;
naming the base on the method first makes it build on drf-spectacular's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])


def describe(**what: Any) -> Callable[[F], F]:
    """Decorator of a view method: the same arguments as ``extend_schema``."""

    def decorate(method: F) -> F:
        method.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return extend_schema(**what)(method)

    return decorate
