"""What the register of organisations knows about people: roles, invitations, hand-overs, and who told what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Least
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.foundation import personal
from booking.foundation.personal import Fact, LookedAt, Obstacle, PersonalData, Record, RetentionClass, address_of
from booking.organisations import selectors
from booking.organisations.models import (
    Invitation,
    LeaderMatter,
    LeadershipOffer,
    MatterState,
    MemberRole,
    Membership,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.common import tell, today_of, write_log
from booking.organisations.services.people import end_row
from booking.organisations.services.registering import update_organisation
from booking.privacy.registry import ConsentKind, register_consent_kind

_MATTERS = ("filed_by", "concerns", "new_leader", "opened_by", "first_by", "second_by")


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="organisations",
            label=_("Your organisations"),
            why=_("So that we know who may ask and answer for an organisation, and who did before."),
            goes=_("Your name, e-mail and phone as an organisation's contact, and the addresses of invitations."),
            stays=_("That somebody led, booked or was a member, from and to: the organisation's history."),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.membership.user",
                "samskap_booking.organisation.email",
                "samskap_booking.organisation.phone",
                "samskap_booking.organisation.contact_name",
                "samskap_booking.organisation.verified_by",
                "samskap_booking.invitation.email",
                "samskap_booking.invitation.created_by",
                "samskap_booking.invitation.accepted_by",
                "samskap_booking.invitation.revoked_by",
                "samskap_booking.leadershipoffer.offered_by",
                "samskap_booking.leadershipoffer.offered_to",
                "samskap_booking.leadermatter.filed_name",
                "samskap_booking.leadermatter.filed_email",
                *(f"samskap_booking.leadermatter.{name}" for name in _MATTERS),
            ),
        )
    )
    personal.not_about_people("an organisation", "samskap_booking.organisation.name")
    personal.not_about_people("what an organisation does", "samskap_booking.activity.name")
    personal.not_about_people("an organisation, from the national register", "samskap_booking.registeranswer.name")
    personal.register_looked_at(LookedAt("organisation", _shown_in, _names))
    _register_retention()
    _register_consents()


def _register_retention() -> None:
    personal.register_retention(
        RetentionClass(
            name="invitations",
            label=_("Addresses of invitations"),
            what=_("The address is emptied when the link is of no use any more. Who invited to what role stays."),
            rows=_used_invitations,
            moment="over_at",
            keep=timedelta(days=30),
            forget=lambda rows, now: rows.update(email=""),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="leader_matters",
            label=_("Who told that a leader is gone"),
            what=_("Name, address and words are emptied when the matter has been closed for so long."),
            rows=_closed_matters,
            moment="closed_at",
            keep=timedelta(days=730),
            forget=lambda rows, now: rows.update(filed_name="", filed_email="", message=""),
        )
    )


def _used_invitations() -> QuerySet[Invitation]:
    over = Least(Coalesce("accepted_at", "revoked_at", "expires_at"), "expires_at")
    return Invitation.objects.exclude(email="").annotate(over_at=over)


def _closed_matters() -> QuerySet[LeaderMatter]:
    rows = LeaderMatter.objects.filter(state__in=[MatterState.DONE, MatterState.DISMISSED])
    return rows.exclude(closed_at=None).exclude(filed_name="", filed_email="", message="")


def _register_consents() -> None:
    register_consent_kind(
        ConsentKind(
            name="public_contact",
            label=_("The organisation's contact is shown to everybody"),
            default=_(
                "The contact person, e-mail, phone and website of the organisation are shown to everybody on its page. "
                "The person named has said yes. It can be taken back at any time; then they are hidden at once."
            ),
            withdrawn=_switch_off("contact_public"),
        )
    )
    register_consent_kind(
        ConsentKind(
            name="register_listing",
            label=_("The organisation stands in the public register"),
            default=_(
                "Name, kind, activities and text of the organisation are shown to everybody in the municipality's "
                "register, once the municipality has verified it. It can be taken back at any time; then the "
                "organisation is not listed any more."
            ),
            withdrawn=_switch_off("listed"),
        )
    )


def _switch_off(flag: str) -> Any:
    def withdrawn(about: str, by: Any, now: datetime) -> None:
        found = Organisation.objects.filter(slug=about.partition(":")[2]).select_related("merged_into").first()
        if found is not None and found.merged_into is not None:
            found = found.merged_into
        if found is not None and getattr(found, flag):
            update_organisation(organisation=found, changes={flag: False}, by=by, now=now)

    return withdrawn


# --- who is shown where -----------------------------------------------------------------------------------------------


def _shown_in(user: Any) -> QuerySet[Any]:
    return Membership.objects.filter(user=user).order_by().values("organisation_id")


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Organisation.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


# --- what there is ----------------------------------------------------------------------------------------------------


def _page(slug: str) -> str:
    try:
        return reverse("booking:my_organisation", args=[slug])
    except NoReverseMatch:
        return ""


def _contact_of(user: Any) -> Q:
    mine = Q(pk__in=[])
    if address := address_of(user):
        mine |= Q(email__iexact=address)
    theirs = Membership.objects.filter(user=user).order_by().values("organisation_id")
    for field, value in (("contact_name", _name(user)), ("phone", str(getattr(user, "phone", "") or ""))):
        if value:
            mine |= Q(**{f"{field}__iexact": value}, pk__in=theirs)
    return mine


def _name(user: Any) -> str:
    return str(getattr(user, "name", "") or "")


def _collect(user: Any) -> Iterator[Record]:
    roles = Membership.objects.filter(user=user).select_related("organisation").order_by("pk")
    for row in roles.iterator(chunk_size=500):
        yield Record(
            row.organisation.name,
            (
                Fact("organisation", _("Organisation"), row.organisation.name),
                Fact("role", _("Role"), str(row.get_role_display())),
                Fact("from", _("From"), row.start),
                Fact("to", _("To"), row.end),
            ),
            _page(row.organisation.slug) if row.end is None else "",
        )
    for one in Organisation.objects.filter(_contact_of(user)).order_by("pk"):
        yield Record(
            one.name,
            (
                Fact("contact_of", _("You are the contact of"), one.name),
                Fact("contact_name", _("Contact person"), one.contact_name),
                Fact("email", _("E-mail"), one.email),
                Fact("phone", _("Phone"), one.phone),
                Fact("public", _("Shown to everybody"), gettext("yes") if one.contact_public else gettext("no")),
            ),
            _page(one.slug),
        )
    address = address_of(user)
    theirs = Q(created_by=user) | Q(accepted_by=user) | Q(revoked_by=user)
    if address:
        theirs |= Q(email__iexact=address)
    for link in Invitation.objects.filter(theirs).select_related("organisation").order_by("pk").iterator():
        yield Record(
            _("Invitation"),
            (
                Fact("organisation", _("Organisation"), link.organisation.name),
                Fact("role", _("Role"), str(link.get_role_display())),
                # The address of somebody whom this person invited is that one's, not theirs.
                Fact("email", _("E-mail"), link.email if link.email.lower() == address.lower() else ""),
                Fact("made_at", _("Made"), link.created_at),
                Fact("by_you", _("Made by you"), gettext("yes") if link.created_by_id == user.pk else gettext("no")),
                Fact("accepted_at", _("Accepted"), link.accepted_at),
            ),
        )
    offers = LeadershipOffer.objects.filter(Q(offered_by=user) | Q(offered_to=user)).select_related("organisation")
    for offer in offers.order_by("pk").iterator():
        yield Record(
            _("Hand-over of leadership"),
            (
                Fact("organisation", _("Organisation"), offer.organisation.name),
                Fact("asked_at", _("Asked"), offer.created_at),
                Fact("state", _("State"), str(offer.get_state_display())),
            ),
        )
    involved = Q(pk__in=[])
    for name in ("filed_by", "concerns", "new_leader"):
        involved |= Q(**{name: user})
    for matter in LeaderMatter.objects.filter(involved).select_related("organisation").order_by("pk").iterator():
        mine = matter.filed_by_id == user.pk
        yield Record(
            pgettext_lazy("a matter", "A leader who is gone"),
            (
                Fact("organisation", _("Organisation"), matter.organisation.name),
                Fact("told_at", _("Told"), matter.filed_at),
                Fact("state", _("State"), str(matter.get_state_display())),
                # What others wrote is theirs.
                Fact("message", _("In your own words"), matter.message if mine else ""),
            ),
        )


# --- erasing ----------------------------------------------------------------------------------------------------------


def _current(user: Any, on: date) -> QuerySet[Membership]:
    return Membership.objects.filter(selectors.current(on), user=user, organisation__merged_into=None)


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """An organisation is never left without somebody who leads it (needs N10)."""
    on = today_of(now)
    led = _current(user, on).filter(role=MemberRole.LEADER).exclude(organisation__state=OrganisationState.INACTIVE)
    for row in led.select_related("organisation").order_by("organisation__name", "pk"):
        if not selectors.leaders(row.organisation, on).exclude(user=user).exists():
            try:
                where = reverse("booking:my_hand_over", args=[row.organisation.slug])
            except NoReverseMatch:
                where = ""
            yield Obstacle(
                "last_leader",
                _("You are the only leader of %(organisation)s. Hand over to somebody else first.")
                % {"organisation": row.organisation.name},
                where,
                _("Hand over"),
            )


def _erase(user: Any, now: datetime) -> int:
    today, touched = today_of(now), 0
    mine = Membership.objects.filter(user=user).filter(Q(end=None) | Q(end__gte=today))
    ids = sorted(set(mine.values_list("organisation_id", flat=True)))
    # Organisations first and in the order of their keys, as every act on them locks.
    for organisation in Organisation.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        for row in mine.filter(organisation=organisation).select_for_update(of=("self",)).order_by("pk"):
            end_row(row, None, today)
            write_log(organisation, "member_ended", by=user, now=now, data={"user": user.pk, "role": row.role})
            touched += 1
        tell(organisation)
    offers = LeadershipOffer.objects.filter(Q(offered_by=user) | Q(offered_to=user), state=OfferState.OPEN)
    touched += offers.update(state=OfferState.WITHDRAWN, answered_at=now)
    address, phone, name = address_of(user), str(getattr(user, "phone", "") or ""), _name(user)
    for one in Organisation.objects.select_for_update().filter(_contact_of(user)).order_by("pk"):
        if address and one.email.lower() == address.lower():
            one.email = ""
        if name and one.contact_name.lower() == name.lower():
            one.contact_name = ""
        if phone and one.phone == phone:
            one.phone = ""
        one.save(update_fields=["email", "contact_name", "phone"])
        tell(one)
        touched += 1
    if address:
        touched += Invitation.objects.filter(email__iexact=address).update(email="")
        touched += LeaderMatter.objects.filter(filed_email__iexact=address).update(filed_name="", filed_email="")
    told = LeaderMatter.objects.filter(filed_by=user)
    # What is still to be settled keeps its words until it is; then retention takes them.
    told.filter(state__in=[MatterState.DONE, MatterState.DISMISSED]).update(message="")
    return touched + told.update(filed_name="", filed_email="")
