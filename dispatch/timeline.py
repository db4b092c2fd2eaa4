"""Everything that happened in an incident on one line of time: log, orders, alarms, who was briefed, who spoke, what the tracks
say."""

import bisect
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from django.db.models import Q
from django.utils.translation import gettext as _

from command.models import Alarm
from command.permissions import Capability, Level, Principal
from devices import tracks
from devices.voice import turns
from dispatch import photos
from dispatch.log_words import MOMENT_WORDS, words_of
from dispatch.models import Assignment, Briefed, CallForHelp, Incident, Order, Photo, Proposal
from dispatch.states import IncidentState

Seen = tuple[dt.datetime, float, float]  # when, lat, lon
STANDS_S = 120  # a unit's place at a moment is that of its nearest fix, if there is one so near in time


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened. `source`: log, order, alarm, briefing, talk, track; `text`: people's own words; `place`: lat, lon (°)."""

    at: dt.datetime
    source: str
    code: str
    words: str
    actor: str = ""
    text: str = ""
    unit: str = ""
    place: tuple[float, float] | None = None
    mark: int = 0  # its number on the map; 0: it is not there
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """Where a device of a unit was while the unit was sent, oldest first; as `devices.tracks` gives it."""

    unit: str
    device: str
    since: dt.datetime
    until: dt.datetime | None
    fixes: list[dict[str, Any]]


class PhotoFile(TypedDict):
    """A photo of a note: its file in the export, or null where there is none, and why (`state`: awaited, erased, lost)."""

    file: str | None
    sha256: str | None
    state: str


class MomentPayload(TypedDict):
    """A moment as it is exported; `place` is lat, lon (WGS-84) or null."""

    at: str
    source: str
    code: str
    words: str
    actor: str
    text: str
    unit: str
    place: list[float] | None
    photos: list[PhotoFile]


def payload(one: Moment) -> MomentPayload:
    """What is exported of a moment."""
    return {
        "at": one.at.isoformat(), "source": one.source, "code": one.code, "words": one.words, "actor": one.actor,
        "text": one.text, "unit": one.unit, "place": list(one.place) if one.place else None,
        "photos": [photo_file(photo) for photo in one.photos],
    }  # fmt: skip


def photo_file(photo: Photo) -> PhotoFile:
    """Where a photo lies in an export; `lost`: its file is gone from the station's disk, or is not what came."""
    if photos.whole(photo) is None:
        return {"file": None, "sha256": None, "state": "lost" if photo.state == "here" else photo.state}
    return {"file": f"photos/{photo.key}.jpg", "sha256": photo.sha256, "state": "here"}


def may_see_tracks(principal: Principal | None, incident: Incident) -> bool:
    """Past positions are for those with the right; who has it only for what they are on, while the incident is open."""
    if principal is None:
        return True
    rights = principal.rights()
    if rights.may(Capability.READ_TRACKS, incident.station_id):
        return True
    own = rights.may(Capability.READ_TRACKS, incident.station_id, Level.OWN)
    return own and incident.state == IncidentState.OPEN


def tracks_of(incident: Incident) -> list[Track]:
    """Where every unit's devices were from its dispatch to its end, in the order in which they were sent."""
    sent = incident.assignments.select_related("unit").prefetch_related("unit__devices").order_by("pk")
    found = []
    for one in sent:
        for device in sorted(one.unit.devices.all(), key=lambda device: device.pk):
            fixes = tracks.track(device.pk, one.dispatched_at, one.ended_at)
            found.append(Track(one.unit.call_sign, device.name, one.dispatched_at, one.ended_at, fixes))
    return [one for one in found if one.fixes]


def timeline(incident: Incident, known: Iterable[Track] = ()) -> list[Moment]:
    """All moments, oldest first; each of a unit with its place, where `known` tracks tell it, and a number for the map."""
    parts = (_log, _orders, _alarms, _briefed, _spoken, _tracked)
    moments = sorted((one for part in parts for one in part(incident)), key=lambda one: one.at)
    seen = _seen(known)
    return _numbered([replace(one, place=_place(one, seen.get(one.unit, []))) for one in moments])


def _seen(known: Iterable[Track]) -> dict[str, list[Seen]]:
    """By unit: when it was where, oldest first, of all its devices together."""
    found: dict[str, list[Seen]] = {}
    for track in known:
        rows = ((dt.datetime.fromisoformat(fix["time"]), fix["lat"], fix["lon"]) for fix in track.fixes)
        found.setdefault(track.unit, []).extend(rows)
    return {unit: sorted(rows) for unit, rows in found.items()}


def _numbered(moments: list[Moment]) -> list[Moment]:
    numbers = iter(range(1, len(moments) + 1))
    return [replace(one, mark=next(numbers)) if one.place else one for one in moments]


def _place(moment: Moment, seen: list[Seen]) -> tuple[float, float] | None:
    """Where the unit's fix nearest in time says that it was."""
    at = bisect.bisect(seen, (moment.at, 0.0, 0.0))
    around = seen[max(0, at - 1) : at + 1]
    if not around or not moment.unit:
        return None
    nearest = min(around, key=lambda one: abs(one[0] - moment.at))
    return nearest[1:] if abs((nearest[0] - moment.at).total_seconds()) <= STANDS_S else None


