// A new call outside the picture never moves it: a chip says so and offers to go there. So with what assist mode shows.

import { need, say } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import type { IncidentPayload } from "../topics.js";
import { type Assist, outsideWords } from "./assist.js";
import type { Focus } from "./focus.js";
import { inOrder } from "./incidents.js";
import type { View } from "./view.js";

export interface News {
  go(): void;
}

/** Keep the chip true and sound a new call. */
export function showNews(live: Live, view: View, sound: Sound, focus: Focus, assist: Assist): News {
  const chip = need<HTMLButtonElement>("chip");
  /** Calls that nobody has acknowledged and that one can't see here, the newest first. */
  const unseen = (): IncidentPayload[] => {
    const isHidden = (one: IncidentPayload) => (assist.isOn ? one.number !== focus.number : !view.isInView(one));
    const found = [...live.store.incident.values()].filter((one) => !one.acknowledged_at && isHidden(one));
    return found.sort((a, b) => b.opened_at.localeCompare(a.opened_at));
  };
  const draw = () => {
    const next = unseen()[0];
    chip.hidden = !next && !assist.isOutside();
    if (!chip.hidden) say(chip, next ? callWords(next, assist.isOn) : outsideWords());
  };
  const go = () => {
    const next = unseen()[0] ?? (assist.isOn ? null : inOrder(live.store.incident.values())[0]);
    if (next && assist.isOn) focus.choose(next.number);
    else if (next) view.goTo(next);
    else assist.frame();
    draw();
  };
  live.store.onNewIncident(() => sound.call());
  live.store.on(["incident"], draw);
  setInterval(draw, 1000);
  chip.addEventListener("click", go);
  return { go };
}

function callWords(call: IncidentPayload, isAssisting: boolean): string {
  const number = short(call.number);
  if (isAssisting) return gettext("New call %(number)s · G goes there", { number });
  return gettext("New call %(number)s is outside the picture · G goes there", { number });
}
