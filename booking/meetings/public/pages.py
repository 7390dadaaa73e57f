"""The list, one meeting, the same on paper; and what invited organisations do: answer, add, report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking.calendars.selectors import public_url, webcal
from booking.foundation import clock
from booking.foundation.doors import ratelimit
from booking.foundation.doors.ratelimit import Limit, Limits
from booking.foundation.errors import DomainError
from booking.meetings import forms, selectors, services
from booking.meetings.models import Commitment, Meeting, MeetingState
from booking.meetings.view import commitment_view, meeting_view
from booking.organisations.models import LEADING_ROLES, Organisation

PER_PAGE = 20
ratelimit.LIMITS.setdefault("meeting", Limits(Limit(60, 3600), Limit(600, 3600)))


def _private(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What depends on who reads is kept by nobody."""
    if request.user.is_authenticated:
        patch_cache_control(response, private=True, no_store=True)
    return response


class Visit:
    """A meeting as this reader sees it. Raises Http404 for one they may not know of."""

    def __init__(self, request: HttpRequest, reference: str) -> None:
        if not selectors.is_on():
            raise Http404
        self.request = request
        self.now = clock.now()
        self.today = selectors.today_of(self.now)
        rows = selectors.with_all(selectors.visible_meetings(request.user, self.today))
        found = rows.filter(reference=reference).first()
        if found is None:
            raise Http404
        self.meeting: Meeting = found
        self.reader = selectors.reader_of(found, request.user, self.today)

    def acting(self) -> Organisation:
        """The organisation that the form names, else the only one there is. Raises Http404."""
        there = {one.slug: one for one in (*self.reader.acts_for, *self.reader.could_come)}
        sent = self.request.POST.get("organisation", "")
        if sent in there:
            return there[sent]
        if len(self.reader.acts_for) == 1 and not sent:
            return self.reader.acts_for[0]
        raise Http404

    def spend(self) -> None:
        """One act more. Raises ``TooMany``."""
        ratelimit.spend(
            "meeting", now=self.now, contact=str(self.request.user.pk), address=ratelimit.client_address(self.request)
        )

    def page(self, *, status: int = 200, **more: Any) -> HttpResponse:
        """The page, with whatever form was refused."""
        one = self.meeting
        view = meeting_view(one, on=self.today, now=self.now, acts_for=[org.pk for org in self.reader.acts_for])
        answers = {row.organisation_id: row for row in one.parties.all()}
        may_answer = one.state == MeetingState.INVITED and self.now < one.start
        asked = []
        for org in (*self.reader.acts_for, *(self.reader.could_come if may_answer else ())):
            row = answers.get(org.pk)
            initial = {"answer": row.answer, "heads": row.heads} if row is not None else {}
            refused = more.get("refused_answer") if more.get("refused_for") == org.pk else None
            form = refused or forms.AnswerForm(initial=initial, prefix=f"a{org.pk}")
            asked.append({"organisation": org, "row": row, "form": form})
        context = {
            "meeting": one,
            "view": view,
            "reader": self.reader,
            "asked": asked,
            "may_answer": may_answer,
            "point_form": forms.PointForm(prefix="point") if view.agenda_open and self.reader.acts_for else None,
            "drop_form": forms.ReasonForm(prefix="drop"),
            "my_hats": [f"organisation:{org.slug}" for org in self.reader.acts_for],
        } | more
        return _private(
            self.request, render(self.request, "booking/meetings/public/meeting.html", context, status=status)
        )

    def to(self) -> HttpResponse:
        """Back to the meeting's page."""
        return redirect("booking:meeting", self.meeting.reference)


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """What is ahead, what one's organisations have promised, and what was."""
    if not selectors.is_on():
        raise Http404
    now = clock.now()
    today = selectors.today_of(now)
    seen = selectors.visible_meetings(request.user, today)
    ahead = list(selectors.with_all(selectors.coming(seen, now)))
    before = selectors.with_all(seen.exclude(pk__in=[one.pk for one in ahead])).order_by("-start", "-pk")
    page = Paginator(before, PER_PAGE).get_page(request.GET.get("page"))
    led = selectors.invited_organisations(request.user, today, LEADING_ROLES)
    ids = list(led.values_list("pk", flat=True)) if request.user.is_authenticated else []
    promised = (
        [commitment_view(one, today, organisations_of=ids) for one in selectors.open_of_organisations(ids)[:20]]
        if ids
        else []
    )
    context = {
        "ahead": [_row(one, ids) for one in ahead],
        "page_obj": page,
        "before": [_row(one, ids) for one in page.object_list],
        "promised": promised,
        "feed": webcal(public_url("happenings")),
    }
    return _private(request, render(request, "booking/meetings/public/list.html", context))


