"""The OpenAPI document: limited to our own calls, committed as docs/integrators/openapi.yaml, checked for drift."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

BASE = "/api/booking/v1/"


class OurGenerator(SchemaGenerator):  # type: ignore[no-untyped-call]
    """Only what stands under our base: the host site may have APIs of its own."""

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        """In English, whoever asks: the document is one, and is compared byte by byte."""
        with translation.override("en"):
            return super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _get_paths_and_endpoints(self) -> list[tuple[str, str, str, Any]]:
        found: list[tuple[str, str, str, Any]] = super()._get_paths_and_endpoints()  # type: ignore[no-untyped-call]
        return [row for row in found if row[0].startswith(BASE) and isinstance(row[3].schema, AutoSchema)]


#: The document is ours, whatever the host's SPECTACULAR_SETTINGS say. Choices stand where they are used.
SETTINGS = {
    "TITLE": "Samskap booking API",
    "DESCRIPTION": "Find, ask, follow and decide loans of municipal things. Errors are RFC 9457 problem details.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [],
}


class _OurForms(DefaultContentNegotiation):
    """``?format=`` and Accept as usual; a form that we don't have gives the first one (YAML) rather than a refusal."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The renderer and its media type."""
        try:
            return super().select_renderer(request, renderers, format_suffix)  # type: ignore[arg-type]
        except (Http404, NotAcceptable):
            return renderers[0], renderers[0].media_type


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1; JSON or YAML by ``?format=``."""

    content_negotiation_class = _OurForms

    schema = None
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    generator_class = OurGenerator
    custom_settings = SETTINGS


class DocsView(SpectacularSwaggerSplitView):
    """The document to read and try; script and style come from our own host."""

    schema = None
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    custom_settings = SETTINGS
    url_name = "booking_api:schema"
