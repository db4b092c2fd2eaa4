// Talk at the desk: about the chosen incident first, by a key that works wherever one types.

import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import { Panel } from "../voice/panel.js";
import type { Voice } from "../voice/voice.js";

const KEY = "F7";
const SOON_MS = 400;

/** Let the desk talk; `chosen` gives the number of the incident that is shown. */
export function showVoice(live: Live, sound: Sound, chosen: () => string | null): Voice {
  const panel = new Panel({ preferred: () => (chosen() ? `incident:${chosen()}` : null) });
  const { voice } = panel;
  voice.onTone((tone) => (tone === "granted" ? sound.done() : sound.refused()));
  sound.onChange(() => void (sound.armed ? voice.arm() : voice.disarm()));
  listen(voice);
  let due = 0;
  live.store.on(["incident", "unit", "picture"], () => {
    clearTimeout(due);
    due = window.setTimeout(() => voice.refresh(), SOON_MS);
  });
  voice.start();
  return voice;
}

/** The key is held to talk, also in a field and in a dialog. */
function listen(voice: Voice): void {
  addEventListener("keydown", (event) => {
    if (event.key !== KEY) return;
    event.preventDefault();
    void voice.press();
  });
  addEventListener("keyup", (event) => {
    if (event.key === KEY) voice.release();
  });
}
