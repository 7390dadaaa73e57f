"""Reads of rosters: one case's, one person's, what is unfilled, and what is on a day. Constant numbers of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from booking.cases.access import DECIDING_ROLES
from booking.cases.day_registry import DayNote
from booking.cases.models import Case, CoHost, HostState, Line
from booking.cases.models import Event as CaseEvent
from booking.catalogue import selectors as catalogue
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.organisations.models import Organisation
from booking.rosters import rules, secrets
from booking.rosters.access import Seat, Side, is_on
from booking.rosters.models import Duty, Helper, RosterLink, SignUp, SignUpState, Swap, SwapState


def words_of(duty: Duty) -> str:
    """What a duty is called, in the reader's language."""
    if duty.words:
        return duty.words
    if duty.kind is not None:
        return str(localized(duty.kind, "name"))
    return str(rules.ROLE_LABELS.get(duty.role, duty.role))


def span_of(duty: Duty) -> tuple[datetime, datetime]:
    """When a duty is. The line is at hand."""
    line = duty.line
    return rules.span(
        duty.role, line.start, line.end,
        setup=timedelta(minutes=line.setup_minutes), teardown=timedelta(minutes=line.teardown_minutes),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnIt:
    """Somebody on a duty, as everybody may see them. ``phone``: only for who changes the roster, and of the named."""

    sign_up: int
    name: str
    stands_for: str
    mine: bool
    phone: str = ""
    #: Their open question to take over: its id, and whether this reader may say yes.
    swap: int | None = None
    swap_mine: bool = False
    swap_named: bool = False


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty of a date."""

    number: int
    words: str
    role: str
    needed: int
    missing: int
    condition: bool
    own: bool
    start: datetime
    end: datetime
    people: Sequence[OnIt]
    may_sign_up: bool
    mine: bool
    state: str

    @property
    def chip(self) -> str:
        """The code for ``status_chip``."""
        if self.condition and self.missing:
            return "duty_needed"
        return f"duty_{self.state}"


@dataclass(frozen=True, slots=True)
class DateView:
    """One date with its duties."""

    line: Line
    tz: ZoneInfo
    place: str
    on: bool
    sure: bool
    over: bool
    duties: Sequence[DutyView]

    @property
    def missing(self) -> int:
        """How many people are missing."""
        return sum(one.missing for one in self.duties)

    @property
    def blocked(self) -> bool:
        """Something is unfilled without which the place can't be used."""
        return self.on and not self.over and any(one.condition and one.missing for one in self.duties)


@dataclass(frozen=True, slots=True)
class Roster:
    """The whole roster of a case for one reader."""

    case: Case
    dates: Sequence[DateView]

    @property
    def coming(self) -> list[DateView]:
        """Dates that aren't over and take place."""
        return [one for one in self.dates if not one.over and one.on]

    @property
    def passed(self) -> list[DateView]:
        """The others: over, or off."""
        return [one for one in self.dates if one.over or not one.on]

    @property
    def missing(self) -> int:
        """People missing on dates to come."""
        return sum(one.missing for one in self.coming)

    def duty(self, number: int) -> DutyView | None:
        """By its number."""
        return next((duty for one in self.dates for duty in one.duties if duty.number == number), None)


_PEOPLE = ("user", "helper", "organisation", "unit")


def roster_of(
    case: Case,
    *,
    now: datetime,
    user: Any = None,
    seat: Seat | None = None,
    helper: Helper | None = None,
    phones: bool = False,
) -> Roster:
    """Every date with its duties and who is on them. Three queries, however many; one where there are none.

    ``phones``: for the unit's people, who may see them without a seat of their own.
    """
    duties = list(
        Duty.objects.filter(case=case, removed_at=None)
        .select_related("line", "line__resource", "kind")
        .order_by("line__start", "line__number", "number")
    )
    if not duties:
        return Roster(case, [])
    on = _people_on(duties)
    swaps = {row.sign_up_id: row for row in Swap.objects.filter(sign_up__duty__case=case, state=SwapState.OPEN)}
    may = bool(seat and seat.sides) or helper is not None
    phones = phones or bool(seat and seat.manages)
    found: dict[int, list[DutyView]] = {}
    lines: dict[int, Line] = {}
    for duty in duties:
        line = duty.line
        lines.setdefault(line.pk, line)
        people = [_shown(row, user, helper, swaps.get(row.pk), phones) for row in on.get(duty.pk, ())]
        mine = any(one.mine for one in people)
        start, end = span_of(duty)
        missing = max(0, duty.needed - duty.filled)
        open_ = line.state in rules.ON and line.end > now
        found.setdefault(line.pk, []).append(
            DutyView(
                number=duty.number, words=words_of(duty), role=duty.role, needed=duty.needed, missing=missing,
                condition=duty.condition, own=duty.own, start=start, end=end, people=people,
                may_sign_up=may and open_ and missing > 0 and not mine, mine=mine,
                state=rules.state_of(duty.needed, duty.filled),
            )
        )  # fmt: skip
    dates = [
        DateView(
            line=line, tz=catalogue.zone(line.resource), place=str(localized(line.resource, "name")),
            on=line.state in rules.ON, sure=line.state in rules.SURE, over=line.end <= now, duties=found[pk],
        )
        for pk, line in lines.items()
    ]  # fmt: skip
    return Roster(case, sorted(dates, key=lambda one: (one.line.start, one.line.number)))


def _people_on(duties: Iterable[Duty]) -> dict[int, list[SignUp]]:
    found: dict[int, list[SignUp]] = {}
    rows = SignUp.objects.filter(duty__in=[duty.pk for duty in duties], state=SignUpState.ON)
    for row in rows.select_related(*_PEOPLE).order_by("place"):
        found.setdefault(row.duty_id, []).append(row)
    return found


def name_of(row: SignUp) -> str:
    """What everybody sees of somebody on a duty (``rules.shown_name``)."""
    side = Side(row.organisation, row.unit)
    full = str(row.user.get_full_name() or row.user) if row.user is not None else row.helper.name if row.helper else ""
    return rules.shown_name(full, named=row.named, stands_for=side.name)


def phone_of(row: SignUp) -> str:
    """Where somebody who is named can be called; of the others, their organisation."""
    if row.named and row.user is not None:
        return str(getattr(row.user, "phone", "") or "")
    if row.named and row.helper is not None and row.helper.phone:
        return row.helper.phone
    if row.organisation is not None:
        return row.organisation.phone
    return row.unit.phone if row.unit is not None else ""


def _shown(row: SignUp, user: Any, helper: Helper | None, swap: Swap | None, phones: bool) -> OnIt:
    pk = getattr(user, "pk", None)
    mine = (pk is not None and row.user_id == pk) or (helper is not None and row.helper_id == helper.pk)
    anybody = swap is not None and swap.to_user_id is None and swap.to_helper_id is None
    asked = swap is not None and (
        anybody or (pk is not None and swap.to_user_id == pk) or (helper is not None and swap.to_helper_id == helper.pk)
    )
    return OnIt(
        sign_up=row.pk,
        name=name_of(row),
        stands_for=Side(row.organisation, row.unit).name,
        mine=mine,
        phone=phone_of(row) if phones else "",
        swap=swap.pk if swap is not None else None,
        swap_mine=asked and not mine,
        swap_named=swap is not None and not anybody,
    )


def askable(case: Case, *, now: datetime, without: int | None = None) -> list[tuple[int, str]]:
    """(id of a sign-up, name) of people on the roster who can be asked by name to take over; each once."""
    rows = (
        SignUp.objects.filter(
            duty__case=case, state=SignUpState.ON, named=True, duty__line__end__gt=now - timedelta(days=200)
        )
        .select_related(*_PEOPLE)
        .order_by("pk")
    )  # fmt: skip
    found: dict[tuple[int | None, int | None], tuple[int, str]] = {}
    for row in rows:
        if row.pk != without:
            name = f"{name_of(row)} ({Side(row.organisation, row.unit).name})"
            found.setdefault((row.user_id, row.helper_id), (row.pk, name))
    own = next((row for row in rows if row.pk == without), None)
    if own is not None:
        found.pop((own.user_id, own.helper_id), None)
    return sorted(found.values(), key=lambda pair: pair[1].casefold())


def stamp(case: Case) -> str:
    """Changes with every act on the roster. One query."""
    last = CaseEvent.objects.filter(case=case, type="duty_changed").order_by("-pk").values_list("pk", flat=True).first()
    return str(last or 0)


# --- what is missing -------------------------------------------------------------------------------------------------


def unfilled_duties(
    *, now: datetime, until: datetime, units: Any = None, cases: Any = None, hosts: Iterable[int] | None = None
) -> list[Duty]:
    """Duties with somebody missing, of granted dates that begin in ``[now, until)``; by date. One query.

    ``units``: only of cases of these units; ``hosts``: only where one of these organisations is a host.
    """
    rows = Duty.objects.filter(
        removed_at=None, filled__lt=F("needed"), line__state__in=rules.SURE, line__start__gte=now, line__start__lt=until
    )
    if units is not None:
        rows = rows.filter(case__unit__in=units)
    if cases is not None:
        rows = rows.filter(case__in=cases)
    if hosts is not None:
        ids = list(hosts)
        co = CoHost.objects.filter(organisation__in=ids, state=HostState.ACCEPTED).values("case_id")
        rows = rows.filter(Q(case__organisation__in=ids) | Q(case__in=co))
    related = (
        "line",
        "line__resource",
        "kind",
        "case",
        "case__organisation",
        "case__unit",
        "case__officer",
        "case__deputy",
    )
    return list(rows.select_related(*related).order_by("line__start", "number"))


def unfilled_for(user: Any, on: date, *, now: datetime) -> list[Duty]:
    """What is missing within a week in cases that ``user`` answers for, as officer or in their place."""
    from booking.cases.selectors.desk import holders

    if not is_on():
        return []
    units = catalogue.units_of(user, on, roles=DECIDING_ROLES)
    duties = unfilled_duties(now=now, until=now + rules.AHEAD, units=units)
    cases = list({duty.case_id: duty.case for duty in duties}.values())
    held = {case.pk for case, person in zip(cases, holders(cases, on), strict=True) if person and person.pk == user.pk}
    return [duty for duty in duties if duty.case_id in held]


def in_words(duty: Duty, *, today: date | None = None) -> str:
    """ "Fire watch, Friday 6 March, 18.00–21.00, Lillebyhallen: 1 missing"."""
    start, end = span_of(duty)
    words = _("%(duty)s, %(when)s, %(place)s") % {
        "duty": words_of(duty),
        "when": when_words(start, end, catalogue.zone(duty.line.resource), today=today),
        "place": str(localized(duty.line.resource, "name")),
    }
    missing = duty.needed - duty.filled
    if duty.needed > 1 and missing > 0:
        words += ": " + _("%(n)s of %(all)s missing") % {"n": missing, "all": duty.needed}
    return words


# --- one person's ----------------------------------------------------------------------------------------------------


def sign_ups_of(user: Any, *, now: datetime) -> QuerySet[SignUp]:
    """What somebody has signed up for and isn't over, by date."""
    return (
        SignUp.objects.filter(user=user, state=SignUpState.ON, duty__line__end__gt=now)
        .select_related("duty__line__resource", "duty__kind", "duty__case", "duty__case__organisation", *_PEOPLE)
        .order_by("duty__line__start", "duty__number")
    )


def swaps_to(user: Any, *, now: datetime) -> QuerySet[Swap]:
    """Questions to take over that wait for this very person."""
    return Swap.objects.filter(
        to_user=user, state=SwapState.OPEN, sign_up__duty__line__start__gt=now
    ).select_related("sign_up__duty__line__resource", "sign_up__duty__kind", "sign_up__duty__case", "sign_up__user",
                     "sign_up__helper", "sign_up__organisation", "sign_up__unit")  # fmt: skip


# --- links -----------------------------------------------------------------------------------------------------------


def find_helper(token: str) -> Helper | None:
    """Whose personal link it is; None for a wrong or stopped one."""
    return (
        Helper.objects.filter(token_hash__in=secrets.hashes_of(token), revoked_at=None)
        .select_related("case", "case__organisation", "case__unit", "organisation", "unit")
        .first()
    )


def find_open_link(token: str) -> RosterLink | None:
    """The roster that an open link leads to; None for a wrong or stopped one."""
    return (
        RosterLink.objects.filter(token_hash__in=secrets.hashes_of(token), revoked_at=None)
        .select_related("case", "case__organisation", "case__unit", "organisation", "unit")
        .first()
    )


def open_links(case: Case, codes: Iterable[str]) -> dict[str, str]:
    """Code of the side → secret of its open link, for these sides only."""
    wanted = set(codes)
    found = {}
    for row in RosterLink.objects.filter(case=case, revoked_at=None).select_related("organisation", "unit"):
        code = Side(row.organisation, row.unit).code
        if code in wanted and (token := secrets.opened(row.token_sealed)):
            found[code] = token
    return found


def helpers_of(case: Case) -> list[Helper]:
    """Personal links that open something."""
    rows = Helper.objects.filter(case=case, revoked_at=None).select_related("organisation", "unit")
    return list(rows.order_by("name", "pk"))


# --- a day -----------------------------------------------------------------------------------------------------------


def day_notes(line_ids: Sequence[int], now: datetime) -> dict[int, list[DayNote]]:
    """Who opens, locks and so on, and whom to ring, for who looks after the house (needs N13, N16); by line.

    A duty that nobody has is told where the place can't be used without it. Three queries; {} where rosters are off.
    """
    if not is_on():
        return {}
    rows = Duty.objects.filter(removed_at=None, line__in=list(line_ids))
    duties = sorted(
        rows.select_related("line", "line__resource", "kind", "case"), key=lambda duty: (*span_of(duty), duty.pk)
    )
    people = _people_on(duties)
    found: dict[int, list[DayNote]] = {}
    for duty in duties:
        notes = found.setdefault(duty.line_id, [])
        notes += [DayNote(words_of(duty), name_of(row), phone_of(row)) for row in people.get(duty.pk, ())]
        if duty.condition and duty.filled < duty.needed:
            notes.append(DayNote(words_of(duty), "", missing=True))
    return found


def conditions_met(line: Line) -> bool:
    """Everything without which the place can't be used is filled on this date."""
    return not Duty.objects.filter(line=line, removed_at=None, condition=True, filled__lt=F("needed")).exists()


def hosts_named(ids: Iterable[int]) -> dict[int, Organisation]:
    """Organisations by id."""
    return Organisation.objects.in_bulk(list(ids))
