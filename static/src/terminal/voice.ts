// Talk on a phone: while its bearer is on duty, about their order first. The screen stays on while the button is held.

import { Panel } from "../voice/panel.js";
import type { Phone } from "./phone.js";
import type { Ring } from "./ring.js";
import type { Situation } from "./situation.js";

interface Parts {
  phone: Phone;
  ring: Ring;
  situation: Situation;
}

/** Let the terminal talk. */
export function showVoice({ phone, ring, situation }: Parts): void {
  const number = () => situation.known.incident?.number ?? "";
  const panel = new Panel({ preferred: () => (number() ? `incident:${number()}` : null) });
  const { voice } = panel;
  let lock: Promise<WakeLockSentinel | null> | null = null;
  const awake = () => {
    const isHeld = voice.turn !== "none";
    if (isHeld && !lock) lock = navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    else if (!isHeld && lock) {
      void lock.then((held) => held?.release());
      lock = null;
    }
  };
  const onDuty = () => {
    if (phone.bearer.unit) voice.start();
    else voice.stop();
  };
  voice.onChange(awake);
  voice.onTone((tone) => ring.tick(tone === "granted"));
  ring.onChange(() => ring.isArmed && void voice.arm());
  phone.onChange(onDuty);
  let about = "";
  situation.onChange(() => {
    if (number() !== about) voice.refresh();
    about = number();
  });
  onDuty();
}
