"""Who talks where: what the talk groups of `devices.voice` know of incidents, crews and calls for help."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from command.models import Screen
from command.permissions import Capability, Principal
from devices.voice.groups import Crewed, Known, Scene, leads
from dispatch.models import CallForHelp, Crew, Incident
from dispatch.states import IncidentState


def scenes_of(principal: Principal) -> Sequence[Scene]:
    """The open incidents in whose talk group somebody is: of the stations that they lead, and the one they were sent to."""
    is_open = Incident.objects.filter(state=IncidentState.OPEN)
    if isinstance(principal, Screen):
        rows = is_open.filter(station_id=principal.station_id).order_by("pk").values_list("number", "station_id")
        return [Scene(number, station, False) for number, station in rows]
    talks = principal.rights().anywhere(Capability.TALK)
    own = set(Incident.objects.manned_by(principal).values_list("pk", flat=True)) if talks else set()
    rows = is_open.filter(Q(station__in=leads(principal)) | Q(pk__in=own)).order_by("pk")
    return [Scene(number, station, pk in own) for pk, number, station in rows.values_list("pk", "number", "station_id")]


def crews_of(stations: Collection[int]) -> Sequence[Crewed]:
    """Who is on the units of stations."""
    rows = Crew.objects.filter(left_at=None, unit__station__in=stations).select_related("unit", "officer")
    return [
        Crewed(one.officer_id, one.unit.station_id, f"{one.unit.call_sign} {one.officer.label}")
        for one in rows.order_by("unit__call_sign", "pk")
    ]


def is_in_distress(officer_id: int) -> bool:
    """Whether somebody's SOS stands."""
    return CallForHelp.objects.filter(officer=officer_id, kind=CallForHelp.SOS, ended_at=None).exists()


def call_sign_of(officer_id: int) -> str:
    """The call sign of the unit that somebody is on; "" for nobody's."""
    on = Crew.objects.filter(officer=officer_id, left_at=None).values_list("unit__call_sign", flat=True)
    return on.first() or ""


KNOWN = Known(scenes_of, crews_of, is_in_distress, call_sign_of)
