"""What people ask for in Lilleby: the season's weekly hours, single cases, enquiries. Days are counted from today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SEASON_GRANTS = (
    "Timene er fordelt etter retningslinjene for sesongen: barn og unge først, deretter etter antall deltakere."
)
PARTLY_GRANTS = "Dette tidspunktet er ledig."
CLOSURE = "Gulvet i tredel C slipes og lakkes"

CHILDREN = {"6-12": 18}
YOUTH = {"13-19": 16}
ADULTS = {"20-59": 16}
SENIORS = {"60+": 22}


@dataclass(frozen=True)
class Slot:
    """Every week on `weekday` (0 = Monday), wall clock."""

    thing: str
    weekday: int
    start: str
    end: str


@dataclass(frozen=True)
class Season:
    """An organisation's weekly hours, asked for in one case."""

    organisation: str
    asker: str
    title: str
    purpose: str
    audience: Mapping[str, int]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Want:
    """The first `weekday` that is at least `in_days` days from today."""

    thing: str
    in_days: int
    weekday: int
    start: str
    end: str
    quantity: int = 1
    nights: int = 0


@dataclass(frozen=True)
class Single:
    """One case. `ends`: open, granted, refused, partly (its first line granted, the others refused), withdrawn."""

    asker: str
    organisation: str
    title: str
    purpose: str
    wants: tuple[Want, ...]
    asked_days_ago: int
    ends: str = "open"
    asked_hours_ago: int = 0
    audience: Mapping[str, int] = field(default_factory=lambda: CHILDREN)
    grounds: str = ""
    answered_after_days: int = 3
    if_taken: str = "refuse"
    message: str = ""
    asks_back: str = ""
    public: bool = True
    co_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enquiry:
    name: str
    email: str
    message: str
    asked_days_ago: int


def _grid(thing: str, *slots: tuple[int, str, str]) -> tuple[Slot, ...]:
    return tuple(Slot(thing, *slot) for slot in slots)


_A, _B, _C, _AB = "lillebyhallen-a", "lillebyhallen-b", "lillebyhallen-c", "lillebyhallen-ab"
_HANDBALL = (
    *_grid(_A, (0, "16:00", "17:30"), (0, "17:30", "19:00"), (1, "16:00", "17:30"), (1, "17:30", "19:00"),
           (2, "16:00", "17:30"), (2, "17:30", "19:00"), (3, "16:00", "17:30"), (3, "17:30", "19:00")),
    *_grid(_B, (0, "16:00", "17:30"), (0, "17:30", "19:00"), (1, "16:00", "17:30"), (1, "17:30", "19:00"),
           (2, "16:00", "17:30"), (2, "17:30", "19:00"), (3, "16:00", "17:30"), (3, "17:30", "19:00")),
    *_grid(_C, (0, "16:00", "17:00"), (2, "16:00", "17:00"), (4, "16:00", "17:00")),
)  # fmt: skip

