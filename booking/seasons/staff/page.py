"""A round's page in the CMS admin, and its steps."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views import generic

from booking.foundation import clock
from booking.foundation.errors import DomainError, Invalid
from booking.foundation.text import form_key
from booking.seasons import wording_rounds as wording
from booking.seasons.access import is_tied
from booking.seasons.models import Proposal, ProposalState, RoundState, SeasonRound
from booking.seasons.rules import flow
from booking.seasons.selectors import rounds as selectors
from booking.seasons.selectors import standing, wishes
from booking.seasons.selectors.hearing import unanswered
from booking.seasons.services import flow as steps
from booking.seasons.services import preparing
from booking.seasons.services.hearing import hear
from booking.seasons.staff.access import POLICY, today
from booking.seasons.tabs import staff_tabs


class RoundInspect(generic.InspectView):
    """Where the round stands, what is missing, and the next step."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/seasons/staff/round.html"
    header_more_buttons: Sequence[Any] = ()
    #: A refusal that an act brought back.
    brought: ClassVar[dict[str, Any]] = {}

    def get_base_object_queryset(self) -> Any:
        """With everything at hand."""
        return selectors.with_all(SeasonRound.objects.all())

    def get_page_title(self) -> str:
        """Its name stands beside it."""
        return gettext("Season round")

    def get_page_subtitle(self) -> str:
        """Its name."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this round."""
        index = {"url": reverse("booking_seasons:index"), "label": gettext("Season rounds")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": str(self.object)}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The round, its tabs, the next step with what is missing, sums and the record."""
        round, user, on = self.object, self.request.user, today()
        runs = POLICY.user_has_permission_for_instance(user, "run", round)
        to = flow.follows(round.state)
        by_hand = to is not None and to not in flow.BY_CALENDAR
        proposals = list(Proposal.objects.filter(round=round, state=ProposalState.PUBLISHED).order_by("number"))
        heard = proposals[-1] if proposals and round.state == RoundState.PROPOSALS else None
        missing = flow.lacking(standing.standing_of(round, on, heard=heard), to or "", on) if by_hand else []
        waiting = len(unanswered(round)) if round.state == RoundState.HEARING else 0
        found = wishes.wishes_in(round)
        person, _why = standing.responsible(round, on)
        return (
            super().get_context_data(**kwargs)
            | {
                "round": round,
                "runs": runs,
                "tied": runs and is_tied(user, round, on),
                "tabs": staff_tabs(round, user, on, "round"),
                "today": on,
                "now": clock.now(),
                "now_words": wording.now_words(round, on),
                "nag": wording.nag(round, on)
                if by_hand and flow.is_due(round.state, standing.dates_of(round), on)
                else "",
                "to": to,
                "step_label": wording.STEP_LABELS.get(to or ""),
                # Adopting has a page of its own: what is in the way is listed there first.
                "step_here": by_hand and to != RoundState.ADOPTED,
                "missing": [
                    *(wording.lacking_text(one) for one in missing),
                    *(
                        [
                            ngettext("%(n)s objection has no answer.", "%(n)s objections have no answer.", waiting)
                            % {"n": waiting}
                        ]
                        if waiting
                        else []
                    ),
                ],
                "opens_early": round.state == RoundState.PREPARING and round.opens_on > on,
                "key": secrets.token_urlsafe(16),
                "proposals": proposals,
                "dates": wording.dates_of(round, on),
                "preset": wording.PRESETS.get(round.preset, (round.preset, ""))[0],
                "person": person,
                "found": found,
                "asked": wording.hours_number(found.asked),
                "offered": wording.hours_number(offered_minutes(found.instance)),
                "record": wording.story(round.events.order_by("-number")[:40]),
                "public_url": reverse("booking:season", args=[round.slug])
                if round.state != RoundState.PREPARING
                else "",
            }
            | self.brought
        )


def offered_minutes(instance: Any) -> int:
    """Minutes a week that can be given, parts counted once as their whole."""
    halls = [one for one in instance.places if one.hall == one.key]
    return sum(span.minutes for one in halls for span in one.open)


class RoundAct(RoundInspect):
    """One act on a round, named in the address. Refused, it shows the page again with why."""

    any_permission_required: ClassVar[list[str]] = ["run"]
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]
    act: str = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect("booking_seasons:inspect", self.object.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go on."""
        sent = request.POST.get("version", "")
        self.version = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None
        try:
            said, where = getattr(self, f"do_{self.act}")()
        except DomainError as error:
            items = [str(one["message"]) for one in error.items if isinstance(one, dict) and "message" in one]
            self.brought = {"refusal": error.text, "unmet": items[1:]}  # type: ignore[misc]
            self.object = self.get_base_object_queryset().get(pk=self.object.pk)
            return self.render_to_response(self.get_context_data(), status=error.status)
        messages.success(request, said)
        return redirect(where)

    def _here(self) -> str:
        return reverse("booking_seasons:inspect", args=[self.object.pk])

    def do_open(self) -> tuple[str, str]:
        """Let the organisations wish."""
        steps.open_round(self.object, by=self.request.user, now=clock.now(), if_version=self.version)
        return gettext("The round is open. All organisations are told by letter."), self._here()

    def do_close(self) -> tuple[str, str]:
        """On to the proposals."""
        steps.close_wishes(self.object, by=self.request.user, now=clock.now(), if_version=self.version)
        return gettext("Wishes are closed. Everybody can see them now."), self._here()

    def do_hear(self) -> tuple[str, str]:
        """Begin the hearing about one of the proposals, or change the one that it is about."""
        number = self.request.POST.get("proposal", "")
        found = Proposal.objects.filter(
            round=self.object, number=int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
        ).first()
        if found is None:
            raise Invalid("not_on_the_table", _("Choose a proposal that is on the table."), loc=["proposal"])
        hear(self.object, found, by=self.request.user, now=clock.now(), if_version=self.version)
        where = reverse("booking_seasons:hearing", args=[self.object.pk])
        return gettext("Proposal %(number)s is heard. Everybody gets a letter.") % {"number": found.number}, where

    def do_copy(self) -> tuple[str, str]:
        """The next season begins with this one's set-up."""
        made = preparing.copy_round(
            self.object,
            by=self.request.user,
            now=clock.now(),
            submission_key=form_key(self.request.POST.get("key")),
        )
        where = reverse("booking_seasons:setup", args=[made.pk])
        return gettext("The round is copied. Look at the dates, then open it."), where

    def do_delete(self) -> tuple[str, str]:
        """Nobody has seen it yet."""
        preparing.delete_round(self.object, by=self.request.user, now=clock.now())
        return gettext("The round is deleted."), reverse("booking_seasons:index")
