"""The live picture: which topics exist, how a change is told, and what somebody may see of it now.

A topic's event only says *that* something changed; its payload is always the state as it is when it is sent, so
applying one twice, or one that is newer than its event, does no harm. Rooms pin their topics when Django starts.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from command import changes, clock
from command.models import Event, EventCounter, Station
from command.permissions import Capability, Level, Principal, Rights, Shared

Payloads = dict[str, Any]
NO_RESUMING = "shared"  # in a cursor: it holds what stations shared, and no event says that this has been withdrawn
CATCH_UP_LIMIT = 2_000  # events; somebody further behind is better served by a snapshot


def no_own(principal: Principal, ids: Collection[str]) -> set[str]:
    """Nothing of this topic ever concerns somebody's own task."""
    return set()


def not_shared(shared: Shared) -> Payloads:
    """Nothing of this topic is ever shown to an enterprise's room."""
    return {}


def not_noted(principal: Principal, payloads: Collection[Any]) -> None:
    """Nobody needs to know that these payloads have left for the principal."""


def no_devices(payload: Any) -> Collection[int]:
    """Nothing of this topic has a position of its own."""
    return ()


@dataclass(frozen=True)
class Topic:
    """A kind of thing on the live picture.

    `load(ids)` gives the payloads of those that are there, `snapshot(station_ids)` all of them, both by id;
    `own(principal, ids)` says which of them concern the task of somebody who has the capability only for that;
    `shared(shared)` gives what a station shows a room of it, without what is not for strangers; `devices(payload)` whose
    positions belong to it. `for_own`: a second capability, whoever has which sees what concerns their own task;
    `handed(principal, payloads)` is called once payloads have left for somebody.
    """

    name: str
    payload: type
    capability: Capability
    load: Callable[[Collection[str]], Payloads]
    snapshot: Callable[[Collection[int]], Payloads]
    own: Callable[[Principal, Collection[str]], set[str]] = no_own
    shared: Callable[[Shared], Payloads] = not_shared
    devices: Callable[[Any], Collection[int]] = no_devices
    for_own: Capability | None = None
    handed: Callable[[Principal, Collection[Any]], None] = not_noted

    def whole_at(self, rights: Rights) -> frozenset[int]:
        """Ids of the stations whose payloads of this topic these rights show all."""
        return rights.stations(self.capability)

    def partly_at(self, rights: Rights) -> frozenset[int]:
        """Ids of the stations where they show only what concerns one's own task."""
        found = rights.own_stations(self.capability)
        return found | rights.stations(self.for_own, Level.OWN) - self.whole_at(rights) if self.for_own else found


@dataclass(frozen=True)
class Stream:
    """Positions: newest wins, nothing numbered.

    `snapshot(station_ids)` and `poll(station_ids, since)` give rows by station code.
    """

    name: str
    channel: str
    capability: Capability
    snapshot: Callable[[Collection[int]], dict[str, list[Any]]]
    poll: Callable[[Collection[int], Any], dict[str, list[Any]]]


TOPICS: dict[str, Topic] = {}
STREAMS: dict[str, Stream] = {}


def pin(*topics: Topic) -> None:
    """Put topics on the live picture; called from a room's AppConfig.ready()."""
    TOPICS.update({topic.name: topic for topic in topics})


def pin_stream(stream: Stream) -> None:
    """Put a stream of positions on the live picture; called from a room's AppConfig.ready()."""
    STREAMS[stream.name] = stream


def publish(station_id: int, topic: str, subject: object, **facts: Any) -> None:
    """Say, at the end of the verb under way, that `subject` of `topic` changed."""
    if topic not in TOPICS:
        raise KeyError(f"expected one of the topics {sorted(TOPICS)}, found {topic!r}")
    changes.current().events.append((station_id, topic, str(subject), facts))


def may_see(rights: Rights) -> bool:
    """Whether these rights show anything of the live picture at all."""
    return any(topic.whole_at(rights) or topic.partly_at(rights) for topic in TOPICS.values())


