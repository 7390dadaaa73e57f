"""Wishes in the CMS admin: all of them with their sums, and writing one down for an organisation."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.foundation import clock
from booking.foundation.errors import DomainError
from booking.foundation.text import form_key
from booking.organisations.models import Organisation, OrganisationState
from booking.seasons import wording_rounds as wording
from booking.seasons.access import is_tied
from booking.seasons.forms import WishForm
from booking.seasons.models import RoundState, Wish
from booking.seasons.public.rounds import demand_context
from booking.seasons.selectors import last_season, visible, wishes
from booking.seasons.services import wishing
from booking.seasons.staff.access import POLICY, today
from booking.seasons.staff.common import RoundPage

#: No wish has a higher number, and no database.
MOST_NUMBER = 2**31 - 1


class WishesPage(RoundPage):
    """Every wish, by organisation; who had hours last season and hasn't wished; the demand."""

    heading = _("Wishes")
    tab = "wishes"
    template_name = "booking/seasons/staff/wishes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of queries."""
        round, on = self.object, today()
        found = wishes.wishes_in(round)
        wished = {one.organisation.pk for one in found.groups}
        silent = last_season.organisations_with_hours(round, on) - wished if round.state == RoundState.OPEN else set()
        runs = POLICY.user_has_permission_for_instance(self.request.user, "run", round)
        tied = is_tied(self.request.user, round, on)
        return super().get_context_data(**kwargs) | {
            "found": found,
            "asked": wording.hours_number(found.asked),
            "silent": list(Organisation.objects.filter(pk__in=silent).order_by("name")),
            "may_write": runs and not tied and round.state in wishing.LATE_STATES,
            "tied": runs and tied,
            "late": not visible.takes_wishes(round, on),
            "organisations": list(
                Organisation.objects.exclude(state=OrganisationState.INACTIVE)
                .order_by("name")
                .values_list("slug", "name")
            ),
            "demand": demand_context(round),
        }


class WishPage(RoundPage):
    """Write a wish down for an organisation, or correct one. After the closing date with a reason that all see."""

    permission_required = "run"
    tab = "wishes"
    template_name = "booking/seasons/staff/wish_form.html"
    form: WishForm | None = None
    number: int | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The organisation, and the wish if there is one."""
        super().setup(request, *args, **kwargs)
        self.wish: Wish | None = None
        number = kwargs.get("number")
        if number is not None and number > MOST_NUMBER:
            raise Http404
        if number is not None:
            self.wish = wishes.with_all(
                Wish.objects.filter(round=self.object, number=number, withdrawn_at__isnull=True)
            ).first()
            if self.wish is None:
                raise Http404
            self.organisation: Organisation | None = self.wish.organisation
        else:
            slug = request.GET.get("organisation", "")[:80].replace("\x00", "")
            self.organisation = Organisation.objects.exclude(state=OrganisationState.INACTIVE).filter(slug=slug).first()

    def get_page_title(self) -> str:
        """For whom."""
        name = self.organisation.name if self.organisation is not None else ""
        return gettext("Wish of %(name)s") % {"name": name}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Without an organisation there is nothing to write."""
        if self.organisation is None and request.user.is_authenticated:
            return redirect("booking_seasons:wishes", self.object.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, fresh or as it was refused."""
        spec = wishing.spec_of(self.wish) if self.wish is not None else None
        return super().get_context_data(**kwargs) | {
            "form": self.form or WishForm(round=self.object, spec=spec),
            "organisation": self.organisation,
            "wish": self.wish,
            "late": not visible.takes_wishes(self.object, today()),
            "reason": self.request.POST.get("reason", ""),
            "key": self.request.POST.get("key") or secrets.token_urlsafe(16),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it down; the organisation is told."""
        spec = wishing.spec_of(self.wish) if self.wish is not None else None
        self.form = form = WishForm(request.POST, round=self.object, spec=spec)
        facts: dict[str, Any] = {
            "by": request.user, "now": clock.now(), "staff": True, "reason": request.POST.get("reason", ""),
        }  # fmt: skip
        if form.is_valid():
            try:
                if self.wish is not None:
                    wishing.change_wish(self.wish, form.spec(), **facts)
                elif self.organisation is not None:
                    key = form_key(request.POST.get("key"))
                    wishing.enter_wish(self.object, self.organisation, form.spec(), submission_key=key, **facts)
            except DomainError as error:
                form.show(error)
            else:
                messages.success(request, gettext("The wish is written down. The organisation is told by letter."))
                return redirect("booking_seasons:wishes", self.object.pk)
        return self.render_to_response(self.get_context_data(), status=400)


class WithdrawPage(RoundPage):
    """An organisation has told us that a team needs no hours."""

    permission_required = "run"
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it back in their name."""
        number = min(kwargs["number"], MOST_NUMBER)
        wish = Wish.objects.filter(round=self.object, number=number).first()  # pressed twice is once
        if wish is None:
            raise Http404
        try:
            wishing.withdraw_wish(wish, by=request.user, now=clock.now(), staff=True)
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("The wish is withdrawn. The organisation is told by letter."))
        return redirect(reverse("booking_seasons:wishes", args=[self.object.pk]))
