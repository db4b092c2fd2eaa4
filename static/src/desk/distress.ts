// What the desk can do for who calls for help: attend, send two more, and end it by name and with a word.

import { may } from "../config.js";
import { alarmOf } from "../distress.js";
import { el } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { patch, post } from "../rest.js";
import type { CallForHelpPayload } from "../topics.js";
import type { Acts, Done } from "./acts.js";
import type { Forms } from "./forms.js";

const TWO = 2;

/** The buttons of one call. */
export function buttons(live: Live, acts: Acts, forms: Forms, call: CallForHelpPayload): HTMLElement[] {
  const made: HTMLElement[] = [];
  const add = (words: string, act: () => void, more = "") => {
    const button = el("button", { class: `step ${more}`.trim() }, words);
    button.addEventListener("click", act);
    made.push(button);
  };
  if (may("acknowledge_alarm")) {
    add(gettext("attend"), () => {
      const alarm = alarmOf(live, call);
      if (alarm) void acts.run(() => acts.alarm(alarm.id));
    }, "attend");
  }
  const count = call.wanted || TWO;
  if (may("dispatch")) add(gettext("send %(count)s", { count }), () => void acts.run(() => send(`help/${call.id}/send/`, count)));
  if (may("acknowledge_alarm")) add(gettext("end it…"), () => forms.endCall(call));
  return made;
}

/** "Two more": the best that are free, in one action. */
export const reinforce = (number: string): Promise<Done> => send(`incidents/${number}/reinforce/`, TWO, number);

/** `number`: the incident, where it is known before: from there the units are recalled again. */
async function send(path: string, count: number, number = ""): Promise<Done> {
  const { sent } = await post<{ sent: { unit: string }[] }>(path, { count });
  const who = sent.map((one) => one.unit).join(" ");
  const fewer = gettext("%(units)s sent; no more were free", { units: who });
  const words = sent.length < count ? fewer : gettext("%(units)s sent", { units: who });
  const recall = (unit: string) => patch(`incidents/${number}/assignments/${encodeURIComponent(unit)}/`, { status: "cancelled" });
  return number ? { words, undo: () => Promise.all(sent.map((one) => recall(one.unit))) } : { words };
}