def visible_stations(principal: Principal) -> dict[int, str]:
    """Ids and codes of the stations whose live picture the principal sees at all."""
    rights = principal.rights()
    ids = {pk for topic in TOPICS.values() for pk in topic.whole_at(rights) | topic.partly_at(rights)}
    return dict(Station.objects.filter(pk__in=ids).values_list("pk", "code"))


def whole_topics(principal: Principal, station_id: int) -> tuple[str, ...]:
    """Names of the topics that the principal sees whole at the station."""
    rights = principal.rights()
    return tuple(sorted(name for name, topic in TOPICS.items() if station_id in topic.whole_at(rights)))


def part_topics(principal: Principal, station_id: int) -> frozenset[str]:
    """Names of the topics of which the principal sees at the station only what concerns their own task."""
    rights = principal.rights()
    return frozenset(name for name, topic in TOPICS.items() if station_id in topic.partly_at(rights))


def stream_stations(principal: Principal) -> frozenset[str]:
    """Codes of the stations whose positions the principal sees: a right per station, so one frame serves all."""
    rights = principal.rights()
    ids = {pk for stream in STREAMS.values() for pk in rights.stations(stream.capability)}
    return frozenset(Station.objects.filter(pk__in=ids).values_list("code", flat=True))


def snapshot(principal: Principal) -> dict[str, Any]:
    """Everything the principal may see and the cursor it is true for, from one REPEATABLE READ transaction."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # inside another transaction its isolation holds
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        stations = visible_stations(principal)
        seen = {name: _seen(topic, principal) for name, topic in TOPICS.items()}
        fixes = _fixes(principal)
        for shared in principal.rights().shared:
            fixes += _show(shared, seen)
        return {
            "type": "snapshot",
            "version": settings.VERSION,
            "now": now_ms(),
            "cursor": cursor_of(stations) | ({NO_RESUMING: 0} if is_shared_with(principal) else {}),
            "topics": {name: list(payloads.values()) for name, payloads in seen.items()},
            "fixes": fixes,
        }


def fingerprint(told: dict[str, Any]) -> int:
    """Of all that a snapshot shows: it is another when something of it is."""
    return hash(orjson.dumps([told["topics"], told["fixes"]]))


def is_shared_with(principal: Principal) -> bool:
    """Whether stations share something with them. They get whole snapshots: what comes into or leaves an area, and what
    is not for them at all, has no events that they could be told of."""
    return bool(principal.rights().shared)


def _show(shared: Shared, seen: dict[str, Payloads]) -> list[Any]:
    """Add to what is seen what a station shares; returns the positions that belong to that."""
    devices: set[int] = set()
    for name, topic in TOPICS.items():
        shown = topic.shared(shared)
        devices.update(device for payload in shown.values() for device in topic.devices(payload))
        seen[name] = shown | seen[name]
    if not devices:
        return []
    rows = (row for stream in STREAMS.values() for rows in stream.snapshot([shared.station]).values() for row in rows)
    return [row for row in rows if row[0] in devices]


def cursor_of(stations: dict[int, str]) -> dict[str, int]:
    """The number of each station's newest event, 0 before the first."""
    numbers = dict(EventCounter.objects.filter(pk__in=stations).values_list("pk", "number"))
    return {code: numbers.get(pk, 0) for pk, code in stations.items()}


def _seen(topic: Topic, principal: Principal) -> Payloads:
    rights = principal.rights()
    seen = topic.snapshot(topic.whole_at(rights))
    own = topic.partly_at(rights)
    if own:
        others = topic.snapshot(own)
        mine = topic.own(principal, others)
        seen = {**seen, **{key: value for key, value in others.items() if key in mine}}
    return seen


def _fixes(principal: Principal) -> list[Any]:
    rights = principal.rights()
    return [
        row
        for stream in STREAMS.values()
        for rows in stream.snapshot(rights.stations(stream.capability)).values()
        for row in rows
    ]