SEASON = (
    Season("lilleby-il", "linn", "Trening, Lilleby Idrettslag", "Ukentlig trening for lagene våre.", CHILDREN, _HANDBALL),
    Season("lilleby-bordtennis", "tomasz", "Bordtennis", "Trening for barn og voksne.", YOUTH,
           _grid(_C, (1, "17:00", "19:00"), (3, "17:00", "19:00"))),
    Season("dansegruppa-virvel", "amina", "Dans med Virvel", "Hiphop og folkedans.", CHILDREN,
           (*_grid("gymsalen", (0, "17:00", "18:30"), (2, "17:00", "18:30")), *_grid(_C, (0, "17:00", "18:30")))),
    Season("lilleby-skolekorps", "eirik", "Korpsøvelse", "Øvelse for aspiranter og hovedkorps.", CHILDREN,
           (*_grid("kantina", (1, "18:00", "20:30")), *_grid("gymsalen", (3, "17:30", "20:00")))),
    Season("lilleby-svommeklubb", "lars", "Svømmetrening", "Kurs for barn og trening.", CHILDREN,
           _grid("svommehallen", (0, "16:00", "18:00"), (2, "16:00", "18:00"), (3, "16:00", "18:00"),
                 (5, "10:00", "12:00"))),
    Season("lilleby-speidergruppe", "gro", "Patruljemøte", "Patruljemøte hver onsdag.", CHILDREN,
           _grid("gamle-biblioteket", (2, "18:00", "20:00"))),
    Season("elveteateret", "david", "Teaterøvelse", "Vi øver på årets stykke.", YOUTH,
           (*_grid("gamle-biblioteket", (1, "18:00", "21:00")), *_grid("ungdomshuset", (3, "18:00", "21:00")))),
    Season("lilleby-bedriftsidrett", "rune", "Bedriftsvolleyball", "Volleyball og innebandy for voksne.", ADULTS,
           (*_grid(_AB, (0, "19:00", "21:00"), (2, "19:00", "21:00")), *_grid("gymsalen", (1, "20:00", "21:30")))),
    Season("lilleby-blandakor", "trygve", "Korøvelse", "Ukentlig øvelse.", ADULTS,
           _grid("kantina", (0, "18:30", "21:00"))),
    Season("lilleby-pensjonistlag", "bjorg", "Formiddagstrim", "Trim, sang og kaffe.", SENIORS,
           (*_grid(_A, (1, "10:00", "11:30"), (3, "10:00", "11:30")), *_grid("lillebyhallen-kafe", (1, "11:30", "13:00")))),
    Season("sammen", "amina", "Språk og syverksted", "Vi lager mat, syr og øver norsk.", ADULTS,
           _grid("gamle-biblioteket", (3, "17:00", "20:00"))),
    Season("lilleby-husflidslag", "bjorg", "Strikkekafé", "Strikkekafé og ung husflid.", {"6-12": 6, "60+": 12},
           _grid("gamle-biblioteket", (5, "11:00", "14:00"))),
    Season("johkagatti-searvi", "mikkel", "Språkkafé og duodji", "Samisk språkkafé.", {"6-12": 8, "20-59": 10},
           _grid("gamle-biblioteket", (0, "18:00", "20:30"))),
    Season("lilleby-flerkulturelle", "olga", "Leksehjelp", "Leksehjelp og språkkafé.", YOUTH,
           _grid("elvesalen", (1, "15:30", "17:30"), (3, "15:30", "17:30"))),
    Season("lilleby-frivilligsentral", "samuel", "Åpen kafé", "Åpen kafé for alle.", SENIORS,
           _grid("lillebyhallen-kafe", (2, "11:00", "14:00"), (4, "11:00", "14:00"))),
    Season("lilleby-hjelpekorps", "rune", "Øvelse, hjelpekorpset", "Førstehjelp og samband.", ADULTS,
           _grid("elvesalen", (2, "18:00", "20:30"))),
    Season("lilleby-skole", "biret", "Elevrådet", "Møte i elevrådet.", {"13-19": 7}, _grid("fjordrommet", (1, "12:00", "13:00"))),
    Season("lilleby-ungdomsrad", "hanne", "Ungdomsrådet", "Møte og forberedelser.", {"13-19": 8},
           _grid("fjordrommet", (2, "16:00", "18:00"))),
    Season("fau-lilleby-skole", "tomasz", "Åpen gymsal", "Lek for familier på lørdager.", CHILDREN,
           _grid("gymsalen", (5, "11:00", "13:00"), (6, "11:00", "13:00"))),
)  # fmt: skip
_MORE = (
    Season("lilleby-skole", "biret", "Kroppsøving", "Kroppsøving for ungdomstrinnet.", YOUTH,
           tuple(Slot(third, day, "08:30", "10:00") for third in (_A, _B, _C) for day in range(5))),
    Season("lilleby-il", "linn", "Volleyball og ungdomshåndball", "Kveldstrening for de eldste.", YOUTH,
           (*_grid(_A, (1, "19:00", "20:30"), (3, "19:00", "20:30"), (4, "16:00", "17:30"), (4, "17:30", "19:00")),
            *_grid(_B, (1, "19:00", "20:30"), (3, "19:00", "20:30"), (4, "16:00", "17:30"), (4, "17:30", "19:00")),
            *_grid(_C, (1, "19:00", "20:30"), (2, "17:00", "18:30"), (2, "18:30", "20:00"), (3, "19:00", "20:30"),
                   (4, "17:00", "18:30"), (5, "10:00", "11:30")),
            *_grid("lillebyhallen", (5, "12:00", "15:00")),
            *_grid("gymsalen", (0, "18:30", "20:00"), (2, "18:30", "20:00"), (4, "16:30", "18:00"),
                   (4, "18:00", "19:30")))),
    Season("lilleby-svommeklubb", "lars", "Ungdomstrening i svømming", "Trening for ungdom.", YOUTH,
           _grid("svommehallen", (1, "17:00", "19:00"), (4, "17:00", "19:00"), (6, "10:00", "12:00"))),
    Season("elveteateret", "david", "Barneteater", "Barnegruppa øver.", CHILDREN,
           _grid("ungdomshuset", (1, "16:00", "18:00"))),
)  # fmt: skip
SEASON = (*SEASON, *_MORE)

