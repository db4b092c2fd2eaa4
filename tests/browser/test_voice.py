"""Talk between real pages: what one says into a microphone is heard by the others, who speaks is shown, and it can be played."""

import statistics
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, expect

from command import screens
from command.models import AuditEntry
from devices.models import Turn
from dispatch import incidents, units
from tests import clips
from tests.browser.conftest import PATIENCE_MS, Room
from tests.browser.test_day import CALL, DESK, PHONE, PIN, WALL, crew_signs_in, picture, terminal, wall_of
from tests.conftest import Cast

# Listens in beside the page: what goes into the mouth's worklet, and what comes out of the ear's on its way to the loudspeaker
TAPS = """(() => { window.taps = {}; const connect = AudioNode.prototype.connect;
  const from = AudioContext.prototype.createMediaStreamSource;
  const tap = (node, name) => { const it = node.context.createAnalyser();
    Object.assign(it, { fftSize: 32768, smoothingTimeConstant: 0 }); connect.call(node, it); window.taps[name] = it; };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && this instanceof AudioWorkletNode) tap(this, "ear");
    return connect.call(this, to, ...rest); };
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    const node = from.call(this, stream); tap(node, "mouth"); return node; }; })()"""
# Of the last 683 ms: the loudest sample, the strongest pitch (Hz), and when beeps began (ms since 1970)
HEARD = """(name) => { const tap = window.taps[name], rate = tap.context.sampleRate, end = Date.now(), beeps = [];
  const data = new Float32Array(tap.fftSize), tones = new Float32Array(tap.frequencyBinCount);
  tap.getFloatTimeDomainData(data); tap.getFloatFrequencyData(tones);
  const top = data.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  for (let at = 1, last = -rate; at < data.length; at++) if (Math.abs(data[at]) > Math.max(0.02, top / 3)) {
    if (at - last > rate / 10) beeps.push(end - (data.length - at) / rate * 1000);
    last = at; }
  return { top, beeps, hz: tones.indexOf(tones.reduce((most, one) => Math.max(most, one))) * rate / data.length }; }"""
# How long a recording is (s), and how many beeps are in it
PLAYED = """async (address) => { const answer = await fetch(address); if (!answer.ok) return { status: answer.status };
  const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(await answer.arrayBuffer());
  const data = sound.getChannelData(0); let beeps = 0;
  for (let at = 0, last = -48000; at < data.length; at++)
    if (Math.abs(data[at]) > 0.1) { if (at - last > 4800) beeps++; last = at; }
  return { status: answer.status, seconds: sound.duration, beeps }; }"""
# The way to the station fails the first time that the page fetches what makes its sound
NOT_LOADED_AT_FIRST = """() => { const add = AudioWorklet.prototype.addModule; let count = 0;
  AudioWorklet.prototype.addModule = function (...given) {
    return count++ ? add.apply(this, given) : Promise.reject(new DOMException("", "AbortError")); }; }"""
LOOKS_MS = 300


def tapped(page: Page) -> Page:
    """The page anew, with its microphone allowed and its sound listened to."""
    page.context.grant_permissions(["microphone", "geolocation"])
    page.context.add_init_script(TAPS)
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    return page


def until(page: Page, holds: str) -> None:
    """Wait for a state of the sound; the page's policy lets no waiting script of ours in."""
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(holds)


def listened(speaker: Page, *hearers: Page, looks: int = 9) -> list[tuple[float, float]]:
    """What was spoken and what each heard meanwhile: (pitch in Hz, ms between beeps), of the speaker first."""
    ends = [(speaker, "mouth"), *((page, "ear") for page in hearers)]
    for page, name in ends:
        until(page, f"window.taps.{name} && ({HEARD})('{name}').beeps.length > 0")
    heard: list[list[dict[str, Any]]] = [[] for _ in ends]
    for _ in range(looks):
        for (page, name), found in zip(ends, heard, strict=True):
            found.append(page.evaluate(HEARD, name))
        speaker.wait_for_timeout(LOOKS_MS)
    return [_beeping(found) for found in heard]


def _beeping(looks: list[dict[str, Any]]) -> tuple[float, float]:
    begun: list[float] = []
    for at in sorted(one for look in looks for one in look["beeps"]):
        if not begun or at - begun[-1] > 150:  # the same beep in two looks
            begun.append(at)
    apart = [b - a for a, b in pairwise(begun)]
    return statistics.median(look["hz"] for look in looks if look["beeps"]), statistics.median(apart)


