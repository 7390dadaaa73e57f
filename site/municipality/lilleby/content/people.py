"""Who lives and works in Lilleby. Everybody is invented; every address is at example.org.

The first ones carry the logins that the command prints (LOGINS, the roles of the HTTP contract).
"""

from __future__ import annotations

from municipality.lilleby.content.kinds import Person, Text, Unit

_EMPLOYEES = [
    Person("marit", "Marit Solvang", "marit.solvang@example.org", "90 00 01 10", title="leder for servicetorget"),
    Person("henrik", "Henrik Aas Lund", "henrik.lund@example.org", "90 00 01 11", title="konsulent"),
    Person("tone", "Tone Haugsdal", "tone.haugsdal@example.org", "90 00 01 20", title="leder for kultur og idrett"),
    Person("ingrid", "Ingrid Myrvold", "ingrid.myrvold@example.org", "90 00 01 21", title="kulturkonsulent"),
    Person("jonas", "Jonas Fjellheim", "jonas.fjellheim@example.org", "90 00 01 22", title="idrettskonsulent"),
    Person("arne", "Arne Kvalvik", "arne.kvalvik@example.org", "90 00 01 30", title="leder for teknisk"),
    Person("wenche", "Wenche Dahlmo", "wenche.dahlmo@example.org", "90 00 01 31", title="rådgiver, vei og park"),
    Person("nilsante", "Nils-Ánte Sara", "nils-ante.sara@example.org", "90 00 01 32", title="anleggsplanlegger"),
    Person("yusuf", "Yusuf Abdi Warsame", "yusuf.warsame@example.org", "90 00 01 33", title="vaktmester"),
    Person("kari", "Kari Nymoen", "kari.nymoen@example.org", "90 00 01 40", title="leder for skole"),
    Person("solveig", "Solveig Strand", "solveig.strand@example.org", "90 00 01 41", title="skolekonsulent"),
    Person("biret", "Biret Elle Gaup", "biret.gaup@example.org", "90 00 01 42", "nn", title="skolekonsulent"),
    Person("sunniva", "Sunniva Lie Bakken", "sunniva.bakken@example.org", "90 00 01 23", title="konsulent"),
    Person("kare", "Kåre Nilsen Holm", "kare.holm@example.org", "90 00 01 24", title="kulturkonsulent"),
    Person("admin", "Aslak Dragland", "aslak.dragland@example.org", "90 00 01 50", title="systemansvarlig"),
]

_TOWNSPEOPLE = [
    Person("linn", "Linn Andreassen", "linn.andreassen@example.org", "90 00 02 01"),
    Person("geir", "Geir Ove Pettersen", "geir.pettersen@example.org", "90 00 02 02"),
    Person("maja", "Maja Utsi Lervik", "maja.lervik@example.org", "90 00 02 03", born=16),
    Person("fatima", "Fatima Al-Khatib", "fatima.alkhatib@example.org", "90 00 02 04"),
    Person("oddvar", "Oddvar Breivik Nes", "oddvar.nes@example.org", "90 00 02 05"),
    Person("siri", "Siri Vollan", "siri.vollan@example.org", "90 00 02 06", "nn"),
    Person("tomasz", "Tomasz Wiśniewski", "tomasz.wisniewski@example.org", "90 00 02 07"),
    Person("ellen", "Ellen Margrethe Bongo", "ellen.bongo@example.org", "90 00 02 08"),
    Person("helge", "Helge Sørmo", "helge.sormo@example.org", "90 00 02 09"),
    Person("anniken", "Anniken Rødsand", "anniken.rodsand@example.org", "90 00 02 10"),
    Person("samuel", "Samuel Tesfay", "samuel.tesfay@example.org", "90 00 02 11", "en"),
    Person("bjorg", "Bjørg Lillevik", "bjorg.lillevik@example.org", "90 00 02 12"),
    Person("trygve", "Trygve Hamnes", "trygve.hamnes@example.org", "90 00 02 13"),
    Person("hanne", "Hanne Kristin Moen", "hanne.moen@example.org", "90 00 02 14"),
    Person("olga", "Olha Kovalenko", "olha.kovalenko@example.org", "90 00 02 15", "en"),
    Person("mikkel", "Mikkel Eira", "mikkel.eira@example.org", "90 00 02 16"),
    Person("rune", "Rune Storjord", "rune.storjord@example.org", "90 00 02 17"),
    Person("gro", "Gro Engan", "gro.engan@example.org", "90 00 02 18"),
    Person("thuy", "Thuy Nguyen Berg", "thuy.berg@example.org", "90 00 02 19"),
    Person("lars", "Lars Petter Sjøvik", "lars.sjovik@example.org", "90 00 02 20"),
    Person("amina", "Amina Hassan Omar", "amina.omar@example.org", "90 00 02 21"),
    Person("vidar", "Vidar Grønnslett", "vidar.gronnslett@example.org", "90 00 02 22"),
    Person("torill", "Torill Haukås", "torill.haukas@example.org", "90 00 02 23", "nn"),
    Person("eirik", "Eirik Lysnes", "eirik.lysnes@example.org", "90 00 02 24"),
    Person("nora", "Nora Fossli", "nora.fossli@example.org", "90 00 02 25", born=17),
    Person("david", "David Okafor", "david.okafor@example.org", "90 00 02 26", "en"),
    Person("astrid", "Astrid Skogvoll", "astrid.skogvoll@example.org", "90 00 02 27"),
    Person("kjell", "Kjell Arne Myhre", "kjell.myhre@example.org", "90 00 02 28"),
]

