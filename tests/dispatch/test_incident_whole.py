"""The incident's page and its export: one line of time with places, and a folder in which any change is found."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.gis.geos import LineString, Polygon
from django.core.management import CommandError, call_command
from django.test import Client

from command import alarms, clock, signing
from command.models import AuditEntry
from command.places.models import Map, Road
from devices import devices
from devices.models import Fix
from dispatch import incident_exports, incident_sheet, incidents, merge, reports, sketch, stack, timeline, units
from dispatch.models import Incident
from tests.conftest import PLACE, ROOT, Cast, confirmed

WORDS = "=cmd()|<script>alert(1)</script>"


@pytest.fixture
def told(cast: Cast, settings, tmp_path: Path) -> Incident:
    """A fight to which 2107 went, with a road, a track, an alarm and what was reported."""
    settings.SIGNING_KEY = tmp_path / "key.pem"
    duty = cast.duty_officer
    device, _key = devices.add_device(None, WORDS, "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "2107", devices=[device])
    here = incidents.open_incident(
        duty, cast.s1, kind="fight", priority=1, **PLACE, address="银杏街12号", facts=WORDS, caller_phone="13800001111"
    )
    units.assign(duty, here.number, "2107")
    now = clock.now()
    for step in range(5):
        at = now + dt.timedelta(seconds=step)
        Fix.objects.create(
            device=device,
            time=at,
            corrected=at,
            received=at,
            lat=29.6 + step / 1000,
            lon=106.55,
            mock=False,
            late=False,
        )
    units.step(duty, here.number, "2107", "on_scene")
    alarms.raise_alarm(cast.s1.pk, "position_lost", 2, "unit", "2107")
    reports.service(duty, here.number, "ambulance")
    reports.mediate(duty, here.number, agreed=True, text="双方和解")
    of = Map.objects.create(name="m", version=1, imported_at=now, bounds=Polygon.from_bbox((106, 29, 107, 30)))
    line = LineString((106.54, 29.6075), (106.56, 29.6075), srid=4326)
    Road.objects.create(map=of, osm_id=1, name="银杏街", kind="residential", line=line)
    return here


def verify(folder: Path, key: str) -> tuple[int, str]:
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(folder), "--key", key]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_everything_stands_on_one_line_of_time(cast: Cast, told: Incident) -> None:
    sheet = incident_sheet.sheet(told, cast.commander, with_tracks=True)
    moments = sheet["moments"]
    assert [one.at for one in moments] == sorted(one.at for one in moments)
    assert [(one.source, one.code) for one in moments] == [
        ("log", "opened"), ("log", "assigned"), ("order", "order_accepted"), ("log", "status"), ("alarm", "raised"),
        ("log", "service"), ("log", "mediated"),
    ]  # fmt: skip
    placed = [one for one in moments if one.place]
    assert [one.unit for one in placed] == ["2107"] * 4
    assert [one.mark for one in placed] == [1, 2, 3, 4]
    assert sheet["whole"]["mediation"]["words"] == "双方和解"
    assert sheet["whole"]["services"][0]["called_at"]
    drawn = sheet["sketch"]
    assert [one.name for one in drawn.roads] == ["银杏街"]
    assert all(0 <= one.x <= drawn.width and 0 <= one.y <= drawn.height for one in (*drawn.marks, drawn.place))


def test_a_drawing_keeps_its_scale() -> None:
    frame = sketch.frame_of([(29.6, 106.55), (29.61, 106.56)])
    (ax, ay), (bx, by) = frame.at(29.6, 106.55), frame.at(29.61, 106.56)
    metres = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 / frame.px_a_metre
    assert metres == pytest.approx(1473, rel=0.01)
    assert by < ay, "north is up"


def test_the_page_shows_words_as_text_and_is_entered(cast: Cast, told: Incident) -> None:
    page = confirmed(cast, "commander").get(f"/incidents/{told.number}/").content.decode()
    assert "<script>alert" not in page
    assert 'class="track t0"' in page
    assert AuditEntry.objects.get(action="read_incident").facts == {"tracks": True}


def test_a_duty_officer_sees_tracks_while_it_is_open(cast: Cast, told: Incident) -> None:
    assert timeline.may_see_tracks(cast.duty_officer, told)
    assert not timeline.may_see_tracks(cast.foreign_commander, told)
    over = incidents.close(cast.duty_officer, told.number, "18")
    assert not timeline.may_see_tracks(cast.duty_officer, over)
    assert timeline.may_see_tracks(cast.commander, over)
    assert 'class="track' not in confirmed(cast, "duty_officer").get(f"/incidents/{told.number}/").content.decode()


def test_an_untouched_export_is_good_and_names_nobody_else(cast: Cast, told: Incident, tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = incident_exports.export(cast.commander, told, out)
    assert set(manifest["files"]) == {
        "incident.json", "timeline.json", "timeline.html", "tracks.csv", "README.txt", "verify.py",
    }  # fmt: skip
    code, said = verify(out, signing.fingerprint())
    assert (code, "6 files" in said) == (0, True), said
    assert "<script>alert" not in (out / "timeline.html").read_text()
    assert "'=cmd()" in (out / "tracks.csv").read_text(), "no spreadsheet takes a name for a formula"
    assert json.loads((out / "incident.json").read_text())["caller_phone"] == "13800001111"
    assert AuditEntry.objects.get(action="export_incident").subject_id == told.number
    inspected = tmp_path / "inspected"
    incident_exports.export(cast.inspector, told, inspected)
    assert "13800001111" not in (inspected / "incident.json").read_text()


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda at: (at / "tracks.csv").write_text("unit"), "tracks.csv was changed"),
    "missing": (lambda at: (at / "timeline.json").unlink(), "timeline.json is missing"),
    "added": (lambda at: (at / "more.txt").write_text("x"), "more.txt was added"),
    "folder added": (lambda at: (at / "more").mkdir(), "more was added"),
    "file in a folder": (lambda at: [(at / "a").mkdir(), (at / "a" / "b").write_text("x")], "a/b was added"),
    "link": (
        lambda at: [(at / "README.txt").rename(at.parent / "x"), (at / "README.txt").symlink_to(at.parent / "x")],
        "README.txt was changed",
    ),
    "no manifest": (lambda at: (at / "manifest.json").unlink(), "manifest.json is missing"),
    "no JSON": (lambda at: (at / "manifest.json").write_text("{"), "manifest.json was changed"),
    "one digest": (lambda at: _edit(at, "files", {}), "manifest.json was changed"),
    "a name twice": (lambda at: _prefixed(at, '"subject":"S1-000000-0000",'), "manifest.json was changed"),
    "spelled otherwise": (lambda at: _prefixed(at, " "), "manifest.json was changed"),
    "words to the terminal": (lambda at: (at / "a\x1b[2K\n7 files").write_text("x"), "'a\\x1b[2K\\n7 files' was added"),
    "no UTF-8": (lambda at: _edit(at, "subject", "\ud800"), "manifest.json was changed"),
    "its time": (lambda at: _edit(at, "exported_at", "2020-01-01T00:00:00+00:00"), "manifest.json was changed"),
}


def _edit(folder: Path, name: str, value: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))


def _prefixed(folder: Path, more: str) -> None:
    """The same to whoever takes the last of two names, something else to whoever takes the first."""
    path = folder / "manifest.json"
    path.write_text("{" + more + path.read_text()[1:])


def test_each_tampering_is_named(cast: Cast, told: Incident, tmp_path: Path) -> None:
    for at, (what, (tamper, words)) in enumerate(TAMPERINGS.items()):
        out = tmp_path / f"out{at}"
        incident_exports.export(None, told, out)
        tamper(out)
        code, said = verify(out, signing.fingerprint())
        assert code == 1, what
        assert words in said, (what, said)


def test_another_key_vouches_for_nothing(cast: Cast, told: Incident, tmp_path: Path, settings) -> None:
    mine = signing.fingerprint()
    settings.SIGNING_KEY = tmp_path / "other.pem"
    incident_exports.export(None, told, tmp_path / "out")
    code, said = verify(tmp_path / "out", mine)
    assert (code, "not signed with the key" in said) == (1, True)


def test_the_command_and_the_button_export(cast: Cast, told: Incident, tmp_path: Path, capsys) -> None:
    call_command("incident_export", told.number, out=tmp_path / "out")
    assert signing.fingerprint() in capsys.readouterr().out
    assert verify(tmp_path / "out", signing.fingerprint())[0] == 0
    with pytest.raises(CommandError):
        call_command("incident_export", told.number, out=tmp_path / "out")
    with pytest.raises(CommandError):
        call_command("incident_export", "S1-000000-0000", out=tmp_path / "none")
    path = f"/incidents/{told.number}/export/"
    person = confirmed(cast, "commander")
    assert signing.fingerprint() in person.get(path).content.decode()
    answer = person.post(path)
    assert answer["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    weak = Client()
    weak.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")
    assert "/account/confirm/" in weak.post(path)["Location"]


def test_merged_and_stacked_stand_in_words(cast: Cast, told: Incident) -> None:
    duty = cast.duty_officer
    other = incidents.open_incident(duty, cast.s1, kind="fight", priority=1, **PLACE)
    stack.stack(duty, other.number, "2107")
    merge.merge(duty, other.number, told.number)
    words = [one.words for one in timeline.timeline(other)]
    assert any(told.number in one for one in words), words
    assert any("2107" in one for one in words), words
