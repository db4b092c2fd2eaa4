"""The shift's log, and handing over from one shift to the next."""

from typing import Any

from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Conflict, Invalid, NotThere
from command.models import Alarm, Officer, Station
from command.permissions import Capability, require
from dispatch.models import Handover, Incident, ShiftNote, Unit
from dispatch.states import IncidentState, UnitStatus

NOTE_LIMIT, WORDS_LIMIT = 2000, 4000


def note(officer: Officer, station: Station, text: str) -> ShiftNote:
    """Add a line to the shift log. Raises Invalid, Forbidden."""
    require(officer, Capability.DISPATCH, station.pk)
    text = text.strip()
    if not text or len(text) > NOTE_LIMIT:
        said = _("expected 1 to %(limit)s characters") % {"limit": NOTE_LIMIT}
        raise Invalid("bad_text", said, fields={"text": said})
    with changes.change():
        made = ShiftNote.objects.create(station=station, at=clock.now(), officer=officer, text=text)
        audit.record(officer, "note_shift", "shift_note", made.pk, station.pk)
        return made


def state_of(station: Station) -> dict[str, Any]:
    """What stands open at a station now: incidents by priority, units out, alarms."""
    open_ones = Incident.objects.filter(station=station, state=IncidentState.OPEN).order_by("priority", "pk")
    out = Unit.objects.filter(station=station, assignments__ended_at=None, assignments__isnull=False).distinct()
    on = Unit.objects.filter(station=station).exclude(status=UnitStatus.OFF_DUTY)
    return {
        "incidents": list(open_ones.values_list("number", flat=True)),
        "out": sorted(out.values_list("call_sign", flat=True)),
        "on_duty": sorted(on.values_list("call_sign", flat=True)),
        "alarms": list(Alarm.objects.filter(station=station, cleared_at=None).values_list("pk", flat=True)),
    }


def hand_over(officer: Officer, station: Station, text: str) -> Handover:
    """Offer the station to the next shift, with what stands open frozen. Raises Conflict while one is offered."""
    require(officer, Capability.DISPATCH, station.pk)
    if len(text) > WORDS_LIMIT:
        said = _("expected at most %(limit)s characters") % {"limit": WORDS_LIMIT}
        raise Invalid("bad_text", said, fields={"text": said})
    with changes.change():
        Station.objects.select_for_update(no_key=True).get(pk=station.pk)
        if Handover.objects.filter(station=station, taken_at=None).exists():
            raise Conflict("handover_waits", _("A hand-over waits to be taken already."))
        made = Handover.objects.create(
            station=station, given_at=clock.now(), given_by=officer, text=text.strip(), state=state_of(station)
        )
        audit.record(officer, "hand_over", "handover", made.pk, station.pk)
        return made


def take_over(officer: Officer, handover_id: int) -> Handover:
    """Sign for the station: somebody else than who gave it. Raises NotThere, Forbidden, Conflict."""
    with changes.change():
        offered = Handover.objects.select_for_update(of=("self",)).filter(pk=handover_id, taken_at=None).first()
        if offered is None:
            raise NotThere("not_there", _("This hand-over has been taken or withdrawn."))
        require(officer, Capability.DISPATCH, offered.station_id)
        if offered.given_by_id == officer.pk:
            raise Conflict("oneself", _("Somebody else takes over: not who hands over."))
        offered.taken_at, offered.taken_by = clock.now(), officer
        offered.save(update_fields=["taken_at", "taken_by"])
        audit.record(officer, "take_over", "handover", offered.pk, offered.station_id, by=offered.given_by_id)
        return offered


def withdraw(officer: Officer, handover_id: int) -> None:
    """Take one's own offer back before anybody has signed. Raises NotThere."""
    with changes.change():
        offered = Handover.objects.select_for_update(of=("self",)).filter(
            pk=handover_id, taken_at=None, given_by=officer
        )
        found = offered.first()
        if found is None:
            raise NotThere("not_there", _("This hand-over has been taken or withdrawn."))
        audit.record(officer, "withdraw_handover", "handover", found.pk, found.station_id)
        found.delete()
