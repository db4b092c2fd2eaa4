"""What the incident's page and its export show: one incident with its line of time and its map."""

from typing import Any

from command.permissions import Principal
from dispatch import answers, interval_words, sketch, timeline
from dispatch.models import Incident


def sheet(incident: Incident, principal: Principal | None, *, with_tracks: bool) -> dict[str, Any]:
    """All that the templates need; tracks only where the caller has found them allowed. `principal` None: the console."""
    tracks = timeline.tracks_of(incident) if with_tracks else []
    moments = timeline.timeline(incident, tracks)
    whole = answers.incident(incident, principal)
    return {
        "incident": incident,
        "whole": {**whole, "map_units": _units(tracks)},
        "intervals": interval_words.rows(whole["intervals"], whole["intervals_by_track"]),
        "sent": incident.assignments.select_related("unit").order_by("pk"),
        "moments": moments,
        "sketch": sketch.sketch(incident, tracks, moments),
        "tracks": tracks,
        "with_tracks": with_tracks,
    }


def _units(tracks: list[timeline.Track]) -> list[dict[str, Any]]:
    """Call signs with the colour in which each is drawn."""
    units = dict.fromkeys(one.unit for one in tracks)
    return [{"call_sign": unit, "colour": at % sketch.COLOURS} for at, unit in enumerate(units)]
