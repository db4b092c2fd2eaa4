"""Units that are watched over: safety timers, and steps that their tracks propose."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import translation

from command import clock, people
from command.errors import Conflict, Forbidden
from command.models import Alarm, AuditEntry
from devices import devices
from devices.models import Device, Fix, LastFix
from devices.partitions import ensure
from dispatch import answers, incidents, proposals, safety, units
from dispatch.models import Assignment, Incident, Kind, LogEntry, Proposal
from tests.conftest import PLACE, Cast

FIGHT = {"kind": "fight", "priority": 1, **PLACE}
M = 1 / 111_320


@pytest.fixture
def phone(cast: Cast) -> Device:
    device, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "2107", devices=[device])
    units.book_on(cast.duty_officer, "2107", ["officer"])
    return device


@pytest.fixture
def incident(cast: Cast, phone: Device) -> Incident:
    made = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    units.assign(cast.duty_officer, made.number, "2107")
    return made


def there(cast: Cast, incident: Incident) -> None:
    units.step(cast.duty_officer, incident.number, "2107", "on_scene")


def standing() -> list[tuple[str, int]]:
    return list(Alarm.objects.filter(cleared_at=None, subject_kind="unit").values_list("kind", "level"))


def safe_until(cast: Cast, client: Client) -> str | None:
    headers = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    shown = client.get("/api/v1/live/", headers=headers).json()["topics"]["incident"]
    return shown[0]["assignments"][0]["safe_until"]


def test_a_unit_is_asked_after_when_its_time_is_up(
    cast: Cast, incident: Incident, later: Callable[..., None], client: Client
) -> None:
    assert safe_until(cast, client) is None, "nobody is asked on the way"
    there(cast, incident)
    arrived = Assignment.objects.get().on_scene_at
    assert arrived
    assert safe_until(cast, client) == (arrived + dt.timedelta(minutes=10)).isoformat()
    assert safety.watch() == 1
    assert standing() == []
    later(minutes=9, seconds=30)
    safety.watch()
    assert standing() == [("safety_due", 2)]
    later(minutes=10, seconds=30)
    safety.watch()
    safety.watch()
    assert standing() == [("safety_expired", 1)]
    later(minutes=11)
    safety.check_in(cast.again("officer"), incident.number, "2107")
    assert standing() == []
    later(minutes=19)
    safety.watch()
    assert standing() == []
    later(minutes=22)
    safety.watch()
    assert standing() == [("safety_expired", 1)]
    units.step(cast.duty_officer, incident.number, "2107", "cleared")
    safety.watch()
    assert standing() == []
    assert LogEntry.objects.filter(code="checked_in").count() == 1
    assert AuditEntry.objects.filter(action="check_in").count() == 1


def test_a_kind_that_does_not_ask_is_not_watched(cast: Cast, incident: Incident, later: Callable[..., None]) -> None:
    there(cast, incident)
    Kind.objects.filter(slug="fight").update(safety_min=None)
    later(hours=2)
    assert safety.watch() == 0
    assert standing() == []


def test_only_its_crew_and_dispatchers_speak_for_a_unit(cast: Cast, incident: Incident) -> None:
    with translation.override("en"), pytest.raises(Forbidden, match="not on 2107"):
        safety.check_in(people.add_officer(None, "other", "officer", cast.s1, None, name="别"), incident.number, "2107")
    units.step(cast.duty_officer, incident.number, "2107", "cleared")
    with pytest.raises(Conflict):
        safety.check_in(cast.duty_officer, incident.number, "2107")


def walked(phone: Device, places: list[tuple[float, float, float]]) -> None:
    """Fixes: seconds from now, metres north and east of the scene."""
    now = clock.now()
    ensure(now.date() - dt.timedelta(days=1))
    for seconds, north, east in places:
        at = now + dt.timedelta(seconds=seconds)
        lat, lon = PLACE["lat"] + north * M, PLACE["lon"] + east * M
        Fix.objects.create(
            device=phone, time=at, corrected=at, received=at, lat=lat, lon=lon, accuracy=6, mock=False, late=False
        )
        LastFix.objects.update_or_create(
            device=phone,
            defaults={"time": at, "corrected": at, "received": at, "place": Point(lon, lat, srid=4326), "accuracy": 6},
        )


def drive_there(phone: Device) -> None:
    """900 m in 100 s, then a minute at the scene."""
    before = [(-20.0, 900.0, 0.0), (-5.0, 900.0, 0.0)]
    way = [(5.0 + step * 5, 900.0 - step * 45, 0.0) for step in range(21)]
    walked(phone, [*before, *way, *((110.0 + step * 5, 3.0, 0.0) for step in range(12))])


def test_the_track_proposes_and_a_person_confirms(
    cast: Cast, incident: Incident, phone: Device, client: Client, later: Callable[..., None]
) -> None:
    drive_there(phone)
    later(seconds=170)
    assert proposals.look() == 1
    proposals.look()
    steps = list(Proposal.objects.order_by("at").values_list("step", "is_confirmed"))
    assert steps == [("en_route", None), ("on_scene", None)], "each once, however often one looks"
    headers = {"Authorization": f"Bearer {cast.token('officer')}"}
    waiting = client.get("/api/v1/proposals/", headers=headers).json()["results"]
    arrived = next(one for one in waiting if one["step"] == "on_scene")
    shown = client.get("/api/v1/live/", headers=headers).json()["topics"]["incident"][0]["assignments"][0]["proposed"]
    assert shown == {"id": arrived["id"], "step": "on_scene", "at": arrived["at"]}, "the furthest is shown"
    path = f"/api/v1/proposals/{arrived['id']}/confirm/"
    assert client.post(path, {}, content_type="application/json", headers=headers).json()["confirmed"] is True
    one = Assignment.objects.get()
    assert one.status == "on_scene"
    assert one.on_scene_at == clock.now(), "the confirmed time is when the person said so"
    proposals.look()
    left = Proposal.objects.get(step="en_route")
    assert left.is_confirmed is False and left.decided_by is None, "nobody said that it was on its way"
    whole = answers.incident(incident, cast.duty_officer)
    assert (whole["intervals"]["basis"], whole["intervals_by_track"]["basis"]) == ("confirmed", "track")
    assert whole["intervals_by_track"]["response_s"] < whole["intervals"]["response_s"] == pytest.approx(170, abs=2)
    assert AuditEntry.objects.filter(action="confirm_step").count() == 1


def test_what_a_person_said_first_is_kept_beside_the_track(
    cast: Cast, incident: Incident, phone: Device, later: Callable[..., None]
) -> None:
    units.step(cast.duty_officer, incident.number, "2107", "en_route")
    there(cast, incident)
    drive_there(phone)
    later(seconds=170)
    proposals.look()
    assert list(Proposal.objects.order_by("at").values_list("step", "is_confirmed")) == [
        ("en_route", True), ("on_scene", True),
    ]  # fmt: skip
    assert proposals.seen_by(cast.duty_officer).filter(decided_at=None).count() == 0


def test_what_was_denied_is_not_said_again_of_the_same_moment(
    cast: Cast, incident: Incident, phone: Device, later: Callable[..., None]
) -> None:
    drive_there(phone)
    later(seconds=170)
    proposals.look()
    for said in Proposal.objects.all():
        proposals.dismiss(cast.duty_officer, said.pk)
    proposals.look()
    assert Proposal.objects.filter(decided_at=None).count() == 0
    assert Assignment.objects.get().status == "dispatched"
