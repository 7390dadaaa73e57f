"""One's own organisations: details, people, invitations, roles, and handing over the leadership."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.catalogue.selectors.carrying import NEW_FOR
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError
from booking.organisations import registry, rules, selectors, services
from booking.organisations.models import (
    LEADING_ROLES,
    Invitation,
    LeadershipOffer,
    MemberRole,
    Membership,
    Organisation,
    OrganisationState,
)
from booking.organisations.public.forms import HandOverForm, InviteForm, OrganisationForm, RoleForm
from booking.organisations.services.inviting import open_invitations, token_of

#: The link that was made last is shown once. The session holds what it is computed from, not the link.
_SESSION = "samskap_invited"
ratelimit.LIMITS.setdefault("invitation", Limits(Limit(60, 3600), Limit(600, 3600)))


class Mine:
    """An organisation as one of its people sees it: which roles they hold, and what these let them do."""

    def __init__(self, request: HttpRequest, slug: str) -> None:
        self.request = request
        self.now: datetime = clock.now()
        self.today: date = clock.local_date(self.now, booking_settings().tz)
        found = Organisation.objects.filter(slug=slug).select_related("merged_into").first()
        if found is not None and found.merged_into is not None:
            found = found.merged_into
        self.roles = selectors.role_names(request.user, found, self.today) if found is not None else []
        if found is None or not self.roles:
            raise Http404
        self.organisation: Organisation = found

    @property
    def manages(self) -> bool:
        """Leader or board: details, invitations, roles."""
        return bool({"leader", "board"} & set(self.roles)) and self.organisation.state != OrganisationState.INACTIVE

    @property
    def leads(self) -> bool:
        return "leader" in self.roles and self.organisation.state != OrganisationState.INACTIVE

    @property
    def sees_people(self) -> bool:
        return selectors.may_see_members(self.request.user, self.organisation, self.today)

    def may_give(self) -> list[str]:
        """Roles that this person may give and end, in the order of the enumeration."""
        return [role for role in MemberRole.values if self.manages and rules.may_manage(self.roles, role)]

    def need(self, right: bool) -> None:
        """404 for an act that this person hasn't: the page doesn't show it either."""
        if not right:
            raise Http404

    def back(self) -> HttpResponse:
        return redirect("booking:my_organisation", self.organisation.slug)

    def act(self, do: Callable[[], Any], said: str) -> HttpResponse:
        """Press a button: do it, say it, go back to the organisation's page."""
        try:
            do()
        except DomainError as error:
            messages.error(self.request, error.text)
        else:
            messages.success(self.request, said)
        return self.back()


@never_cache
@require_safe
@login_required
def my_organisations(request: HttpRequest) -> HttpResponse:
    """The organisations in which I have a role, and what waits for my answer."""
    now = clock.now()
    today = clock.local_date(now, booking_settings().tz)
    rows = (
        Membership.objects.filter(selectors.current(today), user=request.user, organisation__merged_into=None)
        .select_related("organisation")
        .order_by("organisation__name", "pk")
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row.organisation_id, {"organisation": row.organisation, "roles": []})
        entry["roles"].append(row.get_role_display())
    leading = [
        pk for pk, entry in found.items() if any(row.role in LEADING_ROLES for row in rows if row.organisation_id == pk)
    ]
    for pk, words in registry.waiting_for(leading).items():
        found[pk]["waiting"] = words
    context = {"mine": list(found.values()), "offers": list(selectors.offers_to(request.user, now))}
    return render(request, "booking/organisations/public/my_organisations.html", context)


