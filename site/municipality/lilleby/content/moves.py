"""Words for time that moves, and ready texts for grounds. Invented."""

from __future__ import annotations

from dataclasses import dataclass

TAKEN = "Kommunestyret må møtes i hallen den kvelden, fordi rådhussalen pusses opp. Vi beklager at det går ut over dere."
WAITS = "Ekstra trening før cupen"
LATER = "Vi vil gjerne begynne en time senere, for da rekker flere å komme hjem fra jobb."


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready text in three languages."""

    use: str
    title: str
    nb: str
    nn: str
    en: str


TEXTS = (
    Ready(
        "refuse",
        "Tiden er opptatt",
        "{places} er allerede lånt ut {dates}. Se gjerne etter en annen tid, eller ring oss på {phone}.",
        "{places} er alt lånt ut {dates}. Sjå gjerne etter ei anna tid, eller ring oss på {phone}.",
        "{places} is lent to others {dates}. Look for another time, or call us on {phone}.",
    ),
    Ready(
        "refuse",
        "Ikke egnet",
        "{places} egner seg ikke til det dere skal. Vi hjelper dere gjerne å finne et annet sted.",
        "{places} høver ikkje til det de skal. Vi hjelper dykk gjerne å finne ein annan stad.",
        "{places} doesn't suit what you plan. We gladly help you to find another place.",
    ),
    Ready(
        "waiting_list",
        "Venteliste, andre var først",
        "Andre hadde søkt om {places} før dere. Blir tiden ledig, spør vi {organisation}.",
        "Andre hadde søkt om {places} før dykk. Blir tida ledig, spør vi {organisation}.",
        "Others had asked for {places} before you. If it comes free, we ask {organisation}.",
    ),
    Ready(
        "partly",
        "Bare noen av datoene",
        "Dere får de datoene som er ledige. De andre er lånt ut til andre.",
        "De får dei datoane som er ledige. Dei andre er lånte ut til andre.",
        "You have the dates that are free. The others are lent to somebody else.",
    ),
    Ready(
        "take_back",
        "Kommunalt møte",
        "{unit} trenger {places} til et møte som ikke kan flyttes.",
        "{unit} treng {places} til eit møte som ikkje kan flyttast.",
        "{unit} needs {places} for a meeting that can't be moved.",
    ),
)
