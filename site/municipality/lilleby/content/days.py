"""What Lilleby's caretakers see: two faults in different states, signs on walls, a closure ahead, and their link."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportedFault:
    """Told so many days ago at that hour; ``state`` is what has become of it since."""

    thing: str
    kind: str
    words: str
    days_ago: int
    state: str = "received"
    too: int = 0


#: Signs that hang on walls, by thing. Written here, so that they are the same in every demo.
CODES = {"lillebyhallen": "HALL37", "svommehallen": "VANN46", "gamle-biblioteket": "RADM79"}
FAULTS = (
    ReportedFault("lillebyhallen", "light", "To lysrør blinker over bane B.", 2, "looked_at", 3),
    ReportedFault("lillebyhallen", "water", "Dusjen i garderobe 2 renner hele tiden.", 1),
)
#: Nobody has time there then.
CLOSED, CLOSED_WHY, CLOSED_IN_DAYS, CLOSED_FOR_DAYS = "havnescenen", "Scenegulvet skiftes ut", 18, 2
LINK = "Vaktmester i Lillebyhallen"
