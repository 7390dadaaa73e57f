"""One case as one reader may see it: what is staff's own business stays out for parties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from booking.cases.access import disqualification, hosts_of, party_hats
from booking.cases.models import (
    HOSTING,
    Case,
    CaseKind,
    Channel,
    CoHost,
    Event,
    Line,
    LineState,
    Message,
    MessageFile,
    Reader,
)
from booking.cases.rules import UNDECIDED, acts_from, heads, is_overdue
from booking.cases.selectors.moves import Moves, moves_of
from booking.cases.wording import event_text, left_out_text, reason_text, time_range
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.models import Kit
from booking.catalogue.models import Resource, Unit
from booking.catalogue.rules import Price, UseTerm, price_from, uses_meant
from booking.catalogue.wording import price_words
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

#: Lines in these states are paid for by nobody.
COSTS_NOTHING = frozenset(
    {
        LineState.REFUSED,
        LineState.WITHDRAWN,
        LineState.CANCELLED_BY_ORGANISATION,
        LineState.CANCELLED_BY_MUNICIPALITY,
    }
)


@dataclass(frozen=True, slots=True)
class ActorView:
    """Who did something, as this reader may know it: a name (or the unit's, where names are hidden) and the hat."""

    name: str
    hat: str
    #: For whom they acted: the organisation or the unit; "" for oneself.
    label: str = ""

    @property
    def words(self) -> str:
        """The name, and in whose name they acted (needs N10): "Kari Trener (Lilleby IL)"."""
        return f"{self.name} ({self.label})" if self.label and self.label != self.name else self.name


@dataclass(frozen=True, slots=True)
class EventView:
    at: datetime
    type: str
    actor: ActorView | None
    data: Mapping[str, Any]
    text: str
    staff_only: bool = False


@dataclass(frozen=True, slots=True)
class MessageView:
    id: int
    at: datetime
    actor: ActorView | None
    body: str
    internal: bool
    mine: bool
    files: Sequence[MessageFile] = ()
    #: Files that were not taken in: (name, why in words).
    left_out: Sequence[tuple[str, str]] = ()
    #: What an e-mail quoted, to be folded.
    rest: str = ""
    by_mail: bool = False
    needs_answer: bool = False
    #: The reader hasn't had it on the page before.
    new: bool = False


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with all that a page or the API shows of it. `acts`: what this reader can do with it now."""

    number: int
    resource: Resource
    quantity: int
    start: datetime
    end: datetime
    tz: ZoneInfo
    when: str
    state: str
    state_label: str
    reason: str
    reason_label: str
    grounds: str
    appeal_by: date | None
    series: int | None
    acts: Sequence[str]
    line: Line
    #: What was told that it costs (needs N12), and the same in words; None and "" where nothing was told.
    price: Price | None = None
    price_words: str = ""
    #: The kit that it was asked for with, and whether it is the first line of that kit at that time.
    kit: Kit | None = None
    kit_head: bool = False


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case for one reader. `viewer` is "staff" or "party" (who is both sees the staff's view, and both rights)."""

    case: Case
    viewer: str
    unit: Unit
    organisation: Organisation | None
    co_hosts: Sequence[Organisation]
    #: Named people; None where names are hidden from this reader.
    officer: Any
    deputy: Any
    #: Who answers today (the deputy or a leader while the officer is away or gone), and why it isn't the officer.
    acting: Any
    acting_reason: str
    lines: Sequence[LineView]
    events: Sequence[EventView]
    messages: Sequence[MessageView]
    #: What is to happen there, besides what the place is made for.
    uses: Sequence[UseTerm]
    overdue: bool
    may_decide: bool
    may_withdraw: bool
    may_write: bool
    disqualified: bool
    #: In which hats the reader is a party; several: they must choose.
    party_hats: Sequence[str] = ()
    #: Of those, the ones that bind the others: an organisation that hasn't said yes yet only reads and talks.
    binding_hats: Sequence[str] = ()
    #: Co-hosts with what they have answered, those that said no or left too.
    host_rows: Sequence[CoHost] = ()
    #: Offers, time taken back, proposed changes.
    moves: Moves = field(default_factory=Moves)
    #: Somebody else has the case because of a conflict of interest; which tie it was nobody says (needs N10).
    because_of_conflict: bool = False

    @property
    def officer_name(self) -> str:
        """Who answers today, by name; the unit's name where names are hidden or nobody is named."""
        return str(self.acting or self.officer or self.unit.name)

    @property
    def prices(self) -> list[Price]:
        """Of what is asked for or was granted, where a price was told."""
        return [view.price for view in self.lines if view.price is not None and view.state not in COSTS_NOTHING]

    @property
    def total(self) -> Decimal | None:
        """What is asked for or was granted costs in all; None where no price was told."""
        prices = self.prices
        return sum((price.amount for price in prices), Decimal(0)) if prices else None

    @property
    def open_lines(self) -> list[LineView]:
        return [line for line in self.lines if line.state in UNDECIDED]


def case_detail(case: Case, viewer: Any, *, now: datetime | None = None) -> CaseDetail:
    """Everything about one case that `viewer` may see. A constant number of queries, whatever the case holds.

    The caller has scoped the case (`visible_cases`). Parties don't see staff-only events, internal notes, nor, where
    the municipality hides names, who of the staff did something.
    """
    now = now or clock.now()
    on = local_date(now, booking_settings().tz)
    case = _loaded(case)
    rows = list(case.co_hosts.all())
    hosts = [host.organisation for host in rows if host.state in HOSTING]
    everyone = [case.organisation, *hosts] if case.organisation is not None else hosts
    staff = catalogue.units_of(viewer, on).filter(pk=case.unit_id).exists()
    hats = party_hats(viewer, case, on)
    undecided = {f"organisation:{row.organisation.slug}" for row in rows if row.state == "asked"}
    # Who asked may act in the hat it was asked in, whatever else they are.
    binding = [hat for hat in hats if hat not in undecided or (case.requester_id and case.requester_id == viewer.pk)]
    deciding = staff and catalogue.units_of(viewer, on, roles=("officer", "leader")).filter(pk=case.unit_id).exists()
    away = bool(deciding and disqualification(viewer, case, everyone, on))
    show_names = staff or booking_settings().show_officer_names
    lines = list(case.lines.all())
    acting, reason = acting_for(case, on)
    labels = _labels(case, everyone)
    seen = next((row.seen for row in case.readers.all() if row.user_id == getattr(viewer, "pk", None)), 0)
    views = _kits_first([_line(line, now, staff=deciding and not away, party=bool(binding)) for line in lines])
    return CaseDetail(
        case=case,
        viewer="staff" if staff else "party",
        unit=case.unit,
        organisation=case.organisation,
        co_hosts=hosts,
        officer=case.officer if show_names else None,
        deputy=case.deputy if show_names else None,
        acting=acting if show_names else None,
        acting_reason=reason,
        lines=views,
        events=[
            _event(event, case, staff, show_names, len(lines), labels)
            for event in case.events.all()
            if staff or not event.staff_only
        ],
        messages=[
            _message(message, case, viewer, show_names, labels, seen)
            for message in case.messages.all()
            if staff or not message.internal
        ],
        uses=uses_of(case),
        overdue=case.waiting_on == "municipality" and is_overdue(case.answer_by, now, booking_settings().tz),
        may_decide=deciding and not away,
        may_withdraw=bool(binding) and any("withdraw" in view.acts for view in views),
        may_write=bool(hats) or (deciding and not away),
        disqualified=away,
        party_hats=hats,
        binding_hats=binding,
        host_rows=rows,
        moves=moves_of(case, lines, staff=staff),
        because_of_conflict=any(event.type == "disqualified" for event in case.events.all()),
    )


def uses_of(case: Case) -> list[UseTerm]:
    """What is to happen: what was ticked, and what the head count makes it. One query, none for an enquiry."""
    if case.kind != CaseKind.REQUEST:
        return []
    terms = catalogue.use_terms()
    meant = uses_meant(case.uses, heads(case.audience), terms)
    return [use for use in terms if use.slug in meant]


def _loaded(case: Case) -> Case:
    """The case with everything that hangs on it: one query per kind of thing."""
    return (
        Case.objects.select_related("unit", "officer", "deputy", "organisation", "requester", "responsible")
        .prefetch_related(
            Prefetch("lines", Line.objects.select_related("resource", "decision", "series", "kit").order_by("number")),
            Prefetch("events", Event.objects.select_related("actor").order_by("pk")),
            Prefetch("messages", Message.objects.select_related("author").order_by("pk")),
            Prefetch("messages__files", MessageFile.objects.defer("content").order_by("pk")),
            Prefetch("readers", Reader.objects.select_related("user").order_by("pk")),
            Prefetch("co_hosts", CoHost.objects.select_related("organisation").order_by("pk")),
        )
        .get(pk=case.pk)
    )


def acting_for(case: Case, on: date) -> tuple[Any, str]:
    """Who owns the case on that day (requests.md "The answer clock" 7)."""
    leaders = catalogue.leaders(case.unit, on)
    absent = catalogue.missing(on)
    found = catalogue_rules.acting(
        case.officer,
        case.deputy,
        leaders,
        living=absent.living,
        # A deputy or leader with a conflict of interest doesn't answer either (asked only when the officer is away).
        present=lambda user: (
            absent.present(user)
            and (user.pk == case.officer_id or not disqualification(user, case, hosts_of(case), on))
        ),
        stand_in=absent.stand_in,
    )
    if found.person is not None:
        return found.person, found.reason
    # Nobody of this unit lives: the unit above has it.
    above = catalogue.unit_responsible(case.unit, on)
    return above.acting, found.reason


def _line(line: Line, now: datetime, *, staff: bool, party: bool) -> LineView:
    tz = catalogue.zone(line.resource)
    price = price_from(line.price, line.price_rule) if line.price is not None else None
    acts: list[str] = []
    if staff:
        acts += acts_from(line.state, "officer")
    if party and not (line.state == LineState.GRANTED and line.end <= now):
        acts += [act for act in acts_from(line.state, "party") if act not in acts]
    if line.state != LineState.DISPLACED and "accept" in acts:
        acts.remove("accept")  # an offer stands beside the line, not in its state
    return LineView(
        number=line.number,
        resource=line.resource,
        quantity=line.quantity,
        start=line.start,
        end=line.end,
        tz=tz,
        when=time_range(line.start, line.end, tz),
        state=line.state,
        state_label=str(LineState(line.state).label),
        reason=line.reason,
        reason_label=reason_text(line.reason),
        grounds=line.decision.grounds if line.decision else "",
        appeal_by=line.decision.appeal_by if line.decision else None,
        series=line.series.number if line.series else None,
        acts=acts,
        line=line,
        price=price,
        price_words=price_words(price) if price is not None else "",
        kit=line.kit,
    )


def _kits_first(views: Sequence[LineView]) -> list[LineView]:
    """The same, with the lines of a kit at one time after each other, and its first one marked."""
    by_kit: dict[tuple[int | None, datetime], list[LineView]] = {}
    for view in views:
        if view.kit is not None:
            by_kit.setdefault((view.line.kit_group, view.start), []).append(view)
    found: list[LineView] = []
    for view in views:
        if view.kit is None:
            found.append(view)
            continue
        together = by_kit.pop((view.line.kit_group, view.start), [])
        found += [replace(one, kit_head=index == 0) for index, one in enumerate(together)]
    return found


def _labels(case: Case, everyone: Sequence[Organisation]) -> Mapping[str, str]:
    """The hats of the log in words. Those of today's parties and unit are at hand; older ones are asked for."""
    known = {f"organisation:{one.slug}": one.name for one in everyone}
    known |= {f"unit:{case.unit.slug}": str(localized(case.unit, "name")), "person": "", "rules": "", "": ""}
    worn = {row.hat for row in (*case.events.all(), *case.messages.all())}
    return known | organisations.hat_labels(worn - set(known))


def _event(event: Event, case: Case, staff: bool, show_names: bool, lines: int, labels: Mapping[str, str]) -> EventView:
    data = dict(event.data)
    if not staff:
        # Ids of people are nobody's business outside, nor whose case was decided.
        for name in ("officer", "now_with", "former", "because", "before", "way"):
            data.pop(name, None)
    return EventView(
        event.at,
        event.type,
        _actor(event.actor, event.hat, case, show_names, labels),
        data,
        event_text(event.type, data, lines),
        event.staff_only,
    )


def _message(
    message: Message, case: Case, viewer: Any, show_names: bool, labels: Mapping[str, str], seen: int
) -> MessageView:
    mine = message.author_id is not None and message.author_id == getattr(viewer, "pk", None)
    actor = _actor(message.author, message.hat, case, show_names, labels)
    if actor is None and (message.sender_name or message.sender_address):
        # No account; the address stays with the unit.
        actor = ActorView(message.sender_name or message.sender_address, message.hat)
    return MessageView(
        message.pk,
        message.at,
        actor,
        message.body,
        message.internal,
        mine,
        files=list(message.files.all()),
        left_out=[(str(one.get("name", "")), left_out_text(str(one.get("why", "")))) for one in message.left_out],
        rest=message.rest,
        by_mail=message.channel == Channel.MAIL,
        needs_answer=message.needs_answer,
        new=not mine and message.pk > seen,
    )


def _actor(user: Any, hat: str, case: Case, show_names: bool, labels: Mapping[str, str]) -> ActorView | None:
    if user is None:
        return None
    if hat.startswith("unit:") and not show_names:
        return ActorView(case.unit.name, hat)
    return ActorView(str(user.get_full_name() or user), hat, labels.get(hat, ""))
