// Which open incidents are over their target, by how much, and with what.

import { elapsed, ms } from "./format.js";
import { gettext } from "./i18n.js";
import type { IncidentPayload } from "./topics.js";

type Step = "dispatch_by" | "answer_by" | "arrive_by"; // what is to be done first stands first

const WORDS: Record<Step, () => string> = {
  dispatch_by: () => gettext("nobody sent in time"),
  answer_by: () => gettext("not acknowledged in time"),
  arrive_by: () => gettext("nobody there in time"),
};

export interface Late {
  step: Step;
  by: string; // "+01:20"
  words: string; // "nobody there in time +01:20"
}

/** What an incident is over at `now`, Unix ms; null while everything is in time. */
export function late(incident: Pick<IncidentPayload, Step>, now: number): Late | null {
  for (const step of Object.keys(WORDS) as Step[]) {
    const wanted = incident[step];
    if (!wanted || now <= ms(wanted)) continue;
    const by = `+${elapsed(now - ms(wanted))}`;
    return { step, by, words: `${WORDS[step]()} ${by}` };
  }
  return null;
}
