"""Where dispatch keeps people's data, and how it is erased: callers, and officers' names in the log."""

from command import live
from command.erasures import Erasable
from command.models import Officer
from command.permissions import Capability
from dispatch.models import Incident, LogEntry, PlaceNote


def _incident_station(ident: int) -> int | None:
    return Incident.objects.filter(pk=ident).values_list("station_id", flat=True).first()


def _clear_caller(ident: int) -> None:
    incident = Incident.objects.select_for_update(no_key=True).get(pk=ident)
    incident.caller_name = incident.caller_phone = ""
    incident.save(update_fields=["caller_name", "caller_phone"])
    live.publish(incident.station_id, "incident", incident.number)


def clear_officer(ident: int) -> None:
    """The log says names as they were: the officer's becomes a number, at their own station and wherever they are unique.

    A namesake at another station keeps theirs.
    """
    officer = Officer.objects.get(pk=ident)
    entries = LogEntry.objects.filter(actor_name=officer.label)
    if Officer.objects.filter(name=officer.label).exclude(pk=ident).exists():
        entries = entries.filter(station_id=officer.station_id)
    entries.update(actor_name=f"erased-{ident}")


CALLER = Erasable("caller", Capability.SEARCH_PEOPLE, _incident_station, _clear_caller)


def _note_station(ident: int) -> int | None:
    return PlaceNote.objects.filter(pk=ident).values_list("station_id", flat=True).first()


def _clear_key_holder(ident: int) -> None:
    PlaceNote.objects.filter(pk=ident).update(contact_name="", contact_phone="")


KEY_HOLDER = Erasable("key_holder", Capability.DISPATCH, _note_station, _clear_key_holder)
