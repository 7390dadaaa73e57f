"""What Lilleby has agreed on with its organisations: old and new, written and oral, one of them said by one side only.

Days are counted from today; weekdays from Monday as 0. What people write is in the language they write it in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hours:
    """One weekly time of a thing."""

    thing: str
    weekday: int
    start: str
    end: str


@dataclass(frozen=True)
class Task:
    """What one side does. `first`: days from today; `done`: how many of the passed dates were done, oldest first."""

    what: str
    side: str
    first: int
    every: str
    done: int = 0


@dataclass(frozen=True)
class Agreement:
    """`writer` is a key of PEOPLE; `by` the organisation that wrote it, "" for the municipality.

    `ends`: agreed, one_side, declined or notice. `written`, `start`, `end`: days from today (None: no end).
    """

    title: str
    organisations: tuple[str, ...]
    writer: str
    by: str
    terms: str
    things: tuple[str, ...] = ()
    place: str = ""
    unit: str = ""
    form: str = "written"
    background: str = ""
    written: int = -30
    start: int = -400
    end: int | None = None
    notice_months: int = 3
    storage: str = ""
    keys: str = ""
    sole_use: bool = False
    title_public: bool = False
    hours: tuple[Hours, ...] = ()
    tasks: tuple[Task, ...] = ()
    ends: str = "agreed"
    reason: str = ""
    note: str = ""


AGREEMENTS = (
    Agreement(
        "Leirplassen på Elvesletta", ("lilleby-speidergruppe",), "vidar", "lilleby-speidergruppe",
        "Speiderne bruker øvre del av sletta til leir to helger i juni og til patruljemøter om sommeren. "
        "Vi rydder og reparerer bålplassen hver vår. Tømmeret ligger bak leskuret.",
        things=("elvesletta",), form="oral",
        background="Avtalt mellom gruppeleder Reidar og parksjefen rundt 1998. Ingen av dem er her lenger.",
        written=-16, storage="Tømmer til bålplassen, bak leskuret", ends="one_side",
    ),
    Agreement(
        "Kiosken i Lillebyhallen", ("lilleby-il",), "geir", "lilleby-il",
        "Idrettslaget driver kiosken på kamper og arrangementer og beholder overskuddet. "
        "Kommunen holder kjøleskap og komfyr. Andre lag kan leie kiosken av idrettslaget for 200 kroner.",
        things=("lillebyhallen-kiosk",), written=-300, start=-300, end=65,
        storage="Varer i skapet bak disken", keys="To nøkler til kiosken, hos Geir og Linn",
        tasks=(
            Task("Hovedrengjøring av kiosken", "organisation", -95, "quarter", 1),
            Task("Kontroll av komfyrvakt og brannteppe", "municipality", -200, "half_year", 1),
        ),
        note="Referat fra møtet: Idrettslaget tar over kiosken. Kommunen betaler strømmen.\n",
    ),
    Agreement(
        "Nøkkelkort til Lillebyhallen", ("lilleby-il",), "ingrid", "",
        "Idrettslaget får fem nøkkelkort. Laget svarer for hvem som har dem, og melder fra samme dag om et kort blir borte.",
        things=("lillebyhallen",), written=-4, start=7, keys="Fem nøkkelkort til hovedinngangen", ends="one_side",
    ),
    Agreement(
        "Stell av aktivitetsparken", ("elvebakken-vel",), "gro", "elvebakken-vel",
        "Velforeningen klipper gresset og rydder. Kommunen kontrollerer apparatene og kjører bort hageavfallet.",
        things=("aktivitetsparken",), form="oral",
        background="Sagt på vårdugnaden i 2019. Skrevet ned her sammen med Wenche.",
        written=-250, start=-250, storage="Gressklipper i boden",
        tasks=(
            Task("Klippe gresset", "organisation", -40, "two_weeks", 2),
            Task("Kontrollere lekeapparatene", "municipality", -70, "month", 2),
        ),
    ),
    Agreement(
        "Arkivet og lørdagene på det gamle biblioteket", ("lilleby-historielag",), "kjell", "lilleby-historielag",
        "Historielaget holder åpent for publikum lørdag formiddag og har arkivet sitt i kjelleren.",
        things=("gamle-biblioteket",), written=-60, start=-60, title_public=True,
        storage="Arkivskap og skanner i kjelleren", keys="Én nøkkel, hos Kjell Arne",
        hours=(Hours("gamle-biblioteket", 5, "10:00", "13:00"),),
        tasks=(Task("Lufte og se etter fukt i kjelleren", "organisation", -20, "month", 1),),
    ),
    Agreement(
        "Lagring av bordtennisbord", ("lilleby-bordtennis",), "thuy", "lilleby-bordtennis",
        "Fire bord står sammenslått langs veggen på ungdomshuset. Klubben flytter dem når andre trenger plassen.",
        things=("ungdomshuset",), form="oral", background="Avtalt på telefon med forrige idrettskonsulent.",
        written=-3, start=-3, storage="Fire bordtennisbord", ends="one_side",
    ),
    Agreement(
        "Jolleboden ved småbåthavna", ("lilleby-batforening",), "trygve", "lilleby-batforening",
        "Båtforeningen har boden for joller og redningsvester, og holder slippen fri for is.",
        place="Jolleboden ved småbåthavna", unit="teknisk", written=-390, start=-390, sole_use=True,
        storage="Åtte joller, redningsvester", keys="Hengelås, koden hos Trygve",
        ends="notice", reason="Vi har fått plass i den nye båthallen og trenger ikke boden etter sesongen.",
    ),
    Agreement(
        "Egen tid i gymsalen hver fredag", ("dansegruppa-virvel",), "amina", "dansegruppa-virvel",
        "Vi har fått salen hver fredag fra 18 til 20.",
        things=("gymsalen",), form="oral", background="Noen på skolen sa det i vår.", written=-45, start=-45,
        hours=(Hours("gymsalen", 4, "18:00", "20:00"),), ends="declined",
        reason="Ingen hos oss kjenner til dette. Fredagskvelden fordeles i sesongrunden; søk der, så får dere svar.",
    ),
)
