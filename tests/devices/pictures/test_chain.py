"""A film through the whole chain: a real RTSP camera, its child, the relay, the recorder, then played, exported and verified.

What comes out at each end is what went in: no byte of a picture is another one.
"""

import dataclasses
import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from django.conf import settings
from django.test import Client
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from command import certificates
from devices import cameras, streams
from devices.models import Recording
from devices.pictures.packet import head_of, payload_of
from devices.pictures.pipe import Frames
from devices.pictures.segments import PART
from dispatch import incident_exports, incidents, scene_pack
from dispatch.models import Incident
from tests import clips
from tests.conftest import PLACE, ROOT, Cast, Web
from tests.devices.pictures.test_sampler import coded

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = sorted(Path(os.environ.get("STATION_SAMPLES", "/nonexistent")).glob("video/*.mp4"))
NORTH = {"lat": PLACE["lat"] + 40 / 111_195, "lon": PLACE["lon"]}
VIEW = {"height_m": 4.5, "bearing_deg": 180.0, "fov_deg": 70.0, "range_m": 90.0}
REASON = "看路口是否畅通"
BEFORE, AFTER = 40, 40  # pictures that are seen before and after the call


@dataclasses.dataclass
class Chain:
    """What came of a film: what a page got, the incident in which it was recorded, and its export."""

    camera: int
    seen: list[tuple[int, bytes]]  # (captured µs, payload)
    incident: Incident
    recording: Recording
    out: Path


@contextmanager
def watched(web: Web, token: str, source: int) -> Iterator[Iterator[tuple[int, bytes]]]:
    """What a page that watches gets, packet by packet: when it was captured, and its bytes."""
    address = web.socket.replace("/live/", "/pictures/")
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, max_size=None) as link:
        link.send(json.dumps({"type": "watch", "sources": [source], "reason": REASON}))
        yield packets(link, source)


def packets(link: ClientConnection, source: int) -> Iterator[tuple[int, bytes]]:
    while True:
        came = link.recv(timeout=30)
        for packet in Frames().feed(came) if isinstance(came, bytes) else ():
            link.send(json.dumps({"type": "ack", "bytes": {str(source): len(packet)}}))
            yield head_of(packet).captured_us, bytes(payload_of(packet))


def through(web: Web, cast: Cast, shown: clips.Camera, folder: Path) -> Chain:
    """A camera is watched and recorded, a call comes meanwhile, the camera ends, the incident is exported."""
    camera = cameras.add_camera(cast.technician, cast.s1, "东门 1", "visible", **NORTH, **VIEW)
    source = streams.set_stream(cast.technician, camera.pk, shown.url)
    with watched(web, cast.token("commander"), source.pk) as coming:
        clips.until(lambda: list((settings.RECORDINGS / str(source.pk)).rglob(f"*{PART}")))
        seen = [next(coming) for _ in range(BEFORE)]
        call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
        seen += [next(coming) for _ in range(AFTER)]
        shown.stop()
        clips.until(lambda: Recording.objects.filter(source=source).exists())
    streams.set_stream(cast.technician, camera.pk, "")
    scene_pack.pack(call.number)
    incident_exports.export(cast.commander, call, folder / "out")
    return Chain(camera.pk, seen, call, Recording.objects.get(source=source), folder / "out")


def test_a_film_that_was_drawn(web: Web, transactional_cast: Cast, tmp_path: Path) -> None:
    units = clips.units()
    with clips.camera(tmp_path, units) as shown:
        whole(through(web, transactional_cast, shown, tmp_path), "h264", units, transactional_cast)


