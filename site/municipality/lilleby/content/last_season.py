"""What became of last season's hall hours in Lilleby: who used them, who gave some up, and who got those."""

from __future__ import annotations

GROUNDS = "Planen som lå på bordet etter møtet, med to bytter som lagene ble enige om."
LEFT_OUT = "Stedet er stengt disse datoene, eller det var avtalt noe annet før runden ble lyst ut."
#: Organisations that didn't answer whether they take their hours: shown as silence.
SILENT = ("lilleby-hjelpekorps",)

#: Dates that nobody used, by team: every so many weeks, from this week of the season on, until that one.
UNUSED = {
    "Bedriftsvolleyball": (3, 2, 30),
    "Volleyball mix": (4, 16, 38),
    "Innebandy": (2, 8, 12),
    "Mosjon voksne": (9, 5, 38),
    "Håndball G13": (13, 4, 38),
}
#: Teams whose people tapped nothing until this week of the season: nobody has said.
UNSAID = {"Hiphop 8–11": 12, "Seniortrim": 38, "Aspirantkorps": 4, "Førstehjelp for barn": 20}
#: Single dates that were given up in time: team, and weeks of the season.
GIVEN_UP = {
    "Håndball J16": (7, 22),
    "Hovedkorps": (11,),
    "Ungdom": (9, 25),
    "Konkurransegruppa": (14, 28),
    "Åpen hall for familier": (18,),
}
#: The rest of the season given up by a team after two dates without use, from this week on.
RELEASED = ("Innebandy", 14)
#: Who had some of that: who asked, for whom, how many dates, and for what.
TAKEN_OVER = (
    "amina", "dansegruppa-virvel", 6, "Ekstra øving før forestillingen", "Øving på ledig tid, fram mot våren."
)  # fmt: skip
#: The municipality's closure of an evening that had been given: thing, week of the season, and why.
CLOSED = ("svommehallen", 20, "Vannprøvene var ikke gode nok")
