"""The case's page: everything the officer needs to decide, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views import generic

from booking.cases import registry, selectors, services
from booking.cases.models import Case, LineState
from booking.cases.rules import UNDECIDED, heads
from booking.cases.selectors import CaseDetail, LineView, Rival
from booking.cases.services import LineOutcome
from booking.cases.staff import shortcuts, talk, words
from booking.cases.staff.access import CASE_POLICY, of_cases, today
from booking.cases.verdicts import Verdict
from booking.cases.wanting import wanted_of
from booking.cases.wording import prices_in_words
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource
from booking.correspondence.models import OutboxMessage, OutboxState
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, Invalid, Stale, Taken
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.occupancy import selectors as occupancy
from booking.privacy.services import note_look

OUTCOME_LABELS: dict[str, Any] = {"grant": _("Grant"), "refuse": _("Refuse"), "waiting_list": _("Waiting list")}
CONFLICT_LABELS: dict[str, Any] = {
    "confirmed": _("somebody else has it"),
    "tentative": _("held for somebody else"),
    "works": _("works"),
    "closed": _("closed"),
    "own": _("clashes with another line of this case"),
}
#: Of a long series, alternatives are sought for the first few that clash; of the others the officer sees the clash.
MOST_SOUGHT = 5
ACTS = ("grant", "refuse", "waiting_list")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent with a form that was refused: nothing of it is lost."""

    grounds: str = ""
    outcomes: Mapping[int, str] = field(default_factory=dict)
    line_grounds: Mapping[int, str] = field(default_factory=dict)
    message: str = ""
    #: Chosen line by line, not one outcome for all.
    by_line: bool = False
    #: The act on the whole case that was refused, and its fields.
    act: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the decision page shows it."""

    view: LineView
    outcomes: Sequence[tuple[str, Any]]
    verdicts: Sequence[Verdict]
    conflicts: Sequence[str]
    alternatives: Sequence[str]
    outcome: str
    grounds: str
    faults: Sequence[str]
    links: Sequence[registry.LineLink] = ()

    @property
    def is_open(self) -> bool:
        """Still to be decided."""
        return bool(self.outcomes)

    @property
    def clashes(self) -> bool:
        """Can't be granted as things stand."""
        return any(verdict.code == "taken" for verdict in self.verdicts)


class CasePage(generic.InspectView):
    """One case for staff of its unit."""

    any_permission_required = ["view"]
    template_name = "booking/cases/staff/case.html"
    header_more_buttons: Sequence[Any] = ()
    #: What a refused form brought.
    typed = Typed()
    error: DomainError | None = None

    def get_page_title(self) -> str:
        """The kind of case; its reference stands beside it."""
        return str(self.object.get_kind_display())

    def get_page_subtitle(self) -> str:
        """Its reference."""
        return str(self.object.reference)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Queue, this case."""
        queue = {"url": reverse("booking_cases:index"), "label": gettext("Cases")}
        return [*self.breadcrumbs_items, queue, {"url": "", "label": self.object.reference}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def page_url(self) -> str:
        """This page, for going back to after an act."""
        return reverse("booking_cases:inspect", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All there is to know, in a number of queries that doesn't grow with the case."""
        from booking.cases.staff.acts import choices  # the acts answer with this page
        from booking.cases.staff.moves import in_motion, texts_by_use
        from booking.cases.staff.queue import queue_url

        now, on = clock.now(), today()
        detail = selectors.case_detail(self.object, self.request.user, now=now)
        case = detail.case
        note_look(
            viewer=self.request.user, kind="case", pk=case.pk, label=case.reference, unit_id=case.unit_id, now=now
        )
        # Also for who looks without deciding; an officer with a conflict of interest sees what a colleague will see.
        open_lines = [view.line for view in detail.lines if view.state in (*UNDECIDED, LineState.WAITING_LIST)]
        judgement = services.verdicts_on(case, open_lines, now=now) if open_lines else None
        rows = _rows(detail, judgement.lines if judgement else {}, self.typed, self.error, now)
        return super().get_context_data(**kwargs) | {
            "detail": detail,
            "case": case,
            "who": words.who(case),
            "hat": words.hat(case.requester_hat),
            "requester": case.requester,
            "audience": words.audience(case.audience),
            "heads": heads(case.audience),
            "move": words.whose_move(case),
            "answer_by": words.answer_by(case, on),
            "late": words.is_late(case, on),
            "rows": rows,
            "can_decide": detail.may_decide and any(row.is_open for row in rows),
            "several": sum(row.is_open for row in rows) > 1,
            "request_verdicts": judgement.request if judgement else [],
            "stood": _stood(case.verdicts),
            "prices": prices_in_words(detail.prices),
            "parts": registry.staff_parts(self.request, detail, now),
            "rivals": [_rival(rival) for rival in selectors.rivals(case)],
            "letters": letters_of(case),
            **talk.context(self.request, detail),
            "acts": choices(
                case,
                may_decide=detail.may_decide,
                may_hand_on=CASE_POLICY.user_has_permission_for_instance(self.request.user, "decide", case),
            ),
            "motion": in_motion(self, detail, self.typed, now),
            "texts": texts_by_use(case) if detail.may_decide else {},
            "typed": self.typed,
            "error": self.error,
            "field_errors": _common_faults(self.error),
            "tz": booking_settings().tz,
            "queue_url": queue_url(self.request),
            "keys_on": shortcuts.are_on(self.request.user),
            "keys": shortcuts.KEYS,
        }

    def again(self, error: DomainError, typed: Typed) -> HttpResponse:
        """The page as it stands now, with what was typed and why it could not be done."""
        self.error, self.typed = error, typed
        self.object = Case.objects.get(pk=self.object.pk)
        return self.render_to_response(self.get_context_data(object=self.object), status=error.status)


