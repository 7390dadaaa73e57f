"""Houses and rooms: the hall and its parts, the gym, the pool, the town hall, the library, the youth club."""

from __future__ import annotations

from datetime import time

from municipality.lilleby.content.kinds import Access, Hours, Text, Thing
from municipality.lilleby.content.town import house
from municipality.lilleby.content.words import (
    ADULT_PRESENT,
    ESCAPE_WAYS,
    INDOOR_SHOES,
    LEAVE_TIDY,
    NEIGHBOURS,
    NO_ALCOHOL,
    TELL_FAULTS,
    free_for_all,
    rent,
)

WEEKDAYS, WEEKEND, ALL_DAYS = (0, 1, 2, 3, 4), (5, 6), (0, 1, 2, 3, 4, 5, 6)

# Lillebyhallen stands on the east bank, its long side along Skoleveien. The thirds lie side by side along it.
_HALL = (350.0, -150.0, 66.0, 34.0, 18.0)
_THIRD = 22.0


def _third(number: int) -> tuple[tuple[float, float], ...]:
    """The outline of third 0, 1 or 2 of the hall floor."""
    import math

    angle = math.radians(_HALL[4])
    shift = (number - 1) * _THIRD
    return house(_HALL[0] + shift * math.cos(angle), _HALL[1] + shift * math.sin(angle), _THIRD, _HALL[3], _HALL[4])


_HALL_ACCESS = Access(
    step_free="yes",
    accessible_toilet="yes",
    hearing_loop="yes",
    lift="not_checked",
    quiet_room="no",
    door_width_cm=95,
    words=Text(
        "Trinnfritt fra parkeringen og inn hovedinngangen. Teleslyngen virker i hele tribunen. "
        "Heisen til galleriet er ny og ikke kontrollert ennå.",
        "Trinnfritt frå parkeringa og inn hovudinngangen. Teleslynga verkar på heile tribunen. "
        "Heisen til galleriet er ny og ikkje kontrollert enno.",
        "Step-free from the car park through the main entrance. The hearing loop works in the whole stand. "
        "The lift to the gallery is new and not checked yet.",
    ),
)
_HALL_HOURS = (Hours(WEEKDAYS, time(8), time(23)), Hours(WEEKEND, time(9), time(22)))


def _part(slug: str, cells: tuple[str, ...], number: int | None, name: Text, summary: Text, capacity: int) -> Thing:
    return Thing(
        slug, "venue", "kultur-og-idrett", "ingrid", "jonas", name, summary,
        cells=cells, parent="lillebyhallen", capacity=capacity, address="Skoleveien 12",
        outline=_third(number) if number is not None else (), for_youth=True, access=_HALL_ACCESS,
        features=("handballmal", "volleyballnett") if len(cells) > 1 else ("volleyballnett",),
    )


