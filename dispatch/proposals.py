"""Statuses by geometry: the track proposes, a person confirms. What a person said before is set beside what the track says."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, jobs, live
from command.errors import NotThere
from command.models import Officer
from command.permissions import Principal
from devices import tracks
from devices.models import LastFix
from dispatch import geometry, units
from dispatch.models import Assignment, Incident, Proposal
from dispatch.states import IncidentState, Step, is_after

EVERY = dt.timedelta(seconds=20)  # so often at least; the clock asks for it every 5 s
HEARD = dt.timedelta(seconds=60)  # a unit that said nothing since has nothing new to read
LONGEST = dt.timedelta(hours=12)  # of a track that is read
BEFORE = dt.timedelta(seconds=geometry.ANCHOR_S)
STEPS = {Step.EN_ROUTE: "left", Step.ON_SCENE: "there", Step.CLEARED: "gone"}


def look() -> int:
    """Read the tracks of all units under way that were heard lately; returns how many."""
    lately = LastFix.objects.filter(received__gt=clock.now() - HEARD).values("device")
    heard = Assignment.objects.filter(ended_at=None, incident__state=IncidentState.OPEN, unit__devices__in=lately)
    found = list(heard.distinct().order_by("pk").values_list("pk", flat=True))
    for assignment in found:
        look_at(assignment)
    return len(found)


def look_at(assignment_id: int) -> None:
    """Set beside one assignment what the unit's track says of it."""
    with changes.change():
        mine = Assignment.objects.filter(pk=assignment_id, ended_at=None).select_related("incident", "unit")
        one = mine.first()
        if one is None:
            return
        Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=one.incident_id)
        one = mine.first()
        if one is not None and _compare(one, _times(one)):
            live.publish(one.incident.station_id, "incident", one.incident.number)


def _times(one: Assignment) -> geometry.Times:
    """What the unit's device that was heard last says."""
    device = LastFix.objects.filter(device__units=one.unit_id).order_by("-received").values_list("device").first()
    if device is None:
        return geometry.Times(None, None, None)
    since = max(one.dispatched_at - BEFORE, clock.now() - LONGEST)
    rows = [row for row in tracks.track(device[0], since) if row["lat"] is not None]
    track = [
        geometry.Seen(dt.datetime.fromisoformat(row["time"]).timestamp(), row["lat"], row["lon"], row["accuracy"])
        for row in rows
    ]
    place = one.incident.place
    return geometry.times(track, (place.y, place.x), one.dispatched_at.timestamp())


def _compare(one: Assignment, times: geometry.Times) -> bool:
    """Make, settle and withdraw proposals; whether anything changed that is shown."""
    known = {said.step: said for said in one.proposals.order_by("pk")}
    changed = False
    for step, name in STEPS.items():
        at: float | None = getattr(times, name)
        moment = dt.datetime.fromtimestamp(at, dt.UTC) if at is not None else None
        changed |= _compare_step(one, step, moment, known.get(step))
    return changed


def _compare_step(one: Assignment, step: Step, at: dt.datetime | None, known: Proposal | None) -> bool:
    """One step of one assignment. What was decided stays, but what was denied may be said again of a later moment."""
    if known and known.decided_at is None and not is_after(step, one.status):
        _decide(known, None, confirmed=getattr(one, f"{step}_at") is not None)
        return True
    if known and known.decided_at is None and at is None:
        _decide(known, None, confirmed=False)  # the unit came back, or older fixes arrived that tell it otherwise
        return True
    denied = known is not None and known.is_confirmed is False and known.decided_at is not None
    if at is None or (known and not (denied and at > known.decided_at)):  # type: ignore[operator]
        return False
    made = Proposal(assignment=one, step=step, at=at, made_at=clock.now())
    if not is_after(step, one.status):  # a person said it first
        made.decided_at, made.is_confirmed = made.made_at, getattr(one, f"{step}_at") is not None
    made.save()
    return made.decided_at is None


def _decide(said: Proposal, officer: Officer | None, *, confirmed: bool) -> None:
    said.decided_at, said.decided_by, said.is_confirmed = clock.now(), officer, confirmed
    said.save(update_fields=["decided_at", "decided_by", "is_confirmed"])


def confirm(principal: Principal, proposal_id: int) -> Proposal:
    """A person says that it is so: the step is taken now, and the track's moment is kept with it.

    Raises NotThere, Forbidden, Conflict where the assignment is further by now.
    """
    return _answer(principal, proposal_id, confirmed=True)


def dismiss(principal: Principal, proposal_id: int) -> Proposal:
    """A person says that it is not so. Raises NotThere, Forbidden."""
    return _answer(principal, proposal_id, confirmed=False)


def _answer(principal: Principal, proposal_id: int, *, confirmed: bool) -> Proposal:
    with changes.change():
        said = seen_by(principal).filter(pk=proposal_id).first()
        if said is None:
            raise NotThere("not_there", _("There is no such proposal."))
        incident, unit = said.assignment.incident, said.assignment.unit
        Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=incident.pk)
        units.may_speak_for(principal, unit)
        said = (
            Proposal.objects.select_for_update(of=("self",), no_key=True)
            .select_related("assignment")
            .get(pk=proposal_id)
        )
        if said.decided_at is not None:
            return said
        if confirmed:
            units.step(principal, incident.number, unit.call_sign, said.step)
        _decide(said, principal if isinstance(principal, Officer) else None, confirmed=confirmed)
        action = "confirm_step" if confirmed else "dismiss_step"
        audit.record(principal, action, "incident", incident.number, incident.station_id, unit=unit.pk, step=said.step)
        live.publish(incident.station_id, "incident", incident.number)
        return said


def seen_by(principal: Principal) -> QuerySet[Proposal]:
    """Proposals in incidents that the principal sees."""
    mine = Proposal.objects.filter(assignment__incident__in=Incident.objects.visible_to(principal).values("pk"))
    return mine.select_related("assignment__incident__station", "assignment__unit")


JOBS = jobs.pin({"proposals": look}, EVERY)
