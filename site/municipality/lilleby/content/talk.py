"""What people say to each other in Lilleby, what they think of early, and where questions go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """A question with one of these words goes to that unit."""

    words: str
    unit: str


@dataclass(frozen=True)
class Word:
    """Somebody says something in the case with that title, so many hours after the one before."""

    who: str
    text: str
    hours: int = 1
    note: bool = False
    needs_answer: bool = False
    by_mail: bool = False


ROUTES = (
    Route("brøyt, strø, snø\nvei, veg, gatelys", "teknisk"),
    Route("vann, kloakk", "teknisk"),
    Route("klasserom, gymsal, skolegård", "skole"),
)

#: In the case with this title, in this order; the first an hour after it was sent.
TALKS: dict[str, tuple[Word, ...]] = {
    "Håndverksmesse": (
        Word("bjorg", "Kan vi få bære inn bord kvelden før?", 2, needs_answer=True),
        Word("officer", "Det går fint etter klokka 18. Vaktmesteren låser opp. @Bjørg, hvor mange bord blir det?", 3),
        Word("bjorg", "Tolv, tror vi. Og to stativ.\n\nHilsen Bjørg", 2, by_mail=True),
        Word("officer", "Husk å si fra til vaktmesteren om bordene.", 1, note=True),
    ),
}

#: (who wrote it down, message, who asked, contact, how, hours ago)
NOTED = (
    ("yusuf", "Når blir det strødd på gangveien ved skolen?", "Oddny", "75 00 22 33", "spoken", 5),
    ("henrik", "Kan pensjonistforeningen få vise film i biblioteket?", "Arvid Lund", "arvid.lund@example.org", "phone", 26),
)  # fmt: skip


@dataclass(frozen=True)
class Idea:
    """Somebody thinks of something larger."""

    who: str
    title: str
    message: str
    takes: dict[str, str]
    notes: dict[str, str]
    days_ago: int


EARLY = Idea(
    "geir",
    "Lysløype rundt Tjernet",
    "Vi tenker på en lysløype rundt Tjernet, så det går an å gå på ski etter skolen hele vinteren. "
    "Vi har snakket med to grunneiere og vil gjerne vite tidlig hva kommunen mener.",
    {"permits": "yes", "land": "yes", "money": "yes", "running": "yes", "upkeep": "unknown"},
    {
        "permits": "byggesak og strøm",
        "land": "kommunen og to private",
        "money": "spillemidler og dugnad",
        "running": "strøm, omtrent 15 000 kr i året",
    },
    days_ago=9,
)

#: E-mails as they came to a unit's address: a question, and a newsletter that a person must look at.
MAILS = (
    (
        (
            "From: Sunniva Dahl <sunniva.dahl@example.org>\nTo: Kultur og idrett <kultur@lilleby.example.org>\n"
            "Subject: Lån av scene til 17. mai\nMessage-ID: <scene@example.org>\nContent-Type: text/plain; charset=utf-8\n\n"
            "Hei! Vi er fire barnehager som gjerne vil låne scenen 17. mai. Hvem snakker vi med?\n\nSunniva Dahl\n"
        ),
        3,
    ),
    (
        (
            "From: Hallnytt <nytt@example.org>\nTo: kultur@lilleby.example.org\nSubject: Nytt om halldekker\n"
            "Message-ID: <nytt@example.org>\nList-Id: <hallnytt.example.org>\nContent-Type: text/plain; charset=utf-8\n\n"
            "Les alt om nye halldekker i årets siste nummer.\n"
        ),
        8,
    ),
)
