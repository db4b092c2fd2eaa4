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

from command import clock, leases, manifests
from command.models import AuditEntry, Officer, Station
from devices import cameras, recordings, streams
from devices.models import PictureSource, Recording, RecordingHold, Turn
from devices.voice import files, turns
from devices.voice.groups import Group
from dispatch import incident_exports, incidents, recording_gaps, scene_pack, timeline, units
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


def said(speaker: Officer, incident: Incident) -> Turn:
    """Somebody spoke in the incident's group for a second."""
    group = Group("incident", incident.number, incident.station_id, "", True, True)
    turn = turns.begin(speaker, group)
    file = files.TurnFile(files.path_of(settings.TURNS, turn.key), 1)
    for _ in range(50):
        file.add(b"\xfc\xff\xfe", 20)
    file.end()
    turns.end(turn.pk, "released", 50)
    turn.refresh_from_db()
    return turn


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
    rows = rows_of(exported)
    assert len(rows) == Recording.objects.count() - 1 >= 2
    assert all(row["own"] for row in rows)
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


def rows_of(folder: Path) -> list[dict]:
    rows: list[dict] = json.loads((folder / "media/recordings.json").read_text())["files"]
    return rows


def resealed(folder: Path, change: Callable[[list[dict]], object]) -> str:
    """What the verifier says where somebody at the station itself changed the rows and signed them anew."""
    told = json.loads((folder / "media/recordings.json").read_text())
    change(told["files"])
    (folder / "media/recordings.json").write_text(json.dumps(told))
    (folder / "manifest.json").unlink()
    manifests.seal(folder, "incident", "x", Station.objects.get(code="S1"))
    done = verified(folder)
    assert done.returncode == 1
    return done.stdout


def test_a_recording_that_is_missing_swapped_or_changed_is_named(exported: Path) -> None:
    rows = rows_of(exported)
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
    rows = rows_of(exported)
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
    assert "未附 media/" in (tmp_path / "out" / "README.txt").read_text()
    assert "media/ is left out: whoever exported this may not play recordings" in verified(tmp_path / "out").stdout
    assert recordings.end_terms() == 0


# ---- what is missing is named


def filmed(cast: Cast, folder: Path, seconds: int = 50) -> Incident:
    """An incident with so many seconds of a camera, held."""
    source = camera(cast, "东门 1")
    clips.recorded(folder, source, clock.now() - dt.timedelta(seconds=seconds + 10), seconds)
    incident = call(cast)
    scene_pack.pack(incident.number)
    return incident


def exports(incident: Incident, out: Path) -> tuple[int, str]:
    """Export as it is now: what the verifier returns and says."""
    incident_exports.export(None, incident, out)
    done = verified(out)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_recording_deleted_before_the_export_is_named(cast: Cast, tmp_path: Path, recordings_folder: Path) -> None:
    incident = filmed(cast, recordings_folder)
    for one in Recording.objects.order_by("number"):
        (recordings_folder / one.path).unlink()
        code, said = exports(incident, tmp_path / f"out{one.number}")
        assert code == 1
        for number in range(1, 4):
            assert (f"recording {number} of {one.source_id} (" in said) is (number <= one.number), said
    assert "its file was gone at the station before it was exported" in said


def test_what_was_erased_at_its_term_is_said_and_no_error(
    cast: Cast, tmp_path: Path, recordings_folder: Path, later: Callable[..., None]
) -> None:
    incident = filmed(cast, recordings_folder)
    RecordingHold.objects.all().delete()  # it was held only after the first file was gone
    later(days=30, seconds=-15)
    assert recordings.end_terms() == 2
    scene_pack.pack(incident.number)
    code, said = exports(incident, tmp_path / "out")
    assert code == 0, said
    source, (one, two) = Recording.objects.earliest("pk").source_id, AuditEntry.objects.filter(action="erase_recording")
    assert f"recording 1 of {source} (" in said
    assert f"was erased at its term: entry {one.number} of the audit of S1" in said
    assert rows_of(tmp_path / "out")[1]["erasure"]["entry"] == two.number
    assert f"recording 3 of {source} (" not in said


@pytest.mark.parametrize("is_erased", [False, True])
def test_who_only_says_that_it_was_erased_is_found_out(
    cast: Cast, tmp_path: Path, recordings_folder: Path, later: Callable[..., None], is_erased: bool
) -> None:
    incident = filmed(cast, recordings_folder)
    one = Recording.objects.earliest("number")
    (recordings_folder / one.path).unlink()
    if is_erased:  # the term enters that there was nothing to erase
        RecordingHold.objects.all().delete()
        later(days=30, seconds=-15)
        assert recordings.end_terms() >= 1
        scene_pack.pack(incident.number)
    else:
        Recording.objects.filter(pk=one.pk).update(erased_at=clock.now())
    code, said = exports(incident, tmp_path / "out")
    words = "its file was gone before" if is_erased else "the audit holds no entry of that"
    assert (code, f"recording 1 of {one.source_id} (" in said, words in said) == (1, True, True), said


