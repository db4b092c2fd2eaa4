"""Cameras that should be recorded and are not raise an alarm of their station, which names them."""

from collections.abc import Callable

import pytest

from command import clock
from command.models import Alarm
from devices import cameras, recordings, streams, unrecorded
from devices.models import PictureSource
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db
VIEW = {"height_m": 4.0, "bearing_deg": 0.0, "fov_deg": 70.0, "range_m": 60.0}


def camera(cast: Cast, name: str, **how: bool) -> PictureSource:
    made = cameras.add_camera(None, cast.s1, name, "visible", **PLACE, **VIEW)
    return streams.set_stream(None, made.pk, "rtsp://192.0.2.7/1", **how)


def recorded(source: PictureSource, number: int, seconds: float = 20) -> None:
    """A file of the source, whole just now."""
    ended = recordings.us(clock.now())
    recordings.enter(
        {
            "source": source.pk, "path": f"{source.pk}/{number}.mp4", "began_us": ended - int(seconds * 1e6), "ended_us": ended,
            "size": 1, "sha256": f"{number:064}", "codec": "h264", "format": "avc1", "packets": 1, "cut_off": False,
        }
    )  # fmt: skip


def open_alarms() -> list[tuple[str, int]]:
    return [(one.kind, one.facts["count"]) for one in Alarm.objects.filter(cleared_at=None)]


def test_an_alarm_comes_after_a_while_and_goes_with_the_next_file(cast: Cast, later: Callable[..., None]) -> None:
    source = camera(cast, "东门")
    camera(cast, "只看", is_recorded=False)
    unrecorded.look()
    assert open_alarms() == [], "it was told to be recorded just now"
    later(seconds=95)
    unrecorded.look()
    unrecorded.look()
    assert open_alarms() == [("not_recorded", 1)]
    assert unrecorded.names([str(cast.s1.pk)]) == {str(cast.s1.pk): "东门"}
    recorded(source, 1)
    unrecorded.look()
    assert open_alarms() == []
    later(seconds=190)
    unrecorded.look()
    assert open_alarms() == [("not_recorded", 1)], "once more after it went on for a while"


def test_who_is_recorded_again_or_retired_is_not_late(cast: Cast, later: Callable[..., None]) -> None:
    source = camera(cast, "东门")
    assert source.camera
    recorded(source, 1)
    later(hours=5)
    streams.set_stream(None, source.camera.pk, "rtsp://192.0.2.7/1", is_recorded=False)
    later(hours=10)
    streams.set_stream(None, source.camera.pk, "rtsp://192.0.2.7/1", is_recorded=True)
    unrecorded.look()
    assert open_alarms() == []
    later(hours=10, seconds=95)
    unrecorded.look()
    assert open_alarms() == [("not_recorded", 1)]
    cameras.retire_camera(cast.technician, source.camera.pk)
    unrecorded.look()
    assert open_alarms() == []


def test_many_are_one_alarm_with_a_few_names(cast: Cast, later: Callable[..., None]) -> None:
    for number in range(5):
        camera(cast, f"路口 {number}")
    later(seconds=95)
    unrecorded.look()
    assert open_alarms() == [("not_recorded", 5)]
    assert unrecorded.names([str(cast.s1.pk)]) == {str(cast.s1.pk): "路口 0, 路口 1 +3"}
