"""The verbs that send several units at once: "two more"."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from command import audit, changes
from command.errors import Conflict
from command.models import Officer
from command.permissions import Capability, Level, Principal
from dispatch import help as helping
from dispatch import incidents, log, units
from dispatch.models import Assignment, CallForHelp, Incident, Kind, Unit
from dispatch.nearest import recommended

MOST = 8
SPARE = 8  # so many more are looked at, for some may be taken at this very moment


def reinforce(principal: Principal, number: str, count: int) -> list[Assignment]:
    """Send the `count` units that are best now, as far as there are so many; who was taken meanwhile is passed over.

    Raises NotThere, Forbidden, Conflict `not_open`, or `nobody_free` where nobody could be sent.
    """
    with changes.change():
        incident = incidents.locked(principal, number, Capability.DISPATCH)
        incidents.is_open(incident)
        sent: list[Assignment] = []
        for call_sign in _best(principal, incident, count + SPARE):
            if len(sent) < count:
                sent += _sent(principal, incident, call_sign)
        if not sent:
            raise Conflict("nobody_free", _("No unit is free to be sent."))
        log.tell(principal, incident, "reinforced", wanted=count, sent=[one.unit.call_sign for one in sent])
        audit.record(principal, "reinforce", "incident", number, incident.station_id, wanted=count, sent=len(sent))
        if isinstance(principal, Officer):
            helping.answered(principal, incident)
        return sent


def _best(principal: Principal, incident: Incident, limit: int) -> list[str]:
    """Call signs, best first. Their rows are locked at once and by number, so that two who reinforce never wait in a ring."""
    where, kind = (incident.place.y, incident.place.x), incident.kind.slug
    best = recommended(principal, *where, kind=kind, station_id=incident.station_id, limit=limit)
    call_signs = [one.candidate.key.partition("/")[2] for one in best.rows]
    rows = Unit.objects.select_for_update(of=("self",), no_key=True).filter(
        station=incident.station_id, call_sign__in=call_signs
    )
    held = {unit.call_sign for unit in rows.filter(retired_at=None).order_by("pk")}
    return [one for one in call_signs if one in held]


def _sent(principal: Principal, incident: Incident, call_sign: str) -> list[Assignment]:
    try:
        with transaction.atomic():
            return [units.assign(principal, incident.number, call_sign)]
    except Conflict:  # taken, or off duty by now
        return []


def send_to(principal: Principal, call_id: int, count: int) -> list[Assignment]:
    """Send units to somebody who called for help: to the incident they are at or, where they are at none, to a new one
    at their place. Raises as `reinforce` and `open_incident` do, Conflict `no_place` where nobody knows where they are."""
    with changes.change():
        row = helping.locked(principal, call_id, CallForHelp.SOS, CallForHelp.HELP)
        if row.ended_at is not None:
            raise Conflict("help_ended", _("This call for help is over."))
        if row.incident is None or row.incident.state != "open":
            row.incident = _opened_for(principal, row)
            row.save(update_fields=["incident"])
            helping.tell_again(row)
        return reinforce(principal, row.incident.number, count)


def _opened_for(principal: Principal, row: CallForHelp) -> Incident:
    if not principal.rights().may(Capability.OPEN_INCIDENT, row.station_id, Level.OWN):  # at a wall
        raise Conflict("no_incident", _("They are at no incident: the desk opens one for them."))
    if row.place is None:
        raise Conflict("no_place", _("Nobody knows where they are: open a call at the place by hand."))
    who = f"{row.unit.call_sign if row.unit else ''} {row.officer.label}".strip()
    said: dict[str, Any] = {"lat": row.place.y, "lon": row.place.x, "address": row.address}
    word = "SOS" if row.kind == CallForHelp.SOS else _("Help wanted")
    return incidents.open_incident(
        principal, row.station, kind=_kind(), priority=1, facts=" · ".join(filter(None, [word, who, row.text])), **said
    )


def _kind() -> str:
    """What such an incident is called until somebody knows more."""
    kinds = list(Kind.objects.filter(is_active=True).values_list("slug", flat=True))
    return "other" if "other" in kinds else kinds[-1]
