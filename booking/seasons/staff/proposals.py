"""Proposals of a round in the CMS admin: what is on the table, calculations, and rules tried on last year's wishes.

Reading and changing a timetable happens on the round's own pages: the municipality has the same tools as everybody.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.foundation import clock
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError
from booking.seasons import wording_rounds
from booking.seasons.access import is_tied
from booking.seasons.calculated import BUDGET_WORDS, done_percent, facts_words, progress_words
from booking.seasons.models import DraftRun, Proposal, RunState, SeasonRound
from booking.seasons.rules import presets
from booking.seasons.rules.solver import available
from booking.seasons.selectors.proposals import visible_proposals
from booking.seasons.services import drafting
from booking.seasons.shown import author_words
from booking.seasons.staff.access import today
from booking.seasons.staff.common import RoundPage

#: What the presets are called.
PRESET_WORDS = {code: name for code, (name, _about) in wording_rounds.PRESETS.items()}


class DraftForm(forms.Form):
    """A calculation of the round."""

    start_from = forms.ChoiceField(
        label=_("Begin with"),
        required=False,
        help_text=_("Locked times of that proposal stay where they are. Everything else may move."),
    )
    budget = forms.TypedChoiceField(
        label=_("How long may it take?"), coerce=float, choices=list(BUDGET_WORDS.items()), initial=60.0
    )
    name = forms.CharField(label=_("Name of the draft"), max_length=100, required=False)
    seed = forms.IntegerField(
        label=_("Number of the draw"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("Empty: the round's own. The same number gives the same timetable."),
    )

    def __init__(self, *args: Any, proposals: list[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["start_from"]
        field.choices = [
            ("", _("Nothing: an empty timetable")),
            *((str(one.number), f"{one.number}. {one.name}") for one in proposals),
        ]


class SimulationForm(forms.Form):
    """Other rules, on last year's wishes."""

    preset = forms.ChoiceField(label=_("Rules"), choices=[(code, PRESET_WORDS[code]) for code in presets.NAMES])


class ProposalsPage(RoundPage):
    """The list, the calculation that runs, and what was tried."""

    template_name = "booking/seasons/staff/proposals.html"
    heading = _("Proposals")
    tab = "proposals"
    draft_form: DraftForm | None = None
    simulation_form: SimulationForm | None = None
    refusal = ""

    def proposals(self) -> list[Proposal]:
        """What this person may see, drafts of the municipality among it."""
        return list(visible_proposals(self.request.user, self.object, today()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of queries."""
        context = super().get_context_data(**kwargs)
        round: SeasonRound = self.object
        proposals = self.proposals()
        runs = list(DraftRun.objects.filter(round=round).select_related("proposal", "start_from")[:20])
        living = next((run for run in runs if run.state in drafting.LIVING), None)
        tied = is_tied(self.request.user, round, today())
        last = round.follows
        return context | {
            "proposals": [{"row": one, "author": author_words(one)} for one in proposals],
            "living": shown_run(living) if living is not None else None,
            "runs": [shown_run(run) for run in runs if run.state not in drafting.LIVING and not run.simulation],
            "simulations": [shown_run(run) for run in runs if run.simulation and run.state not in drafting.LIVING],
            "draft_form": self.draft_form or DraftForm(proposals=proposals),
            "simulation_form": self.simulation_form or SimulationForm(initial={"preset": round.preset}),
            "may": context["runs"] and not tied,
            "tied": context["runs"] and tied,
            "may_simulate": last is not None and last.adopted_id is not None,
            "solver_missing": not available(),
            "refusal": self.refusal,
            "new_url": reverse("booking:season_proposal_new", args=[round.slug]),
        }


def shown_run(run: DraftRun) -> dict[str, Any]:
    """A calculation in words."""
    return {
        "run": run,
        "words": progress_words(run),
        "facts": facts_words(run.progress, run.seed) if run.state in (RunState.DONE, RunState.CANCELLED) else [],
        "percent": done_percent(run),
        "budget": BUDGET_WORDS.get(run.budget, ""),
        "preset": PRESET_WORDS.get(str(run.rules.get("preset", "")), ""),
        "stopping": run.cancel_asked,
        "failed": run.state == RunState.FAILED,
    }


class AskDraft(ProposalsPage):
    """Put a calculation in the queue. Refused, the page comes back with what was typed and why."""

    permission_required = "run"
    simulation = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect("booking_seasons:proposals", self.object.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for it."""
        form: DraftForm | SimulationForm
        if self.simulation:
            form = self.simulation_form = SimulationForm(request.POST)
        else:
            form = self.draft_form = DraftForm(request.POST, proposals=self.proposals())
        status = 400
        if form.is_valid():
            try:
                drafting.ask_for_draft(self.object, by=request.user, now=clock.now(), **self.given(form.cleaned_data))
            except DomainError as error:
                add_refusal(form, error)
                self.refusal, status = error.text, error.status
            else:
                messages.success(request, gettext("The calculation is in the queue. You can leave this page."))
                return redirect("booking_seasons:proposals", self.object.pk)
        return self.render_to_response(self.get_context_data(), status=status)

    def given(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the service is asked with."""
        if self.simulation:
            return {"rules": {"preset": data["preset"]}, "simulation": True, "name": str(PRESET_WORDS[data["preset"]])}
        chosen = next((one for one in self.proposals() if str(one.number) == data["start_from"]), None)
        return {"start_from": chosen, "budget": data["budget"], "name": data["name"], "seed": data["seed"]}


class StopDraft(ProposalsPage):
    """End a calculation with what it has."""

    permission_required = "run"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew."""
        return redirect("booking_seasons:proposals", self.object.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Stop it. 404 for one of another round."""
        run = get_object_or_404(DraftRun, pk=self.kwargs["row"], round=self.object)
        try:
            drafting.stop_draft(run, by=request.user, now=clock.now())
        except DomainError as error:
            self.refusal = error.text
            return self.render_to_response(self.get_context_data(), status=error.status)
        messages.success(request, gettext("It stops within moments, and leaves the best that it had as a draft."))
        return redirect("booking_seasons:proposals", self.object.pk)
