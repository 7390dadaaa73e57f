"""The works' page in the CMS admin: what comes next, who is affected, what was said and sent, and every act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.views import generic

from booking.catalogue.models import Resource, UnitRoleName
from booking.catalogue.staff.access import unit_ids
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError, Invalid, NotFound
from booking.organisations.models import Organisation, OrganisationState
from booking.works import selectors, services, wording
from booking.works.geometry import drawing
from booking.works.models import AffectedList, ConflictState, Works, WorksAnswer
from booking.works.public import view
from booking.works.rules import states
from booking.works.services import affected
from booking.works.staff import board
from booking.works.staff.access import POLICY

#: Acts on the whole works, and those on one row of it.
ACTS = (
    "move", "find", "add_affected", "confirm_list", "sign", "answer", "ask_early", "restore", "hand_on",
)  # fmt: skip
ROW_ACTS = (
    "decide", "decide_report", "task", "offer", "withdraw_offer", "settle", "call", "grant", "refuse", "write_report",
    "review", "correct",
)  # fmt: skip
#: A photo of a poster, in bytes.
PHOTO = 8_000_000


class WorksPage(generic.InspectView):
    """Everything about one works, and the buttons."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    template_name = "booking/works/staff/works.html"
    header_more_buttons: Sequence[Any] = ()
    #: What an act brought back: a refusal, and what was typed.
    brought: ClassVar[dict[str, Any]] = {}

    def get_base_object_queryset(self) -> Any:
        """With what the page shows."""
        return selectors.with_all(Works.objects.all())

    def get_page_title(self) -> str:
        """Their number stands beside it."""
        return gettext("Works")

    def get_page_subtitle(self) -> str:
        """Their number."""
        return str(self.object.reference)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, these works."""
        index = {"url": reverse("booking_works:index"), "label": gettext("Works")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.reference}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The works, what waits, and what this person may do."""
        works, user, now = self.object, self.request.user, clock.now()
        version = view.version_of(works)
        may = POLICY.user_has_permission_for_instance(user, "plan", works)
        listing = AffectedList.objects.filter(version=version).select_related("confirmed_by", "signed_by").first()
        everybody = board.standings(listing)
        names = {one.row.party_id: one.name for one in everybody}
        onward, aside = board.steps(works, names, now) if may else ([], [])
        answers = board.replies(works)
        open_ones = board.conflicts(works, now, alternatives=may)
        return (
            super().get_context_data(**kwargs)
            | {
                "works": works,
                "version": version,
                "card": view.card(works),
                "facts": wording.facts_of(works, version)[2:],
                "picture": drawing.picture(view.layers([works], linked=False)),
                "may": may,
                "leads": works.unit_id in unit_ids(user, [UnitRoleName.LEADER]),
                "onward": onward,
                "aside": aside,
                "latest": version.requirement.get("latest_notice")
                and datetime.fromisoformat(version.requirement["latest_notice"]),
                "listing": listing,
                "everybody": everybody,
                "left_to_decide": sum(1 for one in everybody if one.row.state == "found"),
                "to_sign": listing is not None
                and listing.confirmed_at is not None
                and listing.signed_at is None
                and affected.needs_signature(version, listing),
                "reports": list(works.reports.filter(verdict="").select_related("organisation")),
                "waiting": answers["waiting"],
                "replied": answers["others"],
                "answers": selectors.you_said(works),
                "outcomes": WorksAnswer.Outcome.choices,
                "conflicts": open_ones,
                "settle_states": [
                    (one.value, one.label)
                    for one in (ConflictState.PARTIAL_USE, ConflictState.SUSPENDED, ConflictState.OVERRIDDEN)
                ],
                "windows": services.book_around(works, now=now)
                if may and any(one["conflict"].state == ConflictState.OPEN for one in open_ones)
                else [],
                "tasks": board.tasks(works),
                "field": board.field_facts(works),
                "people": board.people(works, now) if may and works.state not in ("closed", "cancelled") else [],
                "overrides": board.overrides(works),
                "may_ask_early": may and works.state in ("noticed", "ready"),
                "may_restore": may and works.state == "completed" and works.restored_at is None,
                "sent": board.sent(works),
                "record": view.record(works),
                "organisations": list(
                    Organisation.objects.exclude(state=OrganisationState.INACTIVE)
                    .filter(merged_into=None)
                    .order_by("name")
                    .values_list("pk", "name")
                )
                if may
                else [],
                "ticks": board.ticks(works),
                "went_on": works.continued_by.exclude(state="cancelled").order_by("pk").first(),
                "public_url": reverse("booking:works_page", args=[works.reference])
                if works.state in states.PUBLIC
                else "",
                "poster_url": reverse("booking:works_poster", args=[works.reference])
                if works.state in states.PUBLIC
                else "",
                "now": now,
            }
            | self.brought
        )


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


