"""The town's cameras as the station pulls them: two differ, both move, and nothing is drawn that nobody looks at."""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from devices.pictures.camera import streamed
from tests import clips
from tests.conftest import free_port
from town.build import build

SOON_S = 60.0  # on a machine that does other things as well


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The town's server: its port, and its town's folder."""
    folder, port = tmp_path_factory.mktemp("town"), free_port()
    build(folder, 1)
    words = ["/usr/bin/python3", str(clips.SERVER), str(port), "--drawn", sys.executable, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline().strip() == "listening"
        yield port, folder
        process.kill()


def drawing(folder: Path) -> set[str]:
    """The numbers of the cameras that are being drawn, by the list of processes."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_text().split("\0")
        except OSError:
            continue
        if "town.eyes" in words and str(folder) in words:
            found.add(words[words.index(str(folder)) + 1])
    return found


def pictures(port: int, number: int, count: int) -> list[np.ndarray]:
    """So many pictures of a camera, decoded, from the first on that is not dark any more."""
    decoder, found, deadline = av.CodecContext.create("h264", "r"), [], time.monotonic() + SOON_S
    units = itertools.dropwhile(lambda piece: not piece[1], again(f"rtsp://127.0.0.1:{port}/{number}", deadline))
    for _, _, _, unit in units:
        for frame in decoder.decode(av.Packet(unit)):
            picture = frame.to_ndarray(format="gray")
            if picture[100:300].std() > 12:
                found.append(picture)
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline
    return found


def again(url: str, deadline: float) -> Iterator[tuple]:
    """What a camera sends, asked again where it is not there yet, as its child process does."""
    while time.monotonic() < deadline:
        try:
            yield from filter(None, streamed(url, "127.0.0.1"))
        except av.FFmpegError:
            continue


def test_two_cameras_are_drawn_while_they_are_pulled_and_no_longer(server: tuple[int, Path]) -> None:
    port, folder = server
    assert drawing(folder) == set()
    one = pictures(port, 76, 12)
    assert "76" in drawing(folder)
    other = pictures(port, 41, 12)
    for shown in (one, other):
        assert shown[0].shape == (360, 640)
        assert (np.abs(shown[-1].astype(int) - shown[0]) > 40).sum() > 15, "cars, people and the clock go on"
    assert np.abs(one[0].astype(int) - other[0]).mean() > 10
    clips.until(lambda: drawing(folder) == set(), 30.0)


def test_a_panorama_comes_as_wide_as_the_roster_says(server: tuple[int, Path]) -> None:
    port, folder = server
    rows = json.loads((folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    number = next(at for at, row in enumerate(rows, start=1) if row["kind"] == "panorama")
    shown = pictures(port, number, 4)
    assert shown[0].shape == (240, 960)
    assert shown[0].shape[1] / shown[0].shape[0] == rows[number - 1]["aspect"]
    assert (np.abs(shown[-1].astype(int) - shown[0]) > 40).sum() > 15, "the clock goes on"


def test_an_unknown_camera_is_refused(server: tuple[int, Path]) -> None:
    with pytest.raises(av.FFmpegError):
        next(streamed(f"rtsp://127.0.0.1:{server[0]}/9999", "127.0.0.1"))
