"""Ground, equipment and help: the river green, the park, the stage; what can be carried away; the caretaker's hours."""

from __future__ import annotations

from datetime import time

from municipality.lilleby.content.kinds import Access, Hours, Text, Thing
from municipality.lilleby.content.town import ring
from municipality.lilleby.content.words import (
    COUNT_TOGETHER,
    LEAVE_NO_TRACE,
    NEIGHBOURS,
    NO_ALCOHOL,
    RETURN_CLEAN,
    TELL_FAULTS,
    free_for_all,
    rent,
)

ALL_DAYS = (0, 1, 2, 3, 4, 5, 6)

AREAS = [
    Thing(
        "elvesletta", "area", "teknisk", "wenche", "arne",
        Text("Elvesletta", "Elvesletta", "Elvesletta, the river green"),
        Text("Stor, flat gresslette ved elva, med bålplass, leskur og plass til alle.",
             "Stor, flat grasslette ved elva, med bålplass, leskur og plass til alle.",
             "A large, level green by the river, with a fire pit, a shelter and room for everybody."),
        cells=("elvesletta-ovre", "elvesletta-nedre"), capacity=800, address="Elveveien",
        outline=ring((150, 40), (235, 62), (330, 120), (352, 176), (318, 205), (236, 168), (160, 112)),
        features=("balplass", "leskur", "strom-ute", "drikkevann"), hours=(Hours(ALL_DAYS, time(7), time(23)),),
        house_rules=(LEAVE_NO_TRACE, NEIGHBOURS,
                     Text("Bål bare på bålplassen. Har brannvesenet forbud, gjelder det her også.",
                          "Bål berre på bålplassen. Har brannvesenet forbod, gjeld det her òg.",
                          "Fires only in the fire pit. A ban by the fire service holds here too."),
                     Text("Elva går stri i mai. Ha en voksen ved vannet.", "Elva går stri i mai. Ha ein vaksen ved vatnet.",
                          "The river is fast in May. Keep an adult by the water.")),
        access=Access("yes", "yes", "no", "no", "no", None, Text(
            "Gruset, jevn vei fra Elveveien helt til leskuret. Toalettet ved parken er tilgjengelig med rullestol hele året.",
            "Grusa, jamn veg frå Elveveien heilt til leskuret. Toalettet ved parken er tilgjengeleg med rullestol heile året.",
            "An even gravel path from Elveveien to the shelter. The toilet by the park is wheelchair accessible all year.",
        )),
        prices=free_for_all(), for_youth=True,
        owner="municipality", basis="Kommunal friluftsgrunn siden 1968. Speiderne og velforeningen har brukt sletta etter muntlig avtale.",
        rules={"min_minutes": 60, "max_minutes": 4320, "step_minutes": 30, "lead_hours": 24, "private_persons": True},
        picture="river",
        picture_alt=Text("Tegning av en grønn slette ved en buktende elv, med leskur, bål og bjørker.",
                         "Teikning av ei grøn slette ved ei buktande elv, med leskur, bål og bjørker.",
                         "Drawing of a green by a winding river, with a shelter, a fire and birches."),
        body=(
            Text(
                "Her er det sankthansbål, speiderleir, fotball uten mål og St. Olavs-leker. Sletta er alles og ingens, og kan "
                "brukes fritt av den som kommer. Skal mange samles, eller skal noe settes opp, så spør først.",
                "Her er det sankthansbål, speidarleir, fotball utan mål og olsokleikar. Sletta er for alle, og kan "
                "brukast fritt av den som kjem. Skal mange samlast, eller skal noko setjast opp, så spør først.",
                "Midsummer fires, scout camps, football without goals. The green belongs to everybody and is free to use for "
                "those who come. If many will gather, or something is to be put up, ask first.",
            ),
        ),
        facts=(
            (Text("Areal", "Areal", "Size"), Text("Om lag 14 mål", "Om lag 14 mål", "About 1.4 hectares")),
            (Text("Strøm", "Straum", "Power"), Text("16 og 32 ampere ved leskuret", "16 og 32 ampere ved leskuret",
                                                    "16 and 32 amperes by the shelter")),
        ),
    ),
    Thing(
        "aktivitetsparken", "area", "teknisk", "wenche", "arne",
        Text("Aktivitetsparken", "Aktivitetsparken", "The activity park"),
        Text("Pumptrack, ballbinge, klatrestein og sklie, vegg i vegg med Elvesletta.",
             "Pumptrack, ballbinge, klatrestein og sklie, vegg i vegg med Elvesletta.",
             "A pump track, a ball court, a climbing boulder and a slide, next to Elvesletta."),
        cells=("aktivitetsparken",), capacity=150, address="Elveveien",
        outline=ring((352, 120), (410, 138), (418, 190), (372, 206), (352, 176)),
        features=("drikkevann",), hours=(Hours(ALL_DAYS, time(8), time(22)),),
        house_rules=(LEAVE_NO_TRACE,
                     Text("Parken er åpen for alle også når noen låner den.", "Parken er open for alle òg når nokon låner han.",
                          "The park is open to everybody also when somebody borrows it."), TELL_FAULTS),
        access=Access("yes", "yes", "no", "no", "no"), prices=free_for_all(), for_youth=True,
        rules={"min_minutes": 60, "max_minutes": 720, "step_minutes": 30, "lead_hours": 24, "needs_adult": True},
        picture="park",
        picture_alt=Text("Tegning av en park med pumptrack, rød sklie, klatrestein og en ball.",
                         "Teikning av ein park med pumptrack, raud sklie, klatrestein og ein ball.",
                         "Drawing of a park with a pump track, a red slide, a climbing boulder and a ball."),
        body=(
            Text(
                "Parken er tegnet av elevene på mellomtrinnet og bygd på dugnad av velforeningen. Lån den til sykkeldag, "
                "turnering eller bursdag for hele klassen.",
                "Parken er teikna av elevane på mellomtrinnet og bygd på dugnad av velforeininga. Lån han til sykkeldag, "
                "turnering eller bursdag for heile klassa.",
                "The park was drawn by pupils and built by the neighbours together. Borrow it for a bicycle day, a tournament, "
                "or a birthday for the whole class.",
            ),
        ),
    ),
    Thing(
        "havnescenen", "area", "kultur-og-idrett", "ingrid", "jonas",
        Text("Havnescenen", "Hamnescena", "The harbour stage"),
        Text("Utescene på brygga, med tak, strøm og fjorden som bakteppe.",
             "Utescene på brygga, med tak, straum og fjorden som bakteppe.",
             "An open-air stage on the quay, with a roof, power, and the fjord behind it."),
        cells=("havnescenen",), capacity=400, address="Bryggeveien 9",
        outline=ring((-352, -256), (-318, -262), (-308, -226), (-342, -220)),
        features=("scene", "strom-ute", "leskur"), hours=(Hours(ALL_DAYS, time(9), time(23)),),
        house_rules=(NEIGHBOURS, NO_ALCOHOL,
                     Text("Livbøyene skal henge der de henger.", "Livbøyene skal henge der dei heng.",
                          "The lifebuoys stay where they hang.")),
        access=Access("yes", "not_checked", "no", "no", "no", None, Text(
            "Asfalt helt fram. Rampen til scenegulvet ligger på baksiden.",
            "Asfalt heilt fram. Rampa til scenegolvet ligg på baksida.",
            "Tarmac all the way. The ramp to the stage floor is at the back.",
        )),
        prices=rent(0, 200, 800), for_youth=True,
        owner="state", owner_name="Kystverket", basis="Bryggegrunnen er statens. Kommunen har bruksrett til scenen fram til 2035.",
        permits=(("Støydispensasjon etter kl. 23", "Teknisk"),),
        rules={"min_minutes": 60, "max_minutes": 840, "step_minutes": 30, "lead_hours": 72, "private_persons": True},
        picture="stage",
        picture_alt=Text("Tegning av en utescene på brygga i kveldslys, med flagg, fjord og fjell bak.",
                         "Teikning av ei utescene på brygga i kveldslys, med flagg, fjord og fjell bak.",
                         "Drawing of an open-air stage on the quay in evening light, with bunting, fjord and mountains behind."),
        body=(
            Text(
                "Fra skolekorpset i mai til julegrana tennes: havnescenen er der vi hører hverandre. Scenen er åtte meter "
                "bred, taket holder regnet ute, og måkene kommer uansett.",
                "Frå skulekorpset i mai til julegrana blir tend: hamnescena er der vi høyrer kvarandre. Scena er åtte meter "
                "brei, taket held regnet ute, og måsane kjem uansett.",
                "From the school band in May to the lighting of the Christmas tree: here we hear each other. The stage is eight "
                "metres wide, the roof keeps the rain out, and the gulls come anyway.",
            ),
        ),
    ),
]

