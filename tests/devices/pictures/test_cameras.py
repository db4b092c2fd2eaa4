"""Cameras by RTSP, as they are: pulled while wanted, back when they are back, recorded, and played for a reason."""

import asyncio
import datetime as dt
import hashlib
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from PIL import Image

from command import clock
from command.errors import Forbidden, Invalid, NotThere
from command.models import AuditEntry
from devices import cameras, recording_api, recordings, streams
from devices.models import Playback, Recording, RecordingHold
from devices.pictures import hosts
from devices.pictures.packet import head_of
from dispatch import incidents
from tests import clips
from tests.conftest import PLACE, Cast, Web
from tests.devices.pictures.ends import End, reach, token_of

pytestmark = pytest.mark.django_db(transaction=True)
WHERE = {**PLACE, "height_m": 4.5, "bearing_deg": 45.0, "fov_deg": 70.0, "range_m": 60.0}
REASON = "看路口是否畅通"


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[clips.Camera]:
    with clips.camera(tmp_path) as found:
        yield found


def add(cast: Cast, url: str, **how: object) -> int:
    camera = cameras.add_camera(cast.technician, cast.s1, "东门 1", "visible", **WHERE)
    return streams.set_stream(cast.technician, camera.pk, url, **how).pk  # type: ignore[arg-type]


async def pictures(end: End, count: int) -> list[int]:
    """So many packets' numbers, the last of them captured now."""
    return [head_of(await end.packet()).sequence for _ in range(count)]


async def test_a_camera_is_watched_comes_back_and_is_recorded(
    web: Web, transactional_cast: Cast, shown: clips.Camera
) -> None:
    cast = transactional_cast
    source = await sync_to_async(add)(cast, shown.url)
    async with reach(web, "", await token_of(cast, "commander")) as link:
        end = End(link)
        await end.say(type="watch", sources=[source], reason=REASON)
        await end.next("watching")
        first = head_of(await end.packet())
        assert (first.is_key, first.codec, first.source) == (True, "h264", source)
        numbers = await pictures(end, 20)
        assert numbers == list(range(numbers[0], numbers[0] + 20)), "none is lost on the way"
        await asyncio.to_thread(shown.stop)
        await asyncio.sleep(1.5)
        await asyncio.to_thread(shown.start)
        began = time.time_ns() // 1000
        while head_of(await end.packet()).captured_us < began:
            pass
        await asyncio.to_thread(clips.until, lambda: Recording.objects.exists())
    one = await sync_to_async(Recording.objects.order_by("number").first)()
    assert one is not None and one.source_id == source
    body = (await sync_to_async(recordings.file_of)(one)).read_bytes()
    assert hashlib.sha256(body).hexdigest() == one.sha256
    assert abs(one.began_at - clock.now()) < dt.timedelta(minutes=1)


async def test_a_picture_that_stands_is_not_live(web: Web, transactional_cast: Cast, shown: clips.Camera) -> None:
    source = await sync_to_async(add)(transactional_cast, shown.url, is_recorded=False)
    async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
        end = End(link)
        await end.say(type="watch", sources=[source], reason=REASON)
        await pictures(end, 5)
        await asyncio.to_thread(shown.say, "stop")
        with pytest.raises(TimeoutError):
            while True:
                await asyncio.wait_for(end.link.recv(), 2.5)
    async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
        end = End(link)
        await end.say(type="watch", sources=[source], reason=REASON)
        assert (await end.next("watching"))["live"] is False
    assert not await sync_to_async(Recording.objects.exists)()