def _rows(
    detail: CaseDetail,
    verdicts: Mapping[int, Sequence[Verdict]],
    typed: Typed,
    error: DomainError | None,
    now: Any,
) -> list[Row]:
    by_number = {view.number: view for view in detail.lines}
    blocked = [by_number[number].line for number, found in verdicts.items() if any(verdict.blocks for verdict in found)]
    wanted = wanted_of([view.line for view in detail.lines if view.number in verdicts])
    clashes: dict[int, list[occupancy.Conflict]] = {}
    if blocked:
        own = [view.line.pk for view in detail.lines]
        for conflict in occupancy.conflicts(wanted, ignore_cause=("line", own)):
            clashes.setdefault(conflict.index, []).append(conflict)
    found: dict[int, Sequence[occupancy.Alternative]] = {}
    if blocked:
        found |= occupancy.alternatives_many(wanted_of(blocked[:MOST_SOUGHT]), now=now, limit=4)
    if isinstance(error, Taken):
        # What was free when the race was lost.
        found |= {by_number[one.number].line.pk: one.alternatives for one in error.items if one.alternatives}
    places = Resource.objects.in_bulk({one.resource_id for some in found.values() for one in some}) if found else {}
    faults = _line_faults(error, typed)
    links = registry.line_links(detail, now)
    return [
        Row(
            view=view,
            outcomes=[(act, OUTCOME_LABELS[act]) for act in ACTS if act in view.acts],
            verdicts=verdicts.get(view.number, ()),
            conflicts=[_conflict(one, view) for one in clashes.get(view.line.pk, ())],
            alternatives=[_alternative(one, places) for one in found.get(view.line.pk, ())],
            outcome=typed.outcomes.get(view.number, ""),
            grounds=typed.line_grounds.get(view.number, ""),
            faults=faults.get(view.number, ()),
            links=links.get(view.line.pk, ()),
        )
        for view in detail.lines
    ]


def _conflict(conflict: occupancy.Conflict, view: LineView) -> str:
    why = str(CONFLICT_LABELS.get(conflict.status, conflict.status))
    if not conflict.cause_kind:
        return gettext("There are only %(most)s in all.") % {"most": conflict.quantity_left}
    times = when_words(conflict.start, conflict.end, view.tz, today=today(), short=True)
    return f"{times}: {why}"


def _alternative(one: occupancy.Alternative, places: Mapping[int, Resource]) -> str:
    place = places[one.resource_id]
    times = when_words(one.start, one.end, catalogue.zone(place), today=today(), short=True)
    return f"{localized(place, 'name')}, {times}"


def _rival(rival: Rival) -> dict[str, Any]:
    return {
        "case": rival.case,
        "who": rival.case.organisation.name if rival.case.organisation else rival.case.contact_name or "–",
        "place": localized(rival.line.resource, "name"),
        "line": rival.line,
        "tz": catalogue.zone(rival.line.resource),
        "heads": heads(rival.case.audience),
        "against": ", ".join(str(number) for number in rival.against),
    }