_LOAN_RULES: dict[str, object] = {"step_minutes": 30, "lead_hours": 4, "max_minutes": 10080}
_STORE = "Lagret ved Lillebyhallen, Skoleveien 12"

EQUIPMENT = [
    Thing(
        "tilhenger", "equipment", "teknisk", "wenche", "arne",
        Text("Tilhengeren", "Tilhengaren", "The trailer"),
        Text("Skaphenger, 750 kg, tre meter. Vanlig førerkort holder.",
             "Skaphengar, 750 kg, tre meter. Vanleg førarkort held.",
             "A box trailer, 750 kg, three metres. An ordinary driving licence is enough."),
        cells=("tilhenger",), address="Teknisk driftsstasjon, Elveveien 40", prices=free_for_all(),
        house_rules=(RETURN_CLEAN, TELL_FAULTS,
                     Text("Sjekk lys og lås før dere kjører.", "Sjekk lys og lås før de køyrer.",
                          "Check lights and lock before you drive.")),
        rules=_LOAN_RULES | {"min_minutes": 120, "max_minutes": 4320, "buffer_after": 30}, for_youth=True,
        picture="trailer",
        picture_alt=Text("Tegning av en blå skaphenger på en grusvei ved elva.", "Teikning av ein blå skaphengar på ein grusveg ved elva.",
                         "Drawing of a blue box trailer on a gravel road by the river."),
        body=(
            Text(
                "Til instrumenter, kulisser, telt og alt annet som ikke får plass i en stasjonsvogn. Hentes og leveres ved "
                "driftsstasjonen; koden til porten får dere to dager før.",
                "Til instrument, kulissar, telt og alt anna som ikkje får plass i ein stasjonsvogn. Blir henta og levert ved "
                "driftsstasjonen; koden til porten får de to dagar før.",
                "For instruments, stage sets, tents and everything else that does not fit in an estate car. Pick up and return at "
                "the depot; you get the code for the gate two days before.",
            ),
        ),
    ),
    Thing(
        "stoler", "equipment", "kultur-og-idrett", "jonas", "ingrid",
        Text("Stablestoler", "Stablestolar", "Stacking chairs"),
        Text("40 stoler på to traller.", "40 stolar på to traller.", "40 chairs on two trolleys."),
        stock=40, address=_STORE, prices=free_for_all(), house_rules=(COUNT_TOGETHER, RETURN_CLEAN),
        rules=_LOAN_RULES | {"approval": "automatic"}, for_youth=True, picture="chairs",
        picture_alt=Text("Tegning av stabler med fargerike stoler.", "Teikning av stablar med fargerike stolar.",
                         "Drawing of stacks of colourful chairs."),
        body=(
            Text(
                "Lette stoler som kan stables og bæres to og to. Lån så mange dere trenger; resten er til noen andre.",
                "Lette stolar som kan stablast og berast to og to. Lån så mange de treng; resten er til nokon andre.",
                "Light chairs that stack and can be carried two at a time. Borrow as many as you need; the rest are for someone else.",
            ),
        ),
    ),
    Thing(
        "bord", "equipment", "kultur-og-idrett", "jonas", "ingrid",
        Text("Klappbord", "Klappbord", "Folding tables"),
        Text("Ti bord, 180 × 75 cm. Plass til åtte rundt hvert.", "Ti bord, 180 × 75 cm. Plass til åtte rundt kvart.",
             "Ten tables, 180 × 75 cm. Each seats eight."),
        stock=10, address=_STORE, prices=free_for_all(), house_rules=(COUNT_TOGETHER, RETURN_CLEAN),
        rules=_LOAN_RULES | {"approval": "automatic"}, for_youth=True, picture="tables",
        picture_alt=Text("Tegning av et langbord ute med duk, blomster og lykter.",
                         "Teikning av eit langbord ute med duk, blomar og lykter.",
                         "Drawing of a long table outdoors with a cloth, flowers and lanterns."),
        body=(
            Text("Sett dem etter hverandre, så har dere langbord til hele nabolaget.",
                 "Set dei etter kvarandre, så har de langbord til heile nabolaget.",
                 "Put them end to end, and you have a table for the whole neighbourhood."),
        ),
    ),
    Thing(
        "lydanlegg", "equipment", "kultur-og-idrett", "ingrid", "jonas",
        Text("Lydanlegget", "Lydanlegget", "The PA system"),
        Text("To høyttalere, mikser og tre trådløse mikrofoner i kasser på hjul.",
             "To høgtalarar, miksar og tre trådlause mikrofonar i kasser på hjul.",
             "Two loudspeakers, a mixer and three wireless microphones in cases on wheels."),
        cells=("lydanlegg",), address=_STORE, prices=rent(0, 200, 600, "loan"), house_rules=(RETURN_CLEAN, TELL_FAULTS),
        rules=_LOAN_RULES | {"min_minutes": 120, "needs_adult": True}, for_youth=True, picture="pa",
        picture_alt=Text("Tegning av to høyttalere på stativ, en mikser og en mikrofon.",
                         "Teikning av to høgtalarar på stativ, ein miksar og ein mikrofon.",
                         "Drawing of two loudspeakers on stands, a mixer and a microphone."),
        body=(
            Text(
                "Nok til hallen og til havnescenen. Har dere ikke rigget lyd før, så spør om vaktmesterhjelp samtidig, så "
                "viser vi dere hvordan.",
                "Nok til hallen og til hamnescena. Har de ikkje rigga lyd før, så spør om vaktmeisterhjelp samtidig, så "
                "viser vi dykk korleis.",
                "Enough for the hall and the harbour stage. If you have never rigged sound, ask for the caretaker's help at the "
                "same time, and we show you how.",
            ),
        ),
    ),
    Thing(
        "projektor", "equipment", "servicetorget", "henrik", "marit",
        Text("Projektorkofferten", "Projektorkofferten", "The projector kit"),
        Text("Projektor, lerret, skjøteledning og alle overgangene som pleier å mangle.",
             "Projektor, lerret, skøyteleidning og alle overgangane som pleier å mangle.",
             "Projector, screen, extension lead, and all the adapters that are usually missing."),
        cells=("projektor",), address="Servicetorget, Torget 1", prices=free_for_all(), house_rules=(RETURN_CLEAN,),
        rules=_LOAN_RULES | {"min_minutes": 60, "approval": "automatic"}, for_youth=True, picture="projector",
        picture_alt=Text("Tegning av en projektor som kaster en lysstråle mot et lerret med en måne.",
                         "Teikning av ein projektor som kastar ein lysstråle mot eit lerret med ein måne.",
                         "Drawing of a projector that throws a beam of light on a screen with a moon."),
        body=(
            Text("Til filmkveld i gymsalen, bildekveld på gamle biblioteket eller årsmøte hjemme hos noen.",
                 "Til filmkveld i gymsalen, biletkveld på gamle biblioteket eller årsmøte heime hos nokon.",
                 "For a film night in the gym, an evening of old pictures in the library, or an annual meeting in a living room."),
        ),
    ),
    Thing(
        "storlerret", "equipment", "servicetorget", "henrik", "marit",
        Text("Det store lerretet", "Det store lerretet", "The big screen"),
        Text("Tre meter bredt, på stativ. To personer setter det opp.", "Tre meter breitt, på stativ. To personar set det opp.",
             "Three metres wide, on a stand. It takes two to put it up."),
        cells=("storlerret",), address="Servicetorget, Torget 1", prices=free_for_all(), house_rules=(RETURN_CLEAN,),
        rules=_LOAN_RULES | {"min_minutes": 60, "approval": "automatic"}, for_youth=True, picture="projector",
        picture_alt=Text("Tegning av et lerret med en måne på.", "Teikning av eit lerret med ein måne på.",
                         "Drawing of a screen with a moon on it."),
        body=(Text("For mange tilskuere, ute eller inne.", "For mange tilskodarar, ute eller inne.",
                   "For many spectators, outdoors or in."),),
    ),
    Thing(
        "skjoteledning", "equipment", "servicetorget", "henrik", "marit",
        Text("Skjøteledninger, 25 meter", "Skøyteleidningar, 25 meter", "Extension leads, 25 metres"),
        Text("Fire tromler til bruk inne og ute.", "Fire tromlar til bruk inne og ute.", "Four reels, for use indoors and out."),
        stock=4, address="Servicetorget, Torget 1", prices=free_for_all(), house_rules=(RETURN_CLEAN,),
        rules=_LOAN_RULES | {"min_minutes": 60, "approval": "automatic"}, for_youth=True, picture="pa",
        picture_alt=Text("Tegning av utstyr som trenger strøm.", "Teikning av utstyr som treng straum.",
                         "Drawing of equipment that needs power."),
        body=(Text("Rull dem helt ut før bruk.", "Rull dei heilt ut før bruk.", "Unroll them all the way before use."),),
    ),
]


