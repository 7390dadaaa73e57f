"""Pictures that editors uploaded. Served by ourselves so that the demo and a small town need no second server.

Behind a real web server the same path may be served from disk; then it must send the same two safety headers.
"""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils._os import safe_join
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django.views.static import serve

#: Folders and types that may be looked at directly. Documents go through Wagtail's own view, which checks rights.
FOLDERS = ("images/", "original_images/")
TYPES = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
#: An SVG opened on its own is a document: no script, no foreign fetch, no origin.
SAFE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """One uploaded picture or a size of it. 404 for anything else in the media folder. Honours If-Modified-Since."""
    ending = path.rsplit(".", 1)[-1].lower()
    if not path.startswith(FOLDERS) or ending not in TYPES:
        raise Http404
    try:
        safe_join(settings.MEDIA_ROOT, path)
    except ValueError as error:
        raise Http404 from error
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if isinstance(response, FileResponse):
        response["Content-Type"] = TYPES[ending]
    response["Content-Security-Policy"] = SAFE
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, public=True, max_age=604_800)
    return response
