"""Kits of Lilleby: what is lent together under one name."""

from __future__ import annotations

from dataclasses import dataclass

from municipality.lilleby.content.kinds import Text


@dataclass(frozen=True)
class Kit:
    """A kit. ``parts``: (slug of a thing, how many, may be left out)."""

    slug: str
    unit: str
    name: Text
    summary: Text
    parts: tuple[tuple[str, int, bool], ...]


KITS = (
    Kit("arsmotepakken", "kultur-og-idrett",
        Text("Årsmøtepakken", "Årsmøtepakken", "The annual meeting kit"),
        Text("Tjue stoler, to bord og lydanlegget. Dere kan låne den uten lydanlegget.",
             "Tjue stolar, to bord og lydanlegget. De kan låne han utan lydanlegget.",
             "Twenty chairs, two tables and the PA system. You can do without the PA."),
        (("stoler", 20, False), ("bord", 2, False), ("lydanlegg", 1, True))),
    Kit("projektorpakken", "servicetorget",
        Text("Projektorpakken", "Projektorpakken", "The projector and screen"),
        Text("Projektorkofferten, det store lerretet og en lang skjøteledning. Dere kan låne den uten lerretet.",
             "Projektorkofferten, det store lerretet og ein lang skøyteleidning. De kan låne han utan lerretet.",
             "The projector kit, the big screen and a long extension lead. You can do without the screen."),
        (("projektor", 1, False), ("storlerret", 1, True), ("skjoteledning", 1, False))),
    Kit("skidag-for-klassen", "kultur-og-idrett",
        Text("Skidag for små og store", "Skidag for små og store", "Skis for small and big"),
        Text("To par ski i hver av de tre minste lengdene.", "To par ski i kvar av dei tre minste lengdene.",
             "Two pairs of skis in each of the three shortest lengths."),
        (("ski-120", 2, False), ("ski-140", 2, False), ("ski-160", 2, True))),
)

#: The request that shows a kit on a case: who asks, for which kit, so many days ahead.
ASKER, ORGANISATION, KIT = "linn", "lilleby-il", "projektorpakken"
AHEAD, AGO, START, END = 17, 1, "18:00", "21:00"
TITLE, PURPOSE = "Filmkveld for tiåringene", "Filmkveld på klubbhuset. Vi henter på servicetorget dagen før."
AUDIENCE = {"6-12": 20, "20-59": 4}
