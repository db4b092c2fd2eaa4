"""Figures for Prometheus: that they are right, whom they are for, and that they name nobody."""

import re

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from command import alarms, health, metrics, people
from command.permissions import Role
from devices.metrics import Counts
from dispatch import incidents
from tests.conftest import PLACE, Cast


@pytest.fixture
def token(cast: Cast, settings) -> str:
    settings.INGEST_SOCKET = settings.PICTURES_SOCKET = ""
    health.pulse()
    cast.people["keeper"] = people.add_officer(None, "keeper", Role.TECHNICIAN, cast.centre, None, name="某")
    return cast.token("keeper")


def read(client: Client, token: str) -> str:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == metrics.TYPE
    return answer.content.decode()


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text)[name, frozenset(labels.items())]


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.9"])
def test_only_who_keeps_the_station_running_reads_them_wherever_they_ask_from(
    cast: Cast, token: str, client: Client, address: str
) -> None:
    from_there = {"X-Real-IP": address}
    assert client.get("/metrics", headers=from_there).status_code == 302, "to the sign-in"
    assert client.get("/metrics", headers={"Authorization": "Bearer no", **from_there}).status_code == 401
    for name, status in (("keeper", 200), ("commander", 403), ("inspector", 403), ("technician", 403)):
        bearer = {"Authorization": f"Bearer {cast.token(name)}", **from_there}
        assert client.get("/metrics", headers=bearer).status_code == status, (
            f"{name}: it must hold at the topmost station"
        )
    narrow = people.add_token(None, cast.again("keeper"), 1, ["manage_devices"])
    assert client.get("/metrics", headers={"Authorization": f"Bearer {narrow}"}).status_code == 403


def test_requests_are_counted_by_route_and_never_by_address(cast: Cast, token: str, client: Client) -> None:
    name, route = "station_http_request_seconds_count", "/api/v1/incidents/<str:number>/"
    labels = {"route": route, "method": "GET", "status": "404"}
    before = samples(read(client, token)).get((name, frozenset(labels.items())), 0)
    bearer = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    client.get("/api/v1/incidents/S1-13800138000/", headers=bearer)
    client.get("/nowhere/13800138000/", headers=bearer)
    client.generic("BREW", "/health")
    text = read(client, token)
    assert value(text, name, **labels) == before + 1
    assert value(text, name, route="unmatched", method="GET", status="404") >= 1
    assert value(text, name, route="/health", method="other", status="405") >= 1
    assert "13800138000" not in text


def test_they_say_what_the_station_does(cast: Cast, token: str, client: Client) -> None:
    published = value(read(client, token), "station_events_published_total")
    incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE, caller_phone="13800138000")
    raised = alarms.raise_alarm(cast.s1.pk, "position_lost", 2, "unit", "S1/2107")
    assert raised
    text = read(client, token)
    assert value(text, "station_events_published_total") > published
    new = {"kind": "position_lost", "level": "2", "acknowledged": "no"}
    assert value(text, "station_alarms_open", **new) == 1
    assert value(text, "station_part_ok", part="database") == 1
    assert 0 < value(text, "station_disk_used_ratio", place="home") < 1
    assert value(text, "station_sockets_open") == 0
    assert value(text, "station_database_connections") >= 1
    alarms.acknowledge(cast.duty_officer, raised.pk)
    assert value(read(client, token), "station_alarms_open", **{**new, "acknowledged": "yes"}) == 1


def test_labels_name_no_person_no_device_and_no_incident(cast: Cast, token: str, client: Client) -> None:
    opened = incidents.open_incident(
        cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE, caller_name="王小明"
    )
    alarms.raise_alarm(cast.s1.pk, "unassigned", 1, "incident", opened.number)
    text = read(client, token)
    names = set(re.findall(r'(\w+)="', text))
    assert names == {
        "route",
        "method",
        "status",
        "le",
        "part",
        "kind",
        "level",
        "acknowledged",
        "job",
        "place",
        "of",
    } - (set() if 'job="' in text else {"job"}) - (set() if 'of="' in text else {"of"})
    for word in (opened.number, "王小明", "S1/", *(person.username for person in cast.people.values() if person.badge)):
        assert word not in text


def test_without_redis_the_rest_is_told(cast: Cast, token: str, client: Client, settings) -> None:
    settings.REDIS_SOCKET = "/nowhere/redis.sock"
    text = read(client, token)
    assert value(text, "station_part_ok", part="redis") == 0
    assert value(text, "station_part_ok", part="database") == 1
    assert "station_worker_waiting_jobs" not in text


def test_what_web_and_ingest_say_goes_together(cast: Cast, token: str, client: Client) -> None:
    counts = Counts()
    counts.answered["/fixes", 200] += 1
    whole = read(client, token) + counts.text().decode()
    names = [family.name for family in text_string_to_metric_families(whole)]
    assert len(names) == len(set(names)), "a family named twice is read by nobody"
    assert all(name.startswith("station_") for name in names)
