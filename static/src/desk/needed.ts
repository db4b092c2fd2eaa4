// Whom a kind of incident asks for, told in the form and in the incident; and one action that sends who is still missing.

import { isChinese } from "../config.js";
import { say } from "../dom.js";
import { list, short } from "../format.js";
import { gettext, ngettext } from "../i18n.js";
import { get, Refusal } from "../rest.js";
import type { NeedsPayload, SkillPayload } from "../topics.js";
import { kindOf } from "../words.js";
import type { Acts, Done } from "./acts.js";
import { recommend, type Shown } from "./advice.js";

/** What the server counts of an open incident. */
export interface Needed {
  count: number;
  crew_min: number;
  sent: number;
  short_crew: string[];
  lacking: SkillPayload[];
}

const skillWord = (skill: SkillPayload): string => (isChinese() ? skill.name_zh : skill.name_en);

/** "2 units needed · 2 people each · negotiator"; "" where one unit with anybody on it is enough. */
export function needsWords(slug: string): string {
  const needs: NeedsPayload | undefined = kindOf(slug)?.needs;
  if (!needs) return "";
  const units = needs.count > 1 ? [ngettext("%(count)s unit needed", "%(count)s units needed", needs.count, { count: needs.count })] : [];
  return [...units, ...each(needs.crew_min), ...needs.skills.map(skillWord)].join(" · ");
}

const each = (crew: number): string[] => (crew > 1 ? [gettext("%(count)s people each", { count: crew })] : []);

/** "2 units needed: 1 sent", and what those who are sent lack; "" where nothing is missing. */
export function neededWords(of: Needed): string {
  const facts = { count: of.count, sent: of.sent };
  const units = of.count > 1 && of.sent < of.count ? [ngettext("%(count)s unit needed: %(sent)s sent", "%(count)s units needed: %(sent)s sent", of.count, facts)] : [];
  const crew = of.short_crew.length ? [gettext("%(units)s: fewer than %(count)s people", { units: list(of.short_crew), count: of.crew_min })] : [];
  const skills = of.sent && of.lacking.length ? [gettext("not there: %(skills)s", { skills: list(of.lacking.map(skillWord)) })] : [];
  return [...units, ...crew, ...skills].join(" · ");
}

/** Write it down in `place`. */
export function showNeeded(place: HTMLElement, words: string): void {
  place.hidden = words === "";
  say(place, words);
}

/** Send the best of those who are free, until as many are there as the kind asks for: counted by the server now. */
export async function sendMissing(acts: Acts, number: string): Promise<Done> {
  const { needed } = await get<{ needed: Needed }>(`incidents/${number}/`);
  const missing = needed.count - needed.sent;
  if (missing <= 0) throw new Error(gettext("%(number)s has the units that it needs.", { number: short(number) }));
  return sendFrom(acts, number, await recommend(number), missing);
}

/** Send `count` units of a list, best first; who was taken meanwhile is passed over, and that is said. */
export async function sendFrom(acts: Acts, number: string, shown: Shown, count: number): Promise<Done> {
  const [done, names, said]: [Done[], string[], string[]] = [[], [], []];
  for (const { call_sign } of shown.items) {
    if (names.length === count) break;
    try {
      done.push(await acts.assign(number, call_sign, shown.token));
      names.push(call_sign);
    } catch (refused) {
      const isTaken = refused instanceof Refusal && refused.status === 409;
      if (!isTaken && !names.length) throw refused;
      said.push(isTaken ? gettext("%(unit)s passed over: %(why)s", { unit: call_sign, why: refused.message }) : String(refused));
      if (!isTaken) break;
    }
  }
  if (!names.length) throw new Error([...said, gettext("There is nobody to send.")].join(" · "));
  const sent = gettext("%(units)s sent to %(number)s", { units: list(names), number: short(number) });
  const fewer = names.length < count ? [gettext("no more were free")] : [];
  return { words: [sent, ...said, ...fewer].join(" · "), undo: () => Promise.all(done.map((one) => one.undo?.())) };
}
