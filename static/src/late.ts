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
  by: string; // "+01:20", or "−00:15" while there is time
  words: string; // "nobody there in time +01:20"
}

const COMING: Record<Step, () => string> = {
  dispatch_by: () => gettext("to be sent within"),
  answer_by: () => gettext("to be acknowledged within"),
  arrive_by: () => gettext("to be there within"),
};
const LAST_PART = 0.25; // of the time that there was

/** What an incident has little time left for at `now`, Unix ms; null while there is time, or where it is over already. */
export function pressing(incident: Pick<IncidentPayload, Step | "opened_at">, now: number): Late | null {
  const opened = ms(incident.opened_at);
  for (const step of Object.keys(COMING) as Step[]) {
    const wanted = incident[step];
    const left = wanted ? ms(wanted) - now : -1;
    if (!wanted || left < 0 || left > (ms(wanted) - opened) * LAST_PART) continue;
    const by = `−${elapsed(left)}`;
    return { step, by, words: `${COMING[step]()} ${elapsed(left)}` };
  }
  return null;
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
