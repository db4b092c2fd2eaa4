"""Verbs of watching: who opened which picture, and why. Nobody watches without a reason, and whoever is watched sees who does."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Forbidden, NotThere
from command.permissions import Capability, Principal, require
from devices.models import PictureSource, Watch

REASON_AT_LEAST = 5  # characters, where no incident is named
Known = Callable[[Principal, str], bool]
_incidents: list[Known] = []


def pin_incidents(known: Known) -> None:
    """Say by what it is known that a principal may name an incident as a reason; called from a room's AppConfig.ready()."""
    _incidents.append(known)


def begin(principal: Principal, source_id: int, incident: str = "", reason: str = "") -> Watch:
    """Enter that somebody watches a source, before anything is shown.

    Raises NotThere, Forbidden (`reason_required` without an open incident that they see, or some words), Problem 503 where the
    entry can't be written.
    """
    source = (
        PictureSource.objects.visible_to(principal).select_related("station", "camera", "officer").filter(pk=source_id)
    )
    found = source.first()
    if found is None:
        raise NotThere("not_there", _("There is no such picture."))
    require(principal, Capability.WATCH_CAMERAS, found.station_id)
    reason = reason_of(principal, incident, reason)
    with audit.before_showing():
        made = Watch.objects.create(
            source=found, actor_kind=principal.kind, actor_id=str(principal.pk), incident=incident,
            reason=reason, began_at=clock.now(),
        )  # fmt: skip
        audit.record(
            principal, "watch", "picture_source", found.pk, found.station_id, watch=made.pk, incident=incident or None
        )
    return made


def reason_of(principal: Principal, incident: str, reason: str) -> str:
    """The words of a reason as they are kept, "" where an open incident is it. Raises Forbidden (`reason_required`)."""
    reason = " ".join(reason.split())[:200]
    if incident and not (incident.isprintable() and any(known(principal, incident) for known in _incidents)):
        raise _no_reason()
    if not reason.isprintable() or (not incident and len(reason) < REASON_AT_LEAST):
        raise _no_reason()
    return reason


def end(watch_id: int) -> None:
    """Enter that a watch is over; a second time changes nothing."""
    with changes.change():
        Watch.objects.filter(pk=watch_id, ended_at=None).update(ended_at=clock.now())


def end_all() -> int:
    """Enter that nobody watches any more: the process that showed it has ended. Returns how many watches were open."""
    with changes.change():
        return Watch.objects.filter(ended_at=None).update(ended_at=clock.now())


def _no_reason() -> Forbidden:
    said = _("Watching needs a reason: an open incident that you see, or a few words. Who is watched sees it.")
    return Forbidden("reason_required", said)
