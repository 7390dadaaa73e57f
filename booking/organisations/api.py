"""Organisations for other programs (api.md "Cases", last row): everybody the public register, others by right."""

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

from booking.foundation import clock, text
from booking.foundation.conf import booking_settings
from booking.foundation.doors.api_base import ApiView
from booking.foundation.doors.openapi import describe
from booking.foundation.doors.pagination import paginated
from booking.foundation.errors import Forbidden, Invalid, NotAuthenticated, NotFound
from booking.organisations import selectors
from booking.organisations.models import LEADING_ROLES, MemberRole, Membership, Organisation, OrganisationKind
from booking.organisations.services.looking import note_look_at


class OrganisationShape(s.Serializer[Any]):
    """What the public register tells.

    Contact only where the organisation shows it to everybody; that and what follows it otherwise only to its own people
    and to the municipality (else null).
    """

    slug = s.CharField()
    name = s.CharField()
    number = s.CharField(allow_null=True, help_text="nine digits, where it has one")
    kind = s.ChoiceField(choices=OrganisationKind.values)
    state = s.ChoiceField(choices=["unverified", "verified", "inactive"])
    about = s.CharField(help_text="in its own words")
    activities = s.ListField(child=s.CharField(), help_text="what it does, each in its own words")
    page_url = s.URLField()
    hat = s.CharField(allow_null=True, help_text="the Samskap-Hat to act for it; null when the caller may not")
    my_roles = s.ListField(child=s.ChoiceField(choices=MemberRole.values))
    contact_name = s.CharField(allow_null=True)
    email = s.CharField(allow_null=True)
    phone = s.CharField(allow_null=True)
    website = s.CharField(allow_null=True)
    member_counts = s.DictField(
        child=s.IntegerField(), allow_null=True, help_text='head counts by age band, such as {"6-12": 40}'
    )
    language = s.CharField(allow_null=True, help_text="language of letters")
    listed = s.BooleanField(allow_null=True, help_text="stands in the public register")


class OrganisationPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = OrganisationShape(many=True)


class MemberPersonShape(s.Serializer[Any]):
    name = s.CharField()
    email = s.EmailField()
    phone = s.CharField()


class MemberShape(s.Serializer[Any]):
    person = MemberPersonShape()
    role = s.ChoiceField(choices=MemberRole.values)
    start = s.DateField(allow_null=True)
    end = s.DateField(allow_null=True, help_text="last day; null: open")


class MemberPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = MemberShape(many=True)


def _today() -> date:
    return clock.today(booking_settings().tz)


def render(organisation: Organisation, *, staff: bool) -> dict[str, Any]:
    """One organisation, with what is private only for ``staff`` and its own people.

    ``organisation`` comes from ``selectors.with_own_roles``.
    """
    held = {row.role for row in organisation.own_memberships}  # type: ignore[attr-defined]
    private = staff or bool(held)
    contact = private or organisation.contact_public
    return {
        "slug": organisation.slug,
        "name": organisation.name,
        "number": organisation.number,
        "kind": organisation.kind,
        "state": organisation.state,
        "about": organisation.about,
        "activities": [row.name for row in organisation.activities.all()],
        "page_url": booking_settings().public_base_url + page_path(organisation),
        "hat": selectors.organisation_hat(organisation).code if held & set(LEADING_ROLES) else None,
        "my_roles": [role for role in MemberRole.values if role in held],
        "contact_name": organisation.contact_name if contact else None,
        "email": organisation.email if contact else None,
        "phone": organisation.phone if contact else None,
        "website": organisation.website if contact else None,
        "member_counts": organisation.member_counts if private else None,
        "language": organisation.language if private else None,
        "listed": organisation.listed if private else None,
    }


def page_path(organisation: Organisation) -> str:
    """The path of its public page in the caller's language; the front page where a host shows it elsewhere."""
    try:
        return reverse("booking:organisation", args=[organisation.slug])
    except NoReverseMatch:
        return "/"


