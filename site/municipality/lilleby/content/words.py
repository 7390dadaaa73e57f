"""Features, house rules and prices that several things share."""

from __future__ import annotations

from municipality.lilleby.content.kinds import Price, Text

FEATURES = {
    "garderober": Text("Garderober med dusj", "Garderobar med dusj", "Changing rooms with showers"),
    "kjokken": Text("Kjøkken", "Kjøkken", "Kitchen"),
    "projektor": Text("Projektor og lerret", "Projektor og lerret", "Projector and screen"),
    "skjerm": Text("Skjerm på veggen", "Skjerm på veggen", "Screen on the wall"),
    "lydanlegg": Text("Lydanlegg", "Lydanlegg", "Sound system"),
    "piano": Text("Piano", "Piano", "Piano"),
    "scene": Text("Scene", "Scene", "Stage"),
    "tribune": Text("Tribune", "Tribune", "Stand"),
    "tradlost-nett": Text("Trådløst nett", "Trådlaust nett", "Wireless network"),
    "parkering": Text("Parkering", "Parkering", "Parking"),
    "strom-ute": Text("Strøm ute", "Straum ute", "Outdoor power"),
    "drikkevann": Text("Drikkevann", "Drikkevatn", "Drinking water"),
    "balplass": Text("Bålplass", "Bålplass", "Fire pit"),
    "leskur": Text("Tak over hodet", "Tak over hovudet", "Shelter"),
    "handballmal": Text("Håndballmål", "Handballmål", "Handball goals"),
    "volleyballnett": Text("Volleyballnett", "Volleyballnett", "Volleyball nets"),
    "bordtennisbord": Text("Bordtennisbord", "Bordtennisbord", "Table tennis tables"),
    "spill": Text("Brettspill og spillkonsoll", "Brettspel og spelkonsoll", "Board games and a games console"),
}

LEAVE_TIDY = Text(
    "Rydd, ta med søppelet og lukk vinduene før dere går.",
    "Rydd, ta med søppelet og lat att vindauga før de går.",
    "Tidy up, take your rubbish with you and close the windows before you leave.",
)
ADULT_PRESENT = Text(
    "En voksen over 18 år er til stede hele tiden når barn bruker lokalet.",
    "Ein vaksen over 18 år er til stades heile tida når barn bruker lokalet.",
    "An adult over 18 is present all the time when children use the place.",
)
INDOOR_SHOES = Text(
    "Bare innesko i salen. Klister og harpiks blir hjemme.",
    "Berre innesko i salen. Klister og harpiks blir heime.",
    "Indoor shoes only. No resin or glue on the ball.",
)
ESCAPE_WAYS = Text(
    "Rømningsveiene skal være fri. Les branninstruksen ved døra, det tar ett minutt.",
    "Rømmingsvegane skal vere frie. Les branninstruksen ved døra, det tek eitt minutt.",
    "Keep the escape routes clear. Read the fire notice by the door; it takes one minute.",
)
NO_ALCOHOL = Text(
    "Ingen alkohol når barn og unge er til stede.",
    "Ingen alkohol når barn og unge er til stades.",
    "No alcohol when children and young people are present.",
)
TELL_FAULTS = Text(
    "Gikk noe i stykker? Si fra. Vi blir gladere for en melding enn for en overraskelse.",
    "Gjekk noko i stykke? Sei frå. Vi blir gladare for ei melding enn for ei overrasking.",
    "Did something break? Tell us. We prefer a message to a surprise.",
)
NEIGHBOURS = Text(
    "Dempet lyd etter kl. 22. Naboene skal opp på jobb.",
    "Dempa lyd etter kl. 22. Naboane skal opp på jobb.",
    "Keep the sound down after 22:00. The neighbours have work tomorrow.",
)
LEAVE_NO_TRACE = Text(
    "Etterlat plassen slik at ingen kan se at dere var der.",
    "Gå frå plassen slik at ingen kan sjå at de var der.",
    "Leave the place so that nobody can see you were there.",
)
RETURN_CLEAN = Text(
    "Lever tilbake rent, tørt og hvor det ble hentet.",
    "Lever tilbake reint, tørt og der det vart henta.",
    "Return it clean and dry, to where you picked it up.",
)
COUNT_TOGETHER = Text(
    "Tell sammen med oss ved henting og levering.",
    "Tel saman med oss ved henting og levering.",
    "Count together with us at pick-up and return.",
)


def free_for_all() -> tuple[Price, ...]:
    """Free, and said aloud (N12)."""
    return (Price("everybody", 0, "loan"),)


def rent(organisation: int, private: int, firm: int, per: str = "hour") -> tuple[Price, ...]:
    """Free for children and youth; kroner for the others."""
    return (
        Price("children_youth", 0, per),
        Price("organisation", organisation, per),
        Price("private", private, per),
        Price("commercial", firm, per),
    )
