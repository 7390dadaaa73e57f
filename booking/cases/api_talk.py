"""The HTTP door of the conversation: a word of a party or of the unit, and the files that came with words."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.cases import api_schema as schema
from booking.cases import services
from booking.cases.api import PROBLEMS, answer_with, body_of, case_or_404, hat_of
from booking.cases.files import as_download, file_of
from booking.foundation import clock
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.errors import Invalid, NotFound


class MessageView(ApiView):
    """The conversation of the parties."""

    permission_classes = [IsAuthenticated]

    @describe(
        operation_id="messages_create", request=schema.NewMessageShape, responses={201: schema.CaseShape, **PROBLEMS}
    )
    def post(self, request: Request, ref: str) -> Response:
        """Everybody on the case sees it. `needs_answer` of a party: the municipality's clock runs from now."""
        case = case_or_404(request, ref)
        self.hat  # noqa: B018
        body = body_of(request)
        needs_answer = body.get("needs_answer", False)
        if not isinstance(needs_answer, bool):
            raise Invalid("not_a_boolean", _("This must be true or false."), loc=["needs_answer"])
        services.add_message(
            case,
            by=request.user,
            body=body.get("message"),  # type: ignore[arg-type]
            now=clock.now(),
            hat=hat_of(request),
            needs_answer=needs_answer,
        )
        case.refresh_from_db()
        return answer_with(case, request, 201)


class FileView(ApiView):
    """A file that came with a message."""

    permission_classes = [IsAuthenticated]

    @describe(
        operation_id="files_retrieve",
        responses={(200, "application/octet-stream"): bytes, 404: schema.ProblemShape},
    )
    def get(self, request: Request, ref: str, digest: str) -> HttpResponse:
        """Always a download. 404 for who may not read the message that it came with."""
        case = case_or_404(request, ref)
        found = file_of(case, request.user, sha256=digest)
        if found is None:
            raise NotFound("unknown_file", _("There is no such file in this case."))
        return as_download(found)
