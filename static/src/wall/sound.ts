// Whether the wall may sound.

import { need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Sound } from "../sound.js";

/** Keep the button true. */
export function showSound(sound: Sound): void {
  const button = need<HTMLButtonElement>("sound");
  const draw = () => {
    say(button, sound.armed ? gettext("Sound on") : gettext("S · sound is off"));
    button.setAttribute("aria-pressed", String(sound.armed));
  };
  button.addEventListener("click", () => void sound.toggle());
  sound.onChange(draw);
  sound.rearm();
  draw();
}
