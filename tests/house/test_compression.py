"""Texts travel compressed to browsers; programs' answers, parts of files and pictures stay as they are."""

from __future__ import annotations

import gzip

import pytest
from django.http import FileResponse, HttpResponse
from django.test import Client, RequestFactory

from municipality.compression import CompressTexts

LONG = b"a line of text\n" * 200


def through(response: HttpResponse, path: str = "/") -> HttpResponse:
    request = RequestFactory().get(path, HTTP_ACCEPT_ENCODING="gzip, br")
    return CompressTexts(lambda _: response)(request)  # type: ignore[return-value]


def test_a_page_is_compressed() -> None:
    answer = through(HttpResponse(LONG))
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == LONG
    assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize(
    ("response", "path"),
    [
        (HttpResponse(LONG, content_type="application/json"), "/api/booking/v1/resources/"),
        (HttpResponse(LONG, content_type="text/html"), "/api/booking/v1/docs/"),
        (HttpResponse(LONG, content_type="text/calendar"), "/feeds/resource-hall.ics"),
        (HttpResponse(LONG, content_type="font/woff2"), "/static/x.woff2"),
        (HttpResponse(LONG, content_type="text/css", status=206), "/static/x.css"),
    ],
)
def test_the_rest_is_not(response: HttpResponse, path: str) -> None:
    assert not through(response, path).has_header("Content-Encoding")


@pytest.mark.django_db
def test_style_sheets_of_the_demo_are_compressed_on_their_way() -> None:
    answer = Client().get("/static/booking/css/app.css", HTTP_ACCEPT_ENCODING="gzip")
    assert isinstance(answer, FileResponse) or answer.streaming
    sent = b"".join(answer.streaming_content)
    assert answer["Content-Encoding"] == "gzip"
    assert len(sent) < 12_000
    assert b"sk-move" in gzip.decompress(sent)
