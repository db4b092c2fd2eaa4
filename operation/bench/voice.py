"""`bench voice`: from the mouth to the ear, in browsers: a desk and a terminal speak to each other by turns.

A whole station of its own, nginx included. Chromium's own test microphone beeps twice a second; each beep's beginning is looked
for where the sound enters the speaking page and where it leaves the listening one for the loudspeaker, by the machine's one
clock. Both pages draw in software on the same cores as the servers, so the figures are an upper bound. Left out: the sound
cards' own buffers on both sides, and the network between.

`press_speak`: from the key's or the button's press until the page says "Speak now".
"""

import json
import statistics
import sys
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from operation.bench.call import CHROMIUM, WAIT_S, Station, page, station

TURNS = 12
TURN_S = 5.0
LOOK_MS = 200
BETWEEN_MS = 450  # beeps are 500 apart: so much later it would be the next one
GOAL_MS = 150
SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
TAPS = """(() => { window.taps = {}; const connect = AudioNode.prototype.connect;
  const from = AudioContext.prototype.createMediaStreamSource;
  const tap = (node, name) => { const it = node.context.createAnalyser(); it.fftSize = 32768;
    connect.call(node, it); window.taps[name] = it; };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && this instanceof AudioWorkletNode) tap(this, "ear");
    return connect.call(this, to, ...rest); };
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    const node = from.call(this, stream); tap(node, "mouth"); return node; }; })()"""
# When beeps began in the last 683 ms (ms since 1970): what is louder than a third of the loudest, after 0.1 s of less
BEEPS = """(name) => { const tap = window.taps[name]; if (!tap) return [];
  const data = new Float32Array(tap.fftSize), rate = tap.context.sampleRate, found = [];
  tap.getFloatTimeDomainData(data); const end = Date.now();
  const top = data.reduce((most, one) => Math.max(most, Math.abs(one)), 0.06);
  for (let at = 0, last = at; at < data.length; at++) if (Math.abs(data[at]) > top / 3) {
    if (at - last > rate / 10) found.push(end - (data.length - at) / rate * 1000);
    last = at; }
  return found; }"""


class Pair:
    """A desk and a terminal that hear each other."""

    def __init__(self, browser: Browser, made: Station) -> None:
        self.desk = self._opened(page(browser, made, "desk", "/desk/", "#kind"))
        self.phone = self._opened(page(browser, made, "crew", "/terminal/", "#call-sign"))
        self.desk.locator("#sound").click()
        self.phone.locator("#call-sign").click()
        for one in (self.desk, self.phone):
            one.locator("#voice-talk").wait_for()

    @staticmethod
    def _opened(found: Page) -> Page:
        found.context.grant_permissions(["microphone"])
        found.context.add_init_script(TAPS)
        found.reload()
        found.locator("#voice-talk").wait_for()
        return found

    def turn(self, number: int) -> tuple[float, list[float]]:
        """One speaks, the other hears: ms from the press to "Speak now", and from each beep spoken to it heard."""
        speaker, hearer = (self.desk, self.phone) if number % 2 else (self.phone, self.desk)
        pressed = time.monotonic()
        self._press(speaker)
        speaker.locator("#voice-talk[data-turn=talking]").wait_for(timeout=WAIT_S * 1000)
        began = time.monotonic()
        spoken: dict[int, float] = {}
        heard: dict[int, float] = {}
        while time.monotonic() - began < TURN_S:
            _note(spoken, speaker.evaluate(BEEPS, "mouth"))
            _note(heard, hearer.evaluate(BEEPS, "ear"))
            speaker.wait_for_timeout(LOOK_MS)
        self._release(speaker)
        hearer.locator("#voice-speaking li").wait_for(state="detached")
        return (began - pressed) * 1000, _between(sorted(spoken.values()), sorted(heard.values()))

    def _press(self, speaker: Page) -> None:
        if speaker is self.desk:
            speaker.keyboard.down("F7")
        else:
            speaker.locator("#voice-talk").hover()
            speaker.mouse.down()

    def _release(self, speaker: Page) -> None:
        if speaker is self.desk:
            speaker.keyboard.up("F7")
        else:
            speaker.mouse.up()


def _note(known: dict[int, float], beeps: list[float]) -> None:
    """Each beep is seen in some looks; a look is never too early, so the earliest is the nearest."""
    for at in beeps:
        same = next((key for key in known if abs(known[key] - at) < BETWEEN_MS / 3), len(known))
        known[same] = min(at, known.get(same, at))


def _between(spoken: list[float], heard: list[float]) -> list[float]:
    """From each beep spoken to when it was heard, ms; what was said before the floor was granted is heard by nobody."""
    found = [min((end - begin for end in heard if end >= begin), default=BETWEEN_MS) for begin in spoken]
    return [one for one in found if one < BETWEEN_MS]


def measure(made: Station, turns: int) -> dict[str, Any]:
    """p50 and p95 over all beeps of all turns, in milliseconds."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=[*CHROMIUM, *SOUND])
        pair = Pair(browser, made)
        pair.turn(0), pair.turn(1)  # the first press opens the microphone
        found = [pair.turn(number) for number in range(turns)]
        browser.close()
    ways = sorted(one for _, beeps in found for one in beeps)
    presses = sorted(press for press, _ in found)
    return {
        "turns": turns, "beeps": len(ways), "goal_p95_ms": GOAL_MS,
        "mouth_ear_p50_ms": _at(ways, 0.5), "mouth_ear_p95_ms": _at(ways, 0.95), "mouth_ear_most_ms": _at(ways, 1),
        "press_speak_p50_ms": round(statistics.median(presses), 1), "press_speak_p95_ms": _at(presses, 0.95),
    }  # fmt: skip


def _at(found: list[float], share: float) -> float:
    return round(found[min(len(found) - 1, int(len(found) * share))], 1)


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with station() as made:
        said = measure(made, TURNS)
    if as_json:
        print(json.dumps(said))
    else:
        most = f"{said['beeps']} beeps in {said['turns']} turns, the latest {said['mouth_ear_most_ms']} ms"
        print(
            f"mouth → ear: p50 {said['mouth_ear_p50_ms']} ms, p95 {said['mouth_ear_p95_ms']} ms (goal {GOAL_MS}); {most}"
        )
        print(f"press → “Speak now”: p50 {said['press_speak_p50_ms']} ms, p95 {said['press_speak_p95_ms']} ms")
        print("Left out: the sound cards' buffers and the network; the pages draw in software on the servers' cores.")
    return 0 if said["mouth_ear_p95_ms"] <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
