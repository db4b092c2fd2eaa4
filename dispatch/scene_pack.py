"""The scene pack: what the cameras that see an incident's place and its crews' phones recorded is kept with the incident.

From ten minutes before the call, held from deletion at once; let go on ten minutes after its end. The live side of it is the
page's own: the wall opens the pictures by itself.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q

from command import clock, jobs, leases
from command.models import Officer
from devices import recordings, seeing
from devices.models import PictureSource, RecordingHold
from dispatch.models import Crew, Incident
from dispatch.states import IncidentState

AROUND = dt.timedelta(minutes=10)  # before the call and after the end
LOOKED_BACK = dt.timedelta(days=2)
EVERY = dt.timedelta(minutes=10)
INSTANT = dt.timedelta(microseconds=1)  # a hold is of what lies across its borders: a film may last no time at all
CAMERAS = 12  # that see the place, the best of them
JOB, FILM_JOB, KIND = "scene_pack", "film_pack", "incident"
log = logging.getLogger(__name__)


def pack(number: str) -> None:
    """Hold what belongs to an incident; again and again changes nothing but the end."""
    incident = Incident.objects.filter(number=number).first()
    if incident is None:
        return
    is_open = incident.state == IncidentState.OPEN
    until = None if is_open or incident.closed_at is None else incident.closed_at + AROUND
    since = incident.opened_at - AROUND
    for source in sources_of(incident):
        recordings.hold(source, since, until, KIND, incident.number)
    held = RecordingHold.objects.filter(subject_kind=KIND, subject_id=number, since=since)  # not films of another time
    held.update(until=until)  # also of those turned away since


def sources_of(incident: Incident) -> list[int]:
    """Whose recordings belong to an incident: cameras of its station that see its place, phones of the crews sent to it."""
    found = PictureSource.objects.filter(Q(camera__in=cameras_of(incident)) | Q(officer__in=_crews(incident)))
    return list(found.order_by("pk").values_list("pk", flat=True))


def cameras_of(incident: Incident) -> list[int]:
    """The cameras of an incident's station that see its place, best first."""
    place = incident.place
    return [one.camera.pk for one in seeing.seeing(place.y, place.x, [incident.station_id], CAMERAS)]


def _crews(incident: Incident) -> list[int]:
    """Who was on a unit while it was sent there."""
    found: set[int] = set()
    for sent in incident.assignments.all():
        there = Crew.objects.filter(unit=sent.unit_id).exclude(left_at__lt=sent.dispatched_at)
        found |= set(
            (there.exclude(joined_at__gt=sent.ended_at) if sent.ended_at else there).values_list("officer", flat=True)
        )
    return sorted(found)


def pack_film(officer_id: int, number: str, began: dt.datetime, ended: dt.datetime) -> None:
    """A phone's film has come, perhaps days later: hold anew for the incident that it names and those its bearer was on then.

    With the one that it names it is held itself, at once: a phone that had lost the time says a wrong one.
    """
    named = _named(officer_id, number)
    if named:
        source = PictureSource.objects.get(officer=officer_id)
        recordings.hold(source.pk, began - INSTANT, ended + INSTANT, KIND, named.number)
    there = Crew.objects.filter(officer=officer_id, joined_at__lt=ended).exclude(left_at__lt=began)
    sent = Q(assignments__unit__in=there.values("unit"), assignments__dispatched_at__lt=ended + AROUND)
    since = Q(assignments__ended_at=None) | Q(assignments__ended_at__gt=began - AROUND)
    its_own = Q(pk=named.pk) if named else Q()
    for one in Incident.objects.filter(its_own | (sent & since)).distinct().order_by("pk"):
        leases.ask(FILM_JOB, f"{one.number}@{officer_id}@{began:%Y%m%d%H%M%S%f}", clock.now())


def station_of_film(officer_id: int, number: str, began: dt.datetime, ended: dt.datetime) -> int | None:
    """At which station a phone's film was made: the named incident's, else that of the unit on which its bearer was then."""
    named = _named(officer_id, number)
    if named:
        return int(named.station_id)
    there = Crew.objects.filter(officer=officer_id, joined_at__lt=ended).exclude(left_at__lt=began)
    return there.order_by("-joined_at").values_list("unit__station", flat=True).first()


def _named(officer_id: int, number: str) -> Incident | None:
    """The incident of that number, if the officer sees it or was sent to it, perhaps from another station than today's."""
    incident = Incident.objects.filter(number=number).first() if number else None
    if incident is None or officer_id in _crews(incident):
        return incident
    officer = Officer.objects.get(pk=officer_id)
    return incident if Incident.objects.visible_to(officer).filter(pk=incident.pk).exists() else None


def _pack_for_film(key: str) -> None:
    pack(key.partition("@")[0])


def pack_all() -> int:
    """Hold anew for incidents that are open or ended lately: crews change, cameras are added. Returns for how many."""
    lately = Q(state=IncidentState.OPEN) | Q(closed_at__gte=clock.now() - LOOKED_BACK)
    open_holds = RecordingHold.objects.filter(subject_kind=KIND, until=None).values("subject_id")
    numbers = list(Incident.objects.filter(lately | Q(number__in=open_holds)).values_list("number", flat=True))
    for number in numbers:
        try:
            with transaction.atomic():
                pack(number)
        except Exception:
            log.exception("a scene pack could not be held")
    return len(numbers)


leases.pin(JOB, pack)
leases.pin(FILM_JOB, _pack_for_film)
JOBS = jobs.pin({"scene packs": pack_all}, EVERY)
