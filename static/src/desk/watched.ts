// Of a unit that is sent: how long until it is to say that it is well, and which step its track says it took.

import { el, say } from "../dom.js";
import { elapsed, ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import { post } from "../rest.js";
import type { AssignmentPayload } from "../topics.js";
import { statusWord } from "../words.js";
import type { Acts } from "./acts.js";

const WARNING_MS = 60_000;

/** Both, empty; `now` gives the assignment as it is when a button is pressed. */
export function watched(acts: Acts, number: string, unit: string, now: () => AssignmentPayload | undefined): HTMLElement {
  const [well, yes, no] = [el("button", { class: "step" }), el("button", { class: "step next" }), el("button", { class: "step" }, gettext("not so"))];
  well.addEventListener("click", () => void acts.run(async () => {
    await post(`incidents/${number}/assignments/${encodeURIComponent(unit)}/check-in/`);
    return { words: gettext("%(unit)s is well", { unit }) };
  }));
  const answer = (what: "confirm" | "dismiss") => {
    const said = now()?.proposed;
    if (!said) return;
    void acts.run(async () => {
      await post(`proposals/${said.id}/${what}/`);
      return { words: what === "confirm" ? `${unit} ${statusWord(said.step)}` : gettext("Not so: %(unit)s %(status)s", { unit, status: statusWord(said.step) }) };
    });
  };
  yes.addEventListener("click", () => answer("confirm"));
  no.addEventListener("click", () => answer("dismiss"));
  return el("span", { class: "watched" }, well, yes, no);
}

/** As it stands at `now` (server's ms). */
export function updateWatched(place: Element, one: AssignmentPayload | undefined, now: number): void {
  const [well, yes, no] = [...place.children] as HTMLElement[];
  const left = one?.safe_until ? ms(one.safe_until) - now : null;
  well!.hidden = left === null;
  well!.dataset.left = left === null || left > WARNING_MS ? "" : left > 0 ? "soon" : "over";
  if (left !== null) say(well!, left > 0 ? gettext("well? %(time)s", { time: elapsed(left) }) : gettext("well? %(time)s over", { time: elapsed(-left) }));
  yes!.hidden = no!.hidden = !one?.proposed;
  if (one?.proposed) say(yes!, gettext("%(status)s since %(time)s?", { status: statusWord(one.proposed.step), time: time(ms(one.proposed.at)) }));
}
