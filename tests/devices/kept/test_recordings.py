"""A film that a phone kept is a recording like all others: played for a reason, ended at its term, held and exported."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.test import Client

from command import clock, leases
from command.models import AuditEntry, Grant, Officer
from devices import recordings
from devices.models import KeptFilm, PictureSource, Recording, RecordingHold
from dispatch import incident_exports, incident_media, incidents, scene_pack, units
from dispatch.models import Crew, Incident
from tests.conftest import PLACE, ROOT, Cast
from tests.devices.kept.phones import FILM, SECONDS, Phone, kept_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recordings_folder")]


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