class WorksAct(WorksPage):
    """One act, named in the address. Refused, it shows the page again with what was typed and why."""

    # Each service asks for the role that its act needs; a caretaker may log a call, only a leader grants.
    any_permission_required: ClassVar[list[str]] = ["view"]
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]
    act: str = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def page_url(self) -> str:
        """The works' page."""
        return reverse("booking_works:inspect", args=[self.object.pk])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back."""
        self.facts: dict[str, Any] = {"by": request.user, "now": clock.now()}
        try:
            said = getattr(self, f"do_{self.act}")()
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            return self.again(error)
        messages.success(request, said)
        return redirect(f"{self.page_url()}{self.anchor()}")

    def anchor(self) -> str:
        """Where on the page one was."""
        part = {
            "decide": "affected", "decide_report": "affected", "find": "affected", "add_affected": "affected",
            "confirm_list": "affected", "sign": "affected", "answer": "replies", "task": "tasks",
            "offer": "conflicts", "withdraw_offer": "conflicts", "settle": "conflicts", "correct": "field",
        }.get(self.act)  # fmt: skip
        return f"#{part}" if part else ""

    def again(self, error: DomainError) -> HttpResponse:
        """The page as it stands now, with what was typed and why it could not be done."""
        works = self.get_base_object_queryset().get(pk=self.object.pk)
        names = {
            one.pk: wording.party_name(one) for one in works.parties.select_related("organisation", "user", "report")
        }
        self.brought = {  # type: ignore[misc]
            "refusal": error.text,
            "unmet": [
                {"who": names.get(getattr(one, "party", None) or 0, ""), "what": wording.missing_words(one)}
                for one in error.items
                if hasattr(one, "code") and hasattr(one, "params")
            ],
            "typed": self.request.POST,
        }
        self.object = works
        return self.render_to_response(self.get_context_data(object=works), status=error.status)

    # --- what was sent ---

    def sent_text(self, name: str) -> str:
        """A field as it was typed."""
        return self.request.POST.get(name, "")

    def version(self) -> int | None:
        """The version that was looked at."""
        return _number(self.sent_text("version"))

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A time of the wall clock, as a browser sends it. Raises ``Invalid``."""
        value = self.sent_text(name).strip()
        if not value:
            if required:
                raise Invalid("required", gettext("Write day and time."), loc=(name,))
            return None
        try:
            given = datetime.fromisoformat(value)
        except ValueError:
            given = None
        if given is None or not 1990 <= given.year <= 2100:
            raise Invalid("not_a_time", gettext("Write day and time."), loc=(name,))
        tz: ZoneInfo = booking_settings().tz
        return given if given.tzinfo else clock.wall(given.date(), given.time().replace(second=0, microsecond=0), tz)

    def row(self, rows: Any) -> Any:
        """The row of the address, of these very works. 404 for another's."""
        found = rows.filter(pk=self.kwargs["row"]).first()
        if found is None:
            raise NotFound("not_found", gettext("There is nothing at this address."))
        return found

    # --- acts ---

    def do_move(self) -> str:
        """Another state."""
        to = self.sent_text("to")
        details: dict[str, Any] = {}
        if to in ("ready", "active", "completed", "paused"):
            details["at"] = self.moment("at")
        if to in ("postponed", "cancelled", "overrunning"):
            details["why"] = self.sent_text("why")
        if to == "overrunning":
            details["until"] = self.moment("until", required=True)
        made = services.move(self.object, to=to, if_version=self.version(), **details, **self.facts)
        return gettext("Now they are: %(state)s.") % {"state": made.get_state_display()}

    def do_restore(self) -> str:
        """The ground is as it was."""
        services.restore(self.object, at=self.moment("at"), **self.facts)
        return gettext("The ground is restored. Displaced hours are back.")

    def do_correct(self) -> str:
        """It happened at another time than was written down."""
        found, moment = self.row(self.object.facts), self.moment("at", required=True)
        services.correct_fact(found, happened_at=moment or clock.now(), why=self.sent_text("why"), **self.facts)
        return gettext("Corrected. The old time stays in the record.")

    def do_hand_on(self) -> str:
        """Another planner answers for them."""
        now = self.facts["now"]
        wanted = _number(self.sent_text("to")) or 0
        person = next((one for one in board.people(self.object, now) if one.pk == wanted), None)
        if person is None:
            raise Invalid("required", gettext("Choose who goes on with them."), loc=("to",))
        services.hand_works(self.object, to=person, **self.facts)
        return gettext("%(who)s answers for these works now.") % {"who": person}

    def do_find(self) -> str:
        """Look anew."""
        services.find_affected(self.object, **self.facts)
        return gettext("Looked anew.")

    def do_decide(self) -> str:
        """Affected, or not and why."""
        works = self.object
        found = self.row(works.current.affected.rows if hasattr(works.current, "affected") else works.parties.none())
        services.decide_affected(
            found, affected=self.sent_text("affected") == "yes", reason=self.sent_text("reason"), **self.facts
        )
        return gettext("Noted.")

    def do_decide_report(self) -> str:
        """Somebody said so themselves: yes, or no and why."""
        found = self.row(self.object.reports)
        services.decide_report(
            found, affected=self.sent_text("affected") == "yes", reason=self.sent_text("reason"), **self.facts
        )
        return gettext("Noted.")

    def do_add_affected(self) -> str:
        """By hand."""
        organisation = Organisation.objects.filter(pk=_number(self.sent_text("organisation")) or 0).first()
        if organisation is None:
            raise Invalid("required", gettext("Choose an organisation."), loc=("organisation",))
        services.add_affected(
            self.object,
            organisation=organisation,
            reason=self.sent_text("reason"),
            direct=self.sent_text("direct") == "yes",
            **self.facts,
        )
        return gettext("They are on the list.")

    def do_confirm_list(self) -> str:
        """Gone through."""
        services.confirm_affected(self.object, if_version=self.version(), **self.facts)
        return gettext("The list is confirmed, and doesn't change any more.")

    def do_sign(self) -> str:
        """Nobody is affected, signed by another."""
        services.sign_nobody(self.object, **self.facts)
        return gettext("Signed: nobody is affected.")

    def do_answer(self) -> str:
        """One or several replies, together and in public."""
        numbers = [number for value in self.request.POST.getlist("replies") if (number := _number(value))]
        services.answer_replies(
            self.object,
            replies=list(self.object.replies.filter(pk__in=numbers)),
            said=self.sent_text("said"),
            did=self.sent_text("did"),
            outcome=self.sent_text("outcome"),
            **self.facts,
        )
        return gettext("Answered. They hear it, and it stands on the public page.")

    def do_task(self) -> str:
        """A call that was made, a poster that was put up."""
        found = self.row(board.WorksDispatch.objects.filter(notice__works=self.object))
        photo = self.request.FILES.get("photo")
        services.log_task(
            found,
            outcome=self.sent_text("outcome"),
            note=self.sent_text("note"),
            photo=photo.read(PHOTO + 1) if photo else None,
            **self.facts,
        )
        return gettext("Noted.")

    def do_offer(self) -> str:
        """Hold something free for them."""
        start, end = self.moment("start", required=True), self.moment("end", required=True)
        resource = Resource.objects.filter(slug=self.sent_text("resource")).first()
        if resource is None:
            raise Invalid("required", gettext("Choose what is offered."), loc=("resource",))
        services.offer_alternative(
            self.row(self.object.conflicts), resource=resource, start=start, end=end, **self.facts
        )
        return gettext("Offered, and held for five working days.")

    def do_withdraw_offer(self) -> str:
        """Take it back."""
        found = self.row(self.object.conflicts)
        offer = found.offers.filter(state="open").first()
        if offer is None:
            raise NotFound("not_found", gettext("There is nothing at this address."))
        services.withdraw_offer(offer, **self.facts)
        return gettext("Taken back.")

    def do_settle(self) -> str:
        """Partly usable, suspended, or decided against them."""
        services.settle_conflict(
            self.row(self.object.conflicts),
            state=self.sent_text("state"),
            reason=self.sent_text("reason"),
            **self.facts,
        )
        return gettext("Settled.")

    def do_ask_early(self) -> str:
        """Ask the leader."""
        services.ask_early_start(self.object, reason=self.sent_text("reason"), **self.facts)
        return gettext("Asked for. The leader of the unit decides.")

    def do_call(self) -> str:
        """A try by phone before an early start."""
        party = self.object.parties.filter(pk=_number(self.sent_text("party")) or 0).first()
        if party is None:
            raise Invalid("required", gettext("Choose whom you phoned."), loc=("party",))
        outcome = self.sent_text("outcome")
        services.log_call(
            self.row(self.object.overrides),
            party=party,
            reached=outcome in ("yes", "no"),
            consents=outcome == "yes",
            note=self.sent_text("note"),
            **self.facts,
        )
        return gettext("Noted.")

    def do_grant(self) -> str:
        """Signed, in public."""
        services.grant_override(self.row(self.object.overrides), **self.facts)
        return gettext("Signed. Those affected are told at once.")

    def do_refuse(self) -> str:
        """No early start."""
        services.refuse_override(self.row(self.object.overrides), **self.facts)
        return gettext("Refused.")

    def do_write_report(self) -> str:
        """What happened, why it couldn't wait, what was done."""
        services.write_report(
            self.row(self.object.overrides),
            reason=self.sent_text("reason"),
            report=self.sent_text("report"),
            **self.facts,
        )
        return gettext("The report is public. A second person must go through it.")

    def do_review(self) -> str:
        """By a second person."""
        services.review_report(self.row(self.object.overrides), review=self.sent_text("review"), **self.facts)
        return gettext("Gone through.")