def _skis(slug: str, length: int, pairs: int, boots: str) -> Thing:
    return Thing(
        slug, "equipment", "kultur-og-idrett", "jonas", "ingrid",
        Text(f"Ski, {length} cm", f"Ski, {length} cm", f"Skis, {length} cm"),
        Text(f"{pairs} par med staver og sko i størrelse {boots}.", f"{pairs} par med stavar og sko i storleik {boots}.",
             f"{pairs} pairs with poles and boots, size {boots}."),
        stock=pairs, parent="ski", address=_STORE, prices=free_for_all(), house_rules=(RETURN_CLEAN,), for_youth=True,
        rules=_LOAN_RULES | {"approval": "automatic", "private_persons": True},
    )


SKIS = [
    Thing(
        "ski", "equipment", "kultur-og-idrett", "jonas", "ingrid",
        Text("Ski til utlån, alle tolv par", "Ski til utlån, alle tolv para", "Skis to borrow, all twelve pairs"),
        Text("Tolv par i fire lengder, med staver og sko. Gratis.", "Tolv par i fire lengder, med stavar og sko. Gratis.",
             "Twelve pairs in four lengths, with poles and boots. Free."),
        cells=("ski-120*3", "ski-140*3", "ski-160*4", "ski-180*2"), address=_STORE, prices=free_for_all(),
        house_rules=(RETURN_CLEAN, COUNT_TOGETHER), rules=_LOAN_RULES | {"approval": "automatic"}, for_youth=True,
        picture="skis",
        picture_alt=Text("Tegning av ski i flere lengder som står i snøen foran et snødekt fjell.",
                         "Teikning av ski i fleire lengder som står i snøen framfor eit snødekt fjell.",
                         "Drawing of skis of several lengths standing in the snow before a white mountain."),
        body=(
            Text(
                "Ingen skal stå igjen hjemme på skidagen fordi skiene mangler. Lån ett par i riktig lengde, eller alle tolv "
                "til en hel gruppe.",
                "Ingen skal stå att heime på skidagen fordi skia manglar. Lån eitt par i rett lengd, eller alle tolv "
                "til ei heil gruppe.",
                "Nobody should stay at home on the ski day for want of skis. Borrow one pair of the right length, or all twelve for "
                "a whole group.",
            ),
        ),
    ),
    _skis("ski-120", 120, 3, "28–31"),
    _skis("ski-140", 140, 3, "32–35"),
    _skis("ski-160", 160, 4, "36–39"),
    _skis("ski-180", 180, 2, "40–43"),
]

