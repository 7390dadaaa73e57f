"""What may happen during a loan, what that takes and who grants it, and one request that is on its way through it."""

from __future__ import annotations

from dataclasses import dataclass

from municipality.lilleby.content.kinds import Text


@dataclass(frozen=True)
class Use:
    """A kind of use. ``heads_over``: meant by itself when more people come."""

    slug: str
    name: Text
    help: Text | None = None
    heads_over: int | None = None


@dataclass(frozen=True)
class Need:
    """What it takes. ``on``: ``use:<slug>``, ``thing:<slug>`` or ``unit:<slug>``; ``unit`` or ``by`` grants it."""

    on: str
    kind: str
    what: Text
    help: Text
    unit: str = ""
    by: str = ""
    url: str = ""
    phone: str = ""
    blocking: bool = True
    severity: str = "info"
    days_before: int = 0


USES = (
    Use("open-fire", Text("Bål eller åpen ild", "Bål eller open eld", "Open fire"),
        Text("Bål, kullgrill, fakler", "Bål, kolgrill, faklar", "Bonfire, charcoal grill, torches")),
    Use("food-sale", Text("Salg av mat", "Sal av mat", "Selling food"),
        Text("Pølser, kaker, kiosk", "Pølser, kaker, kiosk", "Sausages, cakes, a kiosk")),
    Use("alcohol", Text("Servering av alkohol", "Servering av alkohol", "Serving alcohol")),
    Use("amplified-sound", Text("Høyttalere eller forsterket lyd ute", "Høgtalarar eller forsterka lyd ute", "Loudspeakers outdoors")),
    Use("large-tent", Text("Telt over 50 m²", "Telt over 50 m²", "Tent over 50 m²")),
    Use("large-crowd", Text("Arrangement med over 500 personer", "Arrangement med over 500 personar", "More than 500 people"), heads_over=500),
)

NEEDS = (
    Need("use:amplified-sound", "permit",
         Text("Støydispensasjon", "Støydispensasjon", "Noise permit"),
         Text("Skriv når det er lyd, og hvor høyttalerne står. Naboene får beskjed av Teknisk.",
              "Skriv når det er lyd, og kvar høgtalarane står. Naboane får melding frå Teknisk.",
              "Say when there is sound and where the loudspeakers stand. The technical unit tells the neighbours."),
         unit="teknisk", severity="needs_officer", days_before=7),
    Need("use:alcohol", "permit",
         Text("Skjenkebevilling for én anledning", "Skjenkeløyve for eitt høve", "Licence to serve alcohol on one occasion"),
         Text("Søk minst tre uker før. Ansvarlig for skjenkingen må ha bestått kunnskapsprøven.",
              "Søk minst tre veker før. Den som er ansvarleg for skjenkinga, må ha bestått kunnskapsprøva.",
              "Apply at least three weeks before. Whoever is responsible must have passed the test."),
         unit="kultur-og-idrett", severity="needs_officer", days_before=14),
    Need("use:large-crowd", "permit",
         Text("Melding til politiet om arrangement", "Melding til politiet om arrangement", "Notice of the event to the police"),
         Text("Meld fra til politiet i god tid, og legg ved kvitteringen her.",
              "Meld frå til politiet i god tid, og legg ved kvitteringa her.",
              "Tell the police in good time, and hand in their receipt here."),
         by="Politiet", phone="02800", severity="needs_officer", days_before=14),
    Need("use:large-crowd", "permit",
         Text("Melding til brannvesenet", "Melding til brannvesenet", "Notice to the fire service"),
         Text("Skriv hvor mange som kommer, og hvor nødutgangene er.", "Skriv kor mange som kjem, og kvar naudutgangane er.",
              "Say how many come, and where the ways out are."),
         by="Brannvesenet", days_before=14),
    Need("use:food-sale", "condition",
         Text("Vi følger reglene for trygg mat", "Vi følgjer reglane for trygg mat", "We follow the rules for safe food"),
         Text("Vask hendene, hold maten kald eller varm, og skriv hva den inneholder.",
              "Vask hendene, hald maten kald eller varm, og skriv kva han inneheld.",
              "Wash your hands, keep food cold or hot, and say what is in it."),
         by="Mattilsynet", blocking=False),
    Need("thing:elvesletta", "condition",
         Text("Vi rydder sletta etter oss", "Vi ryddar sletta etter oss", "We tidy the green"),
         Text("Alt søppel tas med hjem samme kveld.", "Alt søppel blir teke med heim same kvelden.", "All rubbish is taken home the same evening."),
         unit="teknisk"),
)

#: Who asks, for what, so many days ahead, and so many days ago.
TITLE, PURPOSE = "Sommeravslutning på Elvesletta", "Grilling, musikk og leker for alle lagene"
ASKER, ORGANISATION, THING = "linn", "lilleby-il", "elvesletta"
AHEAD, AGO, START, END = 24, 3, "16:00", "20:00"
AUDIENCE = {"0-5": 15, "6-12": 90, "13-19": 40, "20-59": 60}
TICKED = ("amplified-sound", "food-sale")
APPLIED_NOTE = "Musikk fra scenen til kl. 20"
