"""A camera is turned, by a camera of our own that checks who asks: who may, why, what is entered, and whatever it may answer."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from command import geo
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry
from devices import cameras, controls, onvif, seeing, steering, steering_api, streams
from devices.camera_live import TOPIC
from devices.control_models import Control, Slew
from devices.models import Camera, CameraNetwork
from dispatch import incidents
from tests.conftest import PLACE, Cast
from tests.onvif_camera import OnvifCamera, onvif_camera

WORDS = "桥下有人倒地"
VIEW = {"height_m": 10.0, "bearing_deg": 0.0, "tilt_deg": 30.0, "fov_deg": 60.0, "range_m": 100.0}
EAST = dict(zip(("lat", "lon"), geo.place_at(PLACE["lat"], PLACE["lon"], 90, 10), strict=True))
NORTH = dict(zip(("lat", "lon"), geo.place_at(PLACE["lat"], PLACE["lon"], 0, 15), strict=True))


@pytest.fixture
def dome() -> Iterator[OnvifCamera]:
    with onvif_camera() as camera:
        yield camera


@pytest.fixture
def camera(cast: Cast, dome: OnvifCamera) -> Camera:
    """It looks north from where it happens, and its control answers."""
    made = cameras.add_camera(None, cast.s1, "东门", "visible", **{**PLACE, **VIEW})
    streams.allow_network("127.0.0.0/8")
    controls.set_control(cast.technician, made.pk, dome.address)
    return made


def post(cast: Cast, client: Client, path: str, body: Any, who: str = "commander") -> Any:
    headers = {"Authorization": f"Bearer {cast.token(who)}", "Accept-Language": "en"}
    return client.post(f"/api/v1/cameras/{path}", body, content_type="application/json", headers=headers)


# ---- to a place


def test_a_camera_is_turned_to_a_place(cast: Cast, camera: Camera, dome: OnvifCamera, client: Client) -> None:
    incident = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    answer = post(cast, client, f"{camera.pk}/look/", {**EAST, "incident": incident.number}, "duty_officer")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"pan": 0.5, "tilt": pytest.approx(0, abs=0.01), "bearing": pytest.approx(90, abs=0.1)}
    assert dome.moves == [(pytest.approx(0.5, abs=0.001), pytest.approx(0, abs=0.01))]
    slew = Slew.objects.get()
    assert (slew.camera_id, slew.actor_id, slew.incident) == (camera.pk, str(cast.duty_officer.pk), incident.number)
    entry = AuditEntry.objects.get(action="slew")
    assert (entry.subject_kind, entry.subject_id) == ("camera", str(camera.pk))
    assert entry.facts == {"slew": slew.pk, "incident": incident.number}


def test_from_then_on_it_sees_what_it_looks_at(cast: Cast, camera: Camera) -> None:
    assert [one.where for one in seeing.seeing(**NORTH)] == ["middle"]
    assert seeing.seeing(**EAST) == []
    found = seeing.seeing(**EAST, turned=True)
    with translation.override("en"):
        assert [one.why for one in found] == ["can turn to it, 10 m"]
    steering.look(cast.commander, camera.pk, **EAST, reason=WORDS)
    assert [one.where for one in seeing.seeing(**EAST)] == ["middle"]
    assert seeing.seeing(**NORTH) == []
    assert TOPIC.load([str(camera.pk)])[str(camera.pk)]["bearing_deg"] == pytest.approx(90, abs=0.1)
    camera.refresh_from_db()
    assert camera.bearing_deg == 0, "where it stands stays as it was entered"
    cameras.change_camera(None, camera.pk, "东门", "visible", **{**PLACE, **VIEW, "bearing_deg": 10.0})
    assert [one.where for one in seeing.seeing(**NORTH)] == ["middle"]


def test_who_sees_it_and_could_turn_it_is_told_last(cast: Cast, camera: Camera, client: Client) -> None:
    west = {**PLACE, **VIEW, "lon": EAST["lon"], "lat": EAST["lat"], "bearing_deg": 270.0}
    cameras.add_camera(None, cast.s1, "西", "visible", **west)
    lat, lon = geo.place_at(EAST["lat"], EAST["lon"], 270, 15)
    for who, turns in (("commander", [False, True]), ("officer", [False, False])):
        headers = {"Authorization": f"Bearer {cast.token(who)}"}
        found = client.get(f"/api/v1/cameras/?seeing={lon},{lat}&turned=true", headers=headers).json()["results"]
        assert [(one["name"], one["turns"]) for one in found] == list(zip(["西", "东门"], turns, strict=True))


# ---- who may, and why


@pytest.mark.parametrize(
    ("who", "status"), [("officer", 404), ("technician", 404), ("auxiliary", 403), ("inspector", 200)]
)
def test_who_may_turn_it(cast: Cast, camera: Camera, dome: OnvifCamera, client: Client, who: str, status: int) -> None:
    answer = post(cast, client, f"{camera.pk}/look/", {**EAST, "reason": WORDS}, who)
    assert answer.status_code == status
    assert len(dome.moves) == (status == 200)


def test_nobody_turns_without_a_reason_nor_a_foreign_one(cast: Cast, camera: Camera, dome: OnvifCamera) -> None:
    with pytest.raises(Forbidden, match="须有理由") as refused:
        steering.look(cast.commander, camera.pk, **EAST, reason="x")
    assert refused.value.code == "reason_required"
    with pytest.raises(NotThere):
        steering.look(cast.foreign_commander, camera.pk, **EAST, reason=WORDS)
    assert dome.asked == []
    assert not AuditEntry.objects.filter(action="slew").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Slew.objects.create(camera=camera, actor_kind="officer", actor_id="1", at="2026-01-01T00:00:00Z")


def test_a_network_that_is_permitted_no_more_is_not_asked(cast: Cast, camera: Camera, dome: OnvifCamera) -> None:
    CameraNetwork.objects.all().delete()
    with pytest.raises(Conflict) as refused:
        steering.presets(cast.commander, camera.pk)
    assert refused.value.code == "camera_unreachable"
    assert dome.asked == []


def test_a_name_is_looked_up_each_time(
    cast: Cast, camera: Camera, dome: OnvifCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = dome.address.rpartition("@")[2].partition("/")[0].rpartition(":")[2]
    controls.set_control(cast.technician, camera.pk, f"http://a:b@nobody-knows-it.invalid:{port}/onvif/device_service")
    CameraNetwork.objects.all().delete()
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr("devices.pictures.hosts.socket.getaddrinfo", lambda *_, **__: told)
    with pytest.raises(Conflict) as refused:
        steering.presets(cast.commander, camera.pk)
    assert refused.value.code == "camera_unreachable"
    assert dome.asked == []


def test_nobody_asks_for_many_at_once(cast: Cast, camera: Camera, client: Client) -> None:
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    with steering_api.TURNS.taking(cast.commander), steering_api.TURNS.taking(cast.commander):
        assert client.get(f"/api/v1/cameras/{camera.pk}/presets/", headers=headers).status_code == 429
        assert post(cast, client, f"{camera.pk}/look/", {**EAST, "reason": WORDS}).status_code == 429
    assert client.get(f"/api/v1/cameras/{camera.pk}/presets/", headers=headers).status_code == 200


def test_what_can_not_be_reached_is_not_entered(cast: Cast, camera: Camera, dome: OnvifCamera) -> None:
    controls.set_control(None, camera.pk, dome.address, pan_range_deg=80.0)
    with pytest.raises(Conflict) as refused:
        steering.look(cast.commander, camera.pk, **EAST, reason=WORDS)
    assert refused.value.code == "camera_out_of_reach"
    assert seeing.seeing(**EAST, turned=True) == []
    assert (dome.asked, Slew.objects.count()) == ([], 0)


# ---- presets


def test_a_preset_is_gone_to_and_nobody_knows_where_it_looks(
    cast: Cast, camera: Camera, dome: OnvifCamera, client: Client
) -> None:
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    known = client.get(f"/api/v1/cameras/{camera.pk}/presets/", headers=headers).json()
    assert known == [{"token": "1", "name": "东门 & 桥"}, {"token": "2", "name": "2"}]
    assert post(cast, client, f"{camera.pk}/presets/", {"token": "2", "reason": WORDS}).status_code == 204
    assert dome.gone_to == ["2"]
    assert AuditEntry.objects.filter(action="slew").count() == 1
    assert seeing.seeing(**NORTH) == [], "nobody says that it sees what it may not see"
    assert [one.where for one in seeing.seeing(**NORTH, turned=True)] == ["turn"]
    ground = client.get(f"/api/v1/cameras/{camera.pk}/ground/?x=0.5&y=0.5", headers=headers)
    assert (ground.status_code, ground.json()["code"]) == (409, "astray")
    refused = post(cast, client, f"{camera.pk}/presets/", {"token": "9", "reason": WORDS})
    assert (refused.status_code, refused.json()["code"]) == (409, "camera_refused")


# ---- what a camera may answer


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"has_ptz": False}, "no_ptz"),
        ({"has_absolute": False}, "no_ptz"),
        ({"is_old": True, "has_ptz": False}, "no_ptz"),
        ({"is_stubborn": True}, "refused"),
        ({"body": b""}, "refused"),
        ({"body": b"<html>"}, "refused"),
        ({"body": b"\0" * 99}, "refused"),
        ({"body": b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>"}, "refused"),
    ],
)
def test_a_camera_that_can_not_or_will_not_says_so(how: dict[str, Any], code: str) -> None:
    with onvif_camera(**how) as dome, pytest.raises(onvif.CantTurn) as cant:
        onvif.turn(dome.address, 0.1, 0.1)
    assert cant.value.code == code
    assert dome.moves == []


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("http://192.0.2.1:1/onvif/ptz?x=1", "/onvif/ptz?x=1"),
        ("http://192.0.2.1", "/"),
        ("@192.0.2.1/x", "/@192.0.2.1/x"),
        (".example/x", "/.example/x"),
        ("http://a//192.0.2.1/x#y", "/192.0.2.1/x"),
    ],
)
def test_wherever_a_camera_says_its_services_are_its_host_stays(said: str, path: str) -> None:
    assert onvif.path_of(said) == path


def test_an_older_camera_whose_clock_is_wrong_turns_all_the_same() -> None:
    with onvif_camera(is_old=True, ahead_s=-86_400) as dome:
        onvif.turn(dome.address, -0.25, 1)
    assert dome.moves == [(-0.25, 1)]


def test_a_wrong_password_a_redirect_and_silence(
    cast: Cast, camera: Camera, dome: OnvifCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(address: str) -> str:
        controls.set_control(None, camera.pk, address)
        with pytest.raises(Conflict) as refused:
            steering.look(cast.commander, camera.pk, **EAST, reason=WORDS)
        return refused.value.code

    assert refusal(dome.at("wrong")) == "camera_password"
    with onvif_camera(moves_on=dome.address) as mover:
        before = len(dome.asked)
        assert refusal(mover.address) == "camera_refused"
        assert len(dome.asked) == before, "nothing goes where a camera says"
    assert refusal(mover.address) == "camera_unreachable", "it is gone"
    monkeypatch.setattr(onvif, "CALL_S", 0.2)
    with onvif_camera(holds=threading.Event()) as silent:
        assert refusal(silent.address) == "camera_unreachable"
    assert Control.objects.get().moved_at is None
    assert dome.moves == []
    assert AuditEntry.objects.filter(action="slew").count() == 4, "who tried is entered too"


# ---- its address


def test_a_password_is_shown_nowhere_and_kept(cast: Cast, camera: Camera, dome: OnvifCamera) -> None:
    held = Control.objects.get()
    assert (held.zero_deg, held.pan_range_deg) == (0, 180)
    controls.set_control(cast.technician, camera.pk, streams.shown(held.address), zero_deg=360.0)
    kept = Control.objects.get()
    assert (kept.address, kept.zero_deg) == (dome.address, 0)
    steering.look(cast.commander, camera.pk, **EAST, reason=WORDS)
    said = str(list(AuditEntry.objects.values()))
    assert "p%C3%A4" not in said
    assert "eye" not in said
    assert controls.set_control(cast.technician, camera.pk, "") is None
    with pytest.raises(Conflict) as refused:
        steering.look(cast.commander, camera.pk, **EAST, reason=WORDS)
    assert refused.value.code == "no_control"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("address", {"address": "http://192.0.2.1/onvif/device_service"}),
        ("address", {"address": "rtsp://a:b@192.0.2.1/x"}),
        ("address", {"address": "http://a:•••@192.0.2.9/x"}),
        ("address", {"address": "http://a:b@192.0.2.1:0/x"}),
        ("address", {"address": "http://a:b@[::1/x"}),
        ("zero_deg", {"zero_deg": 361.0}),
        ("pan_range_deg", {"pan_range_deg": 0.0}),
        ("highest_deg", {"highest_deg": float("nan")}),
        ("lowest_deg", {"highest_deg": 50.0, "lowest_deg": 40.0}),
    ],
)
def test_what_is_wrong_is_named(camera: Camera, dome: OnvifCamera, field: str, said: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as wrong:
        controls.set_control(None, camera.pk, **{"address": dome.address, **said})
    assert set(wrong.value.fields or {}) == {field}


def test_only_who_looks_after_cameras_says_what_turns_them(cast: Cast, camera: Camera, dome: OnvifCamera) -> None:
    with pytest.raises(NotThere):
        controls.set_control(cast.officer, camera.pk, dome.address)
