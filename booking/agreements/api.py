"""An organisation's agreements for other programs (api.md "Cases", last row): by right, as on the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from booking.agreements import selectors, wording
from booking.agreements.models import Agreement, AgreementForm
from booking.catalogue import selectors as catalogue
from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import Forbidden, Invalid, NotAuthenticated, NotFound
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.api import organisation_or_404

STATUSES = ["one_side", "coming", "in_force", "ending", "ended", "declined"]
USES = ["agreement", "exclusive_agreement", "stored_equipment"]


class SideShape(s.Serializer[Any]):
    organisation = s.CharField(allow_null=True, help_text="slug; null: the municipality")
    name = s.CharField()
    confirmed_at = s.DateTimeField(allow_null=True)


class HoursShape(s.Serializer[Any]):
    resource = s.CharField(help_text="slug")
    quantity = s.IntegerField()
    weekday = s.IntegerField(help_text="0 is Monday")
    start = s.TimeField(help_text="on the wall clock of the resource")
    end = s.TimeField(help_text="at or before `start`: on the next day")


class UnitOfAgreementShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class AgreementShape(s.Serializer[Any]):
    """An agreement as its parties and the unit see it. Nothing of it holds while `status` is `one_side`."""

    ref = s.CharField()
    title = s.CharField()
    status = s.ChoiceField(choices=STATUSES)
    status_text = s.CharField(help_text="in the caller's language")
    form = s.ChoiceField(choices=AgreementForm.values)
    terms = s.CharField()
    sides = SideShape(many=True)
    resources = s.ListField(child=s.CharField(), help_text="slugs")
    place = s.CharField(help_text="what isn't in the catalogue")
    start = s.DateField()
    end = s.DateField(
        allow_null=True, help_text="of the period that was agreed on, included; null: until further notice"
    )
    last_day = s.DateField(allow_null=True, help_text="of the period or of the notice, whichever comes first")
    notice_months = s.IntegerField()
    notice_given_at = s.DateTimeField(allow_null=True)
    uses = s.ListField(child=s.ChoiceField(choices=USES))
    storage = s.CharField()
    keys = s.CharField()
    hours = HoursShape(many=True)
    excluded = s.ListField(child=s.DateField(), help_text="local dates without the hours")
    case = s.CharField(allow_null=True, help_text="reference of the case whose lines are the hours")
    unit = UnitOfAgreementShape()
    page_url = s.URLField(allow_null=True, help_text="for its parties; null for others")


class AgreementPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = AgreementShape(many=True)


def render(one: Agreement, on: date, slug: str | None) -> dict[str, Any]:
    """``one`` comes from ``selectors.with_all``; ``slug``: of the organisation whose page the caller may open."""
    sides = wording.sides(one)
    status = selectors.status_of(one, on)
    return {
        "ref": one.reference,
        "title": one.title,
        "status": status,
        "status_text": wording.status_words(status, sides),
        "form": one.form,
        "terms": one.terms,
        "sides": [
            {
                "organisation": side.organisation.slug if side.organisation is not None else None,
                "name": side.name,
                "confirmed_at": side.at,
            }
            for side in sides
        ],
        "resources": [thing.slug for thing in one.resources.all()],
        "place": one.place,
        "start": one.start,
        "end": one.end,
        "last_day": one.last_day,
        "notice_months": one.notice_months,
        "notice_given_at": one.notice_at,
        "uses": [use for use in USES if use in selectors.uses_of(one)],
        "storage": one.storage,
        "keys": one.keys,
        "hours": [
            {
                "resource": row.resource.slug,
                "quantity": row.quantity,
                "weekday": row.weekday,
                "start": row.begins,
                "end": row.ends,
            }
            for row in one.hours.all()
        ],
        "excluded": one.excluded,
        "case": one.case.reference if one.case is not None else None,
        "unit": {"slug": one.unit.slug, "name": str(localized(one.unit, "name"))},
        "page_url": _page_url(slug, one.reference) if slug else None,
    }


def _page_url(slug: str, reference: str) -> str | None:
    try:
        return booking_settings().public_base_url + reverse("booking:my_agreement", args=[slug, reference])
    except NoReverseMatch:
        return None


class AgreementsView(ApiView):
    """The agreements of one organisation."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="organisations_agreements",
        parameters=[
            OpenApiParameter("q", str, description="words; each must occur somewhere in the agreement"),
            OpenApiParameter("status", str, enum=STATUSES),
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=AgreementPageShape,
    )
    def get(self, request: Request, slug: str) -> Response:
        """401 for anonymous; 404 for an organisation one may not know of; 403 for one whose agreements one may not see.

        Leader, board and bookers see all of theirs; officers and leaders of units those of their units.
        """
        if not selectors.is_on():
            raise NotFound("not_found", _("There is nothing at this address."))
        if not request.user.is_authenticated:
            raise NotAuthenticated("not_authenticated", _("Sign in first."))
        organisation = organisation_or_404(request, slug)
        on = clock.today(booking_settings().tz)
        party = organisations.has_leading_role(request.user, [organisation], on)
        if not party and not catalogue.units_of(request.user, on).exists():
            raise Forbidden("forbidden", _("Only the organisation's own leaders and the unit see its agreements."))
        asked = request.query_params
        rows = selectors.visible_agreements(request.user, on).filter(parties__organisation=organisation)
        if status := asked.get("status", ""):
            if status not in STATUSES:
                raise Invalid(
                    "not_a_choice",
                    _("Choose one of: %(choices)s."),
                    loc=["status"],
                    params={"choices": ", ".join(STATUSES)},
                )
            rows = rows.filter(pk__in=selectors.with_status(rows, status, on).order_by().values("pk"))
        rows = selectors.search(rows, text.clean(asked.get("q", ""), max_length=text.SEARCH, loc=["q"]))
        own = organisation.slug if party else None
        return paginated(request, selectors.in_order(selectors.with_all(rows)), lambda one: render(one, on, own))