def news(principal: Principal, cursor: dict[str, int]) -> dict[str, Any] | None:
    """What changed since `cursor` of what the principal may see, or None where only a snapshot will do.

    Positions have no numbers to resume from, so the newest of each device comes along.
    """
    if is_shared_with(principal):
        return None
    with transaction.atomic():
        stations = visible_stations(principal)
        through = cursor_of(stations)
        if set(cursor) != set(through) or any(cursor[code] > number for code, number in through.items()):
            return None
        if sum(through.values()) - sum(cursor.values()) > CATCH_UP_LIMIT:
            return None
        items: list[dict[str, Any]] = []
        for pk, code in stations.items():
            rows = events_after(pk, cursor[code])
            if through[code] > cursor[code] and (not rows or rows[0][0] != cursor[code] + 1):
                return None  # the next event is past its term
            items += items_of(rows, pk, principal)
        return {
            "type": "events",
            "version": settings.VERSION,
            "now": now_ms(),
            "through": through,
            "items": items,
            "fixes": _fixes(principal),
        }


def events_after(station_id: int, number: int) -> list[tuple[int, str, str]]:
    """(number, topic, subject) of the station's events after `number`, oldest first."""
    events = Event.objects.filter(station_id=station_id, number__gt=number).order_by("number")
    return list(events.values_list("number", "topic", "subject"))


def payloads_of(rows: Iterable[tuple[int, str, str]]) -> dict[tuple[str, str], Any]:
    """The state now of each subject that the events name, in the order of its last event; None where it is gone."""
    subjects: dict[str, list[str]] = {}
    order: dict[tuple[str, str], None] = {}
    for _, topic, subject in rows:
        if topic in TOPICS:
            order.pop((topic, subject), None)
            order[topic, subject] = None
            subjects.setdefault(topic, []).append(subject)
    loaded = {topic: TOPICS[topic].load(set(ids)) for topic, ids in subjects.items()}
    return {(topic, subject): loaded[topic].get(subject) for topic, subject in order}


def items_of(rows: Iterable[tuple[int, str, str]], station_id: int, principal: Principal) -> list[dict[str, Any]]:
    """The events' items that the principal may see."""
    loaded = payloads_of(rows).items()
    items = [{"topic": topic, "id": subject, "payload": payload} for (topic, subject), payload in loaded]
    return items_for(items, station_id, principal)


def items_for(items: list[dict[str, Any]], station_id: int, principal: Principal) -> list[dict[str, Any]]:
    """Of a station's items, those that the principal may see. What they see only in part is gone for them when not theirs."""
    whole, part = whole_topics(principal, station_id), part_topics(principal, station_id)
    mine = {
        name: TOPICS[name].own(principal, [one["id"] for one in items if one["topic"] == name])
        for name in part & {one["topic"] for one in items}
    }
    return [
        one if one["topic"] in whole or one["id"] in mine[one["topic"]] else {**one, "payload": None}
        for one in items
        if one["topic"] in whole or one["topic"] in mine
    ]


def handed(principal: Principal, told: dict[str, Any]) -> None:
    """Note what has left for the principal with a snapshot or events, for the topics that want to know."""
    for name, topic in TOPICS.items():
        if topic.handed is not not_noted:
            items = [one["payload"] for one in told.get("items", ()) if one["topic"] == name and one["payload"]]
            payloads = [*told.get("topics", {}).get(name, ()), *items]
            if payloads:
                topic.handed(principal, payloads)


def is_noted(told: dict[str, Any]) -> bool:
    """Whether something of it is of a topic that wants to know what has left."""
    names = {one["topic"] for one in told.get("items", ())} | {
        name for name, all in told.get("topics", {}).items() if all
    }
    return any(TOPICS[name].handed is not not_noted for name in names if name in TOPICS)


def now_ms() -> int:
    """Unix time in milliseconds."""
    return int(clock.now().timestamp() * 1000)