HELP = [
    Thing(
        "vaktmesterhjelp", "help", "teknisk", "wenche", "arne",
        Text("Vaktmesterhjelp", "Vaktmeisterhjelp", "The caretaker's help"),
        Text("Yusuf rigger, låser opp og viser hvordan ting virker. Spør om noen timer.",
             "Yusuf riggar, låser opp og viser korleis ting verkar. Spør om nokre timar.",
             "Yusuf rigs, unlocks and shows how things work. Ask for some hours."),
        cells=("vaktmesterhjelp",), hours=(Hours((0, 1, 2, 3, 4), time(8), time(22)), Hours((5, 6), time(10), time(18))),
        house_rules=(Text("Skriv hva dere trenger hjelp til, så er han forberedt.",
                          "Skriv kva de treng hjelp til, så er han førebudd.",
                          "Write what you need help with, so that he comes prepared."),),
        prices=free_for_all(), rules={"min_minutes": 60, "max_minutes": 360, "step_minutes": 30, "lead_hours": 48,
                                      "holidays": "closed"}, for_youth=True, picture="caretaker",
        picture_alt=Text("Tegning av en vaktmester med nøkkelknippe og stige ved en åpen dør.",
                         "Teikning av ein vaktmeister med nøkkelknippe og stige ved ei open dør.",
                         "Drawing of a caretaker with a bunch of keys and a ladder by an open door."),
        body=(
            Text(
                "Kommunen har ikke mye penger å gi bort, men vi har folk som kan. Be om vaktmesterhjelp til rigging, lyd, "
                "låsing eller bare en som vet hvor sikringsskapet er.",
                "Kommunen har ikkje mykje pengar å gi bort, men vi har folk som kan. Be om vaktmeisterhjelp til rigging, lyd, "
                "låsing eller berre ein som veit kvar sikringsskapet er.",
                "The municipality does not have much money to give away, but it has people who know how. Ask for help with "
                "rigging, sound, locking up, or just for someone who knows where the fuse box is.",
            ),
        ),
    ),
]
