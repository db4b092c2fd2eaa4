"""Verbs of watching: who opened which picture, and why. Nobody watches without a reason, and whoever is watched sees who does."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, principals
from command.errors import Forbidden, Invalid, NotThere
from command.models import Officer, Screen
from command.permissions import Capability, Principal
from devices.models import PictureSource, Watch

REASON_AT_LEAST, REASON_AT_MOST = 5, 200  # characters, where no incident is named
LETTERS_AT_LEAST = 3  # different ones among them: dots are no words
Known = Callable[[Principal, str, bool], bool]
Eyes = Callable[[Principal, str], Collection[int]]
_incidents: list[Known] = []
_eyes: list[Eyes] = []


def pin_incidents(known: Known) -> None:
    """Say by what it is known that a principal may name an incident as a reason, an open one only or any; called from a room's
    AppConfig.ready().
    """
    _incidents.append(known)


def pin_eyes(eyes: Eyes) -> None:
    """Say by what it is known which sources show the scene of an incident, by its number, to a principal who is on it; none
    to anybody else. Called from a room's AppConfig.ready().
    """
    _eyes.append(eyes)


def begin_from(
    principal: Principal, source_ids: Collection[int], said: dict[str, Any]
) -> tuple[Principal, dict[int, Watch]]:
    """Enter that a page looks at sources, all at once: in whose name, and the entries as of `begin`. `said`: its `incident` or
    `reason`, and `by_hand`.

    A screen's own look is what it opens by itself for an incident; what a person asks of it by hand, or for words of their own,
    is that person's who has taken it over. Raises Forbidden (`not_taken_over`), and as `begin`.
    """
    incident, reason = said.get("incident", ""), said.get("reason", "")
    looker: Principal | None = principal
    if isinstance(principal, Screen) and (said.get("by_hand") is True or (reason and not incident)):
        looker = principals.acting_at(principal)
    if looker is None:
        raise Forbidden("not_taken_over", _("Nobody has taken this screen over: take it over first."))
    return looker, begin(looker, source_ids, incident, reason)


def begin(principal: Principal, source_ids: Collection[int], incident: str = "", reason: str = "") -> dict[int, Watch]:
    """Enter that somebody watches sources, before anything is shown; the entries by source, of those that are there for them.

    Raises NotThere where none is, Forbidden (`reason_required` without an open incident that they see, or some words), Problem
    503 where the entries can't be written: then nothing is shown of any.
    """
    there = watchable(principal, incident).select_related("station", "camera", "officer").filter(pk__in=source_ids)
    found = list(there.order_by("pk"))
    if not found:
        raise no_such()
    incident, reason = checked_reason(principal, incident, reason)
    with audit.before_showing():
        return {source.pk: _entered(principal, source, incident, reason) for source in found}


def _entered(principal: Principal, source: PictureSource, incident: str, reason: str) -> Watch:
    made = Watch.objects.create(
        source=source, actor_kind=principal.kind, actor_id=str(principal.pk), incident=incident, reason=reason,
        began_at=clock.now(),
    )  # fmt: skip
    facts = {"watch": made.pk, "incident": incident or None}
    audit.record(principal, "watch", "picture_source", source.pk, source.station_id, **facts)
    return made


def watchable(principal: Principal, incident: str) -> QuerySet[PictureSource]:
    """The sources that a principal may watch with this incident, or none (""), as the reason: all of the stations where the
    right is whole; where it holds only for what one is on, those that show the scene of that incident while one is on it.
    """
    whole = PictureSource.objects.visible_to(principal)
    own = principal.rights().own_stations(Capability.WATCH_CAMERAS)
    if not own or not incident.isprintable():
        return whole
    at_scene = {one for eyes in _eyes for one in eyes(principal, incident)} if incident else set()
    return whole | PictureSource.objects.filter(station__in=own, pk__in=at_scene)


def still(principal: Principal, watched: Mapping[int, str]) -> set[int]:
    """Which of the sources that a principal watches, each with an incident or words ("") as the reason, they may watch still."""
    found: set[int] = set()
    for incident in set(watched.values()):
        mine = [source for source, why in watched.items() if why == incident]
        found |= set(watchable(principal, incident).filter(pk__in=mine).values_list("pk", flat=True))
    return found


def over(principal: Principal, watched: Mapping[int, tuple[Principal, str]]) -> dict[int, str]:
    """Which of the sources that a page looks at it may see no more, and why: the right is gone, or who asked for it has left the
    screen. `watched`: in whose name, and with which incident as the reason ("" for words).
    """
    if not isinstance(principal, Screen):
        stays = still(principal, {one: incident for one, (_, incident) in watched.items()})
        return dict.fromkeys(watched.keys() - stays, "forbidden")
    by_hand = {one: looker for one, (looker, _) in watched.items() if isinstance(looker, Officer)}
    acting = principals.acting_at(principal) if by_hand else None
    left = {one for one, looker in by_hand.items() if acting is None or acting.pk != looker.pk}
    stays = still(principal, {one: incident for one, (_, incident) in watched.items() if one not in by_hand})
    if acting is not None:
        stays |= still(acting, {one: watched[one][1] for one in by_hand.keys() - left})
    return {one: "not_taken_over" if one in left else "forbidden" for one in watched.keys() - stays}


def listen(principal: Principal, watched: Mapping[int, tuple[int, str]]) -> dict[int, Principal]:
    """Enter that somebody listens to sources that they watch, before anything is heard: in whose name, of those that they may
    hear. `watched`: the look's entry, and the incident that is its reason ("" for words).

    To listen is asked by hand: at a screen it is whose who has taken it over. Raises Forbidden (`not_taken_over`), Problem 503.
    """
    listener = principals.acting_at(principal) if isinstance(principal, Screen) else principal
    if listener is None:
        raise Forbidden("not_taken_over", _("Nobody has taken this screen over: take it over first."))
    there = list(PictureSource.objects.visible_to(listener).filter(pk__in=watched).order_by("pk"))
    with audit.before_showing():
        for source in there:
            watch, incident = watched[source.pk]
            facts = {"watch": watch, "incident": incident or None}
            audit.record(listener, "listen", "picture_source", source.pk, source.station_id, **facts)
    return {source.pk: listener for source in there}


def unheard(principal: Principal, listening: Mapping[int, Principal]) -> dict[int, str]:
    """Which of the sources that a page listens to it may hear no more, and why: the right is not whole any more, or who asked for
    it has left the screen. `listening`: in whose name.

    Who is at the scene hears it there, and has the incident's talk group; a colleague's microphone is not theirs to open.
    """
    listener = principals.acting_at(principal) if isinstance(principal, Screen) and listening else principal
    own = {one for one, by in listening.items() if listener and (by.kind, by.pk) == (listener.kind, listener.pk)}
    stays: set[int] = set()
    if listener is not None:
        stays = set(PictureSource.objects.visible_to(listener).filter(pk__in=own).values_list("pk", flat=True))
    return {one: "forbidden" if one in own else "not_taken_over" for one in listening.keys() - stays}


def checked_reason(principal: Principal, incident: str, reason: str, *, open_only: bool = True) -> tuple[str, str]:
    """The reason as it is entered. Raises Forbidden (`reason_required`) without an open incident that they see, or some words;
    Invalid where they are too many.

    Where one that is over may be named (not `open_only`), it takes words besides.
    """
    reason = " ".join(reason.split())
    if len(reason) > REASON_AT_MOST:
        facts = {"most": REASON_AT_MOST, "found": len(reason)}
        said = _("expected a reason of at most %(most)s characters; found %(found)s") % facts
        raise Invalid("invalid", said, fields={"reason": said})
    has_words = len(reason) >= REASON_AT_LEAST and len(set(filter(str.isalnum, reason))) >= LETTERS_AT_LEAST
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


def no_such() -> NotThere:
    """What is said of a source that is none, or not for who asks."""
    return NotThere("not_there", _("There is no such picture."))


def _no_reason(open_only: bool) -> Forbidden:
    said = _("Watching needs a reason: an open incident that you see, or a few words. Who is watched sees it.")
    if not open_only:
        said = _("Playing needs a reason: an open incident that you see, or a few words; with one that is over, both.")
    return Forbidden("reason_required", said)
