"""Films that phones kept: taken in pieces, only whole and as they were counted, and recordings like all others from then on."""

import contextlib
import datetime as dt
import hashlib
import io
import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from command import changes, clock, leases
from command.errors import Problem
from command.models import AuditEntry, Grant, Officer
from devices import containers, kept, recordings
from devices.models import KeptFilm, PictureSource, Recording, RecordingHold
from dispatch import incident_exports, incident_media, incidents, scene_pack, units
from dispatch.models import Crew, Incident
from tests.clips import FPS, drawn
from tests.conftest import PLACE, ROOT, Cast, waits_for_a_lock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recordings_folder")]
SECONDS = 3


def film(kind: str = "webm", seconds: int = SECONDS) -> bytes:
    """A film as phones make it: VP8 and Opus in WebM, or H.264 and AAC in MP4, its pictures told apart by a noise."""
    made, noise = io.BytesIO(), np.random.default_rng(7)
    names = ("libvpx", "libopus") if kind == "webm" else ("libx264", "aac")
    options = {} if kind == "webm" else {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(made, "w", format=kind, options=options) as movie:
        pictures = movie.add_stream(names[0], rate=FPS)
        pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
        sound = movie.add_stream(names[1], rate=48_000, layout="mono")
        for number in range(seconds * FPS):
            field = drawn(number, 320, 180)
            field[:60] = noise.integers(0, 255, (60, 320, 3), np.uint8)
            movie.mux(pictures.encode(av.VideoFrame.from_ndarray(field, format="rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000 * seconds), np.float32), format="flt", layout="mono")
        silence.sample_rate = 48_000
        movie.mux([*sound.encode(silence), *sound.encode(None)])
        movie.mux(pictures.encode(None))
    return made.getvalue()


FILM = film()


class Phone:
    """Somebody's phone as it sends what it kept."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}
        self.key = str(uuid.uuid4())

    def announce(self, body: bytes = FILM, **other: Any) -> Any:
        now = clock.now()
        said = {
            "key": self.key, "began_at": (now - dt.timedelta(minutes=2)).isoformat(), "sending_at": now.isoformat(),
            "ended_at": (now - dt.timedelta(minutes=1)).isoformat(), "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(), "type": "video/webm;codecs=vp8,opus", **other,
        }  # fmt: skip
        return self.client.post("/api/v1/kept/", said, content_type="application/json", headers=self.headers)

    def put(self, offset: object, piece: bytes) -> Any:
        path, kind = f"/api/v1/kept/{self.key}/?offset={offset}", "application/octet-stream"
        return self.client.patch(path, piece, content_type=kind, headers=self.headers)

    def send(self, body: bytes = FILM, **other: Any) -> Any:
        """Announce and send all of it, in pieces."""
        told = self.announce(body, **other)
        assert told.status_code == 200, told.json()
        step = len(body) // 3 + 1
        for offset in range(0, len(body), step):
            told = self.put(offset, body[offset : offset + step])
        return told


@pytest.fixture
def phone(cast: Cast, client: Client) -> Phone:
    return Phone(client, cast.token("officer"))


def kept_file() -> Path:
    return settings.RECORDINGS / Recording.objects.get(kept__isnull=False).path


def test_a_film_goes_on_where_it_broke_off(cast: Cast, phone: Phone) -> None:
    assert phone.announce().json() == {
        "key": phone.key, "state": "receiving", "received": 0, "size": len(FILM),
        "sha256": hashlib.sha256(FILM).hexdigest(),
    }  # fmt: skip
    half = len(FILM) // 2
    assert phone.put(0, FILM[:half]).json()["received"] == half
    wrong = phone.put(half + 1, FILM[half + 1 :])
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["received"]) == (409, "other_place", half)
    assert phone.put(0, FILM[:half]).json()["received"] == half, "the same once more is told where to go on"
    assert phone.announce().json()["received"] == half
    assert not Recording.objects.exists(), "half a film is none"
    done = phone.put(half, FILM[half:]).json()
    assert (done["state"], done["received"]) == ("kept", len(FILM))

    made = Recording.objects.get()
    assert kept_file().read_bytes() == FILM
    assert (made.sha256, made.size, made.codec, made.format) == (
        hashlib.sha256(FILM).hexdigest(), len(FILM), "vp8", "vp8,opus",
    )  # fmt: skip
    assert phone.key not in made.path, "nobody who knows the key knows the file"
    assert made.source == PictureSource.objects.get(officer=cast.officer)
    assert made.link == recordings.linked(
        recordings.ZERO, made.source_id, 1, made.sha256, recordings.us(made.began_at), recordings.us(made.ended_at)
    )
    entry = AuditEntry.objects.get(action="keep_film")
    assert entry.facts["link"] == made.link, "anchored at once"
    again = phone.put(0, FILM[:100])
    assert (again.status_code, again.json()["received"]) == (409, len(FILM))
    assert phone.announce().json()["state"] == "kept", "whoever lost the answer is told so again"
    assert Recording.objects.count() == 1


def test_what_is_not_what_the_phone_counted_begins_anew(phone: Phone) -> None:
    spoilt = FILM[:-1] + bytes([FILM[-1] ^ 1])
    phone.announce()
    answer = phone.put(0, spoilt)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_hash")
    assert not Recording.objects.exists()
    assert not (settings.RECORDINGS / KeptFilm.objects.get().path).exists()
    assert phone.announce().json()["received"] == 0
    assert phone.put(0, FILM).json()["state"] == "kept"


def test_the_chain_goes_on_with_what_the_phone_showed(cast: Cast, phone: Phone) -> None:
    phone.send()
    second = Phone(phone.client, cast.token("officer"))
    second.send()
    one, two = Recording.objects.order_by("number")
    assert (one.number, two.number, two.before) == (1, 2, one.link)
    assert one.path != two.path


def test_the_phones_clock_is_put_right(phone: Phone) -> None:
    fast = clock.now() + dt.timedelta(hours=3)
    times = {"began_at": fast - dt.timedelta(minutes=5), "ended_at": fast - dt.timedelta(minutes=4), "sending_at": fast}
    phone.send(**{name: at.isoformat() for name, at in times.items()})
    made = Recording.objects.get()
    assert abs((clock.now() - made.began_at) - dt.timedelta(minutes=5)) < dt.timedelta(seconds=20)
    assert made.ended_at - made.began_at == dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"size": kept.SIZE_LIMIT + 1}, "size"),
        ({"size": 0}, "size"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"type": "text/html"}, "type"),
        ({"key": "1"}, "key"),
        ({"began_at": "1969-01-01T00:00:00Z"}, "ended_at"),
        ({"ended_at": "2026-01-01T00:00:00Z"}, "ended_at"),
        ({"sending_at": "9998-01-01T00:00:00Z"}, "ended_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_can_be_no_film_is_refused_with_its_reason(phone: Phone, other: dict[str, Any], field: str) -> None:
    answer = phone.announce(**other)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not KeptFilm.objects.exists()


@pytest.mark.parametrize(
    "body", [b"<html><script>alert(1)</script>" + b" " * 9000, b"\x1a\x45\xdf\xa3" + b"\0" * 9000, film("mp4")]
)
def test_the_type_is_read_from_the_bytes(phone: Phone, body: bytes) -> None:
    phone.announce(body)
    answer = phone.put(0, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_film")
    assert KeptFilm.objects.get().received == 0


def test_films_of_other_phones(phone: Phone) -> None:
    body = film("mp4")
    done = phone.send(body, type="video/mp4").json()
    assert done.get("state") == "kept", done
    made = Recording.objects.get()
    assert (made.codec, made.format[:5], made.format[11:]) == ("h264", "avc1.", ",mp4a.40.2")
    with av.open(str(kept_file())) as movie:
        assert {one.type for one in movie.streams} == {"video", "audio"}


@pytest.mark.parametrize("cut", [0, 10, 900_001])
def test_a_piece_is_a_piece(phone: Phone, cut: int) -> None:
    phone.announce()
    answer = phone.put(0, (FILM * 40)[:cut])
    assert (answer.status_code, answer.json()["code"]) in ((400, "bad_piece"), (413, "too_large"))
    assert phone.put("x", FILM).status_code == 400
    assert phone.put(2**40, FILM).status_code == 400


def test_nobody_gives_or_sees_a_film_of_somebody_else(cast: Cast, phone: Phone, client: Client) -> None:
    phone.announce()
    for name in ("auxiliary", "commander", "foreign_duty"):
        other = Phone(client, cast.token(name))
        other.key = phone.key
        assert other.announce().status_code == 404
        assert other.put(0, FILM).status_code == 404
    assert Phone(client, cast.token("technician")).announce().status_code == 403
    assert phone.announce(FILM + b"x").json()["code"] == "another_film"


def test_a_disk_without_room_leaves_it_on_the_phone(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr("devices.pictures.room.SHARE", 1.0)
        full.setattr("devices.pictures.room.BYTES", 2**60)
        answer = phone.announce()
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    phone.announce()
    half = len(FILM) // 2
    phone.put(0, FILM[:half])

    opened = Path.open

    def no_room(path: Path, mode: str = "r", *more: Any, **other: Any) -> Any:
        if mode != "r":
            raise OSError(28, "No space left on device")
        return opened(path, mode, *more, **other)

    with monkeypatch.context() as full:
        full.setattr("pathlib.Path.open", no_room)
        answer = phone.put(half, FILM[half:])
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert phone.announce().json()["received"] == half
    assert phone.put(half, FILM[half:]).json()["state"] == "kept"


def test_each_piece_is_looked_at_for_room(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many were announced while there was room: together they would take what the database needs."""
    phone.announce()
    with monkeypatch.context() as full:
        full.setattr("devices.pictures.room.SHARE", 1.0)
        full.setattr("devices.pictures.room.BYTES", 2**60)
        answer = phone.put(0, FILM)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert phone.put(0, FILM).json()["state"] == "kept"


def test_who_sends_more_than_a_day_holds_waits(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.send()
    monkeypatch.setattr(kept, "A_DAY", len(FILM) + 10)
    phone.key = str(uuid.uuid4())
    answer = phone.announce()
    assert (answer.status_code, answer.json()["code"]) == (429, "enough_for_a_day")


def test_a_file_that_is_gone_begins_anew(phone: Phone) -> None:
    phone.announce()
    half = len(FILM) // 2
    phone.put(0, FILM[:half])
    (settings.RECORDINGS / KeptFilm.objects.get().path).unlink()
    answer = phone.put(half, FILM[half:])
    assert (answer.status_code, answer.json()["code"]) == (409, "gone")
    assert phone.announce().json()["received"] == 0
    assert phone.put(0, FILM).json()["state"] == "kept"


def test_it_is_played_for_a_reason_and_given_as_a_file(cast: Cast, phone: Phone, client: Client) -> None:
    phone.send()
    made = Recording.objects.get()
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    assert client.get(f"/api/v1/playbacks/1/recordings/{made.pk}/", headers=headers).status_code == 404
    asked = {
        "sources": [made.source_id], "since": made.began_at.isoformat(), "until": made.ended_at.isoformat(),
        "reason": "Who struck first",
    }  # fmt: skip
    opened = client.post("/api/v1/playbacks/", asked, content_type="application/json", headers=headers).json()
    (row,) = opened["recordings"]
    assert (row["kept"], row["format"], row["sha256"]) == (True, "vp8,opus", made.sha256)
    assert AuditEntry.objects.filter(action="play").count() == 1
    answer = client.get(f"/api/v1/playbacks/{opened['id']}/recordings/{made.pk}/", headers=headers)
    assert b"".join(answer.streaming_content) == FILM
    assert answer["Content-Type"] == "video/webm"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment;")


def test_its_term_ends_like_any_recordings(phone: Phone) -> None:
    long_ago = clock.now() - dt.timedelta(days=40)
    times = {"began_at": long_ago, "ended_at": long_ago + dt.timedelta(minutes=1)}
    phone.send(**{name: at.isoformat() for name, at in times.items()})
    file = kept_file()
    assert recordings.end_terms() == 0, "it has its days from when it came: else it might be gone within the hour"
    assert file.exists()
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=30, minutes=1))
    assert recordings.end_terms() == 1
    assert not file.exists()
    assert AuditEntry.objects.get(action="erase_recording").facts["sha256"] == Recording.objects.get().sha256
    assert phone.announce().json()["state"] == "kept", "what was erased in time is not asked for again"


def test_half_a_film_does_not_stay_for_ever(phone: Phone) -> None:
    phone.announce()
    phone.put(0, FILM[:5000])
    file = settings.RECORDINGS / KeptFilm.objects.get().path
    assert kept.drop_unfinished() == 0
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=31))
    assert kept.drop_unfinished() == 1
    assert not file.exists()
    assert AuditEntry.objects.filter(action="drop_film").count() == 1


# ---- at the same moment


def said_of(key: uuid.UUID) -> kept.Said:
    now = clock.now()
    return kept.Said(key, now, now, now, len(FILM), hashlib.sha256(FILM).hexdigest(), "video/webm")


def test_a_day_holds_no_more_for_who_asks_all_at_once(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, both = transactional_cast.officer, threading.Barrier(2)
    monkeypatch.setattr(kept, "A_DAY", len(FILM) + 10)

    def room(_folder: Path, _size: int) -> bool:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)  # each has read the sum of the day by now, unless one waits for the other
        return True

    monkeypatch.setattr(kept, "has_room", room)

    def announced(key: uuid.UUID) -> str:
        try:
            kept.announce(officer, said_of(key))
        except Problem as refused:
            return refused.code
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(announced, [uuid.uuid4(), uuid.uuid4()]))
    assert sorted(answers) == ["enough_for_a_day", "taken"]
    assert KeptFilm.objects.count() == 1


