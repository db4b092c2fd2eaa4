"""What OpenStreetMap's tags mean on our map. Pure: tags in as a dict, one of our words out."""

import re
from collections.abc import Mapping

Tags = Mapping[str, str]

ROADS = {
    "motorway": "motorway", "trunk": "trunk", "primary": "primary", "secondary": "secondary", "tertiary": "tertiary",
    "motorway_link": "motorway", "trunk_link": "trunk", "primary_link": "primary", "secondary_link": "secondary",
    "tertiary_link": "tertiary", "unclassified": "residential", "residential": "residential", "road": "residential",
    "living_street": "residential", "busway": "residential", "service": "service", "track": "service",
    "pedestrian": "foot", "footway": "foot", "path": "foot", "steps": "foot", "cycleway": "foot", "bridleway": "foot",
    "corridor": "foot", "platform": "foot",
}  # fmt: skip
RAILS = frozenset({"rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail", "funicular"})

AREAS = {
    "natural": {"water": "water", "bay": "water", "wood": "green", "scrub": "green", "grassland": "green",
                "heath": "green", "wetland": "green", "beach": "sand", "sand": "sand"},
    "waterway": {"riverbank": "water", "dock": "water"},
    "landuse": {"reservoir": "water", "basin": "water", "grass": "green", "forest": "green", "meadow": "green",
                "cemetery": "green", "recreation_ground": "green", "village_green": "green", "orchard": "green",
                "flowerbed": "green", "farmland": "green", "industrial": "works", "port": "works", "railway": "works",
                "commercial": "trade", "retail": "trade", "education": "campus"},
    "leisure": {"park": "green", "garden": "green", "golf_course": "green", "nature_reserve": "green",
                "swimming_pool": "water", "pitch": "pitch", "playground": "pitch", "track": "pitch",
                "sports_centre": "campus", "stadium": "campus"},
    "amenity": {"school": "campus", "university": "campus", "college": "campus", "kindergarten": "campus",
                "hospital": "campus", "parking": "paved", "marketplace": "paved", "fountain": "water"},
    "man_made": {"pier": "paved", "bridge": "bridge"},
    "place": {"square": "paved", "islet": "green", "island": "ground"},
    "highway": {"pedestrian": "paved", "footway": "paved", "service": "paved"},
}  # fmt: skip
STREAMS = {"river": 10.0, "canal": 6.0, "stream": 2.0, "ditch": 1.0, "drain": 1.0}  # half the usual width in m

# Which tags make a landmark, the most telling first.
LANDMARKS = (
    "amenity", "shop", "tourism", "leisure", "healthcare", "office", "craft", "railway", "public_transport", "historic",
    "aeroway", "emergency", "club", "man_made", "sport", "place", "natural", "water", "waterway", "landuse", "building",
    "highway", "boundary",
)  # fmt: skip
NOT_LANDMARKS = {
    "highway": lambda value: value not in ("bus_stop", "services", "rest_area"),
    "boundary": lambda value: value not in ("national_park", "protected_area"),
    "railway": lambda value: value not in ("station", "halt", "tram_stop", "subway_entrance"),
    "public_transport": lambda value: value not in ("station", "platform", "stop_area"),
    "waterway": lambda value: value not in ("river", "canal", "dam"),
}
FIRST = frozenset({
    "city", "town", "suburb", "village", "station", "hospital", "university", "airport", "aerodrome", "quarter",
})  # fmt: skip
SECOND = frozenset({
    "school", "college", "police", "fire_station", "townhall", "mall", "park", "subway_entrance", "stadium", "museum",
    "neighbourhood", "river", "ferry_terminal", "bus_station", "halt", "courthouse", "port", "island", "square",
    "government", "department_store", "bridge",
})  # fmt: skip
THIRD = frozenset({
    "hotel", "bank", "marketplace", "cinema", "theatre", "library", "place_of_worship", "kindergarten", "clinic",
    "attraction", "supermarket", "residential", "industrial", "commercial", "apartments", "water", "garden", "theme_park",
    "embassy", "post_office", "fuel", "islet", "hamlet", "locality", "pier", "sports_centre", "monument", "peak",
})  # fmt: skip
FOURTH = frozenset({
    "restaurant", "cafe", "fast_food", "bar", "pub", "pharmacy", "bus_stop", "platform", "tram_stop", "convenience",
    "company", "parking", "memorial", "guest_house", "hostel", "nightclub", "internet_cafe", "karaoke_box",
})  # fmt: skip


def road_kind(tags: Tags) -> str | None:
    """Our kind of the road or railway with these tags, None for what isn't drawn."""
    if tags.get("area") == "yes":
        return None
    if "highway" in tags:
        return ROADS.get(tags["highway"])
    return "rail" if tags.get("railway") in RAILS else None


def oneway(tags: Tags) -> int:
    """1 along the line, -1 against it, 0 both ways. Roundabouts and motorways are one-way unless they say no."""
    said = tags.get("oneway", "")
    if said in ("yes", "true", "1"):
        return 1
    if said in ("-1", "reverse"):
        return -1
    if said in ("no", "false", "0") or "highway" not in tags:
        return 0
    implied = tags.get("junction") in ("roundabout", "circular") or tags["highway"] == "motorway"
    return int(implied)


def area_kind(tags: Tags) -> str | None:
    """Our kind of the area with these tags, None for what isn't drawn."""
    for key, kinds in AREAS.items():
        kind = kinds.get(tags.get(key, ""))
        if kind and not (key == "highway" and tags.get("area") != "yes"):
            return "works" if tags.get("industrial") == "port" else kind
    return None


def category(tags: Tags) -> str | None:
    """The word for a named thing that people navigate by (`hospital`, `bus_stop`), None when it isn't one."""
    for key in LANDMARKS:
        value = tags.get(key)
        if not value or value == "no" or (key in NOT_LANDMARKS and NOT_LANDMARKS[key](value)):
            continue
        return key if value == "yes" or key == "building" else value[:40]
    return None


def rank(category: str) -> int:
    """1 (known to everybody) to 5 (known to neighbours)."""
    for number, words in enumerate((FIRST, SECOND, THIRD, FOURTH), start=1):
        if category in words:
            return number
    return 5


STOREY_M, USUAL_M, TALLEST_M = 3.0, 6.0, 900.0
OPEN_BELOW = frozenset({"roof", "carport"})  # a roof on posts: one sees through below it
METRES = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?m?", re.ASCII)


def height_m(tags: Tags) -> float:
    """How high a building stands between two places: as mapped, by its storeys, or as houses usually are; 0 for an open roof."""
    if tags.get("building") in OPEN_BELOW:
        return 0.0
    for key, unit in (("height", 1.0), ("building:levels", STOREY_M)):
        said = METRES.fullmatch(tags.get(key, "").strip())
        if said and 0 < float(said[1]) * unit <= TALLEST_M:
            return float(said[1]) * unit
    return USUAL_M