def render_member(row: Membership) -> dict[str, Any]:
    """One person's role."""
    user = row.user
    return {
        "person": {
            "name": str(user.get_full_name()),
            "email": getattr(user, type(user).get_email_field_name()),
            "phone": getattr(user, "phone", ""),
        },
        "role": row.role,
        "start": row.start,
        "end": row.end,
    }


def organisation_or_404(request: Request, slug: str) -> Organisation:
    """The organisation, or 404 also for one that the caller may not know of."""
    today = _today()
    rows = selectors.visible_organisations(request.user, today).filter(slug=slug)
    found = selectors.with_own_roles(rows, request.user, today).first()
    if found is None:
        # An entry that went up in another one: clients that kept its slug go on working.
        after = selectors.successor(slug)
        if after is not None and slug != after.slug:
            return organisation_or_404(request, after.slug)
        raise NotFound("unknown_organisation", _("There is no such organisation."))
    return found


class OrganisationListView(ApiView):
    """Those the caller may know of."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="organisations_list",
        parameters=[
            OpenApiParameter("q", str, description="words; each must occur in name, activities or number"),
            OpenApiParameter("kind", str, enum=OrganisationKind.values),
            OpenApiParameter("activity", str, description="one of what it does, in any case"),
            OpenApiParameter("mine", bool, description="only those the caller may act for"),
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=OrganisationPageShape,
    )
    def get(self, request: Request) -> Response:
        """The list, by name."""
        today = _today()
        given = request.query_params
        kind = given.get("kind", "")
        if kind and kind not in OrganisationKind.values:
            raise Invalid("not_a_choice", _("There is no such kind of organisation."), loc=["kind"])
        rows = selectors.visible_organisations(request.user, today)
        if given.get("mine", "").lower() in ("1", "true"):
            rows = rows.filter(pk__in=selectors.organisations_of(request.user, today).values("pk"))
        if kind:
            rows = rows.filter(kind=kind)
        if activity := text.clean(given.get("activity", ""), max_length=text.SEARCH, loc=["activity"]):
            rows = selectors.doing(rows, activity)
        rows = selectors.search(rows, text.clean(given.get("q", ""), max_length=text.SEARCH, loc=["q"]))
        staff = selectors.is_staff(request.user, today)
        return paginated(
            request,
            selectors.with_own_roles(rows.order_by("name", "pk"), request.user, today),
            lambda organisation: render(organisation, staff=staff),
        )


class OrganisationView(ApiView):
    """One organisation."""

    permission_classes = [AllowAny]

    @describe(operation_id="organisations_read", responses=OrganisationShape)
    def get(self, request: Request, slug: str) -> Response:
        """404 for one that the caller may not know of."""
        organisation = organisation_or_404(request, slug)
        return Response(render(organisation, staff=selectors.is_staff(request.user, _today())))


class MembersView(ApiView):
    """Who acts for an organisation today: for its leader, board and bookers, and for case officers."""

    permission_classes = [AllowAny]

    @describe(
        operation_id="organisations_members",
        parameters=[
            OpenApiParameter("limit", int, description="50, at most 500"),
            OpenApiParameter("offset", int),
        ],
        responses=MemberPageShape,
    )
    def get(self, request: Request, slug: str) -> Response:
        """401 for anonymous; 404 for an organisation one may not know of; 403 for one whose people one may not see."""
        if not request.user.is_authenticated:
            raise NotAuthenticated("not_authenticated", _("Sign in first."))
        organisation = organisation_or_404(request, slug)
        today = _today()
        if not selectors.may_see_members(request.user, organisation, today):
            raise Forbidden("forbidden", _("Only the organisation's own leaders and the municipality see its people."))
        note_look_at(organisation, request.user, now=clock.now(), door="api")
        return paginated(request, selectors.members(organisation, today), render_member)
