"""Verbs on what is said: a turn begins and ends, a channel to one person is opened, what was said is played and goes in time."""

import datetime as dt
import logging
import uuid
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, jobs
from command.erasures import Erasable
from command.errors import NotThere
from command.models import Officer
from command.permissions import Capability, Principal
from devices.models import TalkLook, Turn
from devices.pictures import watching
from devices.voice import files
from devices.voice.groups import Group

log = logging.getLogger(__name__)
KEPT = dt.timedelta(days=30)
AT_ONCE = 1000  # so many go in one run of the job
LOST = "lost"  # the ending of turns whose process ended first


class TurnAnswer(TypedDict):
    """Somebody spoke: where, who (an officer's user name), when, and the SHA-256 of the sound, "" where there is none."""

    key: str
    station: str
    group: str
    speaker: str
    began_at: str
    ended_at: str | None
    ending: str
    packets: int
    sha256: str


def begin(speaker: Officer, group: Group) -> Turn:
    """Enter that somebody speaks; that they may has been asked where the group was found."""
    with changes.change():
        turn = Turn.objects.create(
            station_id=group.station, group_kind=group.kind, group_id=group.ident, speaker=speaker, began_at=clock.now()
        )
        audit.record(speaker, "begin_turn", "turn", turn.pk, group.station, group=group.key)
    return turn


def end(turn_id: int, ending: str, packets: int) -> None:
    """Enter that a turn is over, with the digest of what was kept of it; a second time changes nothing."""
    with changes.change():
        turn = Turn.objects.select_for_update(of=("self",)).select_related("speaker").get(pk=turn_id)
        if turn.ended_at is None:
            _end(turn, ending, packets)


def end_all() -> int:
    """Enter that nobody speaks any more: the process in which they did has ended. Returns how many did."""
    with changes.change():
        spoken = list(Turn.objects.select_for_update(of=("self",)).select_related("speaker").filter(ended_at=None))
        for turn in spoken:
            _end(turn, LOST, 0)
        return len(spoken)


def _end(turn: Turn, ending: str, packets: int) -> None:
    turn.ended_at, turn.ending, turn.packets = clock.now(), ending, packets
    if not packets and ending != LOST:
        files.remove(settings.TURNS, turn.key)
    turn.sha256 = files.digest(files.path_of(settings.TURNS, turn.key))
    turn.save(update_fields=["ended_at", "ending", "packets", "sha256"])
    audit.record(
        turn.speaker, "end_turn", "turn", turn.pk, turn.station_id, ending=ending, packets=packets, sha256=turn.sha256
    )
    if turn.sha256:
        _copy(turn)


def _archived() -> Path:
    return settings.ARCHIVE / "turns"


def _copy(turn: Turn) -> None:
    """Beside the database's log, which tells of turns newer than the last backup. An archive that is away stops nobody."""
    try:
        files.copy(settings.TURNS, _archived(), turn.key)
    except OSError as lost:
        log.warning("turn %s is not in the archive: %s", turn.pk, lost.strerror)


def open_channel(principal: Officer, group: Group) -> None:
    """Enter that somebody speaks to one person, in private or aloud from their phone."""
    with changes.change():
        audit.record(principal, "open_channel", "officer", group.ident, group.station, group=group.kind)


def heard_by(principal: Principal, incident: str = "", reason: str = "") -> QuerySet[Turn]:
    """Turns that a principal may play, of an incident or of all groups, once the look-up is entered.

    Raises Forbidden (`reason_required` without an open incident that they see, or some words), Problem (503).
    """
    mine = Turn.objects.visible_to(principal).select_related("station", "speaker")
    if incident:
        mine = mine.filter(group_kind="incident", group_id=incident)
    why = watching.checked_reason(principal, incident, reason, open_only=False)
    stations = set(mine.order_by().values_list("station_id", flat=True).distinct())
    with audit.before_showing():
        look = _look(principal, *why)
        for station in sorted(stations or principal.rights().stations(Capability.PLAY_RECORDINGS)):
            audit.record(principal, "search_turns", "station", station, station, **look)
    return mine


def play(principal: Principal, key: uuid.UUID, incident: str = "", reason: str = "") -> tuple[Turn, bytes]:
    """The sound of a turn as Ogg Opus, once that is entered. Raises NotThere, Forbidden (`reason_required`), Problem (503)."""
    turn = Turn.objects.visible_to(principal).filter(key=key).first()
    if turn is None or turn.ended_at is None or turn.erased_at or not turn.sha256:
        raise NotThere("not_there", _("There is no such turn, or nothing of it is kept."))
    why = watching.checked_reason(principal, incident, reason, open_only=False)
    with audit.before_showing():
        audit.record(principal, "play_turn", "turn", turn.pk, turn.station_id, **_look(principal, *why))
    content = files.read(settings.TURNS, turn.key, turn.sha256)
    if content is None:
        raise NotThere("turn_lost", _("The sound of this turn is no longer on the disk, or is not what was kept."))
    return turn, content


def _look(principal: Principal, incident: str, reason: str) -> dict[str, Any]:
    """Who looks and why, kept beside the audit; what the entry says of it."""
    who = {"actor_kind": principal.kind, "actor_id": str(principal.pk)}
    made = TalkLook.objects.create(**who, incident=incident, reason=reason, at=clock.now())
    return {"look": made.pk, "incident": incident or None}


def said_in(kind: str, ident: str) -> QuerySet[Turn]:
    """The turns of a group that are over and in which something was said, oldest first. Of those whose process ended first
    nobody counted what was said (`packets` 0): their sound tells.
    """
    over = Turn.objects.filter(group_kind=kind, group_id=ident, ended_at__isnull=False).select_related("speaker")
    return over.exclude(sha256="", packets=0, erased_at=None).order_by("pk")


def answer(turn: Turn) -> TurnAnswer:
    """What is told of a turn."""
    return {
        "key": str(turn.key), "station": turn.station.code, "group": turn.group, "speaker": turn.speaker.username,
        "began_at": turn.began_at.isoformat(), "ended_at": turn.ended_at.isoformat() if turn.ended_at else None,
        "ending": turn.ending, "packets": turn.packets, "sha256": turn.sha256,
    }  # fmt: skip


def end_terms() -> int:
    """Let the sound of what was said 30 days ago go. What was said in an incident's group stays with the incident, as its
    tracks do. Returns how many went.
    """
    due = Turn.objects.filter(began_at__lt=clock.now() - KEPT, erased_at=None).exclude(group_kind="incident")
    return sum(_end_term(due.filter(pk=pk)) for pk in list(due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]))


def _end_term(due: QuerySet[Turn]) -> bool:
    with changes.change():
        turn = due.select_for_update(of=("self",)).first()
        if turn is None:
            return False
        audit.record(None, "erase_turn", "turn", turn.pk, turn.station_id, sha256=turn.sha256)
        _silence(turn)
    return True


def _silence(turn: Turn) -> None:
    """The sound goes, here and in the archive; that there was some stays. Killed before this is entered, it is done again."""
    for folder in (settings.TURNS, _archived()):
        files.remove(folder, turn.key)
    turn.erased_at, turn.sha256 = turn.erased_at or clock.now(), ""
    turn.save(update_fields=["erased_at", "sha256"])


def _station(ident: int) -> int | None:
    return Turn.objects.filter(pk=ident).values_list("station_id", flat=True).first()


def _clear(ident: int) -> None:
    _silence(Turn.objects.select_for_update(of=("self",)).get(pk=ident))


ERASABLE = Erasable("turn", Capability.HOLD, _station, _clear)
TERMS = jobs.pin({"turns": end_terms})
