// What the station knows of the chosen incident's place and of the number that called. Asked for, since reading is entered.

import { el, need } from "../dom.js";
import { date, distance, ms, short } from "../format.js";
import { gettext } from "../i18n.js";
import { get } from "../rest.js";
import { noteWord } from "../reports.js";
import { disposition, kindWord } from "../words.js";
import type { Acts } from "./acts.js";

interface Earlier {
  number: string;
  kind: string;
  opened_at: string;
  disposition: string | null;
  address: string;
  distance_m: number;
}

interface Known {
  id: number;
  kind: string;
  address: string;
  words: string;
  contact_name: string;
  contact_phone: string;
  distance_m: number;
}

export interface BriefingAnswer {
  notes: Known[];
  of_place: Earlier[];
  of_caller: Earlier[];
  records: string | null;
}

export class Briefing {
  private number: string | null = null;
  private readonly panel = need("briefing");
  private readonly body = need("briefing-body");

  constructor(private readonly acts: Acts) {}

  /** Another incident is shown: what was read of the one before goes. */
  leave(number: string | null): void {
    if (number === this.number) return;
    this.number = number;
    this.panel.hidden = true;
    this.body.replaceChildren();
  }

  async open(number: string): Promise<void> {
    try {
      const found = await get<BriefingAnswer>(`incidents/${number}/briefing/`);
      if (this.number !== number) return;
      this.body.replaceChildren(...lines(found));
      this.panel.hidden = false;
      this.panel.focus();
    } catch (refused) {
      this.acts.refuse(refused);
    }
  }
}

/** The briefing as it is read; `found.notes` first, for they may hurt. */
export function lines(found: BriefingAnswer): HTMLElement[] {
  const shown = [...found.notes.map(known), ...group(gettext("Here before"), found.of_place), ...group(gettext("This number before"), found.of_caller)];
  if (!shown.length) shown.push(el("p", { class: "quiet" }, gettext("Nothing is known of this place or this number.")));
  const records = found.records ? gettext("Agency's records: %(name)s", { name: found.records }) : gettext("No records of the agency are connected.");
  return [...shown, el("p", { class: "quiet small" }, records)];
}

function known(one: Known): HTMLElement {
  const who = [one.contact_name, one.contact_phone].filter(Boolean).join(" ");
  const made = el("p", { class: `known ${one.kind}` }, el("b", {}, noteWord(one.kind)), " ");
  made.append([one.address, distance(one.distance_m), one.words, who].filter(Boolean).join(" · "));
  return made;
}

function group(title: string, rows: Earlier[]): HTMLElement[] {
  if (!rows.length) return [];
  const list = el("ul", {}, ...rows.map((one) => el("li", {}, earlier(one))));
  return [el("h4", {}, title), list];
}

function earlier(one: Earlier): string {
  const result = one.disposition ? disposition(one.disposition) : gettext("open");
  return [date(ms(one.opened_at)), short(one.number), kindWord(one.kind), one.address, result].filter(Boolean).join(" · ");
}
