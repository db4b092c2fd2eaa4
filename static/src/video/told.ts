// What is said of a picture beside it: whether it is live, else how old it is, or why there is none.

import { say } from "../dom.js";
import { age, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Picture } from "./picture.js";

/** Keep the words of a picture true, in the `span` of `holder`, and its remarks in the `small`; `holder` bears its state for the looks.
 * `now`: by the station's clock, ms. */
export function tell(holder: HTMLElement, picture: Picture, now: number): void {
  const shown = (holder.dataset.shown = picture.shown());
  const { came, drawn } = picture; // `./station bench scene` reads these, and ms
  Object.assign(holder.dataset, { late: picture.delay(0.95).toFixed(0), came, drawn });
  const stale = gettext("as of %(time)s, %(age)s ago", { time: time(now - picture.age()), age: age(picture.age()) });
  const words = { waiting: gettext("no picture yet"), live: gettext("live"), stale, refused: picture.refusal };
  say(holder.querySelector("span.told")!, words[shown]);
  say(holder.querySelector("small.told")!, shown === "refused" ? "" : picture.remarks());
}