def test_a_turn_whose_sound_is_altered_or_gone_is_named(cast: Cast, tmp_path: Path) -> None:
    incident = call(cast)
    altered, gone, well = (said(cast.duty_officer, incident) for _ in range(3))
    with files.path_of(settings.TURNS, altered.key).open("ab") as more:
        more.write(b"!")
    files.remove(settings.TURNS, gone.key)
    code, told = exports(incident, tmp_path / "out")
    assert code == 1
    for turn in (altered, gone, well):
        named = f"said at {turn.began_at.isoformat()} is missing: its sound was gone or altered" in told
        assert named is (turn is not well), told


def test_a_turn_whose_process_died_is_told_and_exported(cast: Cast, tmp_path: Path) -> None:
    incident = call(cast)
    group = Group("incident", incident.number, incident.station_id, "", True, True)
    turn, silent = turns.begin(cast.officer, group), turns.begin(cast.officer, group)
    file = files.TurnFile(files.path_of(settings.TURNS, turn.key), turn.pk)
    for _ in range(120):
        file.add(b"\x01" * 60, 20)
    assert turns.end_all() == 2
    code, told = exports(incident, tmp_path / "out")
    assert code == 0, told
    (row,) = json.loads((tmp_path / "out/media/voice.json").read_text())
    assert (row["key"], row["ending"]) == (str(turn.key), "lost") != (str(silent.key), "lost")
    assert (tmp_path / "out" / row["file"]).read_bytes()[:4] == b"OggS"
    (moment,) = [one for one in timeline.timeline(incident) if one.source == "talk"]
    assert (moment.at, moment.words) == (turn.began_at, "讲话，因语音服务中断而中止")
    file.end()


def came_at_the_call(cast: Cast, folder: Path) -> Incident:
    """Two units came within the second of the call, of which there is a picture."""
    source, incident = camera(cast, "东门 1"), call(cast)
    for number, later_us in (("2107", 1_000), ("2108", 2_000)):
        units.add_unit(None, cast.s1, number, status="patrol")
        units.assign(cast.duty_officer, incident.number, number)
        came = incident.opened_at + dt.timedelta(microseconds=later_us)
        incident.assignments.filter(unit__call_sign=number).update(on_scene_at=came)
    clips.recorded(folder, source, incident.opened_at - dt.timedelta(seconds=5), 10)
    scene_pack.pack(incident.number)
    return incident


def test_stills_of_one_second_are_all_there(cast: Cast, tmp_path: Path, recordings_folder: Path) -> None:
    incident = came_at_the_call(cast, recordings_folder)
    code, said = exports(incident, tmp_path / "out")
    stills = json.loads((tmp_path / "out/media/stills.json").read_text())
    assert (code, len({one["file"] for one in stills}), len({one["at"] for one in stills})) == (0, 3, 3), said
    for one in stills:
        assert hashlib.sha256((tmp_path / "out" / one["file"]).read_bytes()).hexdigest() == one["sha256"]
    (tmp_path / "out" / stills[0]["file"]).write_bytes(b"another")
    assert "was swapped: it is not the picture that was made" in resealed(tmp_path / "out", lambda rows: None)


@pytest.mark.parametrize("within_s", [0.0, 0.05])
def test_stills_take_no_longer_than_a_page_waits(
    cast: Cast, tmp_path: Path, recordings_folder: Path, monkeypatch: pytest.MonkeyPatch, within_s: float
) -> None:
    incident = came_at_the_call(cast, recordings_folder)
    monkeypatch.setattr(incident_exports, "STILLS_S", within_s)  # less than a child needs to begin
    incident_exports.export(cast.commander, incident, tmp_path / "out")
    stills = json.loads((tmp_path / "out/media/stills.json").read_text())
    assert [(one["file"], one["left_out"]) for one in stills] == [(None, "no_time")] * 3
    done = verified(tmp_path / "out")
    assert (done.returncode, done.stdout.count("there was no time to make it")) == (0, 3), done.stdout
    code, said = exports(incident, tmp_path / "whole")
    assert (code, "there was no time" in said) == (0, False), "at the console nobody waits"


def test_a_file_that_no_list_names_is_named(exported: Path) -> None:
    (exported / "media/voice/more.ogg").write_bytes(b"OggS")
    assert "media/voice/more.ogg is in no list" in resealed(exported, lambda rows: None)


def test_lists_of_another_shape_are_refused_in_words(exported: Path) -> None:
    for change in (
        lambda rows: rows.append("x"),
        lambda rows: rows[0].pop("own"),
        lambda rows: rows[0].update(file=[]),
    ):
        assert "expected lists of recordings, stills and turns of talk" in resealed(exported, change)