HALL = [
    Thing(
        "lillebyhallen", "venue", "kultur-og-idrett", "ingrid", "jonas",
        Text("Lillebyhallen", "Lillebyhallen", "Lillebyhallen sports hall"),
        Text(
            "Hele hallen: håndballbane, tribune og plass til 600. Kan også lånes i tredeler.",
            "Heile hallen: handballbane, tribune og plass til 600. Kan òg lånast i tredelar.",
            "The whole hall: handball court, stand and room for 600. Can also be borrowed in thirds.",
        ),
        cells=("lillebyhallen-a", "lillebyhallen-b", "lillebyhallen-c"),
        capacity=600, address="Skoleveien 12", outline=house(*_HALL),
        features=("handballmal", "volleyballnett", "tribune", "lydanlegg", "garderober", "parkering", "tradlost-nett"),
        hours=_HALL_HOURS, school_holidays=(time(9), time(22)),
        house_rules=(INDOOR_SHOES, ADULT_PRESENT, NO_ALCOHOL, LEAVE_TIDY, ESCAPE_WAYS),
        access=_HALL_ACCESS, prices=rent(150, 300, 900), for_youth=True,
        basis="Kommunens eget bygg. Lånes ut etter reglementet for utlån av kommunale lokaler.",
        rules={"min_minutes": 30, "max_minutes": 720, "step_minutes": 15, "lead_hours": 12, "horizon_days": 400,
               "needs_adult": True},
        picture="hall",
        picture_alt=Text(
            "Tegning av en stor, lys idrettshall med håndballmål, tribune og høye vinduer mot fjellet.",
            "Teikning av ein stor, lys idrettshall med handballmål, tribune og høge vindauge mot fjellet.",
            "Drawing of a large, bright sports hall with handball goals, a stand and tall windows towards the mountain.",
        ),
        body=(
            Text(
                "Lillebyhallen er byens største rom. Her trener de minste på tirsdager, her danser konfirmantene, og her "
                "samles vi når det er noe å feire. Hallen har full håndballbane, tribune og plass til 600 mennesker.",
                "Lillebyhallen er det største rommet i byen. Her trener dei minste på tysdagar, her dansar konfirmantane, "
                "og her samlast vi når det er noko å feire. Hallen har full handballbane, tribune og plass til 600 menneske.",
                "Lillebyhallen is the largest room in town. The youngest train here on Tuesdays, the confirmands dance here, "
                "and here we meet when there is something to celebrate. It has a full handball court, a stand and room for 600.",
            ),
            Text("## En tredel holder ofte", "## Ein tredel held ofte", "## A third is often enough"),
            Text(
                "To skillevegger deler hallen i tre. Trenger dere bare en tredel, så lån en tredel: da får flere plass, og "
                "det er lettere å finne en ledig time.",
                "To skiljevegger deler hallen i tre. Treng de berre ein tredel, så lån ein tredel: då får fleire plass, og "
                "det er lettare å finne ein ledig time.",
                "Two curtains divide the hall in three. If a third is all you need, borrow a third: more people get room, and "
                "a free hour is easier to find.",
            ),
            Text("## Nøkkel og vaktmester", "## Nøkkel og vaktmeister", "## Key and caretaker"),
            Text(
                "Ytterdøra åpner seg en halv time før timen deres og låser seg en halv time etter. Vaktmesteren har "
                "telefon til klokka 23.",
                "Ytterdøra opnar seg ein halv time før timen dykkar og låser seg ein halv time etter. Vaktmeisteren har "
                "telefon til klokka 23.",
                "The outer door opens half an hour before your time and locks half an hour after. The caretaker answers the "
                "phone until 23:00.",
            ),
        ),
        facts=(
            (Text("Gulvflate", "Golvflate", "Floor"), Text("44 × 23 meter", "44 × 23 meter", "44 × 23 metres")),
            (Text("Takhøyde", "Takhøgd", "Ceiling height"), Text("8,5 meter", "8,5 meter", "8.5 metres")),
            (Text("Tribune", "Tribune", "Stand"), Text("220 sitteplasser", "220 sitjeplassar", "220 seats")),
        ),
    ),
    _part("lillebyhallen-a", ("lillebyhallen-a",), 0,
          Text("Lillebyhallen, tredel A", "Lillebyhallen, tredel A", "Lillebyhallen, third A"),
          Text("Tredelen nærmest inngangen.", "Tredelen nærmast inngangen.", "The third next to the entrance."), 60),
    _part("lillebyhallen-b", ("lillebyhallen-b",), 1,
          Text("Lillebyhallen, tredel B", "Lillebyhallen, tredel B", "Lillebyhallen, third B"),
          Text("Tredelen i midten.", "Tredelen i midten.", "The third in the middle."), 60),
    _part("lillebyhallen-c", ("lillebyhallen-c",), 2,
          Text("Lillebyhallen, tredel C", "Lillebyhallen, tredel C", "Lillebyhallen, third C"),
          Text("Tredelen innerst, med klatrevegg for de små.", "Tredelen inst, med klatrevegg for dei små.",
               "The innermost third, with a climbing wall for the little ones."), 60),
    _part("lillebyhallen-ab", ("lillebyhallen-a", "lillebyhallen-b"), None,
          Text("Lillebyhallen, to tredeler (A og B)", "Lillebyhallen, to tredelar (A og B)", "Lillebyhallen, two thirds (A and B)"),
          Text("Nok til volleyball eller innebandy.", "Nok til volleyball eller innebandy.", "Enough for volleyball or floorball."), 120),
    Thing(
        "lillebyhallen-garderobe-1", "venue", "kultur-og-idrett", "ingrid", "jonas",
        Text("Lillebyhallen, garderobe 1 og 2", "Lillebyhallen, garderobe 1 og 2", "Lillebyhallen, changing rooms 1 and 2"),
        Text("To garderober med dusj, for cup og overnatting.", "To garderobar med dusj, for cup og overnatting.",
             "Two changing rooms with showers, for tournaments and overnight stays."),
        cells=("lillebyhallen-garderobe-1", "lillebyhallen-garderobe-2"), parent="lillebyhallen", capacity=40,
        address="Skoleveien 12", features=("garderober",), for_youth=True,
    ),
    Thing(
        "lillebyhallen-garderobe-3", "venue", "kultur-og-idrett", "ingrid", "jonas",
        Text("Lillebyhallen, garderobe 3 (tilpasset)", "Lillebyhallen, garderobe 3 (tilpassa)", "Lillebyhallen, changing room 3 (adapted)"),
        Text("Egen garderobe med god plass til rullestol og hjelper.", "Eigen garderobe med god plass til rullestol og hjelpar.",
             "A changing room of its own, with room for a wheelchair and a helper."),
        cells=("lillebyhallen-garderobe-3",), parent="lillebyhallen", capacity=6, address="Skoleveien 12",
        features=("garderober",), access=Access("yes", "yes", "no", "not_checked", "yes", 110), for_youth=True,
    ),
    Thing(
        "lillebyhallen-kiosk", "venue", "kultur-og-idrett", "jonas", "ingrid",
        Text("Kioskkjøkkenet i Lillebyhallen", "Kioskkjøkkenet i Lillebyhallen", "The kiosk kitchen in Lillebyhallen"),
        Text("Vaffeljern, kaffetrakter og luke mot hallen. Deles med kafeen.",
             "Vaffeljern, kaffitraktar og luke mot hallen. Blir delt med kafeen.",
             "Waffle irons, coffee maker and a hatch to the hall. Shared with the café."),
        cells=("lillebyhallen-kjokken",), parent="lillebyhallen", capacity=8, address="Skoleveien 12",
        features=("kjokken", "drikkevann"), rules={"buffer_after": 30},
    ),
    Thing(
        "lillebyhallen-kafe", "venue", "kultur-og-idrett", "jonas", "ingrid",
        Text("Kafeen i Lillebyhallen", "Kafeen i Lillebyhallen", "The café in Lillebyhallen"),
        Text("Kafé med 50 plasser, lekekrok og kjøkken. Kjøkkenet er det samme som kioskens.",
             "Kafé med 50 plassar, leikekrok og kjøkken. Kjøkkenet er det same som kiosken sitt.",
             "A café with 50 seats, a play corner and a kitchen. The kitchen is the kiosk's too."),
        cells=("lillebyhallen-kafe", "lillebyhallen-kjokken"), parent="lillebyhallen", capacity=50,
        address="Skoleveien 12", features=("kjokken", "drikkevann", "tradlost-nett"), access=_HALL_ACCESS,
        rules={"buffer_after": 30}, for_youth=True, picture="cafe",
        picture_alt=Text(
            "Tegning av kafébord med vafler og kakao, og en disk med luke mot hallen.",
            "Teikning av kafébord med vaflar og kakao, og ein disk med luke mot hallen.",
            "Drawing of café tables with waffles and cocoa, and a counter with a hatch to the hall.",
        ),
        body=(
            Text(
                "Kafeen er hjertet på Møteplassen hver måned, og kan lånes av alle som vil samle folk rundt noe varmt å drikke. "
                "Låner noen kiosken, er kjøkkenet opptatt, og da er kafeen det også.",
                "Kafeen er hjartet på Møteplassen kvar månad, og kan lånast av alle som vil samle folk rundt noko varmt å drikke. "
                "Låner nokon kiosken, er kjøkkenet opptatt, og då er kafeen det òg.",
                "The café is the heart of the monthly meeting place, and anyone who wants to gather people around a hot drink can "
                "borrow it. When somebody borrows the kiosk, the kitchen is taken, and so is the café.",
            ),
        ),
    ),
]

