// What the terminal reads of the live picture and of single answers.

import type { ChecklistLine } from "../desk/checklist.js";
import type { BriefingAnswer } from "../desk/briefing.js";
import type { IncidentPayload, LogPayload } from "../topics.js";

/** An incident whole, as far as the terminal shows it; the caller only for those who are on it. */
export interface Detail extends IncidentPayload {
  state: string;
  checklist: ChecklistLine[];
  log: LogPayload[];
  briefing?: BriefingAnswer; // only for crews that are sent there
  caller_name?: string;
  caller_phone?: string;
}

export interface Step {
  text: string;
  street: string;
  metres: number;
  seconds: number;
}

/** A way by road: [lon, lat] degrees, seconds, metres. */
export interface Route {
  source: string; // "roads", or "estimate" where no road is known
  blocked: boolean; // there is no way but through a closed road
  seconds: number;
  metres: number;
  shape: [number, number][];
  steps: Step[];
}