def test_desk_phone_and_wall_talk(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    screens.set_pin(town.duty2, PIN)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone, desk = tapped(terminal(room, language="en")), tapped(room.live("/desk/", language="en", viewport=DESK))
    wall = wall_of(room, town, "en")
    wall.set_viewport_size(WALL)
    phone.locator("#call-sign").click()
    desk.locator("#sound").click()
    desk.keyboard.press("i")
    for page in (desk, phone):
        expect(page.locator("#voice-group")).to_have_value(f"incident:{call.number}")
    assert phone.locator("#voice-talk").bounding_box()["height"] >= 48  # type: ignore[index]

    the_desk_speaks(town, desk, phone, wall)
    the_phone_speaks(town, phone, desk)
    what_the_phone_said_is_played(town, desk, call.number)
    the_wall_speaks_once_it_is_taken_over(town, wall, phone)


def test_the_button_works_again_after_sound_could_not_be_loaded(room: Room, town: Cast) -> None:
    desk = room.live("/desk/", language="en", viewport=DESK)
    desk.context.grant_permissions(["microphone"])
    desk.evaluate(NOT_LOADED_AT_FIRST)
    expect(desk.locator("#voice-group")).to_have_value("station:S1")
    desk.keyboard.down("F7")
    expect(desk.locator("#voice-words")).to_contain_text("could not be loaded")
    desk.keyboard.up("F7")
    desk.keyboard.down("F7")
    expect(desk.locator("#voice-talk")).to_have_attribute("data-turn", "talking")
    desk.keyboard.up("F7")
    expect(desk.locator("#voice-talk")).to_have_attribute("data-turn", "none")


def the_desk_speaks(town: Cast, desk: Page, phone: Page, wall: Page) -> None:
    """Phone and wall see who it is, the phone hears it, and has to wait."""
    desk.keyboard.press("/")
    desk.keyboard.down("F7")
    expect(desk.locator("#voice-talk")).to_have_attribute("data-turn", "talking")
    expect(phone.locator("#voice-speaking li")).to_contain_text(town.duty_officer.label)
    expect(wall.locator("#voice-speaking li")).to_contain_text("Incident 0001")
    is_heard(desk, phone)
    phone.locator("#voice-talk").hover()
    phone.mouse.down()
    expect(phone.locator("#voice-words")).to_have_text(f"{town.duty_officer.label} is speaking.")
    phone.mouse.up()
    picture(phone, "voice-phone-held", PHONE)
    picture(desk, "voice-desk", DESK)
    picture(wall, "voice-wall")
    desk.keyboard.up("F7")
    expect(phone.locator("#voice-speaking li")).to_have_count(0)
    until(phone, f"({HEARD})('ear').top < 0.001")


def the_phone_speaks(town: Cast, phone: Page, desk: Page) -> None:
    """Its button is under the mouse already."""
    phone.mouse.down()
    expect(phone.locator("#voice-talk")).to_have_attribute("data-turn", "talking")
    expect(desk.locator("#voice-speaking li")).to_contain_text(f"2107 {town.officer.label}")
    is_heard(phone, desk)
    picture(phone, "voice-phone-talks", PHONE)
    phone.mouse.up()
    expect(desk.locator("#voice-speaking li")).to_have_count(0)


def is_heard(speaker: Page, hearer: Page) -> None:
    """What is spoken comes out there as it went in."""
    (spoken_hz, spoken_ms), (heard_hz, heard_ms) = listened(speaker, hearer)
    assert abs(heard_hz - spoken_hz) < 0.03 * spoken_hz, "the pitch that was spoken"
    assert abs(heard_ms - spoken_ms) < 60, "and its rhythm"


def what_the_phone_said_is_played(town: Cast, desk: Page, number: str) -> None:
    spoken = Turn.objects.filter(speaker=town.officer, ended_at__isnull=False)
    clips.until(spoken.exists)
    turn = spoken.get()
    played = desk.evaluate(PLAYED, f"/api/v1/turns/{turn.key}/?incident={number}")
    assert played["status"] == 200
    assert abs(played["seconds"] - turn.packets * 0.02) < 0.1
    assert played["beeps"] >= 3
    assert AuditEntry.objects.filter(action="play_turn", subject_id=str(turn.pk)).count() == 1


def the_wall_speaks_once_it_is_taken_over(town: Cast, wall: Page, phone: Page) -> None:
    expect(wall.locator("#voice-talk")).to_be_hidden()
    wall.keyboard.press("t")
    wall.fill("#take-over-who", "duty2")
    wall.fill("#take-over-pin", PIN)
    wall.keyboard.press("Enter")
    wall.context.grant_permissions(["microphone"])
    wall.locator("#voice-talk").hover()
    wall.mouse.down()
    expect(wall.locator("#voice-talk")).to_have_attribute("data-turn", "talking")
    expect(phone.locator("#voice-speaking li")).to_contain_text(town.duty2.label)
    picture(wall, "voice-wall-taken")
    wall.mouse.up()
    expect(phone.locator("#voice-speaking li")).to_have_count(0)
