"""The terms of recordings: nothing that is held is erased, nothing that is erased on record stays, and all waits for its disk."""

import datetime as dt
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from command import clock, health
from command.models import Alarm, AuditEntry
from devices import cameras, recordings, recordings_folder, streams, watch
from devices.models import PictureSource, Recording, RecordingsFolder
from devices.pictures import marks
from devices.pictures.packet import Head, packed
from devices.pictures.recorder import Recorder
from devices.pictures.recording import Recording as Parent
from tests import clips
from tests.conftest import PLACE, Cast, waits_for_a_lock

VIEW = {"height_m": 4.0, "bearing_deg": 0.0, "fov_deg": 70.0, "range_m": 60.0}
Disk = Callable[[bool], None]


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> Disk:
    """A disk of the recordings' own; `disk(False)` takes it away and leaves the empty place where it was, `disk(True)` brings it
    back.
    """
    place, away = tmp_path / "place", tmp_path / "away"
    settings.RECORDINGS = place

    def be(there: bool) -> None:
        if there:
            shutil.rmtree(place)
            away.rename(place)
        else:
            place.rename(away)
            place.mkdir()

    return be


def source_of(cast: Cast, name: str = "东门") -> PictureSource:
    made = cameras.add_camera(None, cast.s1, name, "visible", **PLACE, **VIEW)
    return streams.set_stream(None, made.pk, "")


def recorded(source: PictureSource, number: int, days_ago: float) -> Path:
    """A file of the source, so many days old; where it is."""
    folder, at = recordings.settings.RECORDINGS, recordings.us(clock.now() - dt.timedelta(days=days_ago))
    path = f"{source.pk}/{number}/{number}.mp4"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(b"pictures")
    recordings.enter(
        {
            "source": source.pk, "path": path, "began_us": at - 20_000_000, "ended_us": at, "size": 8,
            "sha256": f"{number:064}", "codec": "h264", "format": "avc1", "packets": 1, "cut_off": False,
        }
    )  # fmt: skip
    return Path(folder / path)


# ---- at the same moment, and killed in between


@pytest.mark.django_db(transaction=True)
def test_what_is_held_in_this_moment_is_not_erased(transactional_cast: Cast, disk: Disk) -> None:
    source = source_of(transactional_cast)
    assert recordings_folder.is_there()
    file = recorded(source, 1, 31)

    def ended() -> int:
        try:
            return recordings.end_terms()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            recordings.hold(source.pk, clock.now() - dt.timedelta(days=40), None, "incident", "S1-260101-0001")
            ending = pool.submit(ended)
            waits_for_a_lock(ending)
        assert ending.result(10) == 0
    assert file.exists()
    assert Recording.objects.get().erased_at is None


