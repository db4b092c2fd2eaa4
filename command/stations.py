"""Stations: what the live picture says of them, and the verbs by which they are added, changed and bounded."""

import datetime as dt
import re
import zoneinfo
from typing import Any, NamedTuple, TypedDict

import orjson
from django.utils.translation import gettext as _

from command import audit, boundaries, changes, clock, live
from command.errors import Conflict, Invalid, NotThere
from command.models import Station
from command.permissions import Capability, Principal, require

STATIONS = Capability.MANAGE_STATIONS
CODE = re.compile(r"[A-Z0-9]{1,12}")  # it begins every incident's number, so it has no dash
NAME_LIMIT = 100


class Named(NamedTuple):
    """What an empty station is called, and its time zone."""

    code: str
    name: str
    zone: str


class StationPayload(TypedDict):
    code: str
    name: str
    zone: str
    bounds: list[float] | None
    boundary: dict[str, Any] | None


def payload(station: Station) -> StationPayload:
    """Name, zone, and the boundary as GeoJSON with its west, south, east, north in degrees."""
    area = station.boundary
    return {
        "code": station.code,
        "name": station.name,
        "zone": station.zone,
        "bounds": list(area.extent) if area else None,
        "boundary": orjson.loads(area.geojson) if area else None,
    }


def day_began(station: Station) -> dt.datetime:
    """The last midnight on the station's clock."""
    return station.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def _those(**which: Any) -> live.Payloads:
    return {station.code: payload(station) for station in Station.objects.filter(**which)}


TOPIC = live.Topic(
    "station",
    StationPayload,
    Capability.SEE_MAP,
    load=lambda codes: _those(code__in=codes),
    snapshot=lambda ids: _those(pk__in=ids),
    own=lambda principal, codes: set(codes),
    shared=lambda shared: _those(pk=shared.station) if "map" in shared.topics else {},
)


def add_station(actor: Principal, parent: Station, code: str, **said: str) -> Station:
    """Add a station below `parent`; `said`: name, kind, zone, surroundings.

    Raises Forbidden, NotThere, Invalid with the fields that are wrong, Conflict where the code is taken.
    """
    require(actor, STATIONS, parent.pk)
    _check_code(code)
    _check(**said)
    with changes.change():
        Station.objects.select_for_update(no_key=True).get(pk=parent.pk)  # two who add below it wait for one another
        if Station.objects.filter(code=code).exists():
            taken = _("There is a station %(code)s already.") % {"code": code}
            raise Conflict("code_taken", taken, fields={"code": taken})
        station = Station.objects.create(parent=parent, code=code, **said)
        audit.record(actor, "add_station", "station", station.pk, station.pk, code=code, parent=parent.pk)
        live.publish(station.pk, "station", code)
    return station


def name(station: Station, as_: Named) -> None:
    """Say what the empty station is called that is being claimed; it is locked. Raises Invalid.

    Its code can be changed as long as nothing belongs to it: processes and open pages know what is there by that code.
    """
    _check_code(as_.code)
    if as_.code != station.code and _has_anything(station):
        stays = _("Something belongs to this station already, so its code stays %(code)s.") % {"code": station.code}
        raise Invalid("invalid", stays, fields={"code": stays})
    _check(as_.name, station.kind, as_.zone, station.surroundings)
    station.code, station.name, station.zone = as_
    station.save(update_fields=["code", "name", "zone"])
    live.publish(station.pk, "station", station.code)


def _has_anything(station: Station) -> bool:
    """Whether anything of any room refers to this station."""
    referring = station._meta.related_objects
    return any(one.related_model._base_manager.filter(**{one.field.name: station}).exists() for one in referring)


def change_station(actor: Principal, station_id: int, **said: str) -> Station:
    """Change name, kind, zone and surroundings of a station. Raises NotThere, Forbidden, Invalid."""
    _check(**said)
    with changes.change():
        station = _held(actor, station_id)
        changed = [name for name, value in said.items() if getattr(station, name) != value]
        if changed:
            for name in changed:
                setattr(station, name, said[name])
            _save(actor, station, "change_station", changed)
    return station


def draw_boundary(actor: Principal, station_id: int, geojson: str) -> Station:
    """Set a station's boundary from GeoJSON. Raises NotThere, Forbidden, Invalid with what is wrong and where."""
    area = boundaries.read(geojson)
    with changes.change():
        station = _held(actor, station_id)
        station.boundary = area
        _save(actor, station, "draw_boundary", ["boundary"], points=area.num_coords)
    return station


def remove_boundary(actor: Principal, station_id: int) -> Station:
    """Leave a station without a boundary. Raises NotThere, Forbidden."""
    with changes.change():
        station = _held(actor, station_id)
        station.boundary = None
        _save(actor, station, "remove_boundary", ["boundary"])
    return station


def _held(actor: Principal, station_id: int) -> Station:
    """The station, locked, if `actor` manages it."""
    require(actor, STATIONS, station_id)
    station = Station.objects.select_for_update(no_key=True).filter(pk=station_id).first()
    if station is None:
        raise NotThere("not_there", _("There is no such station."))
    return station


def _save(actor: Principal, station: Station, action: str, fields: list[str], **facts: int) -> None:
    station.save(update_fields=fields)
    audit.record(actor, action, "station", station.pk, station.pk, fields=fields, **facts)
    live.publish(station.pk, "station", station.code)


def _check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        said = _("expected 1 to 12 capital letters A–Z and digits, found “%(found)s”") % {"found": code[:20]}
        raise Invalid("invalid", said, fields={"code": said})


def _check(name: str, kind: str, zone: str, surroundings: str) -> None:
    fields = {}
    if not name.strip() or len(name) > NAME_LIMIT or not name.isprintable():
        fields["name"] = _("expected 1 to %(limit)s characters") % {"limit": NAME_LIMIT}
    known = {"kind": (kind, Station.KINDS), "surroundings": (surroundings, Station.SURROUNDINGS)}
    for field, (value, values) in known.items():
        if value not in values:
            words = _("expected one of %(known)s; found %(found)s.")
            fields[field] = words % {"known": ", ".join(values), "found": repr(value)}
    if zone not in zoneinfo.available_timezones():
        fields["zone"] = _("expected a time zone such as Asia/Shanghai, found “%(found)s”") % {"found": zone[:40]}
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)