SCHOOL = [
    Thing(
        "gymsalen", "venue", "skole", "solveig", "biret",
        Text("Gymsalen på Lilleby skole", "Gymsalen på Lilleby skule", "The gym at Lilleby school"),
        Text("Liten, lun gymsal med tau, ribbevegg og matter. Ledig etter skoletid.",
             "Liten, lun gymsal med tau, ribbevegg og matter. Ledig etter skuletid.",
             "A small, friendly gym with ropes, wall bars and mats. Free after school hours."),
        cells=("gymsalen",), capacity=80, address="Skoleveien 8", outline=house(425.0, -62.0, 24.0, 14.0, 18.0),
        features=("garderober", "volleyballnett"),
        hours=(Hours(WEEKDAYS, time(16), time(22)), Hours(WEEKEND, time(9), time(20))),
        school_holidays=(time(9), time(21)),
        house_rules=(INDOOR_SHOES, ADULT_PRESENT, LEAVE_TIDY, TELL_FAULTS),
        access=Access("no", "yes", "no", "no", "yes", 83, Text(
            "To trinn ved inngangen, og rampen er på vei. Ring oss, så legger vi ut den løse rampen.",
            "To trinn ved inngangen, og rampa er på veg. Ring oss, så legg vi ut den lause rampa.",
            "Two steps at the entrance; a ramp is on its way. Call us, and we put out the loose one.",
        )),
        prices=rent(50, 100, 400), for_youth=True,
        rules={"min_minutes": 45, "max_minutes": 240, "step_minutes": 15, "lead_hours": 24, "needs_adult": True,
               "approval": "automatic_for", "automatic_children_youth": True, "holidays": "closed"},
        picture="gym",
        picture_alt=Text("Tegning av en gymsal med ribbevegg, tau, bukk og tykke matter.",
                         "Teikning av ein gymsal med ribbevegg, tau, bukk og tjukke matter.",
                         "Drawing of a gym with wall bars, ropes, a buck and thick mats."),
        body=(
            Text(
                "Salen der alle i Lilleby har klatret i tau. Passer for trim, dans, lek og små grupper. For barn og unge "
                "er timen innvilget i samme øyeblikk som dere spør, hvis den er ledig.",
                "Salen der alle i Lilleby har klatra i tau. Høver for trim, dans, leik og små grupper. For barn og unge "
                "er timen innvilga i same augeblinken som de spør, om han er ledig.",
                "The gym where everybody in Lilleby has climbed a rope. Good for exercise, dance, play and small groups. For "
                "children and youth a free hour is yours the moment you ask.",
            ),
            Text(
                "I skoletiden er salen skolens. I ferier er den åpen fra morgenen av.",
                "I skuletida er salen skulen sin. I feriar er han open frå morgonen av.",
                "During school hours it belongs to the school. In the holidays it is open from the morning.",
            ),
        ),
        facts=((Text("Gulvflate", "Golvflate", "Floor"), Text("20 × 10 meter", "20 × 10 meter", "20 × 10 metres")),),
    ),
    Thing(
        "svommehallen", "venue", "kultur-og-idrett", "jonas", "ingrid",
        Text("Lilleby svømmehall", "Lilleby symjehall", "Lilleby swimming hall"),
        Text("Tolv og en halv meter, 29 grader og et lite basseng for de minste.",
             "Tolv og ein halv meter, 29 grader og eit lite basseng for dei minste.",
             "Twelve and a half metres, 29 degrees, and a small pool for the youngest."),
        cells=("svommehallen",), capacity=45, address="Skoleveien 10", outline=house(472.0, -135.0, 30.0, 18.0, 18.0),
        features=("garderober", "parkering"),
        hours=(Hours(WEEKDAYS, time(15), time(21)), Hours(WEEKEND, time(10), time(17))),
        closed_in_school_holidays=False, school_holidays=(time(10), time(17)),
        house_rules=(
            Text("Minst én med gyldig livredningsprøve er ved bassengkanten.",
                 "Minst éin med gyldig livredningsprøve er ved bassengkanten.",
                 "At least one person with a valid lifesaving test stands by the pool."),
            Text("Dusj uten badetøy før badet.", "Dusj utan badetøy før badet.", "Shower without swimwear before swimming."),
            LEAVE_TIDY,
        ),
        access=Access("yes", "yes", "no", "yes", "no", 90, Text(
            "Bassengheis og dusjstol finnes. Be om dem når dere spør, så er de klare.",
            "Bassengheis og dusjstol finst. Be om dei når de spør, så er dei klare.",
            "There is a pool hoist and a shower chair. Ask for them, and they are ready.",
        )),
        prices=rent(250, 500, 1200), for_youth=True,
        permits=(("Livredningsprøve, ikke eldre enn tolv måneder", "Kultur og idrett"),),
        rules={"min_minutes": 60, "max_minutes": 180, "step_minutes": 30, "lead_hours": 48, "needs_adult": True,
               "buffer_after": 15, "holidays": "closed"},
        picture="pool",
        picture_alt=Text("Tegning av et basseng med badebaner, flytebrett og store vinduer.",
                         "Teikning av eit basseng med baner, flytebrett og store vindauge.",
                         "Drawing of a pool with lanes, kickboards and large windows."),
        body=(
            Text(
                "Varmt vann når det er kaldt ute. Svømmehallen passer for kurs, babysvømming, bursdager og rolige formiddager. "
                "Livvakten må være deres egen; spør oss om kurs hvis dere mangler en.",
                "Varmt vatn når det er kaldt ute. Symjehallen høver for kurs, babysymjing, bursdagar og rolege formiddagar. "
                "Livvakta må vere dykkar eiga; spør oss om kurs om de manglar ei.",
                "Warm water when it is cold outside. Good for courses, baby swimming, birthdays and quiet mornings. You bring "
                "your own lifeguard; ask us about a course if you lack one.",
            ),
        ),
        facts=((Text("Basseng", "Basseng", "Pool"), Text("12,5 × 8 meter, dybde 0,9–2,2 meter",
                                                          "12,5 × 8 meter, djupn 0,9–2,2 meter",
                                                          "12.5 × 8 metres, 0.9 to 2.2 metres deep")),),
    ),
]

