"""The verb that ticks a line of an incident's checklist."""

from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import NotThere
from command.models import Officer
from command.permissions import Capability, Level, Principal
from dispatch import incidents, log
from dispatch.models import ChecklistLine, Incident, Tick


def tick(principal: Principal, number: str, line_id: int, *, done: bool) -> Incident:
    """Tick a line of an open incident's checklist, or take that back; the log tells both. Doing it again changes nothing.

    Raises NotThere, Forbidden, Conflict.
    """
    with changes.change():
        incident = incidents.locked(principal, number, Capability.NOTE, level=Level.OWN)
        incidents.is_open(incident)
        line = _line(incident, line_id)
        ticked = Tick.objects.filter(incident=incident, line=line)
        if ticked.exists() == done:
            return incident
        if done:
            officer = principal if isinstance(principal, Officer) else None
            Tick.objects.create(incident=incident, line=line, at=clock.now(), officer=officer)
        else:
            ticked.delete()
        code = "ticked" if done else "unticked"
        log.tell(principal, incident, code, line=line.pk, zh=line.text_zh, en=line.text_en)
        audit.record(principal, f"{code}_line", "incident", incident.number, incident.station_id, line=line.pk)
        live.publish(incident.station_id, "incident", incident.number)
        return incident


def _line(incident: Incident, line_id: int) -> ChecklistLine:
    """A line that the incident's checklist shows. Raises NotThere."""
    found = ChecklistLine.objects.filter(pk=line_id).first()
    ticked = Tick.objects.filter(incident=incident, line_id=line_id).exists()
    if found is None or not (ticked or (found.kind_id == incident.kind_id and found.retired_at is None)):
        said = _("The checklist of %(number)s has no such line.")
        raise NotThere("no_such_line", said % {"number": incident.number})
    return found
