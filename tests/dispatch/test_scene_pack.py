"""The scene pack and its export: what belongs to an incident is held from the call on, and proves itself to anybody."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from command import clock, leases
from command.models import Officer
from devices import cameras, recordings, streams
from devices.models import PictureSource, Recording, RecordingHold
from devices.voice import files, turns
from devices.voice.groups import Group
from dispatch import incident_exports, incidents, scene_pack, units
from dispatch.models import Crew, Incident
from tests import clips
from tests.conftest import PLACE, ROOT, Cast

pytestmark = pytest.mark.django_db
VIEW = {"height_m": 4.5, "bearing_deg": 180.0, "fov_deg": 70.0, "range_m": 90.0}


def camera(cast: Cast, name: str, bearing: float = 180.0) -> int:
    """A camera 40 m north of PLACE; the source of its pictures."""
    where = {**VIEW, "lat": PLACE["lat"] + 40 / 111_195, "lon": PLACE["lon"], "bearing_deg": bearing}
    made = cameras.add_camera(None, cast.s1, name, "visible", **where)
    return streams.set_stream(None, made.pk, "").pk


def call(cast: Cast) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)


def test_what_sees_the_place_is_held_from_ten_minutes_before_the_call(cast: Cast) -> None:
    seeing, turned_away = camera(cast, "东门 1"), camera(cast, "东门 2", bearing=0.0)
    unit = units.add_unit(None, cast.s1, "2107", status="patrol")
    Crew.objects.create(unit=unit, officer=cast.officer, joined_at=clock.now())
    phone = PictureSource.objects.create(station=cast.s1, officer=cast.officer)
    incident = call(cast)
    units.assign(cast.duty_officer, incident.number, "2107")
    assert leases.work() >= 1
    held = {hold.source_id: hold for hold in RecordingHold.objects.filter(subject_id=incident.number)}
    assert set(held) == {seeing, phone.pk}
    assert turned_away not in held
    assert held[seeing].since == incident.opened_at - dt.timedelta(minutes=10)
    assert held[seeing].until is None
    incidents.close(cast.duty_officer, incident.number, "01")
    assert scene_pack.pack_all() == 1
    assert RecordingHold.objects.get(source=seeing).until == Incident.objects.get().closed_at + scene_pack.AROUND


def said(speaker: Officer, incident: Incident) -> None:
    """Somebody spoke in the incident's group for a second."""
    group = Group("incident", incident.number, incident.station_id, "", True, True)
    turn = turns.begin(speaker, group)
    file = files.TurnFile(files.path_of(settings.TURNS, turn.key), 1)
    for _ in range(50):
        file.add(b"\xfc\xff\xfe", 20)
    file.end()
    turns.end(turn.pk, "released", 50)


@pytest.fixture
def exported(cast: Cast, tmp_path: Path, recordings_folder: Path) -> Path:
    """An incident's folder with two minutes of a camera in three files."""
    source = camera(cast, "东门 1")
    clips.recorded(recordings_folder, source, clock.now() - dt.timedelta(minutes=2), 50)
    clips.recorded(recordings_folder, source, clock.now() - dt.timedelta(hours=3), 5)  # older: it belongs to nothing
    incident = call(cast)
    scene_pack.pack(incident.number)
    said(cast.duty_officer, incident)
    out = tmp_path / "out"
    incident_exports.export(cast.commander, incident, out)
    return out


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(folder), "--key", incident_exports.fingerprint()]
    return subprocess.run(words, capture_output=True, text=True)


def test_an_incident_is_exported_with_its_recordings(exported: Path) -> None:
    rows = json.loads((exported / "media/recordings.json").read_text())
    assert len(rows) == Recording.objects.count() - 1 >= 2
    for row in rows:
        assert hashlib.sha256((exported / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    (turn,) = json.loads((exported / "media/voice.json").read_text())
    assert (exported / turn["file"]).read_bytes()[:4] == b"OggS"
    done = verified(exported)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_stills_say_of_what_they_were_made(cast: Cast, tmp_path: Path, recordings_folder: Path) -> None:
    source, incident = camera(cast, "东门 1"), call(cast)
    clips.recorded(recordings_folder, source, incident.opened_at - dt.timedelta(seconds=30), 60)
    scene_pack.pack(incident.number)
    incident_exports.export(cast.commander, incident, tmp_path / "out")
    (still,) = json.loads((tmp_path / "out/media/stills.json").read_text())
    whole = (tmp_path / "out" / still["made_of"]).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == still["made_of_sha256"]
    with Image.open(tmp_path / "out" / still["file"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 180))
    assert verified(tmp_path / "out").returncode == 0
    (tmp_path / "out" / still["file"]).write_bytes(b"another")
    assert f"{still['file']} was changed" in verified(tmp_path / "out").stdout


def resealed(folder: Path, change: Callable[[list[dict]], None]) -> str:
    """What the verifier says where somebody at the station itself changed the rows and signed them anew."""
    from command import manifests
    from command.models import Station

    rows = json.loads((folder / "media/recordings.json").read_text())
    change(rows)
    (folder / "media/recordings.json").write_text(json.dumps(rows))
    (folder / "manifest.json").unlink()
    manifests.seal(folder, "incident", "x", Station.objects.get(code="S1"))
    done = verified(folder)
    assert done.returncode == 1
    return done.stdout


def test_a_recording_that_is_missing_swapped_or_changed_is_named(exported: Path) -> None:
    rows = json.loads((exported / "media/recordings.json").read_text())
    file = exported / rows[1]["file"]
    body = file.read_bytes()
    file.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    assert f"{rows[1]['file']} was changed" in verified(exported).stdout
    file.write_bytes(body)
    assert verified(exported).returncode == 0
    other = (exported / rows[0]["file"]).read_bytes()
    (exported / rows[0]["file"]).write_bytes(body)
    file.write_bytes(other)
    said = resealed(exported, lambda rows: None)
    assert f"recording {rows[0]['number']} of {rows[0]['source']} was swapped" in said
    (exported / rows[0]["file"]).write_bytes(other)
    file.write_bytes(body)
    said = resealed(exported, lambda rows: rows[1].update(began_us=rows[1]["began_us"] + 1))
    assert "its link is not that of its hash and times" in said


def test_a_row_that_was_taken_out_is_named(exported: Path) -> None:
    rows = json.loads((exported / "media/recordings.json").read_text())
    assert len(rows) >= 3
    (exported / rows[1]["file"]).unlink()
    said = resealed(exported, lambda rows: rows.pop(1) and None)
    assert f"recording {rows[1]['number']} of {rows[1]['source']} is missing" in said


def test_without_the_right_to_play_there_is_no_film(cast: Cast, tmp_path: Path, recordings_folder: Path) -> None:
    source = camera(cast, "东门 1")
    clips.recorded(recordings_folder, source, clock.now() - dt.timedelta(minutes=2), 3)
    incident = call(cast)
    scene_pack.pack(incident.number)
    incident_exports.export(cast.officer, incident, tmp_path / "out")
    assert not (tmp_path / "out" / "media").exists()
    assert recordings.end_terms() == 0
