"""Which way a line may go, who may move it, what that takes, and what it tells whom: one table, as data.

Services, API, admin and docs ask this table; nothing else decides about a line's state. A test walks every pair that is
not in it and expects refusal. Source: requests.md "Objects" and "Deciding", api.md "decide" and "withdraw".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import WrongState

Actor = Literal["party", "officer", "system"]
Act = Literal[
    "submit", "grant", "refuse", "waiting_list", "withdraw", "displace", "restore", "take_back", "hand_out", "take_in",
    "complete", "reopen", "end", "accept", "accept_loss", "undo",
]  # fmt: skip
Need = Literal["grounds", "free_time", "impartial", "reason", "alternatives", "passed"]

#: The state before there is a line.
NEW = ""
UNDECIDED = frozenset({"requested", "held"})
GRANTED_FAMILY = frozenset(
    {
        "granted",
        "displaced",
        "handed_out",
        "returned",
        "completed",
        "cancelled_by_organisation",
        "cancelled_by_municipality",
    }
)
#: Nothing more happens to a line in one of these.
DONE = frozenset({"completed", "returned", "cancelled_by_organisation", "cancelled_by_municipality"})


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed step. `needs` are codes that the service checks; `tells` is the event type that everybody sees."""

    source: str
    target: str
    act: Act
    who: frozenset[Actor]
    needs: frozenset[Need] = frozenset()
    tells: str = ""


def _step(source: str, target: str, act: Act, who: str, needs: str = "", tells: str = "") -> Transition:
    return Transition(source, target, act, frozenset(who.split()), frozenset(needs.split()), tells)  # type: ignore[arg-type]


TRANSITIONS: tuple[Transition, ...] = (
    # How a line begins.
    _step(NEW, "requested", "submit", "party officer", tells="received"),
    _step(NEW, "held", "submit", "party officer", "free_time", "received"),
    _step(NEW, "granted", "submit", "system", "free_time", "automatic_approval"),
    _step(NEW, "waiting_list", "submit", "party officer", tells="waiting_listed"),
    # What the municipality decides. A rival that loses its time is put on the waiting list by the system.
    _step("requested", "granted", "grant", "officer", "free_time impartial", "granted"),
    _step("held", "granted", "grant", "officer", "free_time impartial", "granted"),
    _step("waiting_list", "granted", "grant", "officer", "free_time impartial", "granted"),
    _step("requested", "refused", "refuse", "officer", "grounds impartial", "refused"),
    _step("held", "refused", "refuse", "officer", "grounds impartial", "refused"),
    _step("waiting_list", "refused", "refuse", "officer", "grounds impartial", "refused"),
    _step("requested", "waiting_list", "waiting_list", "officer system", "grounds impartial", "waiting_listed"),
    _step("held", "waiting_list", "waiting_list", "officer", "grounds impartial", "waiting_listed"),
    # After an appeal.
    _step("refused", "requested", "reopen", "officer", "grounds impartial", "appeal_reopened"),
    # What the party takes back.
    _step("requested", "withdrawn", "withdraw", "party", tells="withdrawn"),
    _step("held", "withdrawn", "withdraw", "party", tells="withdrawn"),
    _step("waiting_list", "withdrawn", "withdraw", "party", tells="withdrawn"),
    _step("granted", "cancelled_by_organisation", "withdraw", "party", tells="cancelled"),
    _step("displaced", "cancelled_by_organisation", "withdraw", "party", tells="cancelled"),
    # Works and closures. A held line hasn't been promised: it is only asked for again.
    _step("granted", "displaced", "displace", "system officer", "reason alternatives", "displaced"),
    _step("held", "requested", "displace", "system officer", "reason", "displaced"),
    _step("displaced", "granted", "restore", "system officer", "free_time", "restored"),
    _step("displaced", "cancelled_by_municipality", "take_back", "officer", "reason impartial", "cancelled"),
    # What gave the hours (an agreement) has been ended by the municipality, with its reason and the notice agreed on.
    _step("granted", "cancelled_by_municipality", "end", "system", "reason", "cancelled"),
    # What the party answers to an offer of the waiting list, or to time that was taken from it.
    _step("waiting_list", "granted", "accept", "party", "free_time", "granted"),
    _step("displaced", "granted", "accept", "party", "free_time", "granted"),
    _step("displaced", "cancelled_by_municipality", "accept_loss", "party", tells="cancelled"),
    # A decision whose letter hasn't left can be undone: back to where the line stood (requests.md "Deciding").
    _step("granted", "requested", "undo", "officer", "impartial", "undone"),
    _step("granted", "held", "undo", "officer", "impartial free_time", "undone"),
    _step("granted", "waiting_list", "undo", "officer", "impartial", "undone"),
    _step("refused", "requested", "undo", "officer", "impartial", "undone"),
    _step("refused", "held", "undo", "officer", "impartial free_time", "undone"),
    _step("refused", "waiting_list", "undo", "officer", "impartial", "undone"),
    _step("waiting_list", "requested", "undo", "officer", "impartial", "undone"),
    _step("waiting_list", "held", "undo", "officer", "impartial free_time", "undone"),
    # Use. Time alone moves only granted to completed.
    _step("granted", "completed", "complete", "system", "passed"),
    _step("granted", "handed_out", "hand_out", "officer"),
    _step("handed_out", "returned", "take_in", "officer"),
)

