// What is said of a picture beside it: whether it is live, else how old it is, or why there is none.

import { say } from "../dom.js";
import { age } from "../format.js";
import { gettext } from "../i18n.js";
import type { Picture } from "./picture.js";

/** Keep the words of a picture in `place` true: `holder` bears its state for the looks, and how late it is. */
export function tell(holder: HTMLElement, place: HTMLElement, picture: Picture): void {
  const shown = (holder.dataset.shown = picture.shown());
  holder.dataset.late = picture.delay(0.95).toFixed(0); // ms: `./station bench scene` reads it
  const words = { waiting: gettext("no picture yet"), live: gettext("live"), stale: gettext("as of %(age)s ago", { age: age(picture.age()) }), refused: picture.refusal };
  say(place, words[shown]);
}
