"""Words of the pages that present no single thing."""

from __future__ import annotations

from dataclasses import dataclass

from municipality.lilleby.content.kinds import Text

HOME = {
    "title": Text("Lilleby", "Lilleby", "Lilleby"),
    "heading": Text("Lån det vi eier sammen", "Lån det vi eig saman", "Borrow what we own together"),
    "lead": Text(
        "Haller, møterom, ei slette ved elva, stoler og ski. Finn det du trenger, se hva som er ledig, og spør.",
        "Hallar, møterom, ei slette ved elva, stolar og ski. Finn det du treng, sjå kva som er ledig, og spør.",
        "Halls, meeting rooms, a green by the river, chairs and skis. Find what you need, see what is free, and ask.",
    ),
    "works": Text("Her arbeides det snart", "Her blir det snart arbeidd", "Works ahead"),
    "caption": Text(
        "Lilleby: 4 200 mennesker, én elv, og mye som kan deles.",
        "Lilleby: 4 200 menneske, éi elv, og mykje som kan delast.",
        "Lilleby: 4,200 people, one river, and a lot to share.",
    ),
    "alt": Text(
        "Tegning av Lilleby: fargede trehus, rådhuset med tårn, brua over elva og fjell med snø bak.",
        "Teikning av Lilleby: farga trehus, rådhuset med tårn, brua over elva og fjell med snø bak.",
        "Drawing of Lilleby: coloured wooden houses, the town hall with its tower, the bridge, and mountains with snow.",
    ),
}
VENUES = {
    "title": Text("Lokaler og områder", "Lokale og område", "Venues and areas"),
    "slug": Text("lokaler", "lokale", "venues"),
    "intro": Text(
        "Rom og plasser du kan låne i Lilleby. Trenger du bare en del av et lokale, så lån en del: da får flere plass.",
        "Rom og plassar du kan låne i Lilleby. Treng du berre ein del av eit lokale, så lån ein del: då får fleire plass.",
        "Rooms and places to borrow in Lilleby. If you only need a part, borrow a part: then there is room for more.",
    ),
}
EQUIPMENT = {
    "title": Text("Utstyr og hjelp", "Utstyr og hjelp", "Equipment and help"),
    "slug": Text("utstyr", "utstyr", "equipment"),
    "intro": Text(
        "Ting du kan ta med deg, og folk som kan hjelpe. Det aller meste er gratis.",
        "Ting du kan ta med deg, og folk som kan hjelpe. Det aller meste er gratis.",
        "Things to take with you, and people who can help. Nearly all of it is free.",
    ),
}


@dataclass(frozen=True)
class Statement:
    slug: str
    title: Text
    lead: Text
    body: tuple[Text, ...]


STATEMENTS = (
    Statement(
        "tilgjengelighet",
        Text("Tilgjengelighet", "Tilgjenge", "Accessibility"),
        Text("Alle skal kunne bruke disse sidene.", "Alle skal kunne bruke desse sidene.",
             "Everybody should be able to use this site."),
        (
            Text("Sidene skal følge kravene i WCAG 2.1 på nivå AA. De kan brukes med tastatur og skjermleser, og de viktigste "
                 "oppgavene kan gjøres uten JavaScript.",
                 "Sidene skal følgje krava i WCAG 2.1 på nivå AA. Dei kan brukast med tastatur og skjermlesar, og dei viktigaste "
                 "oppgåvene kan gjerast utan JavaScript.",
                 "The site is meant to meet WCAG 2.1 level AA. It works with a keyboard and a screen reader, and the main tasks "
                 "can be done without JavaScript."),
            Text("## Fant du en feil?", "## Fann du ein feil?", "## Did you find a problem?"),
            Text("Si fra til post@lilleby.example.org eller ring 75 00 10 00. Vi svarer innen fem virkedager.",
                 "Sei frå til post@lilleby.example.org eller ring 75 00 10 00. Vi svarer innan fem yrkedagar.",
                 "Write to post@lilleby.example.org or call 75 00 10 00. We answer within five working days."),
            Text("Lilleby er en oppdiktet kommune. En virkelig kommune lenker her til erklæringen sin hos uustatus.no.",
                 "Lilleby er ein oppdikta kommune. Ein verkeleg kommune lenkjer her til erklæringa si hos uustatus.no.",
                 "Lilleby is an invented municipality. A real one links here to its statement at uustatus.no."),
        ),
    ),
    Statement(
        "personvern",
        Text("Personvern", "Personvern", "Privacy"),
        Text("Hva vi lagrer om deg, og hvorfor.", "Kva vi lagrar om deg, og kvifor.", "What we keep about you, and why."),
        (
            Text("Når du søker om lån, lagrer vi navn, e-post, telefon og det du skriver i søknaden. Saksbehandlerne i enheten "
                 "som svarer deg, kan lese det. Andre ser bare at tidspunktet er opptatt, og en tittel hvis du velger å vise den.",
                 "Når du søkjer om lån, lagrar vi namn, e-post, telefon og det du skriv i søknaden. Saksbehandlarane i eininga "
                 "som svarer deg, kan lese det. Andre ser berre at tidspunktet er opptatt, og ein tittel om du vel å vise han.",
                 "When you ask to borrow, we keep your name, e-mail, phone and what you write. The officers of the unit that "
                 "answers can read it. Others only see that the time is taken, and a title if you choose to show it."),
            Text("Vi ber aldri om alder eller navn på barn, bare om omtrent hvor mange som kommer. Vi bruker ingen "
                 "sporing, og ingen opplysninger går til andre.",
                 "Vi ber aldri om alder eller namn på barn, berre om lag kor mange som kjem. Vi bruker inga "
                 "sporing, og ingen opplysningar går til andre.",
                 "We never ask for the age or name of children, only roughly how many will come. There is no tracking, and "
                 "nothing is passed on."),
            Text("Du kan be om å få se, rette eller slette det vi har om deg: post@lilleby.example.org.",
                 "Du kan be om å få sjå, rette eller slette det vi har om deg: post@lilleby.example.org.",
                 "You may ask to see, correct or delete what we have about you: post@lilleby.example.org."),
        ),
    ),
)  # fmt: skip
