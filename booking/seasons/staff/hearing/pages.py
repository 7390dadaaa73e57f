"""A round's hearing, its adoption and its running season in the CMS admin, each page with its acts."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.cases.models import Case
from booking.foundation import clock
from booking.foundation.doors.refusals import add_refusal
from booking.foundation.errors import DomainError, Unmet
from booking.seasons import access
from booking.seasons.hours import hour_words, team_words, whose_words
from booking.seasons.models import Comment, Proposal, RoundState
from booking.seasons.rules import flow
from booking.seasons.selectors import hearing as selectors
from booking.seasons.selectors import standing
from booking.seasons.selectors import timetable as running
from booking.seasons.selectors.adopting import clash_words, fault_words, in_force, preview
from booking.seasons.services import hearing as services
from booking.seasons.services.adopting import ADOPTABLE, Accepted, adopt
from booking.seasons.staff.access import today
from booking.seasons.staff.common import RoundPage
from booking.seasons.wording_rounds import lacking_text


def _number(sent: str) -> int | None:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


class HearingPage(RoundPage):
    """What is heard, objections to answer, who has answered, and what to hear instead."""

    template_name = "booking/seasons/staff/hearing.html"
    heading = _("Hearing")
    tab = "hearing"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything about the hearing, the objections that wait first."""
        round = self.object
        proposal = round.heard
        published = list(selectors.published(round))
        tied = access.is_tied(self.request.user, round, today())
        rows = selectors.comments_in(round)
        waiting = selectors.unanswered(round)
        answered = selectors.answers(round, proposal) if proposal is not None else []
        return super().get_context_data(**kwargs) | {
            "proposal": proposal,
            "published": published,
            "may_hear": round.state in services.TALKING and bool(published),
            "talking": round.state in services.TALKING,
            "tied": tied,
            "waiting": [_comment(row) for row in waiting],
            "comments": [_comment(row) for row in rows if row.kind != "objection" or row.answered_at],
            "answers": [
                {
                    "one": one,
                    "hours": [team_words(slot) for slot in one.slots],
                    "declined": [
                        team_words(slot) for slot in one.slots if one.answer and slot.pk in one.answer.declined
                    ],
                }
                for one in answered
            ],
            "counts": {
                state: sum(one.state == state for one in answered) for state in ("yes", "no", "silent", "nothing")
            },
            "swaps": selectors.swaps_in(round),
        }


class AnswerAct(RoundPage):
    """What we did about it."""

    permission_required = "run"
    template_name = HearingPage.template_name
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]

    def back(self) -> str:
        """The hearing's page."""
        return reverse("booking_seasons:hearing", args=[self.object.pk])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew."""
        return redirect(self.back())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer one comment; what was typed stays when it is refused."""
        row = (
            Comment.objects.filter(pk=self.kwargs["row"], proposal__round=self.object)
            .select_related("proposal__round", "organisation")
            .first()
        )
        if row is None:
            raise Http404
        try:
            services.answer_comment(row, answer=request.POST.get("answer", ""), by=request.user, now=clock.now())
        except DomainError as error:
            messages.error(request, error.text)
        else:
            messages.success(request, gettext("Answered. It stands on the public page, and they are told."))
        return redirect(self.back())


#: More dates than this that are left out can be ticked at once.
FEW = 3