@pytest.fixture
def anchored(cast: Cast, recordings_folder: Path) -> Incident:
    """Six recordings, of which the audit knows the second and the last; the incident's are those between."""
    source, now = camera(cast, "东门 1"), clock.now()
    for ago, seconds in ((2400, 5), (2300, 5)):
        clips.recorded(recordings_folder, source, now - dt.timedelta(seconds=ago), seconds)
    assert recordings.anchor() == 1
    clips.recorded(recordings_folder, source, now - dt.timedelta(seconds=120), 50)
    incident = call(cast)
    scene_pack.pack(incident.number)
    RecordingHold.objects.update(until=now - dt.timedelta(seconds=60))
    clips.recorded(recordings_folder, source, now - dt.timedelta(seconds=30), 5)
    assert recordings.anchor() == 1
    return incident


def test_a_chain_goes_on_to_what_the_audit_knows(anchored: Incident, tmp_path: Path) -> None:
    code, said = exports(anchored, tmp_path / "out")
    assert [(row["number"], row["own"], bool(row["file"])) for row in rows_of(tmp_path / "out")] == [
        (2, False, False), (3, True, True), (4, True, True), (5, True, True), (6, False, False),
    ]  # fmt: skip
    first, last = AuditEntry.objects.filter(action="anchor_recordings").order_by("number")
    words = f"recordings 2 to 6 are one chain; entry {first.number} of the audit of S1 knows 2; entry {last.number} of"
    assert (code, words in said, "does not prove" in said) == (0, True, False), said
    anchors = json.loads((tmp_path / "out/media/recordings.json").read_text())["anchors"]
    assert [one["hash"] for one in anchors] == [first.hash, last.hash]


def test_a_chain_that_the_station_cut_at_an_end_is_found_by_what_the_audit_knows(
    anchored: Incident, tmp_path: Path
) -> None:
    entries = AuditEntry.objects.filter(action="anchor_recordings").order_by("number")
    for at, number, entry in zip((0, -1), (2, 6), entries, strict=True):
        exports(anchored, tmp_path / f"out{number}")
        said = resealed(tmp_path / f"out{number}", lambda rows, at=at: rows.pop(at))  # type: ignore[misc]
        assert f"recording {number} of {entry.subject_id} is missing: entry {entry.number} of the audit of S1" in said
    exports(anchored, tmp_path / "linked anew")
    assert "is another than entry" in resealed(tmp_path / "linked anew", linked_anew)
    Recording.objects.filter(number=6).delete()
    code, said = exports(anchored, tmp_path / "row gone")
    assert (code, "recording 6 of" in said, "is missing: entry" in said) == (1, True, True), said


def linked_anew(rows: list[dict]) -> None:
    """Somebody takes the first for another and makes a chain of the rest."""
    before = "1" * 64
    for row in rows:
        row["before"] = before
        before = row["link"] = recordings.linked(
            before, row["source"], row["number"], row["sha256"], row["began_us"], row["ended_us"]
        )


def test_gaps_are_listed_and_told(cast: Cast, tmp_path: Path, recordings_folder: Path) -> None:
    source, now = camera(cast, "东门 1"), clock.now()
    for ago in (180, 120, 118):
        clips.recorded(recordings_folder, source, now - dt.timedelta(seconds=ago), 2 if ago > 118 else 1)
    incident = call(cast)
    scene_pack.pack(incident.number)
    code, said = exports(incident, tmp_path / "out")
    (gap,) = json.loads((tmp_path / "out/media/recordings.json").read_text())["gaps"]
    first, second = Recording.objects.order_by("number")[:2]
    assert gap == {
        "source": source, "name": "东门 1", "from_us": recordings.us(first.ended_at), "to_us": recordings.us(second.began_at),
    }  # fmt: skip
    assert (code, f"nothing was recorded of {source} (东门 1) from {first.ended_at.isoformat()} to" in said) == (
        0,
        True,
    ), said


def row(began: int, ended: int, **other: object) -> dict:
    """A row of a chain, its times in s."""
    times = {"began_us": began * 1_000_000, "ended_us": ended * 1_000_000}
    return {"source": 1, "name": "", "number": began, "own": True, "cut_off": False, "packets": 300, **times, **other}


def test_what_is_a_gap_and_what_is_none() -> None:
    def told(*rows: dict) -> list[tuple[int, int]]:
        return [(one["from_us"] // 1_000_000, one["to_us"] // 1_000_000) for one in recording_gaps.gaps(rows)]

    assert told(row(0, 20), row(21, 40), row(40, 60)) == [(20, 21)]
    assert told(row(0, 20, packets=20), row(22, 40, packets=20)) == [], "it shows a picture a second"
    assert told(row(0, 20, packets=0), row(22, 40, packets=0), row(60, 80)) == [(40, 60)], "a phone's films"
    assert told(row(0, 20, cut_off=True), row(21, 40)) == [(20, 21)], "the recorder was killed"
    assert told(row(0, 20), row(60, 80), row(15, 70, number=99)) == [], "a phone's own film fills it"
    assert told(row(0, 20), row(20, 60, own=False), row(60, 80)) == [], "recorded, but not of the incident"
    assert told(row(0, 5, own=False), row(60, 80), row(200, 210, own=False)) == [], "not the incident's time"
    assert told(row(0, 20), row(60, 80, source=2)) == []