#: Undoing leads back to where the line stood before: it is asked for with its target (`undo_step`).
_BY_ACT: dict[tuple[str, str], Transition] = {
    (step.source, step.act): step for step in TRANSITIONS if step.source and step.act != "undo"
}
_PAIRS = frozenset((step.source, step.target) for step in TRANSITIONS)

#: What a decision's outcome makes of a line; and the states in which it has been carried out already.
OUTCOMES: dict[str, str] = {"grant": "granted", "refuse": "refused", "waiting_list": "waiting_list"}
_CARRIED_OUT: dict[str, frozenset[str]] = {
    "grant": frozenset({"granted", "handed_out", "returned", "completed"}),
    "refuse": frozenset({"refused"}),
    "waiting_list": frozenset({"waiting_list"}),
    "withdraw": frozenset({"withdrawn", "cancelled_by_organisation"}),
}


def is_allowed(source: str, target: str) -> bool:
    """True when the table has a step from `source` to `target`."""
    return (source, target) in _PAIRS


def undo_step(source: str, target: str) -> Transition:
    """The step that undoes a decision: from `source` back to `target`. Raises ``WrongState`` when there is none."""
    for step in TRANSITIONS:
        if (step.source, step.target, step.act) == (source, target, "undo"):
            return step
    raise _refusal(source)


def step_for(state: str, act: Act, actor: Actor) -> Transition | None:
    """The step that `act` by `actor` makes from `state`; None when the act has been carried out on it already.

    Raises ``WrongState`` when the table has no such step for that actor.
    """
    step = _BY_ACT.get((state, act))
    if step is not None and actor in step.who:
        return step
    if state in _CARRIED_OUT.get(act, frozenset()):
        return None
    raise _refusal(state)


def _refusal(state: str) -> WrongState:
    return WrongState(
        "wrong_state",
        _("This can't be done any more: the time is already “%(state)s”."),
        params={"state": _state_label(state)},
        extra={"state": state},
    )


def acts_from(state: str, actor: Actor) -> list[Act]:
    """What `actor` can do with a line in `state`, for buttons. Undoing hangs on a minute, not on the state."""
    return [step.act for step in TRANSITIONS if step.source == state and actor in step.who and step.act != "undo"]


class _StateLabel:
    """The state in words, in the language of whoever reads the error."""

    def __init__(self, state: str) -> None:
        self.state = state

    def __str__(self) -> str:
        return str(STATE_LABELS.get(self.state, self.state))


def _state_label(state: str) -> _StateLabel:
    return _StateLabel(state)


STATE_LABELS = {
    "requested": _("Asked for"),
    "held": _("Held for you"),
    "granted": _("Granted"),
    "refused": _("Refused"),
    "waiting_list": _("Waiting list"),
    "withdrawn": _("Withdrawn"),
    "displaced": _("Displaced"),
    "cancelled_by_organisation": _("Cancelled by the organisation"),
    "cancelled_by_municipality": _("Cancelled by the municipality"),
    "handed_out": _("Handed out"),
    "returned": _("Returned"),
    "completed": _("Completed"),
}


def states(transitions: Iterable[Transition] = TRANSITIONS) -> frozenset[str]:
    """Every line state that the table knows."""
    return frozenset(state for step in transitions for state in (step.source, step.target) if state)