def test_a_film_of_h265_by_tls(
    web: Web, transactional_cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [clips.DELIMITERS["h265"] + one for one in coded("h265")]
    monkeypatch.setattr(settings, "HOME", tmp_path)
    certificates.ensure(["127.0.0.1"])
    both = tmp_path / "camera.pem"
    both.write_bytes(b"".join((tmp_path / "lan" / name).read_bytes() for name in ("server.pem", "server.key")))
    with clips.camera(tmp_path, units, "h265", both) as shown:
        whole(through(web, transactional_cast, shown, tmp_path), "h265", units, transactional_cast)


@pytest.mark.skipif(not GIVEN, reason="not run: STATION_SAMPLES names no folder with films in video/")
@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_a_film_that_was_given(web: Web, transactional_cast: Cast, tmp_path: Path, path: Path) -> None:
    units = clips.film(path)
    with clips.camera(tmp_path, units) as shown:
        whole(through(web, transactional_cast, shown, tmp_path), "h264", units, transactional_cast)


def whole(found: Chain, codec: str, units: list[bytes], cast: Cast) -> None:
    """That everything which came of a film is the film."""
    wanted = [clips.slices(codec, unit) for unit in units]
    client = Client()
    client.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")
    one = found.recording
    seen = [clips.slices(codec, payload) for _, payload in found.seen]
    first = runs_in(wanted, seen)
    film = asked(client, found, "recording", start=one.began_at, end=one.ended_at + dt.timedelta(seconds=1))
    played = pictures(codec, film.content)
    runs_in(wanted, played)
    assert len(played) >= BEFORE + AFTER
    assert is_row(played, seen[BEFORE:]), "recorded is what was seen"
    at = alone(found)
    looks(client, found, at, decoded(codec, units, first + at))
    proves(found.out, codec, wanted)


def runs_in(wanted: list[tuple[bytes, ...]], came: list[tuple[bytes, ...]]) -> int:
    """Where in the film, which begins anew at its end, what came began; each picture byte for byte, none left out."""
    first = wanted.index(came[0])
    for at, one in enumerate(came):
        assert one == wanted[(first + at) % len(wanted)], f"picture {at} of {len(came)} is not the film's"
    return first


def is_row(whole: list[Any], part: list[Any]) -> bool:
    """Whether the part stands in the whole, in one piece."""
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def pictures(codec: str, film: bytes) -> list[tuple[bytes, ...]]:
    """What is picture of each packet of an MP4."""
    name = {"h264": "h264_mp4toannexb", "h265": "hevc_mp4toannexb"}[codec]
    with av.open(io.BytesIO(film)) as movie:
        stream = movie.streams.video[0]
        bare = BitStreamFilterContext(name, in_stream=stream)
        came = [out for packet in movie.demux(stream) for out in bare.filter(packet if packet.size else None)]
    return [clips.slices(codec, bytes(one)) for one in came]


def asked(client: Client, found: Chain, what: str, **times: dt.datetime) -> Any:
    said = {name: at.isoformat() for name, at in times.items()}
    answer = client.get(f"/api/v1/cameras/{found.camera}/{what}/", {**said, "reason": REASON})
    assert answer.status_code == 200, answer.content[:300]
    return answer


def alone(found: Chain) -> int:
    """A recorded picture that the next did not follow at once, as on a busy machine they may."""
    times = [at for at, *_ in found.seen]
    return next(n for n in range(BEFORE, len(times) - 1) if times[n + 1] - times[n] > 20_000)


def looks(client: Client, found: Chain, at: int, near: list[np.ndarray]) -> None:
    """That the picture of a moment is the film's at that moment, as somebody else decodes it."""
    soon = dt.datetime.fromtimestamp(found.seen[at][0] / 1e6, dt.UTC) + dt.timedelta(milliseconds=5)
    still = asked(client, found, "still", at=soon)
    came = np.asarray(Image.open(io.BytesIO(still.content)).convert("L")).astype(int)
    away = [np.abs(came - picture).mean() for picture in near]
    assert min(away) == away[1] < 6, away


def decoded(codec: str, units: list[bytes], at: int) -> list[np.ndarray]:
    """The film's picture of a number, and the two beside it, as grey."""
    decoder = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    row = units + units
    frames = [frame for unit in row[: at % len(units) + len(units) + 2] for frame in decoder.decode(av.Packet(unit))]
    frames += decoder.decode(None)
    return [frame.to_ndarray(format="gray").astype(int) for frame in frames[-3:]]


def proves(out: Path, codec: str, wanted: list[tuple[bytes, ...]]) -> None:
    """That the export holds the film and says so to anybody, and that a byte which was changed is named."""
    (row,) = json.loads((out / "media/recordings.json").read_text())["files"]
    file = out / row["file"]
    body = file.read_bytes()
    runs_in(wanted, pictures(codec, body))
    assert list((out / "media/stills").glob("*.jpg")), "what was to be seen when the call came"
    done = verified(out)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    middle = len(body) // 2
    file.write_bytes(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])
    done = verified(out)
    assert done.returncode == 1
    assert f"{row['file']} was changed" in done.stdout


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(folder), "--key", incident_exports.fingerprint()]
    return subprocess.run(words, capture_output=True, text=True)