def test_a_film_whose_rest_comes_in_this_moment_is_not_let_go(transactional_cast: Cast) -> None:
    officer, key = transactional_cast.officer, uuid.uuid4()
    kept.announce(officer, said_of(key))
    kept.append(officer, key, 0, FILM[:5000])
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=31))

    def dropped() -> int:
        try:
            return kept.drop_unfinished()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with changes.change():
            kept.own(officer, key, is_locked=True)
            dropping = pool.submit(dropped)
            waits_for_a_lock(dropping)
            kept.append(officer, key, 5000, FILM[5000:])
        assert dropping.result(10) == 0
    assert kept_file().read_bytes() == FILM


# ---- with an incident


def test_a_phone_that_had_lost_the_time_loses_nothing(cast: Cast, phone: Phone) -> None:
    """It filmed in 2020 by its clock, the network set that, and it sends: what it says of now is right."""
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    began = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    times = {"began_at": began.isoformat(), "ended_at": (began + dt.timedelta(minutes=1)).isoformat()}
    phone.send(**times, incident=call.number)
    hold = RecordingHold.objects.get(subject_id=call.number)
    assert hold.source == PictureSource.objects.get(officer=cast.officer)
    leases.work()
    incidents.close(cast.duty_officer, call.number, "01")
    leases.work()
    scene_pack.pack(call.number)
    hold.refresh_from_db()
    assert hold.until and hold.until < began + dt.timedelta(minutes=2), "nothing else of that phone is held by it"
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=90))
    assert recordings.end_terms() == 0
    assert kept_file().exists()
    assert Recording.objects.get() in incident_media.of_incident(Incident.objects.get())


