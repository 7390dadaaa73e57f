"""Pages and style sheets travel compressed, also where no proxy does it (the demo, a small town's one server)."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")


class CompressTexts(GZipMiddleware):
    """Django's own (with its padding against BREACH) for what people's browsers load, and nothing else.

    Answers of the API and feeds keep their exact ETags and cost no processor time here: programs that want them
    compressed ask the proxy. Parts of files, and files that WhiteNoise has compressed before, are left as they are.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if kind not in TEXTS or response.status_code != 200 or request.path.startswith(("/api/", "/feeds/")):
            return response
        return super().process_response(request, response)  # type: ignore[arg-type]
