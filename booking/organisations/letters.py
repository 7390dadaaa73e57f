"""The letters about organisations and the people in them. Each is rendered when it leaves, from what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation

from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.organisations import rules
from booking.organisations.models import (
    Invitation,
    LeaderMatter,
    LeadershipOffer,
    MatterState,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.inviting import token_of

Payload = Mapping[str, Any]


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("organisation_invitation", invitation, invitation_open, secret=True, life=rules.INVITATION_LIFE)
    registry.register("organisation_hand_over", hand_over, offer_open)
    registry.register("organisation_offer_answered", offer_answered)
    registry.register("organisation_verified", verified, still_verified)
    registry.register("organisation_leader_asked", leader_asked, matter_open)
    registry.register("organisation_new_leader", new_leader)


def url_of(name: str, *args: Any, language: str) -> str:
    """The whole address of a page in ``language``; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            path = reverse(f"booking:{name}", args=args)
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def invitation(payload: Payload, language: str) -> Letter:
    """Who invites to what role, until when, and the link."""
    row = Invitation.objects.select_related("organisation", "created_by").get(pk=payload["invitation"])
    context = {
        "organisation": row.organisation.name,
        "inviter": str(row.created_by),
        "role": row.get_role_display(),
        "until": local_date(row.expires_at, booking_settings().tz),
        "link": url_of("join", token_of(payload["nonce"]), language=language),
    }
    return render("organisation_invitation", context, language)


def hand_over(payload: Payload, language: str) -> Letter:
    """A leader asks somebody to lead instead."""
    row = LeadershipOffer.objects.select_related("organisation", "offered_by").get(pk=payload["offer"])
    context = {
        "organisation": row.organisation.name,
        "leader": str(row.offered_by),
        "until": local_date(row.expires_at, booking_settings().tz),
        "link": url_of("my_organisation", row.organisation.slug, language=language),
    }
    return render("organisation_hand_over", context, language)


def offer_answered(payload: Payload, language: str) -> Letter:
    """Yes or no, to who asked."""
    row = LeadershipOffer.objects.select_related("organisation", "offered_to").get(pk=payload["offer"])
    context = {
        "organisation": row.organisation.name,
        "person": str(row.offered_to),
        "accepted": row.state == OfferState.ACCEPTED,
        "link": url_of("my_organisations", language=language),
    }
    return render("organisation_offer_answered", context, language)


def verified(payload: Payload, language: str) -> Letter:
    """The municipality has verified the organisation."""
    row = Organisation.objects.get(pk=payload["organisation"])
    context = {"organisation": row.name, "link": url_of("my_organisation", row.slug, language=language)}
    return render("organisation_verified", context, language)


def leader_asked(payload: Payload, language: str) -> Letter:
    """Somebody has said that this person leads no more: a chance to protest before anything happens."""
    row = LeaderMatter.objects.select_related("organisation").get(pk=payload["matter"])
    context = {
        "organisation": row.organisation.name,
        "reference": row.reference,
        "link": url_of("enquiry", language=language),
    }
    return render("organisation_leader_asked", context, language)


def new_leader(payload: Payload, language: str) -> Letter:
    """A new leader stands in, after two people of the municipality (or one, where there was nobody else) confirmed."""
    row = LeaderMatter.objects.select_related("organisation", "new_leader").get(pk=payload["matter"])
    context = {
        "organisation": row.organisation.name,
        "person": str(row.new_leader),
        "alone": row.alone,
        "link": url_of("my_organisations", language=language),
    }
    return render("organisation_new_leader", context, language)


# --- still true? -----------------------------------------------------------------------------------------------------


def invitation_open(payload: Payload) -> bool:
    return Invitation.objects.filter(
        pk=payload["invitation"], accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
    ).exists()


def offer_open(payload: Payload) -> bool:
    return LeadershipOffer.objects.filter(pk=payload["offer"], state=OfferState.OPEN).exists()


def still_verified(payload: Payload) -> bool:
    return Organisation.objects.filter(pk=payload["organisation"], state=OrganisationState.VERIFIED).exists()


def matter_open(payload: Payload) -> bool:
    return LeaderMatter.objects.filter(pk=payload["matter"], state=MatterState.OPEN).exists()
