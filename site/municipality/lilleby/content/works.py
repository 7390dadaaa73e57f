"""The works of Lilleby: the water pipe across Elvesletta, an emergency that is over, and a short one ahead."""

from __future__ import annotations

from dataclasses import dataclass

#: The pipe begins so many days ahead (the next Monday after), was planned and asked about so many days ago.
PIPE_AHEAD, PIPE_PLANNED, PIPE_ASKED = 33, 12, 10
PIPE = {
    "title": "Ny vannledning over Elvesletta",
    "reason": "Ledningen fra 1968 lekker, og halve byen får vannet sitt gjennom den.",
    "why_here": "Den gamle ledningen ligger under sletta. Langs veien ligger det fiberkabler.",
    "why_now": "Elva er lavest nå, og telen er borte. Venter vi til neste år, kan den ryke.",
}
#: From the corner by the road to the river, in metres from the middle of the town.
PIPE_LINE = ((165, 60), (230, 105), (315, 190))


@dataclass(frozen=True, slots=True)
class Use:
    """Granted time on the green that the pipe meets: who, who asked, what for, days after its start, from, to."""

    organisation: str
    asker: str
    title: str
    purpose: str
    day: int
    start: str
    end: str


USES = (
    Use("lilleby-il", "linn", "Elvecupen", "Fotballturnering for 8–12 år, fjortende gang.", 5, "10:00", "16:00"),
    Use("lilleby-pensjonistlag", "bjorg", "Kaffe på sletta", "Tur og kaffe ved leskuret.", 2, "11:00", "13:00"),
)

OBJECTION = "Elvecupen er midt i perioden. 16 lag er påmeldt, og vi har ikke annet gress som er stort nok."
PROPOSAL = "Kan dere begynne en uke senere? Da er cupen over, og ungdommene er på leirskole."
NEIGHBOUR = ("Elveveien velforening", "Vi måker og steller stien over sletta. Hvor går folk imens?")

EMERGENCY = {
    "words": "Hovedledningen til parken sprakk i frosten.",
    "reason": "Vannet gravde under ballbingen, og barn kunne falle i hullet.",
    "report": "Parken ble sperret klokka 02.40 og ledningen tettet klokka 09. Bakken er fylt og sikret. Ingen ble skadet. "
              "Ledningen står på listen over dem som skal skiftes til våren.",
    "review": "Gjennomgått. Sperringen kom raskt. Til neste gang: varsle skolen også.",
}  # fmt: skip

#: So many days ahead, on a working day from 9 to 11.
POWER_AHEAD = 12
POWER = {
    "title": "Strømmen av i gamle biblioteket",
    "reason": "Sikringsskapet skiftes. Det tar to timer.",
}
