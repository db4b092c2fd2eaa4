"""What is said to one alone: aloud through the phone of somebody who shows the scene, and in private. What each page hears is
compared with what was said; who is not meant hears nothing of it."""

import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from command.models import AuditEntry
from devices.models import Turn
from dispatch import incidents, units
from tests import clips
from tests.browser.conftest import CHROMIUM, PATIENCE_MS, Room
from tests.browser.test_day import CALL, DESK, PHONE, picture, terminal
from tests.browser.test_scene import shows
from tests.browser.test_voice import LOOKS_MS, tapped, until
from tests.conftest import PASSWORD, Cast, Web

RATE = 48_000
TUNE = (500, 1100, 700, 1500, 900)  # Hz: what the leader says, again and again
NOTE_S, PAUSE_S = 0.4, 0.1
NEAR = 0.03  # of a note: how far off its pitch may be
SOUND = 0.02  # what is softer is no note
# Keeps of what goes through a tap: the loudest sample and the strongest pitch (Hz), some 20 times a second
KEEP = """(name) => { const tap = taps[name], it = tap.context.createAnalyser();
  Object.assign(it, { fftSize: 4096, smoothingTimeConstant: 0 }); tap.connect(it);
  const data = new Float32Array(it.fftSize), tones = new Float32Array(it.frequencyBinCount);
  (window.kept ||= {})[name] = [];
  setInterval(() => { it.getFloatTimeDomainData(data); it.getFloatFrequencyData(tones);
    const top = data.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    kept[name].push([top, tones.indexOf(tones.reduce((most, one) => Math.max(most, one))) * tap.context.sampleRate / it.fftSize]);
  }, 50); }"""


@pytest.fixture
def speaker(room: Room, web: Web, tmp_path: Path) -> Iterator[Room]:
    """Browsers whose microphone hears the tune."""
    path = tmp_path / "tune.wav"
    notes = [np.sin(2 * np.pi * hz * np.arange(int(RATE * NOTE_S)) / RATE) for hz in TUNE]
    rest = np.zeros(int(RATE * PAUSE_S))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(
            (np.concatenate([part for note in notes for part in (note, rest)]) * 12_000).astype("<i2").tobytes()
        )
    said = [*CHROMIUM, f"--use-file-for-fake-audio-capture={path}"]
    chromium = room.browser.browser_type.launch(executable_path="/usr/bin/chromium-headless-shell", args=said)
    made = Room(chromium, web)
    yield made
    chromium.close()
    assert made.errors == []


def keeps(page: Page, name: str) -> Page:
    """The page, from now on keeping what goes through its mouth or its ear."""
    until(page, f"window.taps.{name} !== undefined")
    page.evaluate(KEEP, name)
    return page


def notes(samples: list[tuple[float, float]]) -> list[int]:
    """The notes of a tune in samples, in their order: a pitch that stood in two of them; one that is in no tune is -1."""
    found: list[int] = []
    for (soft, hz), (loud, after) in pairwise(samples):
        if min(soft, loud) < SOUND or abs(hz - after) > NEAR * hz:
            continue
        note = min(TUNE, key=lambda one: abs(one - hz))
        found.append(note if abs(note - hz) <= NEAR * note else -1)
    return [one for at, one in enumerate(found) if found[at - 1 : at] != [one]]


def has_tune(found: list[int]) -> bool:
    """Whether the whole tune is in it once, in its order and with nothing between, wherever it begins."""
    after = dict(zip(TUNE, (*TUNE[1:], TUNE[0]), strict=True))
    right = "".join("1" if after.get(one) == other else "0" for one, other in pairwise(found))
    return "1" * (len(TUNE) - 1) in right


