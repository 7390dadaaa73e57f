"""The state of a case and whose move it is, derived from its lines and from stored acts. Pure.

Source: requests.md "Case state is derived", api.md "GET requests/" on `waiting_on`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from booking.cases.rules.transitions import DONE, GRANTED_FAMILY, UNDECIDED

#: Acts on the whole case that win over its lines, in this order.
STORED_ACTS = ("draft", "closed", "appealed", "dismissed", "waiting_for_requester", "on_hold")


def derive_state(acts: Collection[str], lines: Sequence[str], *, touched: bool) -> str:
    """The case's state from stored `acts`, the states of its `lines`, and whether an officer has acted (`touched`).

    Stored acts win, in the order of `STORED_ACTS`. Else, withdrawn lines left out: none left, withdrawn; any undecided,
    received or in_review; any on the waiting list, on_hold; all done, closed; all of the granted family, granted; none
    of it, refused; else partly_granted. A case that never had lines (an enquiry) is received or in_review.
    """
    for act in STORED_ACTS:
        if act in acts:
            return act
    at_work = "in_review" if touched else "received"
    if not lines:
        return at_work
    left = [state for state in lines if state != "withdrawn"]
    if not left:
        return "withdrawn"
    if any(state in UNDECIDED for state in left):
        return at_work
    if any(state == "waiting_list" for state in left):
        return "on_hold"
    if all(state in DONE for state in left):
        return "closed"
    granted = [state in GRANTED_FAMILY for state in left]
    if all(granted):
        return "granted"
    return "partly_granted" if any(granted) else "refused"


def waiting_on(
    state: str,
    lines: Sequence[str],
    *,
    open_question: bool = False,
    open_offer: bool = False,
    owes_answer: bool = False,
) -> str:
    """Whose move it is: requester while a question is open, municipality while any line is undecided, else requester
    while an offer is open (of the waiting list, or the reply to time that was taken back).

    `owes_answer`: the municipality must answer something besides lines: an objection, or a proposed change.

    A question stops the municipality's clock (requests.md "The answer clock" 5), so it must show whose move it is also
    while lines are undecided (docs/decisions/018).

    A draft waits on its author. What is closed, dismissed or withdrawn waits on nobody; an appeal and an enquiry
    (a case without lines) that nobody has answered wait on the municipality.
    """
    if state == "draft":
        return "requester"
    if state in ("closed", "dismissed", "withdrawn"):
        return "nobody"
    if open_question or state == "waiting_for_requester":
        return "requester"
    if owes_answer or any(line in UNDECIDED for line in lines):
        return "municipality"
    if open_offer:
        return "requester"
    if state == "appealed" or not lines:
        return "municipality"
    return "nobody"


def is_overdue_state(waiting: str) -> bool:
    """Only what the municipality owes can be overdue."""
    return waiting == "municipality"
