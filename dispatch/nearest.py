"""The nearest units that may be sent: shortlist by the spatial index, judged by `recommend`."""

from django.db.models import Prefetch

from command import clock
from command.geo import distance_m
from command.permissions import Capability, Principal
from devices.models import Device, LastFix
from dispatch.models import Assignment, Unit
from dispatch.recommend import Advice, Candidate, ranked
from dispatch.states import ASSIGNABLE, CLASSES


def nearest(
    principal: Principal, lat: float, lon: float, station_id: int | None = None, limit: int = 8
) -> list[Advice]:
    """Units that are on duty and not sent anywhere, best first; places in degrees, WGS-84."""
    may = principal.rights().stations(Capability.DISPATCH)
    stations = may if station_id is None else may & {station_id}
    sent = Assignment.objects.filter(ended_at=None).values("unit")
    units = Unit.objects.filter(station_id__in=stations, status__in=ASSIGNABLE).exclude(pk__in=sent)
    carried = Device.objects.select_related("last_fix")
    found = units.select_related("station").prefetch_related(Prefetch("devices", carried))
    return ranked([_candidate(unit, lat, lon) for unit in found])[:limit]


def _candidate(unit: Unit, lat: float, lon: float) -> Candidate:
    fixes: list[LastFix] = [one.last_fix for one in unit.devices.all() if hasattr(one, "last_fix")]
    newest = max(fixes, key=lambda fix: fix.corrected, default=None)
    status = CLASSES[unit.status]
    if newest is None:
        return Candidate(unit.key, unit.kind, status, None, None)
    age = max(0.0, (clock.now() - newest.corrected).total_seconds())
    away = distance_m(lat, lon, newest.place.y, newest.place.x)
    return Candidate(unit.key, unit.kind, status, away, age, newest.speed, newest.accuracy)
