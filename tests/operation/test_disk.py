"""Disks that fill: on a real small file system where one may be mounted, else on what the system says of one."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from command import disk, health, jobs, tasks
from command.models import Alarm, JobRun
from tests.conftest import Cast

SIZE = 8_000_000
Fill = Callable[[float], None]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def real(mounted: Path, settings) -> Fill:
    """Fill the small file system, which is the archive's, to so many per cent."""
    settings.ARCHIVE = mounted

    def fill(percent: float) -> None:
        (mounted / "heap").write_bytes(bytes(int(SIZE * percent / 100)))

    return fill


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings) -> Fill:
    """Let the system say that the home's disk is so full."""
    settings.ARCHIVE = settings.HOME

    def fill(percent: float) -> None:
        free = round(10_000 - 100 * percent)
        told = SimpleNamespace(f_blocks=10_500, f_bfree=free + 500, f_bavail=free, f_frsize=4096)
        monkeypatch.setattr(os, "statvfs", lambda path: told)

    return fill


@pytest.fixture(params=["real", "said"])
def fill(request: pytest.FixtureRequest) -> tuple[Fill, str]:
    return request.getfixturevalue(request.param), "archive" if request.param == "real" else "home"


def open_ones(place: str) -> set[tuple[str, int]]:
    rows = Alarm.objects.filter(cleared_at=None, subject_kind="disk", subject_id=place)
    return set(rows.values_list("kind", "level"))


def test_alarms_come_at_85_and_95_and_do_not_flutter(cast: Cast, fill: tuple[Fill, str]) -> None:
    to, place = fill
    filling, full = ("disk_filling", 2), ("disk_full", 1)
    for percent, expected in (
        (80, set()), (84, set()), (86, {filling}), (83, {filling}), (94, {filling}), (96, {filling, full}),
        (93, {filling, full}), (91, {filling}), (84, {filling}), (81, set()), (84, set()), (97, {filling, full}),
    ):  # fmt: skip
        to(percent)
        disk.watch()
        assert open_ones(place) == expected, f"at {percent} %"
    raised = Alarm.objects.filter(subject_kind="disk", subject_id=place)
    assert raised.count() == 4, "one each time, not one each look"
    assert {one.station_id for one in raised} == {cast.centre.pk}, "it concerns the whole machine"
    assert 96 < raised.latest("pk").facts["percent"] <= 98


def test_it_is_looked_at_by_the_clock_and_stands_in_health(cast: Cast, said: Fill) -> None:
    said(87.3)
    tasks.look_at_disk()
    assert JobRun.objects.get(name="disk").is_ok
    assert jobs.PERIODS["disk"].total_seconds() == 30
    report = health.report()
    assert "disk" in report["attend"]
    assert report["parts"]["disk"].startswith("home: 87 % used, 0.0 GB left")


def test_one_disk_is_told_once_and_a_folder_that_is_gone_not_at_all(settings, tmp_path: Path) -> None:
    settings.HOME, settings.ARCHIVE = tmp_path, tmp_path / "archive"
    settings.ARCHIVE.mkdir()
    assert [room.place for room in disk.rooms()] == ["home"]
    settings.ARCHIVE.rmdir()
    assert [room.place for room in disk.rooms()] == ["home"]
    used = subprocess.run(["df", "--output=pcent", str(tmp_path)], capture_output=True, text=True).stdout
    assert abs(disk.rooms()[0].percent - int(used.split()[1].rstrip("%"))) <= 1
