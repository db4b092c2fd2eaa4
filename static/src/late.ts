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

const isOver = (by: string | null, now: number): boolean => by !== null && now > ms(by);

/** Whether nobody has been sent and somebody should have been. */
export const isSentLate = (incident: Pick<IncidentPayload, Step>, now: number): boolean => isOver(incident.dispatch_by, now);

/** "nobody there in time +01:20" at `now`, Unix ms; "" while everything is in time. */
export function late(incident: Pick<IncidentPayload, Step>, now: number): string {
  for (const [step, words] of Object.entries(WORDS) as [Step, () => string][]) {
    const by = incident[step];
    if (by && isOver(by, now)) return `${words()} +${elapsed(now - ms(by))}`;
  }
  return "";
}