PEOPLE: dict[str, Person] = {person.key: person for person in [*_EMPLOYEES, *_TOWNSPEOPLE]}
EMPLOYEES = tuple(person.key for person in _EMPLOYEES)

LOGINS = {
    "coach": "linn",
    "leader": "geir",
    "youth": "maja",
    "officer": "ingrid",
    "officer_two_hats": "jonas",
    "unit_leader": "tone",
    "other_unit_officer": "wenche",
    "planner": "nilsante",
    "admin": "admin",
}

UNITS = [
    Unit(
        "servicetorget",
        Text("Servicetorget", "Servicetorget", "Town office"),
        Text(
            "Døra inn til kommunen. Vet du ikke hvem som har ansvaret, så spør oss, så finner vi riktig person.",
            "Døra inn til kommunen. Veit du ikkje kven som har ansvaret, så spør oss, så finn vi rett person.",
            "The door to the municipality. If you don't know who is responsible, ask us, and we find the right person.",
        ),
        "post@lilleby.example.org",
        "75 00 10 00",
        leader="marit",
        officers=("henrik",),
        promise_working_days=5,
    ),
    Unit(
        "kultur-og-idrett",
        Text("Kultur og idrett", "Kultur og idrett", "Culture and sports"),
        Text(
            "Låner ut hallen, svømmehallen, ungdomshuset, scenen og det meste av utstyret. "
            "Vi vil at det skal være lett å få til noe i Lilleby.",
            "Låner ut hallen, symjehallen, ungdomshuset, scena og det meste av utstyret. "
            "Vi vil at det skal vere lett å få til noko i Lilleby.",
            "Lends the sports hall, the swimming hall, the youth club, the stage and most of the equipment. "
            "We want it to be easy to make things happen in Lilleby.",
        ),
        "kultur@lilleby.example.org",
        "75 00 10 20",
        leader="tone",
        officers=("ingrid", "jonas"),
        parent="servicetorget",
        promise_working_days=7,
    ),
    Unit(
        "teknisk",
        Text("Teknisk", "Teknisk", "Technical services"),
        Text(
            "Har ansvar for veier, parker, vann og avløp, og for vaktmesterne. Spør oss om Elvesletta og om hengeren.",
            "Har ansvar for vegar, parkar, vatn og avløp, og for vaktmeistrane. Spør oss om Elvesletta og om hengaren.",
            "Looks after roads, parks, water and sewers, and the caretakers. Ask us about Elvesletta and the trailer.",
        ),
        "teknisk@lilleby.example.org",
        "75 00 10 30",
        leader="arne",
        officers=("wenche",),
        parent="servicetorget",
        planners=("nilsante",),
        caretakers=("yusuf",),
    ),
    Unit(
        "skole",
        Text("Skole", "Skule", "Schools"),
        Text(
            "Skolen er hele byens hus etter skoletid. Vi låner ut gymsalen på Lilleby skole på kveldstid og i ferier.",
            "Skulen er huset til heile byen etter skuletid. Vi låner ut gymsalen på Lilleby skule på kveldstid og i feriar.",
            "After hours the school belongs to the whole town. We lend the school gym in the evenings and in the holidays.",
        ),
        "skole@lilleby.example.org",
        "75 00 10 40",
        leader="kari",
        officers=("solveig", "biret"),
        parent="servicetorget",
    ),
]

AWAY_THIS_WEEK = "solveig"  # her deputy, Biret, has everything that is hers
STANDS_IN_THIS_WEEK = "biret"
#: Began a fortnight ago, in this unit: their first weeks.
NEW, NEW_IN = "sunniva", "kultur-og-idrett"
#: Left last week without handing over: went to others by itself, and waits on the leader's list.
LEFT, LEFT_BEHIND = "kare", ("bord", "havnescenen")
#: Has a last day ahead, and has not handed over yet.
LEAVES = "henrik"
#: Away in two weeks; their stand-in is away on some of these days too.
AWAY_LATER, STANDS_IN_LATER = "jonas", "ingrid"
#: What the newcomer has been given, and by whom.
GIVEN, GIVEN_BY = ("stoler",), "jonas"