def _stood(facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The verdicts that stood when it was sent: code, and the numbers of the lines that it was about."""
    found: dict[str, list[int]] = {}
    for fact in facts:
        numbers = found.setdefault(str(fact.get("code", "")), [])
        if fact.get("line") is not None:
            numbers.append(int(fact["line"]))
    return [
        {"text": words.VERDICT_LABELS.get(code, code), "lines": ", ".join(str(number) for number in numbers)}
        for code, numbers in found.items()
    ]


def letters_of(case: Case) -> list[OutboxMessage]:
    """Letters about the case that have not gone out, oldest first."""
    gone = [OutboxState.SENT, OutboxState.DROPPED]
    return list(
        of_cases(OutboxMessage.objects.exclude(state__in=gone)).filter(case_id=case.pk).order_by("due_at", "pk")
    )


def _line_faults(error: DomainError | None, typed: Typed) -> dict[int, list[str]]:
    """Faults by line number: the service names lines by their place in what was sent, which was in this order."""
    found: dict[int, list[str]] = {}
    if isinstance(error, Taken):
        for one in error.items:
            found.setdefault(one.number, []).append(gettext("Somebody else has this time already."))
    numbers = list(typed.outcomes)
    for fault in error.errors if error is not None and typed.by_line else ():
        if len(fault.loc) > 1 and fault.loc[0] == "lines" and int(fault.loc[1]) < len(numbers):
            found.setdefault(numbers[int(fault.loc[1])], []).append(fault.text)
    return found


def _common_faults(error: DomainError | None) -> dict[str, list[str]]:
    """Faults of the fields below the lines."""
    found: dict[str, list[str]] = {}
    for fault in error.errors if error else ():
        name = str(fault.loc[0]) if fault.loc else ""
        if name == "lines" and fault.loc[-1] == "grounds":
            name = "grounds"
        texts = found.setdefault(name, [])
        if fault.text not in texts:
            texts.append(fault.text)
    return found


class DecideAct(CasePage):
    """Grant, refuse or put on the waiting list: everything that is open, or line by line."""

    permission_required = "decide"
    http_method_names = ("get", "post", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Decide, say it, go back; or the same page with why not."""
        typed = self.read(request)
        if request.POST.get("act") == "text":
            return self.with_text(request, typed)
        try:
            if request.POST.get("version") and self.version(request) != self.object.version:
                # Before anything else: what was chosen may be nothing any more because a colleague was quicker.
                raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
            if not typed.outcomes:
                raise Invalid("nothing_chosen", _("Choose what to do with at least one line."))
            case = services.decide_lines(
                self.object,
                [
                    LineOutcome(number, outcome, typed.line_grounds.get(number, ""))
                    for number, outcome in typed.outcomes.items()
                ],
                typed.grounds,
                by=request.user,
                now=clock.now(),
                if_version=self.version(request),
            )
        except DomainError as error:
            return self.again(error, typed)
        messages.success(request, self.done(case, typed))
        return redirect(self.page_url())

    def with_text(self, request: HttpRequest, typed: Typed) -> HttpResponse:
        """The page again, with the chosen text filled in among the grounds for the officer to edit. Decides nothing."""
        from booking.cases.staff.moves import chosen_text

        words = chosen_text(self.object, request.POST.get("text", ""))
        kept = [part for part in (typed.grounds.strip(), words) if part]
        self.typed = Typed("\n\n".join(kept), typed.outcomes, typed.line_grounds, by_line=typed.by_line)
        return self.render_to_response(self.get_context_data(object=self.object))

    @staticmethod
    def version(request: HttpRequest) -> int:
        """The version that the officer looked at. A page that doesn't say which is as good as stale."""
        sent = request.POST.get("version", "")
        if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
            raise Stale("stale", _("Somebody changed this case in the meantime. Look at it again."))
        return int(sent)

    def read(self, request: HttpRequest) -> Typed:
        """The outcomes by line number: one for all that is open, or each line's own."""
        act = request.POST.get("act", "")
        lines = list(self.object.lines.order_by("number"))
        own = {line.number: request.POST.get(f"outcome-{line.number}", "") for line in lines}
        if act in ("grant_all", "refuse_all", "waiting_list_all"):
            outcome = act.removesuffix("_all")
            # Those on the waiting list are meant only when nothing else is open: their time is somebody else's.
            waiting = [line for line in lines if line.state == LineState.WAITING_LIST and outcome != "waiting_list"]
            meant = [line for line in lines if line.state in UNDECIDED] or waiting
            outcomes = {line.number: outcome for line in meant}
        else:
            outcomes = {number: outcome for number, outcome in own.items() if outcome}
        return Typed(
            grounds=request.POST.get("grounds", ""),
            outcomes=outcomes,
            line_grounds={line.number: request.POST.get(f"grounds-{line.number}", "") for line in lines},
            by_line=not act.endswith("_all"),
        )

    @staticmethod
    def done(case: Case, typed: Typed) -> str:
        """What was done, and when the letter goes."""
        seconds = booking_settings().letter_delay_seconds
        return gettext("Decided: the case is now “%(state)s”. The letter leaves in %(seconds)s seconds.") % {
            "state": case.get_state_display(),
            "seconds": seconds,
        }


class MessageAct(CasePage):
    """A word to the party, or a note that parties never see."""

    permission_required = "decide"
    http_method_names = ("get", "post", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Store it, in the unit's hat whatever else the person is."""
        body = request.POST.get("message", "")
        # Which of the two must be said: a note must never leave by mistake.
        internal = request.POST.get("act") != "message"
        try:
            services.add_message(
                self.object,
                by=request.user,
                body=body,
                now=clock.now(),
                hat=f"unit:{self.object.unit.slug}",
                internal=internal,
            )
        except DomainError as error:
            return self.again(error, Typed(message=body))
        said = gettext("The note is saved. Only staff see it.") if internal else gettext("The message is on its way.")
        messages.success(request, said)
        return redirect(self.page_url())
