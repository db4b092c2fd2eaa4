"""Recordings of still pictures: given as the packets that they were, and never taken for what was not recorded."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from command import clock
from command.models import AuditEntry
from devices import cameras, recordings, streams
from devices.models import PictureSource, Recording
from devices.pictures import replayed
from devices.pictures.packet import head_of, payload_of
from devices.pictures.pipe import Frames
from tests import clips
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db
WHERE = {**PLACE, "height_m": 4.5, "bearing_deg": 45.0, "fov_deg": 70.0, "range_m": 60.0}
REASON = "Who was at the gate"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def source(cast: Cast) -> PictureSource:
    camera = cameras.add_camera(None, cast.s1, "东门 1", "visible", **WHERE)
    return streams.set_stream(None, camera.pk, "", is_recorded=False)


@pytest.fixture
def begins() -> dt.datetime:
    return clock.now().replace(microsecond=0) - dt.timedelta(minutes=5)


def opened(client: Client, source: PictureSource, begins: dt.datetime) -> dict[str, Any]:
    """A playback of a minute."""
    until = begins + dt.timedelta(minutes=1)
    asked = {"sources": [source.pk], "since": begins.isoformat(), "until": until.isoformat(), "reason": REASON}
    answer = client.post("/api/v1/playbacks/", asked, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_stills_come_as_they_were_recorded_to_whoever_opened_them(
    cast: Cast, client: Client, source: PictureSource, begins: dt.datetime, recordings_folder: Path
) -> None:
    made = clips.recorded_stills(recordings_folder, source.pk, begins, 12)
    client.force_login(cast.commander, backend=BACKEND)
    playback = opened(client, source, begins)
    (row,) = playback["recordings"]
    assert (row["format"], row["packets"]) == ("jpeg", 12)
    address = f"/api/v1/playbacks/{playback['id']}/recordings/{row['id']}/pictures/"
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    packets = list(Frames().feed(answer.content))
    assert [bytes(payload_of(packet)) for packet in packets] == made, "to the byte"
    assert len(answer.content) == sum(map(len, made)) + 28 * len(made)
    heads = [head_of(packet) for packet in packets]
    assert [head.captured_us for head in heads] == [recordings.us(begins) + at * 1_000_000 for at in range(12)]
    assert [head.sequence for head in heads] == list(range(12))
    assert {(head.codec, head.is_key, head.source, head.epoch) for head in heads} == {("jpeg", True, source.pk, 1)}
    assert AuditEntry.objects.filter(action="play").count() == 1

    for name in ("inspector", "foreign_commander"):
        client.force_login(getattr(cast, name), backend=BACKEND)
        assert client.get(address).status_code == 404, f"{name}: whoever wants to see it opens it themselves"
    client.force_login(cast.officer, backend=BACKEND)
    assert client.get(address).status_code == 403
    client.force_login(cast.commander, backend=BACKEND)
    Recording.objects.update(size=129 << 20)
    refused = client.get(address)
    assert (refused.status_code, refused.json()["code"]) == (400, "too_large")
    assert "128 MB" in refused.json()["message"]


def test_a_film_is_no_row_of_stills(
    cast: Cast, client: Client, source: PictureSource, begins: dt.datetime, recordings_folder: Path
) -> None:
    clips.recorded(recordings_folder, source.pk, begins, 2)
    client.force_login(cast.commander, backend=BACKEND)
    playback = opened(client, source, begins)
    (row,) = playback["recordings"]
    refused = client.get(f"/api/v1/playbacks/{playback['id']}/recordings/{row['id']}/pictures/")
    assert (refused.status_code, refused.json()["code"]) == (400, "not_stills")
    assert "avc1." in refused.json()["message"]


def test_of_a_file_that_was_cut_off_comes_what_is_whole(
    source: PictureSource, begins: dt.datetime, recordings_folder: Path, tmp_path: Path
) -> None:
    made = clips.recorded_stills(recordings_folder, source.pk, begins, 12)
    whole = (recordings_folder / Recording.objects.get().path).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    found = [bytes(payload_of(packet)) for packet in Frames().feed(replayed.stills(cut, 1, 1, 0))]
    assert 3 < len(found) < 8
    assert found == made[: len(found)]
    cut.write_bytes(b"nothing of the kind")
    assert replayed.stills(cut, 1, 1, 0) == b""


def test_what_is_recorded_and_left_out_of_a_film_is_no_gap(
    cast: Cast, client: Client, source: PictureSource, begins: dt.datetime, recordings_folder: Path
) -> None:
    def at(seconds: float) -> dt.datetime:
        return begins + dt.timedelta(seconds=seconds)

    def asked(since: float, until: float) -> tuple[list[list[float]], list[list[float]]]:
        """What is not recorded, and what is left out: s from the beginning."""
        times = {"start": at(since).isoformat(), "end": at(until).isoformat()}
        answer = client.get(f"/api/v1/cameras/{source.camera_id}/recording/", {**times, "reason": REASON})
        assert answer.status_code == 200, answer.content
        return seconds(answer["X-Gaps"]), seconds(answer["X-Left-Out"])

    def seconds(header: str) -> list[list[float]]:
        moments = [[dt.datetime.fromisoformat(one) for one in part.split("/")] for part in header.split(",") if part]
        return [[round((one - begins).total_seconds(), 1) for one in part] for part in moments]

    clips.recorded(recordings_folder, source.pk, begins, 5)
    clips.recorded_stills(recordings_folder, source.pk, at(5), 26)  # in two files
    clips.recorded(recordings_folder, source.pk, at(40), 5)
    client.force_login(cast.commander, backend=BACKEND)
    assert asked(1, 50) == ([[30.0, 40.0], [45.0, 50.0]], [[5.0, 30.0]])
    assert asked(1, 20) == ([], [[5.0, 20.0]]), "no more than was asked for"
    assert asked(0, 5) == ([], [])
    assert asked(6, 32) == ([], []), "a still stands until the next, across files too"
    assert asked(6, 45) == ([[30.0, 40.0]], [[40.0, 45.0]])