def _row(one: Meeting, mine: list[int]) -> dict[str, Any]:
    from booking.meetings import wording

    silent = any(row.organisation_id in mine and not row.answer for row in one.parties.all())
    waits = silent and one.state == MeetingState.INVITED and one.start > clock.now()
    return {
        "meeting": one,
        "when": wording.when_words(one),
        "where": wording.where_words(one),
        "unit": wording.unit_name(one),
        "waits": waits,
        "chip": f"meeting_{one.state}",
    }


@require_safe
def meeting(request: HttpRequest, reference: str) -> HttpResponse:
    """One meeting: agenda, who comes, minutes, who does what by when."""
    return Visit(request, reference).page()


@require_safe
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """The agenda, or once it was held the minutes, on A4."""
    visit = Visit(request, reference)
    view = meeting_view(visit.meeting, on=visit.today, now=visit.now)
    context = {"view": view, "meeting": visit.meeting, "today": visit.today, "staff": False}
    return _private(request, render(request, "booking/meetings/paper.html", context))


def _act(visit: Visit, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it, say it, go back; a refusal that is about no field is said on top."""
    try:
        visit.spend()
        act()
    except DomainError as error:
        if error.status == 404:
            raise Http404 from error
        messages.error(visit.request, error.text)
    else:
        messages.success(visit.request, said)
    return visit.to()


@require_POST
@login_required
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Whether the organisation comes."""
    visit = Visit(request, reference)
    organisation = visit.acting()
    form = forms.AnswerForm(request.POST, prefix=f"a{organisation.pk}")
    if form.is_valid():
        try:
            visit.spend()
            services.answer_invitation(
                visit.meeting, by=request.user, organisation=organisation, now=visit.now, **form.cleaned_data
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Thank you. You can change your answer until the meeting begins."))
            return visit.to()
    return visit.page(status=400, refused_answer=form, refused_for=organisation.pk)


@require_POST
@login_required
def point(request: HttpRequest, reference: str) -> HttpResponse:
    """Put something on the agenda."""
    visit = Visit(request, reference)
    organisation = visit.acting()
    form = forms.PointForm(request.POST, prefix="point")
    if form.is_valid():
        try:
            visit.spend()
            services.add_point(
                visit.meeting,
                by=request.user,
                organisation=organisation,
                title=form.cleaned_data["title"],
                words=form.cleaned_data["text"],
                now=visit.now,
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It stands on the agenda. Everybody who is invited sees it."))
            return visit.to()
    return visit.page(status=400, point_form=form)


@require_POST
@login_required
def point_withdraw(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Take back one's own point."""
    visit = Visit(request, reference)
    organisation = visit.acting()
    return _act(
        visit,
        lambda: services.withdraw_point(visit.meeting, pk, by=request.user, organisation=organisation, now=visit.now),
        _("The point is taken back."),
    )


def _promised(visit: Visit, pk: int) -> Commitment:
    """A commitment that the page shows and that one of the reader's organisations owns. Raises Http404."""
    there = Commitment.objects.filter(
        pk=pk, meeting__chain=visit.meeting.chain, organisation__in=[one.pk for one in visit.reader.acts_for]
    )
    found = there.select_related("meeting", "organisation").first()
    if found is None:
        raise Http404
    return found


@require_POST
@login_required
def done(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """What the organisation promised is done."""
    visit = Visit(request, reference)
    row = _promised(visit, pk)
    return _act(
        visit,
        lambda: services.report_done(row, by=request.user, organisation=row.organisation, now=visit.now),
        _("Marked as done. Everybody who is invited sees it."),
    )


@require_POST
@login_required
def drop(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """It won't be done, and why."""
    visit = Visit(request, reference)
    row = _promised(visit, pk)
    form = forms.ReasonForm(request.POST, prefix="drop")
    if form.is_valid():
        try:
            visit.spend()
            services.drop(
                row, by=request.user, organisation=row.organisation, reason=form.cleaned_data["reason"], now=visit.now
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("It is written down. Everybody who is invited sees the reason."))
            return visit.to()
    return visit.page(status=400, drop_form=form, dropping=pk)
