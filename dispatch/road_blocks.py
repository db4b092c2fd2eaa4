"""Roads that the desk has closed: drawn, lifted, and left out of every way as long as they stand."""

import datetime as dt
import json
import math
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry, LineString
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Invalid, NotThere
from command.models import Officer, Station
from command.permissions import Capability, Principal, require
from dispatch.models import RoadBlock

DRAWN = ("Point", "LineString", "Polygon")
CORNERS, WORDS = 100, 200
LONGEST_DEG = 0.2  # some 20 km
AT_ONCE = 50  # at all stations; the engine takes no more
POINT_DEG, LINE_DEG = 0.00012, 0.00005  # 13 m round a point, 5 m beside a line: a click beside a road still means it


def standing() -> QuerySet[RoadBlock]:
    """Blocks that hold now; one that is over holds no longer, whether or not anybody has noted that yet."""
    now = clock.now()
    return RoadBlock.objects.filter(Q(until=None) | Q(until__gt=now), lifted_at=None)


def closed() -> list[list[tuple[float, float]]]:
    """Rings (longitude, latitude) around all that is closed, wherever the station is that closed it: a road is a road."""
    return [list(_area(block.geometry).exterior_ring.coords) for block in standing().order_by("pk")]


def is_crossed_by(line: list[tuple[float, float]]) -> bool:
    """Whether a way leads through something that is closed."""
    way = LineString(line if len(line) > 1 else line * 2, srid=4326)
    return any(_area(block.geometry).intersects(way) for block in standing())


def block(
    actor: Principal, station: Station, geometry: dict[str, Any], words: str = "", until: dt.datetime | None = None
) -> RoadBlock:
    """Close a road by a GeoJSON point, line or polygon. Raises Forbidden, Invalid, Conflict where too many stand."""
    require(actor, Capability.DISPATCH, station.pk)
    drawn, now = _drawn(geometry), clock.now()
    if len(words) > WORDS:
        raise _wrong("words", _("expected at most %(limit)s characters") % {"limit": WORDS})
    if until is not None and until <= now:
        raise _wrong("until", _("expected a time to come, found one that is over"))
    with changes.change():
        if standing().count() >= AT_ONCE:
            raise Conflict("too_many", _("%(count)s roads are closed already: lift some first.") % {"count": AT_ONCE})
        by = actor if isinstance(actor, Officer) else None
        made = RoadBlock.objects.create(
            station=station, geometry=drawn, words=words.strip(), by=by, at=now, until=until
        )
        _tell(actor, made, "block_road")
        return made


def unblock(actor: Principal, block_id: int) -> RoadBlock:
    """Open a road again; one that is open stays so. Raises NotThere, Forbidden."""
    with changes.change():
        mine = RoadBlock.objects.visible_to(actor).values("pk")
        found = RoadBlock.objects.select_for_update(of=("self",)).filter(pk__in=mine, pk=block_id).first()
        if found is None:
            raise NotThere("not_there", _("There is no such road block."))
        require(actor, Capability.DISPATCH, found.station_id)
        if found.lifted_at is None:
            _lift(actor, found)
        return found


def end_due() -> int:
    """Lift what is over; returns how many. They hold no longer anyway, this tells the walls."""
    with changes.change():
        due = RoadBlock.objects.select_for_update(of=("self",)).filter(lifted_at=None, until__lte=clock.now())
        over = list(due.order_by("pk"))
        for one in over:
            _lift(None, one)
        return len(over)


def _lift(actor: Principal | None, found: RoadBlock) -> None:
    found.lifted_at = clock.now()
    found.save(update_fields=["lifted_at"])
    _tell(actor, found, "unblock_road")


def _tell(actor: Principal | None, found: RoadBlock, action: str) -> None:
    audit.record(actor, action, "road_block", found.pk, found.station_id)
    live.publish(found.station_id, "road_block", found.pk)


def _drawn(geometry: dict[str, Any]) -> Any:
    """What somebody drew, if a road can be closed by it. Raises Invalid."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in DRAWN:
        said = _("expected a GeoJSON geometry, one of %(known)s, found %(found)s")
        raise _wrong("geometry", said % {"known": ", ".join(DRAWN), "found": str(kind)[:40]})
    _check_places(geometry.get("coordinates"))
    try:
        drawn: Any = GEOSGeometry(json.dumps({"type": kind, "coordinates": geometry["coordinates"]}), srid=4326)
    except (GDALException, GEOSException, ValueError, TypeError) as bad:
        raise _wrong("geometry", _("expected coordinates as GeoJSON has them")) from bad
    west, south, east, north = drawn.extent
    if not drawn.valid or (kind == "Polygon" and (len(drawn) != 1 or not drawn.area)):
        raise _wrong("geometry", _("expected a line that does not cross itself and no holes"))
    if max(east - west, north - south) > LONGEST_DEG or drawn.num_coords > CORNERS:
        said = _("expected at most %(corners)s corners within 20 km, found %(found)s")
        raise _wrong("geometry", said % {"corners": CORNERS, "found": drawn.num_coords})
    return drawn


def _check_places(values: Any) -> None:
    """Coordinates are lists of finite degrees and nothing else: no text ever reaches GDAL."""
    if not isinstance(values, list) or not values:
        raise _wrong("geometry", _("expected coordinates as GeoJSON has them"))
    if isinstance(values[0], list):
        for one in values[: CORNERS + 2]:
            _check_places(one)
        if len(values) > CORNERS + 1:
            said = _("expected at most %(corners)s corners within 20 km, found %(found)s")
            raise _wrong("geometry", said % {"corners": CORNERS, "found": len(values)})
        return
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in values)
    if len(values) != 2 or not numbers or abs(values[0]) > 180 or abs(values[1]) > 90:
        raise _wrong("geometry", _("expected longitude and latitude in degrees"))


def _area(drawn: GEOSGeometry) -> Any:
    """A polygon over what was drawn: no road is as thin as a line."""
    match drawn.geom_type:
        case "Polygon":
            return drawn
        case "Point":
            return drawn.buffer(POINT_DEG, quadsegs=2)
    return drawn.buffer(LINE_DEG, quadsegs=1)


def _wrong(field: str, said: str) -> Invalid:
    return Invalid("bad_block", f"{field}: {said}", fields={field: said})
