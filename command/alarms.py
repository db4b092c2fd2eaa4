"""Alarms: the one queue of what needs a person."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from command import audit, changes, clock, live
from command.errors import NotThere
from command.models import Alarm
from command.permissions import SHARED_TOPICS, Capability, Principal, Shared, require


class AlarmPayload(TypedDict):
    id: int
    station: str
    kind: str
    level: int
    subject_kind: str
    subject: str
    subject_name: str | None
    facts: dict[str, Any]
    raised_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None


Names = Callable[[Collection[str]], dict[str, str]]
_names: dict[str, Names] = {}


def pin_names(subject_kind: str, names: Names) -> None:
    """Say what people call the subjects of a kind, since alarms and events hold ids and codes only.

    Called from a room's AppConfig.ready(); `names(ids)` gives the name of each id that has one.
    """
    _names[subject_kind] = names


def raise_alarm(
    station_id: int, kind: str, level: int, subject_kind: str, subject_id: object, **facts: Any
) -> Alarm | None:
    """Raise an alarm (level 1 act now, 2 attend, 3 know), or None while one of this kind is open for the subject."""
    with changes.change():
        key = {"station_id": station_id, "kind": kind, "subject_kind": subject_kind, "subject_id": str(subject_id)}
        if Alarm.objects.filter(**key, cleared_at=None).exists():
            return None
        made = Alarm(**key, level=level, facts=facts, raised_at=clock.now())
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError:  # one_open_alarm: somebody raised it at this very moment
            return None
        live.publish(station_id, "alarm", made.pk, kind=kind)
        return made


def clear_alarm(station_id: int, kind: str, subject_kind: str, subject_id: object) -> None:
    """Clear the open alarm of this kind for the subject, if there is one: what it told of is over."""
    with changes.change():
        open_ones = Alarm.objects.select_for_update().filter(
            station_id=station_id, kind=kind, subject_kind=subject_kind, subject_id=str(subject_id), cleared_at=None
        )
        for alarm in open_ones:
            alarm.cleared_at = clock.now()
            alarm.save(update_fields=["cleared_at"])
            live.publish(station_id, "alarm", alarm.pk, kind=kind)


def acknowledge(principal: Principal, alarm_id: int) -> Alarm:
    """Say by name that somebody attends to the alarm; the first one's name stays. Raises NotThere, Forbidden."""
    with changes.change():
        alarm = Alarm.objects.visible_to(principal).select_for_update(of=("self",)).filter(pk=alarm_id).first()
        if alarm is None:
            raise NotThere("not_there", "There is no such alarm.")
        require(principal, Capability.ACKNOWLEDGE_ALARM, alarm.station_id)
        if alarm.acknowledged_at is None:
            alarm.acknowledged_at, alarm.acknowledged_by_id = clock.now(), principal.pk
            alarm.save(update_fields=["acknowledged_at", "acknowledged_by"])
            audit.record(principal, "acknowledge_alarm", "alarm", alarm.pk, alarm.station_id)
            live.publish(alarm.station_id, "alarm", alarm.pk)
        return alarm


def payloads(found: Collection[Alarm]) -> list[AlarmPayload]:
    """What a browser receives of these alarms."""
    names: dict[tuple[str, str], str] = {}
    for kind, of_kind in _names.items():
        ids = {alarm.subject_id for alarm in found if alarm.subject_kind == kind}
        names |= {(kind, pk): name for pk, name in of_kind(ids).items()} if ids else {}
    return [_payload(alarm, names.get((alarm.subject_kind, alarm.subject_id))) for alarm in found]


def _payload(alarm: Alarm, name: str | None) -> AlarmPayload:
    by = alarm.acknowledged_by
    return {
        "id": alarm.pk,
        "station": alarm.station.code,
        "kind": alarm.kind,
        "level": alarm.level,
        "subject_kind": alarm.subject_kind,
        "subject": alarm.subject_id,
        "subject_name": name,
        "facts": alarm.facts,
        "raised_at": alarm.raised_at.isoformat(),
        "acknowledged_at": alarm.acknowledged_at.isoformat() if alarm.acknowledged_at else None,
        "acknowledged_by": by.label if by else None,
    }


def _open_ones(**which: Any) -> live.Payloads:
    alarms = Alarm.objects.filter(cleared_at=None, **which).select_related("station", "acknowledged_by")
    return {str(one["id"]): one for one in payloads(list(alarms.order_by("pk")))}


def _shared(shared: Shared) -> live.Payloads:
    """The station's alarms; within an area those of what stands there. No person is named, nor what is not shown itself."""
    if "alarms" not in shared.topics:
        return {}
    found = _open_ones(station_id=shared.station)
    if shared.area is not None:
        whole = replace(shared, topics=frozenset(SHARED_TOPICS))
        there = {kind: live.TOPICS[kind].shared(whole) for kind in _topics_of(found)}
        found = {key: alarm for key, alarm in found.items() if _is_there(alarm, there)}
    shown = {kind: live.TOPICS[kind].shared(shared) for kind in _topics_of(found)}
    return {key: _for_strangers(alarm, is_named=_is_there(alarm, shown)) for key, alarm in found.items()}


def _topics_of(found: live.Payloads) -> set[str]:
    """The topics on which the alarms' subjects stand themselves."""
    return {alarm["subject_kind"] for alarm in found.values()} & live.TOPICS.keys() - {TOPIC.name}


def _for_strangers(alarm: AlarmPayload, *, is_named: bool) -> AlarmPayload:
    """Without people's names and facts; its subject only where that is shown itself."""
    subject = alarm["subject"] if is_named else ""
    return {**alarm, "subject": subject, "subject_name": None, "facts": {}, "acknowledged_by": None}


def _is_there(alarm: AlarmPayload, there: dict[str, live.Payloads]) -> bool:
    """Whether the alarm's subject, named as in the alarm or with its station's code before it, is among those."""
    names = {alarm["subject"], f"{alarm['station']}/{alarm['subject']}"}
    return bool(names & there.get(alarm["subject_kind"], {}).keys())


TOPIC = live.Topic(
    "alarm",
    AlarmPayload,
    Capability.SEE_MAP,
    load=lambda ids: _open_ones(pk__in=[int(pk) for pk in ids]),
    snapshot=lambda stations: _open_ones(station_id__in=stations),
    shared=_shared,
)
