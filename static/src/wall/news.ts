// A new call outside the picture never moves it: a chip says so and offers to go there.

import { need, say } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import type { IncidentPayload } from "../topics.js";
import { inOrder } from "./incidents.js";
import type { View } from "./view.js";

export interface News {
  go(): void;
}

/** Keep the chip true and sound a new call. */
export function showNews(live: Live, view: View, sound: Sound): News {
  const chip = need<HTMLButtonElement>("chip");
  const draw = () => {
    const next = outside(live, view)[0];
    chip.hidden = !next;
    if (next) say(chip, gettext("New call %(number)s is outside the picture · G goes there", { number: short(next.number) }));
  };
  const go = () => {
    const next = outside(live, view)[0] ?? inOrder(live.store.incident.values())[0];
    if (next) view.goTo(next);
    draw();
  };
  live.store.onNewIncident(() => sound.call());
  live.store.on(["incident"], draw);
  setInterval(draw, 1000);
  chip.addEventListener("click", go);
  return { go };
}

function outside(live: Live, view: View): IncidentPayload[] {
  const unseen = [...live.store.incident.values()].filter((one) => !one.acknowledged_at && !view.isInView(one));
  return unseen.sort((a, b) => b.opened_at.localeCompare(a.opened_at));
}