_TOWN_HALL_ACCESS = Access("yes", "yes", "yes", "yes", "yes", 100, Text(
    "Automatisk dør, heis til alle etasjer og teleslynge i Elvesalen.",
    "Automatisk dør, heis til alle etasjar og teleslynge i Elvesalen.",
    "Automatic door, lift to all floors, and a hearing loop in Elvesalen.",
))
_MEETING_RULES = {"min_minutes": 30, "max_minutes": 480, "step_minutes": 15, "lead_hours": 1, "approval": "automatic"}

TOWN = [
    Thing(
        "elvesalen", "venue", "servicetorget", "henrik", "marit",
        Text("Elvesalen på rådhuset", "Elvesalen på rådhuset", "Elvesalen, meeting room in the town hall"),
        Text("Møterom for 24 med utsikt til elva. Godkjennes med en gang.",
             "Møterom for 24 med utsikt til elva. Blir godkjent med ein gong.",
             "A meeting room for 24 with a view of the river. Yours at once."),
        cells=("elvesalen",), capacity=24, address="Torget 1", outline=house(-190.0, 96.0, 14.0, 9.0, -12.0),
        features=("skjerm", "tradlost-nett"), hours=(Hours(WEEKDAYS, time(8), time(22)), Hours((5,), time(10), time(16))),
        house_rules=(LEAVE_TIDY, ESCAPE_WAYS), access=_TOWN_HALL_ACCESS, prices=free_for_all(), rules=_MEETING_RULES,
        for_youth=True, picture="meeting",
        picture_alt=Text("Tegning av et langt møtebord med grønne stoler, en skjerm og et vindu mot elva.",
                         "Teikning av eit langt møtebord med grøne stolar, ein skjerm og eit vindauge mot elva.",
                         "Drawing of a long meeting table with green chairs, a screen and a window towards the river."),
        body=(
            Text(
                "Her møtes styrer, råd og foreldregrupper. Kaffemaskinen er deres så lenge møtet varer. Er rommet ledig, er "
                "det deres i samme øyeblikk som dere spør.",
                "Her møtest styre, råd og foreldregrupper. Kaffimaskina er dykkar så lenge møtet varer. Er rommet ledig, er "
                "det dykkar i same augeblinken som de spør.",
                "Boards, councils and parents meet here. The coffee machine is yours as long as the meeting lasts. If the room "
                "is free, it is yours the moment you ask.",
            ),
        ),
    ),
    Thing(
        "fjordrommet", "venue", "servicetorget", "henrik", "marit",
        Text("Fjordrommet på rådhuset", "Fjordrommet på rådhuset", "Fjordrommet, small meeting room in the town hall"),
        Text("Lite, stille rom for åtte. Godt for samtaler.", "Lite, stille rom for åtte. Godt for samtalar.",
             "A small, quiet room for eight. Good for a talk."),
        cells=("fjordrommet",), capacity=8, address="Torget 1", outline=house(-176.0, 86.0, 6.0, 5.0, -12.0),
        features=("skjerm", "tradlost-nett"), hours=(Hours(WEEKDAYS, time(8), time(20)),),
        house_rules=(LEAVE_TIDY,), access=_TOWN_HALL_ACCESS, prices=free_for_all(), rules=_MEETING_RULES, for_youth=True,
        picture="smallroom",
        picture_alt=Text("Tegning av et rundt bord med fire stoler, en grønn plante og et bilde av fjorden.",
                         "Teikning av eit rundt bord med fire stolar, ein grøn plante og eit bilete av fjorden.",
                         "Drawing of a round table with four chairs, a green plant and a picture of the fjord."),
        body=(
            Text(
                "Et rundt bord, god lyd og dør som lukkes. Her kan noen få snakke om noe viktig.",
                "Eit rundt bord, god lyd og dør som kan lukkast. Her kan nokre få snakke om noko viktig.",
                "A round table, good acoustics and a door that closes. A place where a few can talk about something important.",
            ),
        ),
    ),
    Thing(
        "kantina", "venue", "servicetorget", "henrik", "marit",
        Text("Kantina på rådhuset", "Kantina på rådhuset", "The canteen in the town hall"),
        Text("80 plasser, stort kjøkken og et piano som holder stemmen.",
             "80 plassar, stort kjøkken og eit piano som held stemminga.",
             "80 seats, a large kitchen, and a piano that stays in tune."),
        cells=("kantina", "kantina-kjokken"), capacity=80, address="Torget 1", outline=house(-202.0, 78.0, 18.0, 11.0, -12.0),
        features=("kjokken", "piano", "projektor", "tradlost-nett", "lydanlegg"),
        hours=(Hours(WEEKDAYS, time(16), time(23)), Hours(WEEKEND, time(10), time(23))),
        house_rules=(LEAVE_TIDY, NO_ALCOHOL, ESCAPE_WAYS, NEIGHBOURS), access=_TOWN_HALL_ACCESS, prices=rent(100, 250, 700),
        rules={"min_minutes": 60, "max_minutes": 720, "step_minutes": 30, "lead_hours": 48, "buffer_after": 30,
               "private_persons": True}, for_youth=True, picture="canteen",
        picture_alt=Text("Tegning av en kantine med lange bord, et piano og lamper over bordene.",
                         "Teikning av ei kantine med lange bord, eit piano og lamper over borda.",
                         "Drawing of a canteen with long tables, a piano and lamps above the tables."),
        body=(
            Text(
                "Om dagen spiser rådhuset lunsj her. Om kvelden er kantina alles: årsmøter, språkkafé, minnestunder og dåp. "
                "Her ligger også timeplanen på bordet når hallen skal fordeles.",
                "Om dagen et rådhuset lunsj her. Om kvelden er kantina for alle: årsmøte, språkkafé, minnestunder og dåp. "
                "Her ligg òg timeplanen på bordet når hallen skal fordelast.",
                "By day the town hall has its lunch here. In the evening it is everybody's: annual meetings, language cafés, "
                "memorials and christenings. This is also the table where the hall's timetable lies when hours are shared out.",
            ),
        ),
    ),
    Thing(
        "gamle-biblioteket", "venue", "kultur-og-idrett", "ingrid", "jonas",
        Text("Lesesalen på gamle biblioteket", "Lesesalen på gamle biblioteket", "The reading room in the old library"),
        Text("Høye vinduer, gamle hyller og stillhet for 40.", "Høge vindauge, gamle hyller og stille for 40.",
             "Tall windows, old shelves, and quiet for 40."),
        cells=("gamle-biblioteket",), capacity=40, address="Elvegata 3", outline=house(-118.0, 24.0, 16.0, 11.0, 30.0),
        features=("piano", "tradlost-nett"), hours=(Hours(WEEKDAYS, time(10), time(22)), Hours(WEEKEND, time(11), time(18))),
        house_rules=(LEAVE_TIDY, ESCAPE_WAYS,
                     Text("Bøkene i hyllene er historielagets. Les gjerne, men la dem bli i huset.",
                          "Bøkene i hyllene er historielaget sine. Les gjerne, men lat dei bli i huset.",
                          "The books on the shelves belong to the history society. Do read them; let them stay in the house.")),
        access=Access("no", "not_checked", "no", "no", "yes", 78, Text(
            "Tre trinn opp fra Elvegata og smal dør. Huset er fredet; vi leter etter en løsning sammen med rådet for "
            "personer med funksjonsnedsettelse.",
            "Tre trinn opp frå Elvegata og smal dør. Huset er freda; vi leitar etter ei løysing saman med rådet for "
            "personar med funksjonsnedsetjing.",
            "Three steps up from Elvegata and a narrow door. The house is protected; together with the council of people with "
            "disabilities we are looking for a way.",
        )),
        prices=rent(0, 150, 500), owner="unsettled",
        basis="Gave til byen i 1921. Skjøtet er ikke funnet; kommunen har vedlikeholdt huset siden.",
        rules={"min_minutes": 30, "max_minutes": 480, "step_minutes": 15, "lead_hours": 24, "private_persons": True},
        picture="library",
        picture_alt=Text("Tegning av en gammel lesesal med bokhyller til taket, grønne lamper og høye vinduer.",
                         "Teikning av ein gammal lesesal med bokhyller til taket, grøne lamper og høge vindauge.",
                         "Drawing of an old reading room with shelves to the ceiling, green lamps and tall windows."),
        body=(
            Text(
                "Biblioteket flyttet i 2009, men lesesalen ble stående: 11 meter hyller, et piano og vinduer ned mot elva. "
                "Den passer for foredrag, strikkekafé, korøvelser og lekselesing.",
                "Biblioteket flytta i 2009, men lesesalen vart ståande: 11 meter hyller, eit piano og vindauge ned mot elva. "
                "Han høver for foredrag, strikkekafé, korøvingar og lekselesing.",
                "The library moved in 2009, but the reading room stayed: eleven metres of shelves, a piano, and windows down to "
                "the river. Good for talks, knitting, choir practice and homework.",
            ),
        ),
    ),
    Thing(
        "ungdomshuset", "venue", "kultur-og-idrett", "jonas", "ingrid",
        Text("Ungdomshuset Brygga", "Ungdomshuset Brygga", "Brygga youth club"),
        Text("Sofaer, øvingsrom, kjøkken og en vegg som alle kan male på.",
             "Sofaer, øvingsrom, kjøkken og ein vegg som alle kan male på.",
             "Sofas, a rehearsal room, a kitchen, and a wall that everybody may paint."),
        cells=("ungdomshuset-stua", "ungdomshuset-ovingsrom"), capacity=90, address="Bryggeveien 5",
        outline=house(-296.0, -186.0, 22.0, 12.0, -38.0),
        features=("kjokken", "lydanlegg", "spill", "tradlost-nett", "bordtennisbord"),
        hours=(Hours((0, 1, 2, 3), time(14), time(22)), Hours((4, 5), time(14), time(23, 30)), Hours((6,), time(13), time(20))),
        school_holidays=(time(12), time(22)),
        house_rules=(
            Text("Rusfritt, alltid.", "Rusfritt, alltid.", "No alcohol or drugs, ever."),
            Text("Ungdommene har gjort huset fint. Spør før dere flytter noe.",
                 "Ungdommane har gjort huset fint. Spør før de flyttar noko.",
                 "The young people made it nice. Ask before you move things."),
            LEAVE_TIDY,
        ),
        access=Access("yes", "yes", "no", "not_checked", "yes", 90), prices=free_for_all(), for_youth=True,
        rules={"min_minutes": 60, "max_minutes": 540, "step_minutes": 30, "lead_hours": 24, "needs_adult": True},
        picture="youthclub",
        picture_alt=Text("Tegning av en stue med sofa, bordtennisbord, gitar og en fargerik malt vegg.",
                         "Teikning av ei stove med sofa, bordtennisbord, gitar og ein fargerik måla vegg.",
                         "Drawing of a lounge with a sofa, a table tennis table, a guitar and a colourful painted wall."),
        body=(
            Text(
                "Brygga er ungdommens hus, og det er de som bestemmer fargen på veggen. Åpent hus tre kvelder i uka. Resten av "
                "tiden kan huset lånes av alle som gjør noe sammen med barn og unge.",
                "Brygga er huset til ungdommen, og det er dei som bestemmer fargen på veggen. Ope hus tre kveldar i veka. Resten "
                "av tida kan huset lånast av alle som gjer noko saman med barn og unge.",
                "Brygga is the young people's house, and they choose the colour of the wall. It is open three evenings a week. "
                "The rest of the time it can be borrowed by anyone who does something together with children and young people.",
            ),
        ),
    ),
    Thing(
        "ovingsrommet", "venue", "kultur-og-idrett", "jonas", "ingrid",
        Text("Øvingsrommet på Brygga", "Øvingsrommet på Brygga", "The rehearsal room at Brygga"),
        Text("Trommer, to forsterkere og tykke vegger.", "Trommer, to forsterkarar og tjukke vegger.",
             "Drums, two amplifiers and thick walls."),
        cells=("ungdomshuset-ovingsrom",), parent="ungdomshuset", capacity=8, address="Bryggeveien 5",
        features=("lydanlegg",), for_youth=True, rules={"approval": "automatic_for", "automatic_children_youth": True},
    ),
]

VENUES = [*HALL, *SCHOOL, *TOWN]
