"""The sharing out of the hall hours in Lilleby: places, own use, and what the teams wish for. Days count from today."""

from __future__ import annotations

from dataclasses import dataclass

#: The season begins on the first Monday so many days ahead, and lasts so many weeks.
AHEAD, WEEKS = 60, 38
#: Days before today on which things happened, and after it on which they will.
OPENED, CLOSED, PROPOSED, HEARD, CONFIRMED, ADOPTED = -60, -38, -9, 12, 14, 21

NAME = ("Halltid {season}", "Halltid {season}", "Hall hours {season}")
ABOUT = (
    "Kommunen deler ut ukentlig trenings- og øvingstid for én sesong om gangen. Alle lag og foreninger i Lilleby kan "
    "ønske seg tid. Når fristen for ønsker er ute, kan hvem som helst av dem legge fram sitt eget forslag til halltidsplan."
)
ADOPTS = "Kultur og idrett, etter møtet med lagene"
COMPLAIN = "Kultur og idrett (klageinstans: klagenemnda)"
MEETING = "Kantina på rådhuset"

_EVENING = tuple((day, "16:00", "22:00") for day in range(5))
#: Thing → its hours; () for a part, which has those of its whole.
PLACES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "lillebyhallen": (*_EVENING, (5, "10:00", "16:00")),
    "lillebyhallen-a": (),
    "lillebyhallen-b": (),
    "lillebyhallen-c": (),
    "gymsalen": _EVENING,
    "svommehallen": ((0, "16:00", "20:00"), (2, "16:00", "20:00"), (3, "16:00", "20:00"), (5, "10:00", "14:00")),
}
#: Thing, weekday, from, to, what.
OWN_USE = (
    ("gymsalen", 1, "16:00", "17:30", "Kulturskolen, dans"),
    ("lillebyhallen-c", 4, "16:00", "18:00", "Åpen hall, ungdomshuset"),
    ("svommehallen", 2, "16:00", "17:00", "Svømmeopplæring, Lilleby skole"),
)


@dataclass(frozen=True)
class Team:
    """A wish: best times as (weekday, from, to). ``new``: had nothing last season."""

    name: str
    activity: str
    ages: tuple[int | None, int | None]
    heads: int
    places: tuple[str, ...]
    best: tuple[tuple[int, str, str], ...] = ()
    times: int = 1
    minutes: int = 90
    impossible: tuple[tuple[int, str, str], ...] = ()
    apart: tuple[str, ...] = ()
    new: bool = False
    adapted: bool = False
    note: str = ""


_HALL = ("lillebyhallen",)
_PART = ("lillebyhallen-a", "lillebyhallen-b", "lillebyhallen-c")
_AB = ("lillebyhallen-a", "lillebyhallen-b")
_FRIDAY = ((4, "16:00", "22:00"),)

