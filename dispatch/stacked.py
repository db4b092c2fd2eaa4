"""The rows of calls that wait for a unit, for verbs under way: who is sent or over waits no longer."""

from command import live
from dispatch.models import Incident, Stacked, Unit


def forget(**which: object) -> list[Stacked]:
    """Take calls from units, inside the verb under way, and show both; returns what was taken."""
    gone = list(
        Stacked.objects.select_for_update(of=("self",)).filter(**which).select_related("incident", "unit__station")
    )
    Stacked.objects.filter(pk__in=[one.pk for one in gone]).delete()
    for one in gone:
        show(one.incident, one.unit)
    return gone


def show(incident: Incident, unit: Unit) -> None:
    """Have the live picture read both anew."""
    live.publish(incident.station_id, "incident", incident.number)
    live.publish(unit.station_id, "unit", unit.key)