def test_nobody_holds_by_an_incident_that_is_not_theirs(cast: Cast, phone: Phone) -> None:
    call = incidents.open_incident(cast.foreign_duty, cast.s2, kind="fight", priority=1, **PLACE)
    phone.send(incident=call.number)
    assert not RecordingHold.objects.filter(subject_id=call.number).exists()
    assert Recording.objects.get().station == cast.s1


def test_it_belongs_to_the_station_where_it_was_made(cast: Cast, phone: Phone) -> None:
    unit = units.add_unit(None, cast.s1, "2107", status="patrol")
    Crew.objects.create(unit=unit, officer=cast.officer, joined_at=clock.now() - dt.timedelta(hours=1))
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, call.number, "2107")
    Crew.objects.update(left_at=clock.now())
    Officer.objects.filter(pk=cast.officer.pk).update(station=cast.s2)
    Grant.objects.filter(officer=cast.officer).update(station=cast.s2)
    for incident in ("", call.number):
        phone.key = str(uuid.uuid4())
        phone.send(incident=incident)
    assert set(Recording.objects.values_list("station", flat=True)) == {cast.s1.pk}, "those who play it are there"


@pytest.fixture
def late(cast: Cast, phone: Phone) -> Incident:
    """An incident long over, whose officer's phone, which never had a network there, sends its film five days later."""
    unit = units.add_unit(None, cast.s1, "2107", status="patrol")
    crew = Crew.objects.create(unit=unit, officer=cast.officer, joined_at=clock.now())
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, call.number, "2107")
    leases.work()
    incidents.close(cast.duty_officer, call.number, "01")
    assert not PictureSource.objects.exists()
    ago = dt.timedelta(days=5)
    for rows, names in (
        (Incident.objects.filter(pk=call.pk), ("opened_at", "closed_at")),
        (call.assignments.all(), ("dispatched_at", "ended_at")),
        (Crew.objects.filter(pk=crew.pk), ("joined_at",)),
    ):
        for one in rows:
            rows.filter(pk=one.pk).update(**{name: getattr(one, name) - ago for name in names})
    began = Incident.objects.get().opened_at
    said = {"began_at": began, "ended_at": began + dt.timedelta(seconds=SECONDS)}
    phone.send(**{name: at.isoformat() for name, at in said.items()})
    leases.work()
    return Incident.objects.get()


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(folder), "--key", incident_exports.fingerprint()]
    return subprocess.run(words, capture_output=True, text=True)