@never_cache
@require_safe
@login_required
def my_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """One of my organisations: what stands in the register, its people, open invitations and hand-overs."""
    me = Mine(request, slug)
    organisation = me.organisation
    if organisation.slug != slug:
        return me.back()
    people = list(selectors.members(organisation)) if me.sees_people else []
    kept = request.session.pop(_SESSION, None)
    link = ""
    if isinstance(kept, dict) and kept.get("organisation") == organisation.pk:
        link = request.build_absolute_uri(reverse("booking:join", args=[token_of(str(kept["nonce"]))]))
    mine_to_give = set(me.may_give())
    began = selectors.began_to_lead(request.user, organisation, me.today) if me.sees_people else None
    offer = selectors.open_offer(organisation, me.now)
    context = {
        "organisation": organisation,
        "activities": list(organisation.activities.all()),
        "counts": [
            (band.replace("-", "–"), organisation.member_counts[band])
            for band in rules.BANDS
            if organisation.member_counts.get(band)
        ],
        "me": me,
        "acts": bool({*LEADING_ROLES} & set(me.roles)),
        "new": began is not None and me.today - NEW_FOR <= began,
        "my_roles": [MemberRole(role).label for role in me.roles],
        "members": [
            {"row": row, "manage": row.role in mine_to_give or row.user_id == request.user.pk}
            for row in people
            if rules.is_current(row.start, row.end, me.today)
        ],
        "former": [row for row in people if row.end and row.end < me.today],
        "own": list(organisation.memberships.filter(selectors.current(me.today), user=request.user)),
        "invitations": list(open_invitations(organisation, me.now)) if me.manages else [],
        "mine_to_give": mine_to_give,
        "link": link,
        "offer": offer,
        "parts": registry.page_parts(organisation, request.user, me.roles, me.today),
        "offer_is_mine": offer is not None and offer.offered_to_id == request.user.pk,
    }
    return render(request, "booking/organisations/public/my_organisation.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what the organisation says about itself. Leader and board."""
    me = Mine(request, slug)
    me.need(me.manages)
    form = OrganisationForm(request.POST if request.method == "POST" else None, organisation=me.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_organisation(
                organisation=me.organisation, changes=form.values(), by=request.user, now=me.now
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("The changes are saved."))
            return me.back()
    context = {"organisation": me.organisation, "form": form}
    return render(request, "booking/organisations/public/edit.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link for one person."""
    me = Mine(request, slug)
    me.need(me.manages)
    initial = {"role": MemberRole.BOOKER}
    form = InviteForm(request.POST if request.method == "POST" else None, roles=me.may_give(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            address = ratelimit.client_address(request)
            ratelimit.spend("invitation", now=me.now, contact=str(request.user.pk), address=address)
            made = services.invite(
                organisation=me.organisation,
                role=form.cleaned_data["role"],
                email=form.cleaned_data["email"],
                by=request.user,
                now=me.now,
            )
        except DomainError as error:
            form.show(error)
        else:
            request.session[_SESSION] = {"organisation": me.organisation.pk, "nonce": made.nonce}
            said = _("The invitation is on its way.") if made.invitation.email else _("Here is the link.")
            messages.success(request, said)
            return me.back()
    return render(request, "booking/organisations/public/invite.html", {"organisation": me.organisation, "form": form})


@never_cache
@require_POST
@login_required
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    me = Mine(request, slug)
    me.need(me.manages)
    row = Invitation.objects.filter(pk=pk, organisation=me.organisation).first()
    if row is None:
        raise Http404
    return me.act(
        lambda: services.revoke_invitation(invitation=row, by=request.user, now=me.now),
        _("The invitation has been taken back. The link opens nothing any more."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One person's role: another one instead, or over. One's own role can always be given up."""
    me = Mine(request, slug)
    row = selectors.members(me.organisation, me.today).filter(pk=pk).first()
    own = row is not None and row.user_id == request.user.pk
    if row is None or not (own or row.role in me.may_give()):
        raise Http404
    roles = [role for role in me.may_give() if role != row.role] if row.role in me.may_give() else []
    ending = request.POST.get("act") == "end"
    form = RoleForm(request.POST if request.method == "POST" and not ending else None, roles=roles)
    if request.method == "POST":
        try:
            if ending:
                services.end_membership(membership=row, by=request.user, now=me.now)
                messages.success(request, _("The role is over."))
                return redirect("booking:my_organisations") if own else me.back()
            if form.is_valid():
                services.change_role(membership=row, role=form.cleaned_data["role"], by=request.user, now=me.now)
                messages.success(request, _("The role has been changed."))
                return me.back()
        except DomainError as error:
            form.full_clean()
            if not form.is_bound:
                messages.error(request, error.text)
                return redirect("booking:my_member", me.organisation.slug, row.pk)
            form.show(error)
    context = {"organisation": me.organisation, "row": row, "form": form, "roles": roles, "own": own, "me": me}
    return render(request, "booking/organisations/public/member.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask somebody to lead instead."""
    me = Mine(request, slug)
    me.need(me.leads)
    rows = selectors.members(me.organisation, me.today).exclude(user=request.user)
    leading = {row.user_id for row in rows if row.role == MemberRole.LEADER}
    people = {row.user_id: row.user for row in rows if row.user.is_active and row.user_id not in leading}
    form = HandOverForm(request.POST if request.method == "POST" else None, people=list(people.values()))
    if request.method == "POST" and form.is_valid():
        try:
            services.offer_leadership(
                organisation=me.organisation,
                to=people[int(form.cleaned_data["to"])],
                stays_as=form.cleaned_data["stays_as"],
                by=request.user,
                now=me.now,
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("The question has been sent. You lead until the other says yes."))
            return me.back()
    context = {
        "organisation": me.organisation,
        "form": form,
        "people": people,
        "offer": selectors.open_offer(me.organisation, me.now),
    }
    return render(request, "booking/organisations/public/hand_over.html", context)


@never_cache
@require_POST
@login_required
def answer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Yes or no to leading."""
    me = Mine(request, slug)
    offer = LeadershipOffer.objects.filter(pk=pk, organisation=me.organisation, offered_to=request.user).first()
    if offer is None or request.POST.get("answer") not in ("yes", "no"):
        raise Http404
    accept = request.POST["answer"] == "yes"
    said = _("You lead the organisation now.") if accept else _("You have said no. Nothing has changed.")
    return me.act(lambda: services.answer_offer(offer=offer, accept=accept, by=request.user, now=me.now), said)


@never_cache
@require_POST
@login_required
def take_back(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take the question to lead back."""
    me = Mine(request, slug)
    me.need(me.leads)
    offer = LeadershipOffer.objects.filter(pk=pk, organisation=me.organisation).first()
    if offer is None:
        raise Http404
    return me.act(
        lambda: services.withdraw_offer(offer=offer, by=request.user, now=me.now),
        _("The question has been taken back."),
    )