def hears(page: Page, name: str = "ear") -> None:
    """Wait until the whole tune went through, as it was said."""
    samples: list[tuple[float, float]] = []
    for _ in range(PATIENCE_MS // LOOKS_MS):
        samples += page.evaluate("(name) => kept[name].splice(0)", name)
        if has_tune(notes(samples)):
            return
        page.wait_for_timeout(LOOKS_MS)
    raise AssertionError(f"expected {TUNE} again and again; heard {notes(samples)}")


def loudest(page: Page) -> float:
    """Of all that came out of the ear since it was asked last."""
    found = page.evaluate("kept.ear.splice(0).map(([top]) => top)")
    assert found, "nobody listened"
    return float(max(found))


def says(desk: Page, group: str) -> None:
    """Choose a group and hold the key until they speak."""
    expect(desk.locator(f"#voice-group option[value='{group}']")).to_be_attached()
    desk.select_option("#voice-group", group)
    desk.keyboard.down("F7")
    expect(desk.locator("#voice-talk")).to_have_attribute("data-turn", "talking")


def ends(desk: Page, *pages: Page) -> None:
    """Let the key go; nobody hears anything any more, for a second on end: on a busy machine the last of it comes in pieces."""
    desk.keyboard.up("F7")
    for page in pages:
        expect(page.locator("#voice-speaking li")).to_have_count(0)
        until(page, "kept.ear.length >= 20 && kept.ear.slice(-20).every(([top]) => top < 0.001)")
        page.evaluate("kept.ear.splice(0)")


def test_a_tune_is_told_from_another_and_from_parts_of_it() -> None:
    whole = [(0.3, float(hz)) for hz in (*TUNE[2:], *TUNE[:2]) for _ in range(3)]
    assert notes(whole) == [*TUNE[2:], *TUNE[:2]]
    assert has_tune(notes([(0.3, 60.0), *whole, (0.001, 500.0)]))
    assert not has_tune(notes(whole[::-1]))
    assert not has_tune(notes(whole[3:]))
    assert notes([(0.3, 440.0)] * 3) == [-1]


def test_aloud_and_in_private_it_is_heard_by_the_one_who_is_meant(room: Room, speaker: Room, town: Cast) -> None:
    for one in (town.officer, town.auxiliary):
        one.set_password(PASSWORD)
        one.save()
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    for unit, who in (("2107", "officer"), ("2101", "auxiliary")):
        units.book_on(town.duty_officer, unit, [who])
        units.assign(town.duty_officer, call.number, unit)
    phone, other = (tapped(terminal(room, who, "en")) for who in ("officer", "auxiliary"))
    leader = tapped(room.live("/desk/", "commander", language="en", viewport=DESK))
    desk = tapped(speaker.live("/desk/", language="en", viewport=DESK))
    for page in (phone, other):
        page.locator("#call-sign").click()
    for page in (leader, desk):
        page.locator("#sound").click()
    everybody = [keeps(page, "ear") for page in (phone, other, leader)]

    says(desk, f"incident:{call.number}")
    keeps(desk, "mouth")
    hears(desk, "mouth")
    for page in everybody:
        hears(page)
    ends(desk, *everybody)

    own = f"officer:{town.officer.pk}"
    says(desk, own)
    expect(phone.locator("#voice-speaking li")).to_contain_text(town.duty_officer.label)
    leader.select_option("#voice-group", own)
    hears(phone)
    picture(phone, "voice-private-phone", PHONE)
    picture(desk, "voice-private-desk", DESK)
    for page in (other, leader):
        assert loudest(page) < 0.001
        expect(page.locator("#voice-speaking li")).to_have_count(0)
    ends(desk, *everybody)

    shows(phone)
    says(desk, f"aloud:{town.officer.pk}")
    expect(phone.locator("#voice-speaking li")).to_have_attribute("data-kind", "aloud")
    hears(phone)
    picture(phone, "voice-aloud-phone", PHONE)
    for page in (other, leader):
        assert loudest(page) < 0.001
        expect(page.locator("#voice-speaking li")).to_have_count(0)
    ends(desk, *everybody)

    clips.until(lambda: not Turn.objects.filter(ended_at=None).exists())
    turns = Turn.objects.filter(speaker=town.duty_officer).order_by("pk")
    assert [one.group_kind for one in turns] == ["incident", "officer", "aloud"]
    assert all(one.sha256 for one in turns)
    opened = AuditEntry.objects.filter(action="open_channel", actor_id=str(town.duty_officer.pk)).order_by("pk")
    assert [(one.subject_id, one.facts["group"]) for one in opened] == [
        (str(town.officer.pk), "officer"),
        (str(town.officer.pk), "aloud"),
    ]
