"""What every act on a case shares: moving lines in bulk, the log, the derived state, the letters' receivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Value

from booking.cases import following as followers
from booking.cases.models import Case, Event, Line, LineChange, Offer, Series, TakeBack
from booking.cases.rules import UNDECIDED, derive_state, waiting_on
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.signals import send_revised
from booking.occupancy.services import taking
from booking.organisations import selectors as organisations


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which hat. `user` None: the system."""

    user: Any = None
    hat: str = ""


SYSTEM = Actor()
#: The hat of who asks without a name, by the secret page of a follower (needs N14): the answers go there.
FOLLOWER = "follower"
_DERIVED = [
    "state", "waiting_on", "answered_at", "version", "revised_at", "touched_by_officer", "stored_act", "attention",
    "answer_by", "paused_on", "promises", "hand_overs", "unit", "officer", "deputy", "owed_since",
]  # fmt: skip


def lock(resource_ids: Iterable[int], case_ids: Iterable[int]) -> dict[int, Case]:
    """Take the locks of an act: cells first (by id), then cases (by id). Always in this order, so nobody deadlocks.

    While the cells are locked, no line on them can gain or lose its time, nor be asked for.
    """
    wanted = sorted(set(resource_ids))
    if wanted:
        taking.lock_resources(wanted)
    return lock_cases(case_ids)


def lock_cases(case_ids: Iterable[int]) -> dict[int, Case]:
    """Lock these cases, in id order, and read them fresh."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=sorted(set(case_ids))).order_by("pk")
    return {case.pk: case for case in rows.select_related("unit", "organisation", "requester")}


def move_lines(
    lines: Sequence[Line], target: str, *, now: datetime, reason: str = "", decision: Any = None, keep: bool = False
) -> None:
    """Give all `lines` the state `target` with one statement. Feeds see it: SEQUENCE and revision stamp rise.

    `keep`: the decision that stands on them stays.
    """
    if not lines:
        return
    changes: dict[str, Any] = {"state": target, "reason": reason, "revised_at": now, "sequence": F("sequence") + 1}
    if not keep:
        changes["decision"] = decision
    Line.objects.filter(pk__in=[line.pk for line in lines]).update(**changes)
    series = {line.series_id for line in lines if line.series_id is not None}
    if series:
        Series.objects.filter(pk__in=series).update(sequence=F("sequence") + 1, revised_at=now)
    for line in lines:
        line.state, line.reason, line.revised_at = target, reason, now
        line.sequence += 1
        if not keep:
            line.decision = decision


def event(case: Case, kind: str, *, now: datetime, by: Actor = SYSTEM, staff_only: bool = False, **data: Any) -> Event:
    """An entry of the log, not yet stored. `data` holds ids, numbers and codes only."""
    return Event(case=case, at=now, type=kind, actor=by.user, hat=by.hat, data=data, staff_only=staff_only)


def refresh(cases: Iterable[Case], states: Mapping[int, Sequence[str]], *, now: datetime) -> None:
    """Derive state and whose move it is anew and store them, with a new version. One statement for all."""
    changed: list[Case] = []
    cases = list(cases)
    offers, owed = _open_moves([case.pk for case in cases if _CAN_MOVE.intersection(states[case.pk])])
    for case in cases:
        lines = states[case.pk]
        acts = {case.stored_act} if case.stored_act else set()
        case.state = derive_state(acts, lines, touched=case.touched_by_officer)
        case.waiting_on = waiting_on(
            case.state,
            lines,
            open_question=case.stored_act == "waiting_for_requester",
            open_offer=case.pk in offers,
            owes_answer=case.pk in owed,
        )
        if (
            case.owed_since is not None
            and case.waiting_on == "nobody"
            and case.stored_act not in ("closed", "dismissed")
        ):
            # A party has asked something in a case that was answered (`talking`).
            case.waiting_on = "municipality"
        if lines and case.answered_at is None and not any(line in UNDECIDED for line in lines):
            case.answered_at = now
        case.version += 1
        case.revised_at = now
        changed.append(case)
    if len(changed) == 1:
        changed[0].save(update_fields=_DERIVED)
    elif changed:
        Case.objects.bulk_update(changed, _DERIVED)


#: Lines in these states may have an offer, a take-back or a proposed change open.
_CAN_MOVE = frozenset({"waiting_list", "displaced", "granted"})


def _open_moves(case_ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of these cases, which have an offer open to the party, and which wait on the unit for more than lines.

    One query, none without cases.
    """
    if not case_ids:
        return set(), set()
    offers = Offer.objects.filter(line__case__in=case_ids, state="open").values_list("line__case_id", Value("offer"))
    taken = TakeBack.objects.filter(line__case__in=case_ids).exclude(state="over")
    changes = LineChange.objects.filter(line__case__in=case_ids, state="open").order_by()
    found = offers.union(
        taken.exclude(state="objected").values_list("line__case_id", Value("offer")),
        taken.filter(state="objected").values_list("line__case_id", Value("owed")),
        changes.filter(side="party").values_list("line__case_id", Value("owed")),
        changes.filter(side="municipality").values_list("line__case_id", Value("offer")),
    )
    pairs = set(found)
    return {pk for pk, what in pairs if what == "offer"}, {pk for pk, what in pairs if what == "owed"}