def test_it_is_held_with_its_incident_however_late_it_comes(late: Incident) -> None:
    hold = RecordingHold.objects.get(subject_id=late.number)
    assert hold.source == PictureSource.objects.get()
    Recording.objects.update(ended_at=clock.now() - dt.timedelta(days=60), began_at=clock.now() - dt.timedelta(days=61))
    RecordingHold.objects.update(since=clock.now() - dt.timedelta(days=62), until=None)
    assert recordings.end_terms() == 0
    assert kept_file().exists()


def test_it_is_exported_with_its_incident(cast: Cast, late: Incident, tmp_path: Path) -> None:
    out = tmp_path / "out"
    incident_exports.export(cast.commander, late, out)
    (row,) = json.loads((out / "media/recordings.json").read_text())["files"]
    assert row["kept"]
    file = out / row["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == hashlib.sha256(FILM).hexdigest()
    assert verified(out).returncode == 0
    file.write_bytes(FILM[:-1])
    assert f"{row['file']} was changed" in verified(out).stdout
    file.unlink()
    assert f"{row['file']} is missing" in verified(out).stdout


@pytest.mark.parametrize("head", [b"", b"RIFF1234WEBP", b"\x1a\x45\xdf\xa3 matroska", b"1234moov"])
def test_what_begins_no_film_is_none(head: bytes) -> None:
    with pytest.raises(containers.NoFilm):
        containers.container_of(head)


def test_what_is_in_a_film_is_told_from_its_head(
    read: Callable[[bytes], containers.Container] = containers.container_of,
) -> None:
    assert read(FILM) == ("webm", "vp8", "vp8,opus")
    assert read(film("mp4"))[:2] == ("mp4", "h264")