CASES = (
    Single("astrid", "elveteateret", "Premiere på havnescenen", "Vi setter opp årets stykke ute.",
           (Want("havnescenen", 30, 5, "12:00", "21:00"),), 26, audience={"6-12": 80, "13-19": 60, "20-59": 150}),
    Single("eirik", "lilleby-skolekorps", "Konsert", "Konsert med alle musikantene.",
           (Want("lillebyhallen", 16, 6, "15:00", "20:00"),), 4, audience={"6-12": 45, "20-59": 150},
           message="Vi trenger 40 stoler i tillegg."),
    Single("geir", "lilleby-il", "Håndballcup", "Minicup for de yngste.",
           (Want("lillebyhallen", 16, 6, "09:00", "18:00"),), 3, audience={"6-12": 160, "20-59": 90}),
    Single("nora", "lilleby-ungdomsrad", "Ungdommens dag", "Konsert, spill og mat, laget av ungdom.",
           (Want("ungdomshuset", 12, 5, "15:00", "23:00"),), 0, asked_hours_ago=3, audience={"13-19": 70}),
    Single("hanne", "moteplassen", "Møteplassen", "Idrett, lek og kafé for alle mellom 0 og 18 år.",
           (Want("lillebyhallen-kafe", 9, 6, "11:00", "16:00"), Want("lillebyhallen-ab", 9, 6, "12:00", "15:00")), 20,
           "granted", audience={"0-5": 20, "6-12": 60, "13-19": 30}, co_hosts=("lilleby-frivilligsentral",),
           grounds="Velkommen tilbake. Ring vaktmesteren hvis dere trenger flere bord."),
    Single("helge", "lilleby-jff", "Fiskekurs for barn", "Kveldskurs ved elva, to kvelder og en lørdag.",
           (Want("elvesletta", 8, 1, "17:00", "20:00"), Want("elvesletta", 8, 5, "10:00", "15:00"),), 15, "partly",
           grounds="Lørdagen er satt av til dugnaden langs elva. Vi finner gjerne en annen dag sammen med dere."),
    Single("rune", "lilleby-bedriftsidrett", "Firmafest i svømmehallen", "Badefest for ansatte.",
           (Want("svommehallen", 10, 5, "13:00", "16:00"),), 14, "refused", audience={"20-59": 40},
           grounds="Dere har ikke oppgitt hvem som har livredningsprøve. Send ny søknad når det er klart."),
    Single("torill", "lilleby-blandakor", "Ekstra korøvelse", "Øvelse før konserten.",
           (Want("kantina", 9, 2, "18:00", "21:00"),), 12, "withdrawn", audience=ADULTS),
    Single("thuy", "fau-lilleby-skole", "Skolefest i kafeen", "Kafé etter skidagen.",
           (Want("lillebyhallen-kafe", 9, 6, "12:00", "15:00"),), 5, audience={"6-12": 30, "20-59": 15},
           if_taken="waiting_list"),
    Single("linn", "lilleby-il", "Stoler til årsmøtet", "Årsmøte i klubben.",
           (Want("stoler", 5, 2, "16:00", "22:00", 25), Want("bord", 5, 2, "16:00", "22:00", 4)), 2, audience=ADULTS),
    Single("hanne", "moteplassen", "Stoler og bord", "Til kafeen på Møteplassen.",
           (Want("stoler", 9, 6, "10:00", "17:00", 30), Want("bord", 9, 6, "10:00", "17:00", 6)), 6),
    Single("david", "elveteateret", "Henger til kulissene", "Frakt av kulisser til scenen.",
           (Want("tilhenger", 6, 4, "15:00", "12:00", nights=1),), 3, audience=YOUTH,
           asks_back="Hvem kjører, og har vedkommende førerkort for henger?"),
    Single("kjell", "lilleby-historielag", "Bildekveld", "Gamle bilder og kaffe.",
           (Want("projektor", 6, 3, "16:00", "22:00"),), 4, audience=SENIORS),
    Single("vidar", "lilleby-speidergruppe", "Speiderdag", "Patruljeløp og bålmat.",
           (Want("elvesletta", 20, 5, "10:00", "20:00"),), 9, "granted", grounds="God tur!"),
    Single("samuel", "lilleby-flerkulturelle", "Matfest", "Mat fra alle hjørner av verden.",
           (Want("kantina", 14, 5, "14:00", "20:00"),), 1, audience={"6-12": 20, "20-59": 40}),
    Single("fatima", "sammen", "Bursdagsfeiring for barna", "Felles feiring.",
           (Want("ungdomshuset", 20, 5, "12:00", "16:00"),), 2),
    Single("mikkel", "johkagatti-searvi", "Lydanlegg til konsert", "Joik og fortelling.",
           (Want("lydanlegg", 12, 5, "12:00", "20:00"),), 5, "granted", audience={"6-12": 30, "60+": 20}),
    Single("gro", "elvebakken-vel", "Sykkeldag", "Sykkeldag i aktivitetsparken.",
           (Want("aktivitetsparken", 12, 6, "11:00", "15:00"),), 7, "granted", audience={"0-5": 10, "6-12": 40}),
    Single("maja", "", "Skitur med venner", "Vi vil prøve ski i helgen.",
           (Want("ski-160", 5, 5, "10:00", "16:00", 2),), 1, audience=YOUTH, public=False),
    Single("anniken", "lilleby-svommeklubb", "Hjelp til rigging", "Stevne: hjelp til å sette opp start og lyd.",
           (Want("vaktmesterhjelp", 8, 4, "15:00", "17:00"),), 2),
    Single("bjorg", "lilleby-eldrerad", "Møte om trafikk", "Åpent møte.", (Want("elvesalen", 6, 4, "12:00", "14:00"),), 1,
           audience=SENIORS),
    Single("trygve", "lilleby-batforening", "Medlemsmøte", "Om båtplasser og opplag.",
           (Want("gamle-biblioteket", 8, 4, "18:00", "21:00"),), 6, audience=ADULTS),
    # Over and done.
    Single("hanne", "moteplassen", "Møteplassen", "Idrett, lek og kafé for alle mellom 0 og 18 år.",
           (Want("lillebyhallen-kafe", -50, 6, "11:00", "16:00"), Want("lillebyhallen-ab", -50, 6, "12:00", "15:00")), 75,
           "granted", audience={"0-5": 16, "6-12": 55, "13-19": 28}, co_hosts=("lilleby-frivilligsentral",),
           grounds="Så fint at dere samler byen. Vaktmesteren åpner klokka 10.30."),
    Single("amina", "sammen", "Felles middag", "Vi lager mat fra elleve land og spiser sammen.",
           (Want("kantina", -45, 4, "16:00", "21:00"),), 66, "granted", audience={"6-12": 15, "20-59": 40},
           grounds="Kjøkkenet er deres hele kvelden."),
    Single("vidar", "lilleby-speidergruppe", "Henger til leiren", "Telt og kokeutstyr.",
           (Want("tilhenger", -40, 4, "15:00", "12:00", nights=2),), 55, "granted", grounds="God tur!"),
    # Last year, in these weeks: what probably comes back.
    Single("geir", "lilleby-il", "Hallcup", "Innendørscup for hele dalen.",
           (Want("lillebyhallen", -352, 5, "10:00", "18:00"),), 395, "granted", audience={"6-12": 150, "20-59": 80}),
    Single("astrid", "elveteateret", "Lesning på biblioteket", "Vi leser årets stykke høyt.",
           (Want("gamle-biblioteket", -360, 3, "18:00", "21:00"),), 380, "granted", audience={"20-59": 25}),
    # Hers to answer, but she is away: the deputy has it.
    Single("bjorg", "lilleby-husflidslag", "Håndverksmesse", "Utstilling og salg av håndverk.",
           (Want("gymsalen", 15, 6, "14:00", "18:00"),), 2, audience={"20-59": 30, "60+": 30}),
    # The officer of the house leads the club that asks: somebody else handles it (N10).
    Single("tomasz", "lilleby-bordtennis", "Klubbkveld for hele byen", "Alle får prøve, racket kan lånes.",
           (Want("ungdomshuset", 13, 2, "17:00", "21:00"),), 2, audience={"6-12": 20, "13-19": 25}),
)  # fmt: skip

ENQUIRIES = (
    Enquiry("Ragnhild Moe", "ragnhild.moe@example.org",
            "Hei! Kan vi låne gangen på rådhuset til en utstilling med barnetegninger i to uker?", 2),
    Enquiry("Piotr Nowak", "piotr.nowak@example.org", "Is there somewhere to play chess indoors on Sundays?", 0),
)  # fmt: skip