def _log(incident: Incident) -> list[Moment]:
    return [
        Moment(
            entry.at,
            "log",
            entry.code,
            words_of(entry),
            entry.actor_name,
            entry.text,
            str(entry.params.get("unit", "")),
            photos=tuple(entry.photos.all()),
        )
        for entry in incident.log.select_related("station").prefetch_related("photos").order_by("pk")
    ]


def _briefed(incident: Incident) -> list[Moment]:
    rows = Briefed.objects.filter(incident=incident).select_related("officer").order_by("pk")
    return [Moment(one.at, "briefing", "briefed", _word("briefed"), one.officer.label) for one in rows]


def _spoken(incident: Incident) -> list[Moment]:
    """Who spoke in the incident's talk group, and for how long; nobody's turn in which nothing was said."""
    found = []
    for turn in turns.said_in("incident", incident.number):
        assert turn.ended_at is not None  # nosec B101
        words = _("spoke for %(seconds)s s") % {
            "seconds": max(1, round((turn.ended_at - turn.began_at).total_seconds()))
        }
        if turn.ending == turns.LOST:  # entered as over when the process began anew, however much later
            words = _("spoke; broken off when the voice service failed")
        found.append(Moment(turn.began_at, "talk", "spoke", words, turn.speaker.label))
    return found


def _orders(incident: Incident) -> list[Moment]:
    """How far the order to each unit came; that it was made, and rang again, the log tells."""
    found = []
    for order in Order.objects.filter(assignment__incident=incident).select_related("assignment__unit").order_by("pk"):
        unit = order.assignment.unit.call_sign
        for name in Order.TIMES:
            if at := getattr(order, name):
                code = f"order_{name.removesuffix('_at')}"
                found.append(Moment(at, "order", code, f"{unit} {_word(code)}", unit=unit))
    return found


def _tracked(incident: Incident) -> list[Moment]:
    """When units left, arrived and were gone by their tracks, beside what people said, and who denied it.

    What the track itself took back, when it came to say otherwise, is left out.
    """
    said = Proposal.objects.filter(assignment__incident=incident).exclude(is_confirmed=False, decided_by=None)
    found = []
    for one in said.select_related("assignment__unit", "decided_by").order_by("pk"):
        unit = one.assignment.unit.call_sign
        words = _("%(unit)s by its track: %(status)s") % {"unit": unit, "status": _(one.step)}
        if one.is_confirmed is False and one.decided_by:
            words = _("%(said)s – not so, says %(who)s") % {"said": words, "who": one.decided_by.label}
        found.append(Moment(one.at, "track", f"track_{one.step}", words, unit=unit))
        if one.decided_at and one.decided_by:
            code = "step_confirmed" if one.is_confirmed else "step_dismissed"
            said_so = f"{unit} {_(one.step)} · {_word(code)}"
            found.append(Moment(one.decided_at, "track", code, said_so, one.decided_by.label, unit=unit))
    return found


def _alarms(incident: Incident) -> list[Moment]:
    """Alarms of the incident, and those of its units while they were sent there. Who called for help, and that it is over,
    the log tells."""
    found = []
    for alarm in _alarms_about(incident).select_related("acknowledged_by").order_by("pk"):
        unit = alarm.subject_id.rpartition("/")[2] if alarm.subject_kind == "unit" else alarm.facts.get("unit") or ""
        about = " ".join(part for part in (_word(alarm.kind), unit) if part)
        is_told = alarm.subject_kind == "call_for_help"
        if not is_told:
            found.append(Moment(alarm.raised_at, "alarm", "raised", about, unit=unit))
        if alarm.acknowledged_at:
            by = alarm.acknowledged_by.label if alarm.acknowledged_by else ""
            found.append(Moment(alarm.acknowledged_at, "alarm", "acknowledged", f"{about} · {_word('attended')}", by))
        if alarm.cleared_at and not is_told:
            found.append(Moment(alarm.cleared_at, "alarm", "cleared", f"{about} · {_word('over')}"))
    return found


def _alarms_about(incident: Incident) -> Any:
    which = Q(subject_kind="incident", subject_id=incident.number)
    orders = Order.objects.filter(assignment__incident=incident).values_list("pk", flat=True)
    which |= Q(subject_kind="order", subject_id__in=[str(pk) for pk in orders])
    calls = CallForHelp.objects.filter(incident=incident).values_list("pk", flat=True)
    which |= Q(subject_kind="call_for_help", subject_id__in=[str(pk) for pk in calls])
    for one in Assignment.objects.filter(incident=incident).select_related("unit__station"):
        while_sent = Q(raised_at__gte=one.dispatched_at)
        if one.ended_at:
            while_sent &= Q(raised_at__lte=one.ended_at)
        names = [one.unit.call_sign, one.unit.key, str(one.unit_id)]
        which |= Q(subject_kind="unit", subject_id__in=names, station=one.unit.station_id) & while_sent
    return Alarm.objects.filter(which)


def _word(code: str) -> str:
    return str(MOMENT_WORDS.get(code, code.replace("_", " ")))
