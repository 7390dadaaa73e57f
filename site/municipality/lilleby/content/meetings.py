"""Where the municipality and the organisations of Lilleby meet: one meeting with its promises, and those ahead.

Days are counted from today. What people write is in the language they write it in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """`by`: a key of PEOPLE; `organisation` "" for the municipality. `outcome`: what the minutes say."""

    title: str
    by: str = ""
    organisation: str = ""
    text: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Promise:
    """`side`: an organisation, or "" for the unit. `due`, `closed`: days from today. `reason`: it was dropped."""

    what: str
    side: str
    due: int
    who: str = ""
    by: str = ""
    closed: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Meeting:
    """`answers`: organisation → (who, answer, how many). `start`, `called`: days from today."""

    title: str
    about: str
    organisations: tuple[str, ...]
    start: int
    begins: str
    ends: str
    called: int | None
    thing: str = ""
    place: str = ""
    units: tuple[str, ...] = ()
    public: bool = False
    months: int = 3
    points: tuple[Point, ...] = ()
    answers: tuple[tuple[str, str, str, int], ...] = ()
    minutes: str = ""
    promises: tuple[Promise, ...] = ()
    #: What is put on the agenda of the next one, and who comes to it.
    next_points: tuple[Point, ...] = ()
    next_answers: tuple[tuple[str, str, str, int], ...] = ()


MEETINGS = [
    Meeting(
        title="Dialogmøte om barn og unges fritid",
        about=(
            "Fire ganger i året møtes kommunen og lagene. Vi snakker om det dere er opptatt av, og blir enige om hvem "
            "som gjør hva. Det som ikke er gjort, står først på neste møte."
        ),
        organisations=("lilleby-il", "paraplyen", "lilleby-ungdomsrad", "lilleby-skolekorps", "moteplassen"),
        start=-65, begins="18:00", ends="20:00", called=-95, thing="kantina", public=True,
        units=("teknisk",),
        points=(
            Point("Nøkler til boden i hallen", "geir", "lilleby-il",
                  "Vi står ute hver tirsdag fordi ingen har nøkkel.",
                  "Det settes opp en nøkkelboks. Laget lager liste over hvem som skal ha koden."),
            Point("Lys i aktivitetsparken", "nora", "lilleby-ungdomsrad",
                  "Om vinteren er det mørkt klokka tre. Da er det ingen som bruker parken.",
                  "Teknisk ser på hva lys vil koste, og om det kan slås av klokka 22."),
            Point("Nye regler for utlån av utstyr", "", "", "",
                  "Kulturkonsulenten gikk gjennom reglene. Ingen hadde innvendinger."),
        ),
        answers=(
            ("lilleby-il", "geir", "yes", 2), ("paraplyen", "hanne", "yes", 1),
            ("lilleby-ungdomsrad", "nora", "yes", 3), ("lilleby-skolekorps", "siri", "no", 0),
        ),
        minutes="Godt oppmøte. Alle ønsker å fortsette med faste møter, og at referatet kommer innen en uke.",
        promises=(
            Promise("Sette opp nøkkelboks ved boden", "", -20, "vaktmesteren"),
            Promise("Lage liste over hvem som skal ha koden", "lilleby-il", -35, "", "geir", closed=-38),
            Promise("Finne ut hva lys i parken koster", "", 12, "Wenche Dahlmo"),
            Promise("Spørre skolene om lån av gymsal i høstferien", "paraplyen", -30, "", "hanne", closed=-25,
                    reason="Skolene maler gymsalene i høstferien."),
        ),
        next_points=(
            Point("Påmelding til sommerferieklubben", "hanne", "paraplyen", "Kan vi ha én felles påmelding?"),
            Point("Vannrøret over Elvesletta", "", "", "Teknisk forteller hva som skjer og når."),
            Point("Musikk på møteplassen", "nora", "lilleby-ungdomsrad",
                  "Kan korpset spille sammen med oss en gang i måneden?"),
        ),
        next_answers=(("lilleby-ungdomsrad", "nora", "yes", 2), ("paraplyen", "hanne", "yes", 1)),
    ),
    Meeting(
        title="Brukermøte for Lillebyhallen",
        about="Lagene som bruker hallen, snakker om vinteren: låsing, rydding og hvem som tar over garderobene.",
        organisations=("lilleby-il", "lilleby-bordtennis", "lilleby-skolekorps"),
        start=9, begins="19:00", ends="20:00", called=-6, thing="lillebyhallen", place="Møterommet ved kiosken", months=6,
        points=(
            Point("Hvem låser på lørdager?", "geir", "lilleby-il", "Vi har funnet døra åpen to ganger i høst."),
            Point("Bordene står i veien for håndballen", "linn", "lilleby-il"),
        ),
        answers=(("lilleby-bordtennis", "tomasz", "maybe", 1),),
    ),
]  # fmt: skip