class AdoptForm(forms.Form):
    """Grounds, and dates that are left out."""

    grounds = forms.CharField(
        label=_("Grounds"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands in every letter, and in public."),
    )  # fmt: skip
    left_out = forms.MultipleChoiceField(
        label=_("Leave out these dates"), required=False, widget=forms.CheckboxSelectMultiple
    )
    all_left_out = forms.BooleanField(label=_("Leave out all of these dates"), required=False)
    left_out_reason = forms.CharField(label=_("Why they are left out"), max_length=500, required=False)

    def __init__(self, *args: Any, clashes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["left_out"]
        field.choices = [(one.code, clash_words(one)) for one in clashes]
        if len(clashes) <= FEW:
            del self.fields["all_left_out"]
        if not clashes:
            del self.fields["left_out"], self.fields["left_out_reason"]
        self.codes = {one.code for one in clashes}

    def accepted(self) -> Accepted:
        """The dates that were ticked, or all that the page has shown; never one that came after it."""
        given = self.cleaned_data
        codes = set(given.get("left_out", ()))
        if given.get("all_left_out"):
            codes |= self.codes & set(self.data.getlist("shown"))
        return Accepted(sorted(codes), given.get("left_out_reason", ""))


class AdoptPage(RoundPage):
    """First all that is in the way and all that would change; then one button."""

    permission_required = "run"
    template_name = "booking/seasons/staff/adopt.html"
    heading = _("Adopt")
    tab = "hearing"
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]
    form: AdoptForm | None = None

    def proposal(self) -> Proposal:
        """The one that is named, else the one that is heard."""
        sent = self.request.POST.get("proposal", "") or self.request.GET.get("proposal", "")
        if not sent:
            if self.object.heard is None:
                raise Http404
            return self.object.heard
        number = _number(sent)
        found = selectors.published(self.object).filter(number=number).first() if number is not None else None
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The preview, and the form."""
        proposal = self.proposal()
        proposal.round = self.object
        seen = preview(self.object, proposal, now=clock.now())
        tied = access.is_tied(self.request.user, self.object, today())
        return super().get_context_data(**kwargs) | {
            "proposal": proposal,
            "published": list(selectors.published(self.object)),
            "seen": seen,
            "early": self.early(),
            "faults": [fault_words(one, proposal) for one in seen.faults],
            "objections": [_comment(row) for row in seen.objections],
            "declined": [
                {
                    "name": one.organisation.name,
                    "words": one.answer.text,
                    "hours": [team_words(slot) for slot in one.slots if slot.pk in one.answer.declined],
                }
                for one in seen.declined
                if one.answer is not None
            ],
            "ending": [f"{whose_words(one)}, {hour_words(one)}" for one in seen.ending],
            "fresh": [f"{whose_words(one)}, {hour_words(one)}" for one in seen.new],
            "again": self.object.adopted_id is not None,
            "adopted": self.object.adopted_id == proposal.pk,
            "form": self.form or AdoptForm(clashes=seen.clashes),
            "tied": tied,
            "may_adopt": self.object.state in ADOPTABLE and not seen.refused and not tied,
            "unmet": kwargs.get("unmet", []),
        }

    def early(self) -> list[str]:
        """Everybody was told when the hearing ends: until then the date has to be moved first."""
        if self.object.state != RoundState.HEARING:
            return []
        on = today()
        found = flow.lacking(standing.standing_of(self.object, on), RoundState.ADOPTED, on)
        return [lacking_text(one) for one in found if one.code in ("too_early", "not_all_answered")]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Adopt, or show again what is in the way with what was typed."""
        proposal = self.proposal()
        seen = preview(self.object, proposal, now=clock.now())
        self.form = AdoptForm(request.POST, clashes=seen.clashes)
        status, unmet = 400, []
        if self.form.is_valid():
            given = self.form.cleaned_data
            try:
                made = adopt(
                    self.object,
                    proposal,
                    grounds=given["grounds"],
                    accepted=self.form.accepted(),
                    by=request.user,
                    now=clock.now(),
                    if_version=_number(request.POST.get("version", "")),
                )
            except Unmet as error:
                unmet, status = error.items, error.status
                add_refusal(self.form, error)
            except DomainError as error:
                status = error.status
                add_refusal(self.form, error)
            else:
                messages.success(
                    request,
                    gettext("Adopted. %(count)s weekly hours are in the calendars, and everybody concerned is told.")
                    % {"count": made.allocations.count()},
                )
                return redirect(reverse("booking_seasons:running", args=[self.object.pk]))
        self.object = self.get_base_object_queryset().get(pk=self.object.pk)
        return self.render_to_response(self.get_context_data(unmet=unmet), status=status)


class RunningPage(RoundPage):
    """The running season: what was adopted when, appeals, hours that aren't used, and what was given up."""

    template_name = "booking/seasons/staff/running.html"
    heading = _("The season")
    tab = "timetable"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adoptions, appeals, use."""
        round = self.object
        unused = [
            {"row": one, "words": f"{whose_words(one)}, {hour_words(one)}"} for one in running.unused_hours(round)
        ]
        released = round.allocations.filter(ended_why="released").select_related("wish__organisation", "resource")
        return super().get_context_data(**kwargs) | {
            "adoptions": list(round.adoptions.select_related("proposal").order_by("number")),
            "count": len(in_force(round)),
            "appeals": list(
                Case.objects.filter(season__round=round, stored_act="appealed").select_related("organisation")
            ),
            "unused": unused,
            "use": running.use_of(round),
            "released": [f"{whose_words(one)}, {hour_words(one)}" for one in released],
            "may_adopt_again": round.state in (RoundState.ADOPTED, RoundState.RUNNING),
            "published": list(selectors.published(round).exclude(pk=round.adopted_id)),
        }


def _comment(row: Comment) -> dict[str, Any]:
    return {
        "row": row,
        "who": row.organisation.name if row.organisation is not None else gettext("The municipality"),
        "about": f"{whose_words(row.slot)}, {hour_words(row.slot)}" if row.slot is not None else "",
        "number": row.proposal.number,
    }
