// Two calls of one thing: proposed while the call is typed, and in the incident; merged or noted there by a person.

import { el, keyed, need, say } from "../dom.js";
import { distance, elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import { get } from "../rest.js";
import { kindWord } from "../words.js";
import type { Acts } from "./acts.js";
import type { Place } from "./draft.js";
import type { Detail } from "./incident.js";

export interface Double {
  number: string;
  kind: string;
  address: string;
  distance_m: number;
  apart_s: number;
}

export function doubleWords(one: Double): string {
  const apart = gettext("%(time)s apart", { time: elapsed(Math.abs(one.apart_s) * 1000) });
  return [short(one.number), kindWord(one.kind), one.address, distance(one.distance_m), apart].filter(Boolean).join(" · ");
}

/** In the chosen incident: each that may be the same, with the button that takes them together. */
export class Doubles {
  private readonly list = need("incident-doubles");

  constructor(private readonly acts: Acts) {}

  show(detail: Detail): void {
    this.list.hidden = detail.doubles.length === 0;
    keyed(this.list, detail.doubles, (one) => `${detail.number} ${one.number}`, (one) => this.row(detail.number, one), (row, one) => {
      say(row.querySelector("span")!, gettext("Perhaps the same: %(what)s", { what: doubleWords(one) }));
    });
  }

  private row(number: string, one: Double): HTMLElement {
    const button = el("button", { class: "step" }, gettext("is a double of %(number)s", { number: short(one.number) }));
    button.addEventListener("click", () => void this.acts.run(() => this.acts.merge(number, one.number)));
    return el("li", { class: "propose" }, el("span"), button);
  }
}

/** While a call is typed: what is open there already. */
export class CallsThere {
  private asking: AbortController | null = null;
  private readonly panel = need("calls-there");
  private readonly button = need<HTMLButtonElement>("calls-there-note");
  private nearest: Double | null = null;

  constructor(private readonly noteIn: (number: string) => void) {
    this.button.addEventListener("click", () => this.note());
    addEventListener("keydown", (event) => {
      if (!event.altKey || event.code !== "KeyN" || !this.nearest) return;
      event.preventDefault();
      this.note();
    });
  }

  async at(place: Place | null): Promise<void> {
    this.asking?.abort();
    this.show(null);
    if (!place) return;
    const mine = (this.asking = new AbortController());
    const found = await get<{ results: Double[] }>(`incidents/doubles/?lat=${place.lat}&lon=${place.lon}`, mine.signal).catch(() => null);
    if (!mine.signal.aborted) this.show(found?.results[0] ?? null);
  }

  private show(one: Double | null): void {
    this.nearest = one;
    this.panel.hidden = one === null;
    if (!one) return;
    say(need("calls-there-words"), gettext("Open there already: %(what)s", { what: doubleWords(one) }));
    say(this.button, gettext("Alt+N notes this call in %(number)s", { number: short(one.number) }));
  }

  private note(): void {
    if (this.nearest) this.noteIn(this.nearest.number);
  }
}