# ---- addresses


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "rtsp://",
        "ftp://192.0.2.1/",
        "rtsp://192.0.2.1/\nx",
        "rtsp://a b/",
        "rtsp://[::1",
        "x" * 501,
    ],
)
def test_an_address_leads_to_a_camera_and_nowhere_else(transactional_cast: Cast, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(transactional_cast, address)
    assert "address" in refused.value.fields


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "[::ffff:127.0.0.1]",
    ],
)
def test_no_camera_is_the_station_itself_unless_somebody_permits_it(transactional_cast: Cast, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(transactional_cast, f"http://{place}:8000/")
    assert "allow_network" in refused.value.fields["address"]
    with pytest.raises(Invalid):
        streams.allow_network("127.0.0.1/99")
    if place == "127.0.0.1":
        streams.allow_network("127.0.0.0/8")
        camera = cameras.Camera.objects.first() or cameras.add_camera(
            None, transactional_cast.s1, "x", "visible", **WHERE
        )
        assert streams.set_stream(None, camera.pk, f"http://{place}:8000/").address


def test_what_is_asked_is_what_was_checked() -> None:
    assert hosts.resolved("rtsp://eye:pass@localhost:8554/a?b", ["127.0.0.0/8", "::1/128"]).partition("@")[2] in (
        "127.0.0.1:8554/a?b",
        "[::1]:8554/a?b",
    )
    with pytest.raises(hosts.Unknown):
        hosts.resolved("rtsp://no-such-camera.invalid/", [])


def test_a_password_is_never_shown_again(transactional_cast: Cast) -> None:
    cast = transactional_cast
    source = add(cast, "rtsp://eye:s3cret@192.0.2.7:554/a")
    found = streams.streams()[source]
    assert streams.shown(found.address) == "rtsp://eye:•••@192.0.2.7:554/a"
    camera = cameras.Camera.objects.get(source=source)
    streams.set_stream(cast.technician, camera.pk, streams.shown(found.address), kept_days=7)
    assert streams.streams()[source].address == "rtsp://eye:s3cret@192.0.2.7:554/a"
    with pytest.raises(Invalid):
        streams.set_stream(cast.technician, camera.pk, "rtsp://eye:•••@192.0.2.8/b")
    with pytest.raises(NotThere):
        streams.set_stream(cast.officer, camera.pk, "")
    said = str(list(AuditEntry.objects.filter(action="set_stream").values()))
    assert "s3cret" not in said


# ---- playing


@pytest.fixture
def recorded(transactional_cast: Cast, settings) -> Recording:
    source = add(transactional_cast, "")
    body = b"pictures"
    path = f"{source}/1/{1}.mp4"
    file = settings.RECORDINGS / (path + recordings.PART)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    now = recordings.us(clock.now())
    closed = {
        "source": source, "path": path, "began_us": now - 20_000_000, "ended_us": now, "size": 8, "cut_off": False,
        "sha256": hashlib.sha256(body).hexdigest(), "codec": "h264", "format": "avc1.42c00c", "packets": 300,
    }  # fmt: skip
    first = recordings.enter(closed)
    assert first and recordings.enter(closed) == first, "told twice, entered once"
    assert not file.exists() and file.with_suffix("").exists()
    return first


def asked(one: Recording, **more: object) -> dict[str, object]:
    since, until = one.began_at - dt.timedelta(minutes=1), one.ended_at
    return {"sources": [one.source_id], "since": since.isoformat(), "until": until.isoformat(), **more}


def test_recordings_are_played_for_a_reason_and_it_is_entered_first(
    transactional_cast: Cast, client: Client, recorded: Recording
) -> None:
    cast = transactional_cast
    client.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")

    def post(**more: object) -> object:
        return client.post("/api/v1/playbacks/", asked(recorded, **more), content_type="application/json")

    assert post().json()["code"] == "reason_required"
    assert post(incident="S1-260101-0001").json()["code"] == "reason_required"
    assert not AuditEntry.objects.filter(action="play").exists()
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    incidents.close(cast.duty_officer, call.number, "01")
    assert post(incident=call.number).json()["code"] == "reason_required", "one that is over takes words besides"
    opened = post(incident=call.number, reason=REASON)
    assert opened.status_code == 201, opened.json()
    assert AuditEntry.objects.filter(action="play", subject_id=str(recorded.source_id)).count() == 1
    (row,) = opened.json()["recordings"]
    address = f"/api/v1/playbacks/{opened.json()['id']}/recordings/{row['id']}/"
    assert b"".join(client.get(address).streaming_content) == b"pictures"
    client.force_login(cast.inspector, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code == 404, "whoever wants to see it opens it themselves"
    for name in ("officer", "technician", "administrator", "foreign_commander"):
        client.force_login(getattr(cast, name), backend="django.contrib.auth.backends.ModelBackend")
        assert post(reason=REASON).status_code in (403, 404), name
    assert Playback.objects.count() == 1


def test_what_is_past_its_days_is_erased_unless_it_is_held(
    transactional_cast: Cast, recorded: Recording, settings: Any, tmp_path: Path
) -> None:
    disk = settings.RECORDINGS
    file = disk / recorded.path
    assert recordings.end_terms() == 0
    Recording.objects.update(
        began_at=clock.now() - dt.timedelta(days=31), ended_at=clock.now() - dt.timedelta(days=30.5)
    )
    recordings.hold(recorded.source_id, clock.now() - dt.timedelta(days=32), None, "incident", "S1-260101-0001")
    assert recordings.end_terms() == 0
    assert file.exists()
    RecordingHold.objects.all().delete()
    settings.RECORDINGS = tmp_path  # the disk is not there
    assert recordings.end_terms() == 0
    assert Recording.objects.get().erased_at is None, "what was not erased is not said to be"
    settings.RECORDINGS = disk
    assert recordings.end_terms() == 1
    assert AuditEntry.objects.get(action="erase_recording").facts["found"] is True
    assert not file.exists()
    assert recordings.end_terms() == 0
    recorded.refresh_from_db()
    assert recorded.erased_at and recorded.link, "that it was, and what it was, stays on record"


def test_each_file_is_linked_to_the_one_before(recorded: Recording) -> None:
    now = recordings.us(clock.now())
    closed = {
        "source": recorded.source_id, "path": "x/1/2.mp4", "began_us": now, "ended_us": now + 5, "size": 8,
        "cut_off": True, "sha256": "ab" * 32, "codec": "h264", "format": "avc1.42c00c", "packets": 3,
    }  # fmt: skip
    second = recordings.enter(closed)
    assert second and (second.number, second.before) == (2, recorded.link)
    assert second.link == recordings.linked(recorded.link, recorded.source_id, 2, "ab" * 32, now, now + 5)
    assert recordings.enter({**closed, "source": 0, "path": "x/1/3.mp4"}) is None


def test_nobody_plays_a_day_and_more_or_nothing(transactional_cast: Cast, recorded: Recording) -> None:
    now = clock.now()
    for since, until in ((now, now), (now, now - dt.timedelta(1)), (now - dt.timedelta(days=2), now)):
        with pytest.raises(Invalid):
            recordings.begin(transactional_cast.commander, [recorded.source_id], since, until, "", REASON)
    with pytest.raises(Forbidden):
        recordings.begin(transactional_cast.commander, [recorded.source_id], now - dt.timedelta(1), now, "", "x")


# ---- films and stills


@pytest.fixture
def filmed(transactional_cast: Cast, recordings_folder: Path) -> tuple[int, dt.datetime]:
    """A camera with half a minute, of which ten seconds in the middle are missing; its number, and the beginning."""
    source = add(transactional_cast, "")
    begins = clock.now().replace(microsecond=0) - dt.timedelta(minutes=5)
    clips.recorded(recordings_folder, source, begins, 10)
    clips.recorded(recordings_folder, source, begins + dt.timedelta(seconds=20), 10)
    return cameras.Camera.objects.get(source=source).pk, begins


def test_a_time_of_a_camera_is_one_film_with_its_gaps_named(
    transactional_cast: Cast, client: Client, filmed: tuple[int, dt.datetime]
) -> None:
    camera, begins = filmed
    client.force_login(transactional_cast.commander, backend="django.contrib.auth.backends.ModelBackend")

    def get(what: str, **asked: object) -> Any:
        return client.get(f"/api/v1/cameras/{camera}/{what}/", {name: str(one) for name, one in asked.items()})

    start, end = begins + dt.timedelta(seconds=5.5), begins + dt.timedelta(seconds=30)
    refused = get("recording", start=start.isoformat(), end=end.isoformat())
    assert (refused.status_code, refused.json()["code"]) == (403, "reason_required")
    film = get("recording", start=start.isoformat(), end=end.isoformat(), reason=REASON)
    assert (film.status_code, film["Content-Type"]) == (200, "video/mp4")
    assert abs(dt.datetime.fromisoformat(film["X-Begins"]) - begins - dt.timedelta(seconds=5)) < dt.timedelta(
        seconds=0.1
    )
    ((first, last),) = [gap.split("/") for gap in film["X-Gaps"].split(",")]
    gap = dt.datetime.fromisoformat(first) - begins, dt.datetime.fromisoformat(last) - begins
    assert [round(one.total_seconds(), 1) for one in gap] == [10.0, 20.0]
    with av.open(io.BytesIO(film.content)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 15 * 15, "from the key picture before, and both parts"
    assert AuditEntry.objects.filter(action="play").count() == 1
    still = get("still", at=(begins + dt.timedelta(seconds=3.02)).isoformat(), reason=REASON)
    assert still["Content-Type"] == "image/jpeg"
    shown = np.asarray(Image.open(io.BytesIO(still.content)).convert("L")).astype(int)
    wanted = clips.drawn(45 % 30, 320, 180)[:, :, 0].astype(int)
    assert np.abs(shown - wanted).mean() < 12, "the picture of that moment"
    nothing = get("still", at=(begins + dt.timedelta(seconds=15)).isoformat(), reason=REASON)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_recorded")
    client.force_login(transactional_cast.foreign_commander, backend="django.contrib.auth.backends.ModelBackend")
    assert get("still", at=begins.isoformat(), reason=REASON).status_code == 404


def test_a_crowd_of_films_for_one_asker_waits(
    transactional_cast: Cast, client: Client, filmed: tuple[int, dt.datetime]
) -> None:
    camera, begins = filmed
    commander = transactional_cast.commander
    client.force_login(commander, backend="django.contrib.auth.backends.ModelBackend")
    end = begins + dt.timedelta(seconds=5)
    film = (
        f"/api/v1/cameras/{camera}/recording/",
        {"start": begins.isoformat(), "end": end.isoformat(), "reason": REASON},
    )
    still = (f"/api/v1/cameras/{camera}/still/", {"at": begins.isoformat(), "reason": REASON})
    with recording_api.FILMS.taking(commander):
        refused = client.get(*film)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
        with recording_api.STILLS.taking(commander):
            assert client.get(*still).status_code == 200
            with recording_api.STILLS.taking(commander):
                assert client.get(*still).status_code == 429
    assert client.get(*film).status_code == 200
    assert AuditEntry.objects.filter(action="play").count() == 2, "what was refused was not opened"
