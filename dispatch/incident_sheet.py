"""What the incident's page and its export show: one incident with its line of time and its map."""

from typing import Any

from command.permissions import Principal
from dispatch import answers, sketch, timeline
from dispatch.models import Incident
from dispatch.states import DISPOSITIONS


def sheet(incident: Incident, principal: Principal | None, *, with_tracks: bool) -> dict[str, Any]:
    """All that the templates need; tracks only where the caller has found them allowed. `principal` None: the console."""
    tracks = timeline.tracks_of(incident) if with_tracks else []
    moments = timeline.timeline(incident, tracks)
    return {
        "incident": incident,
        "whole": {**answers.incident(incident, principal), "map_units": _units(tracks)},
        "sent": incident.assignments.select_related("unit").order_by("pk"),
        "result": DISPOSITIONS.get(incident.disposition, ""),
        "moments": moments,
        "sketch": sketch.sketch(incident, tracks, moments),
        "tracks": tracks,
        "with_tracks": with_tracks,
    }


def _units(tracks: list[timeline.Track]) -> list[dict[str, Any]]:
    """Call signs with the colour in which each is drawn."""
    units = dict.fromkeys(one.unit for one in tracks)
    return [{"call_sign": unit, "colour": at % sketch.COLOURS} for at, unit in enumerate(units)]
