"""What one can take part in in Lilleby every week, and the calendars of others that the municipality takes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Activity:
    """``by``: who writes it. ``age``: days since somebody confirmed it."""

    organisation: str
    by: str
    title: str
    about: str
    ages: tuple[int | None, int | None]
    weekdays: tuple[int, ...] = ()
    times: tuple[time, time] | None = None
    season: str = ""
    thing: str = ""
    place: str = ""
    cost: str = ""
    equipment: str = ""
    step_free: str = ""
    age: int = 20


ACTIVITIES = (
    Activity("lilleby-il", "geir", "Allidrett for de minste", "Lek, ball og hinderløype. En voksen er med hvert barn.", (4, 6), (1,), (time(17), time(18)), "september–mai", "lillebyhallen", equipment="Innesko kan lånes"),
    Activity("lilleby-il", "geir", "Håndball J10", "For alle som vil prøve, også midt i sesongen.", (8, 10), (1, 3), (time(17), time(18, 30)), "september–april", "lillebyhallen", cost="600 kr i året, de tre første treningene er gratis", age=150),
    Activity("lilleby-bordtennis", "jonas", "Bordtennis for alle", "Kom som du er.", (8, None), (1, 3), (time(18), time(20)), "hele året utenom ferier", place="Gymsalen på Lilleby skole", equipment="Racket og baller kan lånes"),
    Activity("lilleby-skolekorps", "siri", "Aspirantkorps", "Lær å spille et instrument. Ingen forkunnskaper.", (8, 12), (0,), (time(17, 30), time(18, 30)), "august–juni", place="Musikkrommet på Lilleby skole", cost="400 kr i halvåret", equipment="Instrument til utlån", age=380),
    Activity("moteplassen", "hanne", "Møteplassen", "Idrett, lek og kafé. Ingen påmelding.", (0, 18), (), None, "første lørdag i måneden kl. 12–15", "lillebyhallen", equipment="Baller, spill og racketer"),
    Activity("lilleby-pensjonistlag", "oddvar", "Formiddagstrim", "Rolig trim til musikk, og kaffe etterpå.", (60, None), (2,), (time(10), time(11)), "hele året", place="Kommunestyresalen", step_free="yes"),
    Activity("sammen", "fatima", "Språkkafé", "Vi øver norsk sammen. Barn er velkomne.", (None, None), (3,), (time(17), time(19)), "hele året", place="Biblioteket", step_free="yes"),
)

#: (days ahead, length in days, what). The list of the school, given as a file.
SCHOOL_HOLIDAYS = ((25, 14, "Juleferie"), (80, 5, "Vinterferie"), (8, 1, "Planleggingsdag"), (122, 8, "Påskeferie"))
#: (days ahead, from, to, what). Matches of the series, which take the whole hall.
MATCHES = ((9, time(12), time(18), "Seriekamper i håndball"), (23, time(12), time(18), "Seriekamper i håndball"), (37, time(10), time(16), "Turnering"))