#: Organisation → who enters, and the teams.
WISHES: dict[str, tuple[str, tuple[Team, ...]]] = {
    "lilleby-il": ("linn", (
        Team("Håndball J10", "håndball", (9, 10), 18, _PART, ((0, "16:00", "17:30"), (2, "16:00", "17:30")), 2, 60, apart=("trener 1",)),
        Team("Håndball J13", "håndball", (12, 13), 16, (*_AB, "lillebyhallen"), ((0, "17:00", "18:30"), (2, "17:00", "18:30")), 2, apart=("trener 1",)),
        Team("Håndball G13", "håndball", (12, 13), 15, (*_AB, "lillebyhallen"), ((1, "17:00", "18:30"), (3, "17:00", "18:30")), 2, apart=("trener 2",)),
        Team("Håndball J16", "håndball", (15, 16), 14, _HALL, ((1, "18:30", "20:00"), (3, "18:30", "20:00")), 2, impossible=_FRIDAY, apart=("trener 2",)),
        Team("Volleyball mix", "volleyball", (16, None), 20, _AB, ((2, "20:00", "21:30"),)),
        Team("Innefotball G9", "fotball", (8, 9), 22, _PART, ((4, "16:00", "17:00"),), 1, 60),
        Team("Allidrett 4–6 år", "allidrett", (4, 6), 25, ("gymsalen", "lillebyhallen-c"), ((0, "16:00", "17:00"),), 1, 60),
    )),
    "lilleby-bordtennis": ("tomasz", (
        Team("Nybegynnere", "bordtennis", (8, 12), 12, ("lillebyhallen-c",), ((1, "17:00", "18:30"), (3, "17:00", "18:30")), 2),
        Team("Ungdom", "bordtennis", (13, 18), 10, ("lillebyhallen-c", "lillebyhallen-b"), ((1, "18:30", "20:00"),), 2, impossible=_FRIDAY),
        Team("Voksne", "bordtennis", (19, None), 14, ("lillebyhallen-c", "gymsalen"), ((3, "20:00", "21:30"),)),
    )),
    "dansegruppa-virvel": ("amina", (
        Team("Hiphop 8–11", "dans", (8, 11), 20, ("gymsalen", "lillebyhallen-c"), ((0, "17:00", "18:30"),)),
        Team("Hiphop 12–15", "dans", (12, 15), 16, ("gymsalen",), ((2, "17:00", "18:30"),), apart=("instruktør",)),
        Team("Folkedans", "dans", (16, None), 18, ("gymsalen",), ((2, "18:30", "20:00"),), apart=("instruktør",)),
    )),
    "lilleby-skolekorps": ("eirik", (
        Team("Aspirantkorps", "musikk", (8, 10), 14, ("gymsalen",), ((3, "17:30", "18:30"),), 1, 60),
        Team("Hovedkorps", "musikk", (11, 19), 28, ("gymsalen",), ((3, "18:30", "20:30"),), 1, 120, impossible=((1, "16:00", "22:00"),)),
    )),
    "lilleby-svommeklubb": ("lars", (
        Team("Svømmekurs", "svømming", (5, 8), 16, ("svommehallen",), ((0, "16:00", "17:00"), (5, "10:00", "11:00")), 2, 60),
        Team("Konkurransegruppa", "svømming", (11, 17), 14, ("svommehallen",), ((0, "17:00", "18:30"), (3, "17:00", "18:30")), 2),
        Team("Mosjon voksne", "svømming", (20, None), 12, ("svommehallen",), ((3, "18:30", "20:00"),)),
    )),
    "lilleby-bedriftsidrett": ("rune", (
        Team("Bedriftsvolleyball", "volleyball", (20, None), 24, _AB, ((0, "20:00", "21:30"), (2, "20:00", "21:30")), 2),
        Team("Innebandy", "innebandy", (20, None), 18, ("lillebyhallen", "gymsalen"), ((1, "20:00", "21:30"),)),
    )),
    "lilleby-pensjonistlag": ("bjorg", (
        Team("Seniortrim", "trim", (67, None), 22, ("gymsalen", "lillebyhallen-a"), ((4, "16:00", "17:00"),), 1, 60),
    )),
    "sammen": ("amina", (
        Team("Dans og bevegelse for kvinner", "dans", (20, None), 20, ("gymsalen",), ((0, "18:30", "20:00"),), new=True),
    )),
    "lilleby-speidergruppe": ("gro", (
        Team("Speidere, inneleker", "lek", (8, 12), 18, ("gymsalen", "lillebyhallen-a"), ((2, "16:00", "17:00"),), 1, 60, new=True),
    )),
    "fau-lilleby-skole": ("tomasz", (
        Team("Åpen hall for familier", "lek", (0, 12), 40, ("lillebyhallen", "lillebyhallen-a"), ((5, "10:00", "12:00"),), 1, 120),
    )),
    "lilleby-flerkulturelle": ("olga", (
        Team("Futsal ungdom", "futsal", (13, 18), 20, ("lillebyhallen-b", "gymsalen"), ((4, "18:00", "19:30"),), new=True),
        Team("Cricket", "cricket", (16, None), 16, ("lillebyhallen",), ((5, "14:00", "16:00"),), 1, 120, new=True),
    )),
    "lilleby-hjelpekorps": ("rune", (
        Team("Førstehjelp for barn", "kurs", (9, 13), 12, ("gymsalen",), ((1, "18:00", "19:00"),), 1, 60),
    )),
}  # fmt: skip
#: Said by phone after the closing date: organisation, team, and the reason that stands on the round's page.
LATE = (
    "elveteateret",
    Team("Sirkusverksted", "sirkus", (10, 15), 14, ("gymsalen",), ((4, "17:00", "18:30"),), new=True, adapted=True),
    "Kurset fikk støtte først etter fristen.",
)

OURS = ("Kommunens forslag", "Timene er delt etter reglene for runden. Si fra i høringen hvis noe ikke går for dere.")
THEIRS = (
    "Idrettslagets forslag",
    "Vi flytter tre av våre egne timer, slik at søsken kan trene samme kveld. Ingen andre mister tid.",
)
THEIR_REASONS = (
    "Søsken på to lag kan trene samme kveld, og foreldrene kjører én gang.",
    "Treneren kommer rett fra jobb og rekker ikke det første tidspunktet.",
    "Laget deler trener med et annet lag, og slik får de hver sin kveld.",
)
