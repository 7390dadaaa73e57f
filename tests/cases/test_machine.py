"""A state machine for cases: whatever people do in whatever order, the books balance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from booking.cases import services
from booking.cases.models import Case, Line, LineChange, Offer, TakeBack
from booking.cases.rules import TRANSITIONS, derive_state, waiting_on
from booking.cases.services import Instead, LineOutcome, Wish
from booking.correspondence.models import OutboxMessage
from booking.foundation.errors import Invalid, RuleBroken, Taken, WrongState
from booking.occupancy import services as occupancy
from booking.occupancy.models import Closure, Occupancy
from tests import factories
from tests.cases.conftest import NOW, at, body, make_town
from tests.thoroughness import examples

#: What each line state means in the one calendar table: class and status, or nothing at all.
TAKES = {
    "requested": ("note", "tentative"),
    "held": ("claim", "tentative"),
    "granted": ("claim", "confirmed"),
    "completed": ("claim", "confirmed"),
    "displaced": ("note", ""),
}
STATES = {state for step in TRANSITIONS for state in (step.source, step.target)}
ALLOWED = {(step.source, step.target) for step in TRANSITIONS}

days = st.integers(1, 2)
hours = st.integers(8, 10)
lengths = st.integers(1, 3)


class Cases(RuleBasedStateMachine):
    @initialize(policy=st.sampled_from(["compete", "hold"]))
    def begin(self, policy: str) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.town = make_town(pending_policy=policy)
        self.quick = factories.make_resource("Automatisk", unit=self.town.unit, approval="automatic")
        hall = factories.make_hall_in_thirds(unit=self.town.unit, parts=2)
        self.places = [self.town.room, self.quick, hall.whole, *hall.parts]
        self.now = NOW
        self.before: dict[int, tuple[str, int]] = {}

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def cases(self) -> list[Case]:
        return list(Case.objects.order_by("pk"))

    @rule(
        place=st.integers(0, 4), day=days, hour=hours, length=lengths, other=st.booleans(),
        if_taken=st.sampled_from(["refuse", "skip", "waiting_list"]), second=st.none() | st.tuples(days, hours),
    )  # fmt: skip
    def ask(
        self, place: int, day: int, hour: int, length: int, other: bool, if_taken: str, second: tuple[int, int] | None
    ) -> None:
        resource = self.places[place]
        data = body(resource, at(day, hour), at(day, hour + length), if_taken=if_taken)
        if second is not None:
            data["lines"] += body(resource, at(*second), at(second[0], second[1] + 1))["lines"]
        user = self.town.other_coach if other else self.town.coach
        stored = Case.objects.count()
        try:
            with transaction.atomic():
                self.town.ask(data, user=user, now=self.now)
        except (Taken, RuleBroken):
            assert Case.objects.count() == stored

    @precondition(lambda self: Case.objects.exists())
    @rule(data=st.data(), outcome=st.sampled_from(["grant", "refuse", "waiting_list"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        case = data.draw(st.sampled_from(self.cases()), label="case")
        numbers = list(case.lines.values_list("number", flat=True))
        wanted = data.draw(st.sets(st.sampled_from(numbers), min_size=1), label="lines")
        states = dict(case.lines.values_list("number", "state"))
        try:
            with transaction.atomic():
                done = services.decide_lines(
                    case, [LineOutcome(n, outcome) for n in sorted(wanted)], "Fordi", by=self.town.officer, now=self.now
                )
        except (Taken, WrongState):
            assert dict(case.lines.values_list("number", "state")) == states
        else:
            assert done.version >= case.version

    @precondition(lambda self: Case.objects.exists())
    @rule(data=st.data(), whole=st.booleans())
    def withdraw(self, data: st.DataObject, whole: bool) -> None:
        case = data.draw(st.sampled_from(self.cases()), label="case")
        number = data.draw(st.sampled_from(list(case.lines.values_list("number", flat=True))), label="line")
        try:
            with transaction.atomic():
                if whole:
                    services.withdraw_case(case, by=case.requester, now=self.now)
                else:
                    services.withdraw_line(case, number, by=case.requester, now=self.now)
        except WrongState:
            pass

    @rule(place=st.integers(0, 4), day=days, hour=hours)
    def close(self, place: int, day: int, hour: int) -> None:
        start, end = at(day, hour), at(day, hour + 2)
        try:
            occupancy.close_resource(self.places[place], start=start, end=end, reason="Vask", now=self.now)
        except Invalid:
            assert end <= self.now, "only what has passed can't be closed any more"

    @precondition(lambda self: Closure.objects.filter(cancelled_at=None).exists())
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        closures = list(Closure.objects.filter(cancelled_at=None).order_by("pk"))
        occupancy.reopen(data.draw(st.sampled_from(closures), label="closure"), now=self.now)

    @rule(by=st.integers(1, 30))
    def time_passes(self, by: int) -> None:
        self.now += timedelta(hours=by)
        services.run_offers(self.now)
        services.complete_passed_lines(self.now)

    @precondition(lambda self: Line.objects.filter(state="granted").exists())
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(list(Line.objects.filter(state="granted").order_by("pk"))), label="line")
        free = services.free_instead([line], now=self.now)[line.number][:1]
        places = {one.pk: one for one in self.places}
        instead = [Instead(line.number, places[one.resource_id], one.start, one.end) for one in free]
        try:
            with transaction.atomic():
                services.take_back(
                    line.case, [line.number], reason="Valg", instead=instead, none_exists=not instead,
                    by=self.town.officer, now=self.now,
                )  # fmt: skip
        except WrongState:
            assert line.end <= self.now

    @precondition(lambda self: Line.objects.filter(state="displaced").exists())
    @rule(data=st.data(), answer=st.sampled_from(["loss", "object", "alternative", "give_back", "end"]))
    def answer_what_was_taken(self, data: st.DataObject, answer: str) -> None:
        line = data.draw(st.sampled_from(list(Line.objects.filter(state="displaced").order_by("pk"))), label="line")
        case, party = line.case, {"by": line.case.requester, "now": self.now}
        staff = {"by": self.town.officer, "now": self.now}
        try:
            with transaction.atomic():
                if answer == "loss":
                    services.accept_loss(case, line.number, **party)
                elif answer == "object":
                    services.object_to(case, line.number, message="Nei", **party)
                elif answer == "give_back":
                    services.give_back(case, line.number, **staff)
                elif answer == "end":
                    services.end_take_back(case, line.number, **staff)
                else:
                    free = services.free_instead([line], now=self.now)[line.number]
                    if free:
                        place = next(one for one in self.places if one.pk == free[0].resource_id)
                        services.accept_alternative(
                            case, line.number, resource=place, start=free[0].start, end=free[0].end, **party
                        )
        except (WrongState, Taken, Invalid):
            pass

    @precondition(lambda self: Offer.objects.filter(state="open").exists())
    @rule(data=st.data(), yes=st.booleans())
    def answer_an_offer(self, data: st.DataObject, yes: bool) -> None:
        offers = list(Offer.objects.filter(state="open").select_related("line__case__requester").order_by("pk"))
        line = data.draw(st.sampled_from(offers), label="offer").line
        act = services.accept_offer if yes else services.decline_offer
        try:
            with transaction.atomic():
                act(line.case, line.number, by=line.case.requester, now=self.now)
        except WrongState:
            pass

    @precondition(lambda self: Case.objects.exists())
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(self.cases()), label="case")
        try:
            with transaction.atomic():
                services.undo_decision(case, by=self.town.officer, now=self.now)
        except (WrongState, Taken):
            pass

    @precondition(lambda self: Line.objects.filter(state="granted").exists())
    @rule(data=st.data(), hour=hours, length=lengths, grant=st.booleans())
    def change(self, data: st.DataObject, hour: int, length: int, grant: bool) -> None:
        line = data.draw(st.sampled_from(list(Line.objects.filter(state="granted").order_by("pk"))), label="line")
        wish = Wish(line.number, at(2, hour), at(2, hour + length), why="Kamp")
        staff = {"by": self.town.officer, "now": self.now}
        try:
            with transaction.atomic():
                services.propose_change(line.case, wish, by=line.case.requester, now=self.now)
                row = line.changes.filter(state="open").first()
                if row is not None:
                    outcome = "grant" if grant else "refuse"
                    services.decide_change(line.case, row.batch, outcome=outcome, grounds="Nei", **staff)
        except (WrongState, Taken, Invalid, RuleBroken):
            pass

    @invariant()
    def every_line_has_the_time_that_its_state_says(self) -> None:
        rows: dict[int, set[tuple[str, str]]] = {}
        for cause_id, klass, status in Occupancy.objects.filter(cause_kind="line").values_list(
            "cause_id", "klass", "status"
        ):
            rows.setdefault(cause_id, set()).add((klass, status))
        offered = set(Offer.objects.filter(state="open").values_list("line_id", flat=True))
        for line in Line.objects.all():
            expected = TAKES.get(line.state)
            if line.pk in offered:
                assert line.state == "waiting_list", "only who waits is offered anything"
                expected = ("claim", "tentative")
            assert rows.pop(line.pk, set()) == ({expected} if expected else set()), (line.number, line.state)
        assert not rows

    @invariant()
    def nobody_has_the_same_time(self) -> None:
        claims = list(
            Occupancy.objects.filter(klass__in=["claim", "block"]).values_list("cell_id", "start", "end", "klass")
        )
        for index, (cell, start, end, klass) in enumerate(claims):
            for other, begins, ends, kind in claims[index + 1 :]:
                if "claim" in (klass, kind):
                    assert cell != other or end <= begins or ends <= start

    @invariant()
    def every_case_says_whose_move_it_is(self) -> None:
        for case in Case.objects.prefetch_related("lines"):
            states = [line.state for line in case.lines.all()]
            assert states
            assert case.state == derive_state((), states, touched=case.touched_by_officer)
            offers = Offer.objects.filter(line__case=case, state="open").exists()
            taken = TakeBack.objects.filter(line__case=case).exclude(state="over")
            owes = taken.filter(state="objected").exists() or LineChange.objects.filter(line__case=case, state="open")
            assert case.waiting_on == waiting_on(
                case.state,
                states,
                open_offer=offers or taken.exclude(state="objected").exists(),
                owes_answer=bool(owes),
            )
            undecided = any(state in ("requested", "held") for state in states)
            assert (case.waiting_on == "municipality") == (undecided or bool(owes))
            assert case.answer_by is not None

    @invariant()
    def lines_only_go_the_ways_of_the_table(self) -> None:
        after = {line.pk: (line.state, line.sequence) for line in Line.objects.all()}
        for pk, (state, sequence) in after.items():
            was, rank = self.before.get(pk, ("", 0))
            assert sequence >= rank
            if was and was != state:
                # One act may lead over two steps (a displaced line comes back and its time is over already).
                two = {(was, middle) for middle in STATES if (was, middle) in ALLOWED and (middle, state) in ALLOWED}
                assert (was, state) in ALLOWED or two, (was, state)
        assert set(self.before) <= set(after)
        self.before = after

    @invariant()
    def every_case_has_its_receipt_and_every_change_its_event(self) -> None:
        for case in Case.objects.prefetch_related("events"):
            kinds = [event.type for event in case.events.all()]
            assert "received" in kinds
            assert OutboxMessage.objects.filter(handler="case_receipt", payload__case=case.pk).count() == 1


@pytest.mark.django_db
def test_the_books_balance() -> None:
    run_state_machine_as_test(
        Cases,
        settings=settings(
            max_examples=examples(25), stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
