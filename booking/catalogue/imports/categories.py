"""The facility types of Norway's sports-facility register: what is a building, and what is ground.

Source of the names and tags: anleggsregister categories of the project leisure2osm, CC0 1.0. A list's own column
"anleggstype" is understood by them, in any case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BUILDINGS = {
    "leisure": {"sports_centre", "bowling_alley", "dance", "ice_rink"},
    "amenity": {"library", "community_centre", "cinema", "concert_hall", "theatre", "toilets"},
    "tourism": {"gallery", "museum", "wilderness_hut"},
    "aeroway": {"hangar"},
}
_ENDINGS = re.compile(r"(hall|sal|hus|bygg|hytte|stall|lokaler?)$")


def kind_of(name: str, tags: Mapping[str, str]) -> str:
    """Kind of a facility: by what the name says (indoors, outdoors), else by its OSM tags, else by its last letters."""
    name = name.casefold()
    if "(ute)" in name or "utendørs" in name:
        return "area"
    if "(inne)" in name or "building" in tags:
        return "venue"
    if any(tags.get(key) in values for key, values in _BUILDINGS.items()) or _ENDINGS.search(name):
        return "venue"
    return "area"


VENUES = frozenset(
    """
agilityhall
bibliotek
biljardhall
bordtennishall
bowlinghall
bueskytterhall
båthus
curlinghall
dagsturhytte
danse-/cheerleadingssal
fleraktivitetssal
flerbrukslokale for kultur
fleridrettshall
flyhangar
fotballhall
friidrett treningsanlegg (inne)
friidrettshall
galleri
garderobebygg
golfhall
hurtigløpshall
idrettshus
ishall
kampidrettsanlegg
kino
klatre/buldrevegg (inne)
klatrehall
konsertsal
lager- og garasjebygg
museum
opplæringsbasseng (inne)
overnattingshytte
padeltennishall
produksjons- og øvelokaler
regionalt kulturbygg
ridehall
sanitæranlegg (frittstående)
sanitæranlegg (integrert)
sanitærbygg
scenekunstlokale
sikringshytte
skatehall
skytebane (inne)
squashanlegg
stall
stupebasseng (inne)
tennishall
trenings-/konkurransebasseng (inne)
turnhall
velodrom (inne)
""".strip().split("\n")
)
AREAS = frozenset(
    """
agilityområde
akebakke
alpinbakke
anlegg for radiostyrt motorsport
badeplass
ballareal (aktivitetspark)
ballbinge
ballbinge/ballvegg
bandybane (ute)
baneracing/roadracingbane
baseballpitch
basketbane utendørs
bilcross/rallycrossbane
bmx-anlegg
bob-/skeleton-/akeanlegg
bordtennisbord (ute)
bueskytterbane (ute)
båtsportanlegg
castinganlegg
cricketpitch
curlingbane (ute)
discgolfbane
diskgolfanlegg
downhillsykkelløype
driving range
feltskytebane (ute)
fleraktivitetsområde (aktivitetspark)
flerbruksflate
flerbruksområde (ute)
fotball treningsfelt
fotballbane gress
fotballbane grus
fotballbane kunstgress
freestyle- og snowboardanlegg
friidrett treningsanlegg (ute)
friidrettsstadion grus
friidrettsstadion kunststoff
friluftsområde
friplassen
galoppbane
gapahuk
gokartbane
golfbane
hinderløype
hoppbakke
hundekjøringsanlegg
hurtigløpsbane (ute)
isflate
ishockeybane (ute)
klatre/buldrevegg (ute)
klatrefører
klatrerute fjellvegg
korthullsbane
lager- og garasjebygg for friluftslivsanlegg
langrennsanlegg
lassokastingsanlegg
lerduebane (ute)
liten balløkke/-bane
mindre hoppbakke
mindre isflate (ute)
minigolfbane
modellflyanlegg
motocrossbane
nærmiljøkart
opplæringsbasseng (ute)
padeltennisbane (ute)
parkouranlegg
petanquebane
pistolbane (ute)
pumptrack
reinkappkjøringsanlegg
ridebane
ridesti
riflebane (ute)
ro-/padleanlegg
rulleskøytebane
sandhåndballbane
sandvolleyballbane
seilanlegg
skateboard-/rulleanlegg
skateområde (aktivitetspark)
skatepark
skileikanlegg
skiskytteranlegg
småbåthavn
snøscooterbane
speedway/longtrackbane
start- og landingsanlegg
stupebasseng (ute)
sykkelanlegg
tennisbane (ute)
terrengsykkelløype
travbane
trenings-/konkurransebasseng (ute)
trial/enduroløype
trimpark
trimpark/styrkeapparater
tur-/skiløype
turløype/tursti/turvei
turpadleanlegg
tursti
turvei
utendørs kulturarena
utendørs treningsanlegg
vannskianlegg
velodrom (ute)
viltmålbane (ute)
""".strip().split("\n")
)
