"""The organisations of Lilleby. The numbers are valid by modulus 11 and start with 300: real ones start with 8 or 9."""

from __future__ import annotations

from municipality.lilleby.content.kinds import Membership as M  # noqa: N817 - a table reads better
from municipality.lilleby.content.kinds import Organisation, Text

TEAM_NAMES = ("Håndball J10", "Håndball J13", "Håndball G13", "Volleyball mix", "Fotball G9", "Allidrett 4–6 år")

ORGANISATIONS = [
    Organisation(
        "lilleby-il", "Lilleby Idrettslag", "club", "300113796",
        Text(
            "Håndball, volleyball, fotball og allidrett for alle som vil. Rundt 380 medlemmer, de fleste under 16 år.",
            "Handball, volleyball, fotball og allidrett for alle som vil. Om lag 380 medlemmer, dei fleste under 16 år.",
            "Handball, volleyball, football and all-round sports for everybody who wants. About 380 members, most of them under 16.",
        ),
        (M("geir", "leader"), M("linn", "booker"), M("jonas", "board"), M("hanne", "board"), M("rune", "member")),
        teams=TEAM_NAMES, youth=True,
    ),
    Organisation(
        "lilleby-bordtennis", "Lilleby Bordtennisklubb", "club", "300127584",
        Text("Bordtennis tirsdag og torsdag. Racket kan lånes.", "Bordtennis tysdag og torsdag. Racket kan du låne.", "Table tennis on Tuesdays and Thursdays. Bats can be borrowed."),
        (M("jonas", "leader"), M("tomasz", "booker"), M("thuy", "board")), youth=True,
    ),
    Organisation(
        "lilleby-svommeklubb", "Lilleby Svømmeklubb", "club", "300141374",
        Text("Svømmekurs for barn og trening for store og små.", "Symjekurs for barn og trening for store og små.", "Swimming courses for children and training for all ages."),
        (M("anniken", "leader"), M("lars", "booker")), youth=True,
    ),
    Organisation(
        "lilleby-skolekorps", "Lilleby skolekorps", "club", "300155162",
        Text("Musikk og marsj siden 1952. Vi spiller så fasadene synger den 17. mai.", "Musikk og marsj sidan 1952. Vi speler så fasadane syng den 17. mai.", "Music and marching since 1952. On 17 May the whole street sings."),
        (M("siri", "leader"), M("eirik", "booker"), M("geir", "member")), youth=True,
    ),
    Organisation(
        "lilleby-ungdomsrad", "Lilleby ungdomsråd", "council", "300168957",
        Text("Elleve ungdommer som blir spurt før kommunen bestemmer seg.", "Elleve ungdommar som blir spurde før kommunen bestemmer seg.", "Eleven young people who are asked before the municipality makes up its mind."),
        (M("nora", "leader"), M("maja", "board"), M("hanne", "booker")), youth=True,
    ),
    Organisation(
        "paraplyen", "Paraplyen – barnas fritid i Lilleby", "umbrella", "300182747",
        Text("Lagene som driver med barn, samlet under én paraply. Deler utstyr, kontakter og gode ideer.", "Laga som driv med barn, samla under éin paraply. Deler utstyr, kontaktar og gode idear.", "The organisations that work with children, under one umbrella. They share equipment, contacts and good ideas."),
        (M("hanne", "leader"), M("fatima", "board"), M("geir", "board"), M("helge", "board")), youth=True,
    ),
    Organisation(
        "moteplassen", "Møteplassen i Lilleby", "club", "300196535",
        Text("Hver måned: idrett, lek og kafé for alle mellom 0 og 18 år. Frivillige, ungdomshuset og kommunen sammen.", "Kvar månad: idrett, leik og kafé for alle mellom 0 og 18 år. Frivillige, ungdomshuset og kommunen saman.", "Once a month: sports, play and a café for everybody from 0 to 18. Volunteers, the youth club and the municipality together."),
        (M("hanne", "leader"), M("linn", "booker"), M("samuel", "booker"), M("maja", "member")), youth=True,
    ),
    Organisation(
        "lilleby-pensjonistlag", "Lilleby pensjonistlag", "club", "300210325",
        Text("Turer, sang og formiddagstrim. Kaffen er alltid varm.", "Turar, song og formiddagstrim. Kaffien er alltid varm.", "Walks, songs and morning exercise. The coffee is always hot."),
        (M("oddvar", "leader"), M("bjorg", "booker")),
    ),
    Organisation(
        "sammen", "Sammen – kvinnegruppa", "informal", "300224113",
        Text("Kvinner fra elleve land møtes, lager mat, syr og øver norsk sammen.", "Kvinner frå elleve land møtest, lagar mat, syr og øver norsk saman.", "Women from eleven countries meet, cook, sew and practise Norwegian together."),
        (M("fatima", "leader"), M("amina", "booker"), M("olga", "member")),
    ),
    Organisation(
        "elveteateret", "Elveteateret", "club", "300237908",
        Text("Amatørteater for barn, ungdom og voksne. Årets stykke settes opp på havnescenen.", "Amatørteater for barn, ungdom og vaksne. Stykket i år blir sett opp på hamnescena.", "Amateur theatre for children, young people and adults. This year's play is staged at the harbour."),
        (M("astrid", "leader"), M("david", "booker")), youth=True,
    ),
    Organisation(
        "lilleby-jff", "Lilleby jeger- og fiskerlag", "club", "300251692",
        Text("Fiskekurs for barn, skytebane på Åsen og dugnad langs elva.", "Fiskekurs for barn, skytebane på Åsen og dugnad langs elva.", "Fishing courses for children, a shooting range at Åsen and clean-up days along the river."),
        (M("helge", "leader"), M("kjell", "booker")),
    ),
    Organisation(
        "lilleby-speidergruppe", "Lilleby speidergruppe", "club", "300265480",
        Text("Patruljemøter hver onsdag, på tur resten av tiden.", "Patruljemøte kvar onsdag, på tur resten av tida.", "Patrol meetings every Wednesday, outdoors the rest of the time."),
        (M("vidar", "leader"), M("nora", "member"), M("gro", "booker")), youth=True,
    ),
    Organisation(
        "johkagatti-searvi", "Johkagátti sámi searvi", "club", "300279279",
        Text("Samisk forening i Lilleby: duodji, språkkafé og barnas dag 6. februar.", "Samisk foreining i Lilleby: duodji, språkkafé og barnas dag 6. februar.", "The Sami association of Lilleby: duodji, a language café and the children's day on 6 February."),
        (M("ellen", "leader"), M("mikkel", "booker")), youth=True,
    ),
    Organisation(
        "lilleby-blandakor", "Lilleby blandakor", "club", "300293069",
        Text("Førti stemmer og alltid plass til én bass til.", "Førti stemmer og alltid plass til éin bass til.", "Forty voices, and always room for one more bass."),
        (M("torill", "leader"), M("trygve", "booker")),
    ),
    Organisation(
        "lilleby-husflidslag", "Lilleby husflidslag", "club", "300306853",
        Text("Strikkekafé, vevstue og ung husflid på lørdager.", "Strikkekafé, vevstove og ung husflid på laurdagar.", "Knitting café, a weaving room and crafts for the young on Saturdays."),
        (M("bjorg", "leader"), M("torill", "member")),
    ),
    Organisation(
        "elvebakken-vel", "Elvebakken velforening", "club", "300320643",
        Text("Naboer som steller aktivitetsparken og koker gryte på vårdugnaden.", "Naboar som steller aktivitetsparken og kokar gryte på vårdugnaden.", "Neighbours who look after the activity park and cook stew on clean-up day."),
        (M("gro", "leader"), M("wenche", "member")),
    ),
    Organisation(
        "lilleby-batforening", "Lilleby båtforening", "club", "300334431",
        Text("Småbåthavn, jolleseiling for barn og en benk med god utsikt.", "Småbåthamn, jollesegling for barn og ein benk med god utsikt.", "A marina, dinghy sailing for children and a bench with a good view."),
        (M("trygve", "leader"), M("lars", "booker")),
    ),
    Organisation(
        "lilleby-historielag", "Lilleby historielag", "club", "300375804",
        Text("Samler historier, bilder og folk på det gamle biblioteket.", "Samlar historier, bilete og folk på det gamle biblioteket.", "Collects stories, pictures and people in the old library."),
        (M("kjell", "leader"),),
    ),
    Organisation(
        "fau-lilleby-skole", "FAU ved Lilleby skole", "informal", "300389597",
        Text("Foreldrene på skolen: natteravner, skoleball og skiaktivitetsdag.", "Foreldra på skulen: natteramnar, skuleball og skiaktivitetsdag.", "The parents at the school: night walks, the school ball and the ski day."),
        (M("thuy", "leader"), M("tomasz", "booker")), youth=True,
    ),
    Organisation(
        "dansegruppa-virvel", "Dansegruppa Virvel", "club", "300403387",
        Text("Hiphop og folkedans i samme sal, for alle fra 8 år.", "Hiphop og folkedans i same sal, for alle frå 8 år.", "Hip-hop and folk dance in the same room, for everybody from 8."),
        (M("amina", "leader"), M("linn", "member")), youth=True,
    ),
    Organisation(
        "lilleby-flerkulturelle", "Lilleby flerkulturelle forening", "club", "300417175",
        Text("Språkkafé, leksehjelp og den store matfesten i juni.", "Språkkafé, leksehjelp og den store matfesten i juni.", "Language café, help with homework and the big food festival in June."),
        (M("samuel", "leader"), M("olga", "booker")), youth=True,
    ),
    Organisation(
        "lilleby-frivilligsentral", "Lilleby frivilligsentral", "club", "300430961",
        Text("Har du tid til overs, eller trenger du en hånd? Vi kobler folk sammen.", "Har du tid til overs, eller treng du ei hand? Vi koplar folk saman.", "Time to spare, or in need of a hand? We bring people together."),
        (M("anniken", "board"), M("oddvar", "board"), M("samuel", "booker"), M("hanne", "leader")),
    ),
    Organisation(
        "lilleby-hjelpekorps", "Lilleby hjelpekorps", "club", "300458548",
        Text("Øver hver måned, rykker ut når det trengs og lærer barn førstehjelp.", "Øver kvar månad, rykkjer ut når det trengst og lærer barn førstehjelp.", "Trains every month, turns out when needed and teaches children first aid."),
        (M("rune", "leader"), M("mikkel", "member")),
    ),
    Organisation(
        "lilleby-bedriftsidrett", "Lilleby bedriftsidrettslag", "club", "300472338",
        Text("Volleyball og innebandy for voksne, etter at barna er ferdige.", "Volleyball og innebandy for vaksne, etter at barna er ferdige.", "Volleyball and floorball for adults, after the children are done."),
        (M("rune", "leader"), M("david", "member")),
    ),
    Organisation(
        "lilleby-skole", "Lilleby skole, elevrådet", "school_group", "300486126",
        Text("Elevene på Lilleby skole, 1.–10. trinn.", "Elevane på Lilleby skule, 1.–10. trinn.", "The pupils of Lilleby school, years 1 to 10."),
        (M("biret", "booker"), M("nora", "member")), youth=True,
    ),
    Organisation(
        "lilleby-eldrerad", "Lilleby eldreråd", "council", "300499910",
        Text("Rådet som passer på at byen er god å bli gammel i.", "Rådet som passar på at byen er god å bli gammal i.", "The council that sees to it that the town is a good place to grow old in."),
        (M("oddvar", "member"), M("bjorg", "leader")),
    ),
    Organisation(
        "lilleby-funksjonsrad", "Rådet for personer med funksjonsnedsettelse", "council", "300513700",
        Text("Rådet som prøver dørene før de blir bygd.", "Rådet som prøver dørene før dei blir bygde.", "The council that tries the doors before they are built."),
        (M("eirik", "leader"), M("ellen", "member")),
    ),
]