@pytest.mark.django_db
def test_what_a_killed_run_left_on_the_disk_goes_with_the_next(
    cast: Cast, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = recorded(source_of(cast), 1, 31)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now, pytest.raises(KeyboardInterrupt):
        now.setattr(Path, "unlink", killed)
        recordings.end_terms()
    one = Recording.objects.get()
    assert file.exists() and one.erased_at
    assert recordings.file_of(one) is None, "nobody is shown what is erased on record"
    assert recordings.end_terms() == 0
    assert not file.exists()
    assert not Recording.objects.get().is_left
    assert AuditEntry.objects.get(action="erase_recording").facts["found"] is True, "entered once, as it was"


@pytest.mark.django_db
def test_a_run_ends_all_that_is_due(cast: Cast, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "TOGETHER", 2)
    sources = [source_of(cast, name) for name in ("东门", "西门")]
    files = [recorded(source, number, 31) for source in sources for number in range(1, 6)]
    young = recorded(sources[0], 6, 29)
    assert recordings.end_terms() == 10
    assert not any(file.exists() for file in files)
    assert young.exists()


# ---- a disk that is away


@pytest.mark.django_db
def test_without_their_disk_nothing_is_erased_on_record(cast: Cast, disk: Disk) -> None:
    source = source_of(cast)
    assert recordings_folder.is_there()
    old, younger = recorded(source, 1, 31), recorded(source, 2, 29)
    disk(False)
    recorded(source, 3, 0)  # by whoever did not see that it is away: the newest file is there
    assert recordings.end_terms() == 0
    assert not recordings_folder.is_there()
    assert not Recording.objects.exclude(erased_at=None).exists()
    watch.look()
    assert Alarm.objects.get(kind="recordings_away").cleared_at is None
    assert "recordings" in health.report()["attend"]
    disk(True)
    assert recordings.end_terms() == 1
    assert (old.exists(), younger.exists()) == (False, True)
    assert AuditEntry.objects.get(action="erase_recording").facts["found"] is True
    watch.look()
    assert Alarm.objects.get(kind="recordings_away").cleared_at
    assert "recordings" not in health.report()["attend"]


@pytest.mark.django_db
def test_a_home_of_before_goes_on(cast: Cast, disk: Disk) -> None:
    source = source_of(cast)
    old = recorded(source, 1, 31)
    recorded(source, 2, 1)
    assert not RecordingsFolder.objects.exists()
    disk(False)
    recorded(source, 3, 0)
    assert not recordings_folder.is_there(), "upgraded while its disk is away: the newest alone tells nothing"
    disk(True)
    assert recordings_folder.is_there()
    assert marks.read(recordings.settings.RECORDINGS) == RecordingsFolder.objects.get().mark
    assert recordings.end_terms() == 1
    assert not old.exists()


@pytest.mark.django_db
def test_another_disk_is_not_theirs_until_somebody_says_so(
    cast: Cast, disk: Disk, settings: Any, tmp_path: Path
) -> None:
    source = source_of(cast)
    assert recordings_folder.is_there()
    recorded(source, 1, 31)
    settings.RECORDINGS = tmp_path / "another"
    marks.write(settings.RECORDINGS)
    assert not recordings_folder.is_there()
    assert recordings.end_terms() == 0
    call_command("begin_recordings")
    assert recordings_folder.is_there()
    assert recordings.end_terms() == 1
    assert AuditEntry.objects.get(action="erase_recording").facts["found"] is False, "nobody erased it here"
    assert AuditEntry.objects.filter(action="begin_recordings").count() == 2


@pytest.mark.django_db
def test_a_restored_home_records_anew(cast: Cast, disk: Disk, settings: Any, tmp_path: Path) -> None:
    source = source_of(cast)
    assert recordings_folder.is_there()
    recorded(source, 1, 1)
    settings.HOME = tmp_path / "restored"
    settings.RECORDINGS = settings.HOME / "recordings"
    settings.RECORDINGS.mkdir(parents=True)
    assert not recordings_folder.is_there(), "where there is an empty folder, a disk may be away"
    settings.RECORDINGS.rmdir()
    assert recordings_folder.is_there()
    assert marks.read(settings.RECORDINGS) == RecordingsFolder.objects.get().mark


async def test_no_recorder_begins_without_the_disk(tmp_path: Path) -> None:
    asked: list[bool] = []

    async def is_there() -> bool:
        asked.append(True)
        return False

    parent = Parent(tmp_path, lambda _: True, is_there, is_there)
    assert not await parent._may_begin()
    assert asked and not any(tmp_path.iterdir())


def test_a_recorder_whose_disk_goes_away_writes_nothing_into_its_place(tmp_path: Path) -> None:
    place = tmp_path / "place"
    marks.write(place)
    recorder, clip = Recorder(place), clips.units()

    def piece(source: int, number: int) -> bytes:
        at = 1_790_000_000_000_000 + number * 1_000_000 // clips.FPS
        return packed(Head("h264", number % clips.FPS == 0, source, number, 1, 66, at), clip[number % len(clip)])

    recorder.take(piece(7, 0))
    assert set(recorder.open) == {7}
    place.rename(tmp_path / "away")
    place.mkdir()
    recorder.take(piece(8, 0))
    recorder.take(piece(7, 1))
    assert set(recorder.open) == {7}, "what is open goes on where it is"
    assert not any(place.iterdir())
    recorder.open.pop(7).writer.let_go()
