"""Verbs of watching: who opened which picture, and why. Nobody watches without a reason, and whoever is watched sees who does."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Forbidden, NotThere
from command.permissions import Capability, Principal, require
from devices.models import PictureSource, Watch

REASON_AT_LEAST = 5  # characters, where no incident is named
Known = Callable[[Principal, str, bool], bool]
_incidents: list[Known] = []


def pin_incidents(known: Known) -> None:
    """Say by what it is known that a principal may name an incident as a reason, an open one only or any; called from a room's
    AppConfig.ready().
    """
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
    incident, reason = checked_reason(principal, incident, reason)
    with audit.before_showing():
        made = Watch.objects.create(
            source=found, actor_kind=principal.kind, actor_id=str(principal.pk), incident=incident,
            reason=reason, began_at=clock.now(),
        )  # fmt: skip
        audit.record(
            principal, "watch", "picture_source", found.pk, found.station_id, watch=made.pk, incident=incident or None
        )
    return made


def checked_reason(principal: Principal, incident: str, reason: str, *, open_only: bool = True) -> tuple[str, str]:
    """The reason as it is entered. Raises Forbidden (`reason_required`) without an open incident that they see, or some words.

    Where one that is over may be named (not `open_only`), it takes words besides.
    """
    reason = " ".join(reason.split())[:200]
    has_words = reason.isprintable() and len(reason) >= REASON_AT_LEAST
    is_open = _is_known(principal, incident, open_only=True)
    is_over = not open_only and has_words and _is_known(principal, incident, open_only=False)
    if not reason.isprintable() or not (is_open or is_over or (has_words and not incident)):
        raise _no_reason(open_only)
    return incident, reason


def _is_known(principal: Principal, incident: str, *, open_only: bool) -> bool:
    named = bool(incident) and incident.isprintable()
    return named and any(known(principal, incident, open_only) for known in _incidents)


def end(watch_id: int) -> None:
    """Enter that a watch is over; a second time changes nothing."""
    with changes.change():
        Watch.objects.filter(pk=watch_id, ended_at=None).update(ended_at=clock.now())


def end_all() -> int:
    """Enter that nobody watches any more: the process that showed it has ended. Returns how many watches were open."""
    with changes.change():
        return Watch.objects.filter(ended_at=None).update(ended_at=clock.now())


def _no_reason(open_only: bool) -> Forbidden:
    said = _("Watching needs a reason: an open incident that you see, or a few words. Who is watched sees it.")
    if not open_only:
        said = _("Playing needs a reason: an open incident that you see, or a few words; with one that is over, both.")
    return Forbidden("reason_required", said)
