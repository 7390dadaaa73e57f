"""Content over Wagtail's own API, version 2, for other programs (api.md "Content"). Read-only, JSON only."""

from __future__ import annotations

from rest_framework.renderers import JSONRenderer
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet


class ContentPages(PagesAPIViewSet):
    # The browsable view would need inline scripts, which our content policy refuses.
    renderer_classes = [JSONRenderer]
    authentication_classes: list = []
    permission_classes: list = []


class ContentImages(ImagesAPIViewSet):
    renderer_classes = [JSONRenderer]
    authentication_classes: list = []
    permission_classes: list = []


class ContentDocuments(DocumentsAPIViewSet):
    renderer_classes = [JSONRenderer]
    authentication_classes: list = []
    permission_classes: list = []


content_api = WagtailAPIRouter("content_api")
content_api.register_endpoint("pages", ContentPages)
content_api.register_endpoint("images", ContentImages)
content_api.register_endpoint("documents", ContentDocuments)
