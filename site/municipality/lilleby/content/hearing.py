"""What people of Lilleby say in the hearing of the hall hours, and the small round about Sundays."""

from __future__ import annotations

#: Who, for which organisation, kind, words, and what the municipality did about it ("" while it waits).
SAID = (
    (
        "bjorg", "lilleby-pensjonistlag", "comment",
        "Fredag klokka 16 passer fint for oss. Takk for at vi slipper å bytte.", "",
    ),
    (
        "eirik", "lilleby-skolekorps", "comment",
        "Hovedkorpset trenger to timer i strekk. Med mindre rekker vi ikke å spille gjennom et helt program.",
        "Forslaget gir hovedkorpset to timer i strekk. Det holder vi på også hvis noe annet må flyttes.",
    ),
    (
        "rune", "lilleby-bedriftsidrett", "objection",
        "Halvparten av laget jobber skift. Vi ber om at én av øktene kan bytte dag annenhver uke.", "",
    ),
)  # fmt: skip
#: All but the one that objects, and the dance group, which hasn't answered yet.
CONFIRMED = (
    ("bjorg", "lilleby-pensjonistlag"), ("lars", "lilleby-svommeklubb"), ("linn", "lilleby-il"),
    ("tomasz", "lilleby-bordtennis"), ("eirik", "lilleby-skolekorps"), ("gro", "lilleby-speidergruppe"),
    ("tomasz", "fau-lilleby-skole"), ("olga", "lilleby-flerkulturelle"), ("rune", "lilleby-hjelpekorps"),
    ("amina", "sammen"), ("david", "elveteateret"),
)  # fmt: skip
SWAP = (("tomasz", "lilleby-bordtennis"), ("linn", "lilleby-il"))
SWAP_WORDS = "Kan dere bytte? Treneren vår underviser på ungdomsskolen den dagen."

NAME = ("Søndager i Lillebyhallen", "Søndagar i Lillebyhallen", "Sundays in Lillebyhallen")
ABOUT = "Lillebyhallen er åpen for lag på søndager dette halvåret."
ADOPTS = "Kultur og idrett"
COMPLAIN = "Kultur og idrett (klageinstans: klagenemnda)"
PROPOSAL = ("Søndagsplanen", "Alle som ønsket seg søndag, får plass.")
GROUNDS = "Alle som ønsket seg tid, får den."
LEFT_OUT = "Det var avtalt noe annet i hallen på disse datoene før runden ble lyst ut."
#: The first Sunday lies so many weeks back, and the season lasts so many.
WEEKS_BEHIND, WEEKS = 6, 24
#: Who, organisation, team, activity, ages, from and to on Sundays.
TEAMS = (
    ("linn", "lilleby-il", "Håndball J13, søndag", "håndball", (12, 13), 10, 12),
    ("eirik", "lilleby-skolekorps", "Drillgruppa", "drill", (10, 16), 12, 14),
    ("tomasz", "lilleby-bordtennis", "Bordtennis ungdom", "bordtennis", (13, 18), 16, 18),
)
