"""An officer of the demo town, as `town body` plays them: what the station keeps of their words is what was spoken for them."""

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from devices.models import Turn
from devices.voice import turns
from tests.browser.conftest import add_unit
from tests.conftest import PASSWORD, PLACE, ROOT, Cast, Web
from town.build import build
from town.eyes import bodies

PATIENCE_S = 240  # it draws twelve seconds of film first, on the cores that the others use
STEP_S = 0.02
LIKE = 0.6  # how far two loudnesses go up and down together, of 1


# a browser that ends at once when it is begun for the first time
FAILS_ONCE = """#!/bin/sh
[ -e "$0.failed" ] || { touch "$0.failed"; exit 1; }
exec /usr/bin/chromium-headless-shell "$@"
"""


@contextlib.contextmanager
def worn(web: Web, folder: Path, accounts: Path, browser: Path) -> Iterator["subprocess.Popen[str]"]:
    """The command as people run it, until Ctrl-C."""
    words = ["-m", "town", "body", str(folder), "--base", web.base, "--accounts", str(accounts), "--who", "officer"]
    words += ["--browser", str(browser)]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def kept(process: "subprocess.Popen[str]", cast: Cast) -> Turn:
    """The first turn that they spoke, once it is over."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = Turn.objects.filter(speaker=cast.officer, ended_at__isnull=False).exclude(sha256="").first()
        if found is not None:
            return found
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.2)
    raise AssertionError("they said nothing")


def loudness(sound: Any, rate: int) -> Any:
    """How loud a sound is, every STEP_S; of 1, by its own loudest."""
    size = int(rate * STEP_S)
    whole = np.asarray(sound, float)[: len(sound) // size * size].reshape(-1, size)
    found = np.sqrt((whole**2).mean(axis=1))
    return found / max(found.max(), 1e-9)


def of_ogg(content: bytes) -> Any:
    with av.open(io.BytesIO(content)) as film:
        turned = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        return np.concatenate([out.to_ndarray()[0] for frame in film.decode(audio=0) for out in turned.resample(frame)])


def of_wav(path: Path) -> tuple[Any, int]:
    with wave.open(str(path)) as said:
        return np.frombuffer(said.readframes(said.getnframes()), "<i2"), said.getframerate()


def likeness(heard: Any, said: Any) -> float:
    """How alike two loudnesses are where the second is played in a ring, from wherever it fits best."""
    ring = np.tile(said, len(heard) // len(said) + 2)
    found = [float(np.corrcoef(heard, ring[at : at + len(heard)])[0, 1]) for at in range(len(said))]
    return max(found)


def test_only_the_words_themselves_are_like_them(tmp_path: Path) -> None:
    bodies.speak(bodies.SAYS[0], tmp_path / "said.wav")
    said, other = loudness(*of_wav(tmp_path / "said.wav")), np.random.default_rng(1).random(250)
    assert likeness(said, said) > 0.99
    assert likeness(other, said) < LIKE / 2


def test_an_officer_of_the_town_is_heard_saying_their_words(web: Web, town: Cast, tmp_path: Path) -> None:
    build(tmp_path, 1)
    browser = tmp_path / "browser"
    browser.write_text(FAILS_ONCE, encoding="utf-8")
    browser.chmod(0o755)
    add_unit(town, "2109", PLACE["lat"], PLACE["lon"])
    town.officer.set_password(PASSWORD)
    town.officer.save()
    (tmp_path / "keys.json").write_text(json.dumps({"duty_token": town.token("duty_officer")}), encoding="utf-8")
    accounts = tmp_path / "demo.json"
    accounts.write_text(json.dumps([{"username": "officer", "password": PASSWORD}]), encoding="utf-8")
    with worn(web, tmp_path, accounts, browser) as process:
        turn = kept(process, town)
    assert browser.with_name("browser.failed").exists()
    _, content = turns.play(town.commander, turn.key, "", "who speaks in the town")
    heard = of_ogg(content)
    assert len(heard) / 48_000 == pytest.approx(turn.packets * 0.02, abs=0.2)
    assert len(heard) / 48_000 > bodies.SPEAKS_S / 2
    found = []
    for at, words in enumerate(bodies.SAYS):
        bodies.speak(words, tmp_path / f"{at}.wav")
        found.append(likeness(loudness(heard, 48_000), loudness(*of_wav(tmp_path / f"{at}.wav"))))
    assert max(found) > LIKE, f"it is like none of the words: {found}"