def states_of(case_ids: Iterable[int]) -> dict[int, list[str]]:
    """The states of all lines of these cases. One query."""
    found: dict[int, list[str]] = {pk: [] for pk in case_ids}
    for case_id, state in Line.objects.filter(case_id__in=found).order_by().values_list("case_id", "state"):
        found[case_id].append(state)
    return found


def tell_calendars(case: Case, resource_ids: Iterable[int] = ()) -> None:
    """`revised` for all that shows this case: its organisation, itself, and resources whose time it left or entered."""
    scopes = [f"case:{case.pk}", f"unit:{case.unit_id}", *(f"resource:{pk}" for pk in sorted(set(resource_ids)))]
    if case.organisation_id:
        scopes.append(f"organisation:{case.organisation_id}")
    send_revised(cause=f"case:{case.reference}", scopes=scopes)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a letter about a case goes, in which language."""

    address: str
    language: str
    user: Any = None


def receivers(case: Case, on: date) -> list[Receiver]:
    """Who hears about the case: the requester; when an officer wrote it down, whoever it was written down for.

    When the requester can't be reached any more (left, or erased), the organisation hears, and without an address of
    its own those who lead it on that day.
    """
    organisation = case.organisation
    if case.requester_hat.startswith("unit:") or case.requester is None or not case.requester.is_active:
        for address in (case.contact_email, case.responsible_email):
            if address:
                return [Receiver(address, case.contact_language)]
        if organisation is not None and organisation.email:
            return [Receiver(organisation.email, organisation.language)]
    if case.requester is not None and case.requester.is_active and _address(case.requester):
        user = case.requester
        return [Receiver(_address(user), getattr(user, "language", "nb") or "nb", user)]
    if organisation is not None:
        rows = organisations.leaders(organisation, on).order_by("user_id")
        return [
            Receiver(_address(row.user), getattr(row.user, "language", "nb") or "nb", row.user)
            for row in rows
            if _address(row.user)
        ]
    return []


def _address(user: Any) -> str:
    return str(getattr(user, user.get_email_field_name(), "") or "")


def letters(
    case: Case,
    handler: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    due_at: datetime,
    legal: bool = True,
    soon: bool = False,
) -> list[Outgoing]:
    """One message per receiver of the case, not yet stored. `key` says what is said; the receiver is added to it.

    Who asked without a name hears by the own page, and by the address that only followers' letters know.
    """
    if case.requester_hat == FOLLOWER:
        followers.tell_asker(case, key, now=due_at)
        return []
    return [
        Outgoing(
            key=f"{key}:{receiver.user.pk if receiver.user else receiver.address}"[:200],
            handler=handler,
            payload={"case": case.pk, **payload},
            recipient=receiver.address,
            recipient_user=receiver.user,
            language=receiver.language,
            legal=legal,
            due_at=due_at,
            soon=soon,
        )
        for receiver in receivers(case, local_date(due_at, booking_settings().tz))
    ]


def post(messages: Sequence[Outgoing], *, now: datetime) -> None:
    """Put letters into the outbox, in this transaction."""
    enqueue_many(messages, now=now)
