"""A demo town's cameras are given where the town's own server shows them, and keep what somebody else gave them."""

import json
import random
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from command.models import Station
from devices import cameras, streams
from devices.models import Camera, CameraNetwork, PictureSource
from dispatch import roster
from town.roster import roster as made_up

pytestmark = pytest.mark.django_db
ROW = {
    "kind": "visible",
    "lat": 29.6,
    "lon": 106.55,
    "height_m": 6.0,
    "bearing_deg": 0.0,
    "fov_deg": 70.0,
    "range_m": 120.0,
}


@pytest.fixture
def said() -> dict:
    """What a town's roster says, as far as cameras go, in a station that has them."""
    boundary = [(106.5, 29.5), (106.6, 29.5), (106.6, 29.7), (106.5, 29.5)]
    found = made_up(random.Random(1), boundary)
    found["cameras"] = [{**ROW, "name": f"路口{number}"} for number in range(1, 6)]
    station = Station.objects.create(code=found["station"]["code"], name="演示", zone="Asia/Shanghai")
    for one in found["cameras"]:
        cameras.add_camera(None, station, **one)
    return found


def addresses() -> dict[str, str]:
    return dict(PictureSource.objects.exclude(camera=None).values_list("camera__name", "address"))


def test_each_gets_its_own_and_three_are_recorded(said: dict) -> None:
    assert roster.address(said, 8555) == 5
    assert addresses() == {f"路口{number}": f"rtsp://127.0.0.1:8555/{number}" for number in range(1, 6)}
    assert sorted(stream.is_recorded for stream in streams.streams().values()) == [False, False, True, True, True]
    assert list(CameraNetwork.objects.values_list("cidr", flat=True)) == ["127.0.0.0/8"]


def test_another_port_moves_them_and_what_somebody_gave_stays(said: dict) -> None:
    roster.address(said, 8555)
    streams.set_stream(None, Camera.objects.get(name="路口2").pk, "rtsp://192.0.2.7/a")
    cameras.retire_camera(None, Camera.objects.get(name="路口4").pk)
    assert roster.address(said, 9000) == 3
    assert addresses()["路口1"] == "rtsp://127.0.0.1:9000/1"
    assert addresses()["路口2"] == "rtsp://192.0.2.7/a"


def test_only_a_town_home_has_such_cameras(said: dict, tmp_path: Path, settings) -> None:
    (tmp_path / "roster.json").write_text(json.dumps(said))
    settings.IS_TOWN = False
    with pytest.raises(CommandError, match="not a demo town"):
        call_command("address_cameras", str(tmp_path / "roster.json"), "--port", "8555", stdout=StringIO())
    settings.IS_TOWN = True
    out = StringIO()
    call_command("address_cameras", str(tmp_path / "roster.json"), "--port", "8555", stdout=out)
    assert "5 cameras" in out.getvalue()
