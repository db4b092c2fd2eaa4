// Talk on the wall: who speaks is always shown, and heard where sound is on; who has taken the screen over speaks.

import { config, may } from "../config.js";
import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import { Panel } from "../voice/panel.js";
import type { Focus } from "./focus.js";

const SOON_MS = 400;

/** Let the wall take part. */
export function showVoice(live: Live, sound: Sound, focus: Focus): void {
  const isScreen = config().me.kind === "screen";
  if (!isScreen && !may("talk")) return;
  const mayTalk = () => !isScreen || document.body.dataset.taken === "yes";
  const { voice } = new Panel({ preferred: () => (focus.number ? `incident:${focus.number}` : null), mayTalk });
  voice.onTone((tone) => (tone === "granted" ? sound.done() : sound.refused()));
  sound.onChange(() => void (sound.armed ? voice.arm() : voice.disarm()));
  let due = 0;
  live.store.on(["incident", "unit", "picture"], () => {
    clearTimeout(due);
    due = window.setTimeout(() => voice.refresh(), SOON_MS);
  });
  voice.start();
}
