// Forms over the selected incident besides the daily ones: a double, a unit it waits for, another place, what is reported.

import { el, need } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import { bodyWord, HANDED_TO, SERVICES, STEPS, stepWord } from "../reports.js";
import type { Store } from "../store.js";
import { kindWord } from "../words.js";
import type { Acts } from "./acts.js";
import { doubleWords } from "./doubles.js";
import type { Place } from "./draft.js";
import type { Forms } from "./forms.js";
import type { Detail } from "./incident.js";
import type { DeskMap } from "./map.js";
import { placeField } from "./place.js";

export class MoreForms {
  constructor(
    private readonly forms: Forms,
    private readonly acts: Acts,
    private readonly store: Store,
    private readonly map: DeskMap,
  ) {}

  /** Which incident this one is a double of: those that may be come first. */
  merge(incident: Detail): void {
    const near = incident.doubles.map((one) => ({ number: one.number, words: doubleWords(one) }));
    const known = new Set([incident.number, ...near.map((one) => one.number)]);
    const rest = [...this.store.incident.values()].filter((one) => !known.has(one.number));
    const choices = [...near, ...rest.map((one) => ({ number: one.number, words: [short(one.number), kindWord(one.kind), one.address].join(" · ") }))];
    if (!choices.length) return this.acts.say(gettext("There is no other open incident."), false);
    const list = select(choices.map((one) => [one.number, one.words]), 6);
    this.forms.open(gettext("%(number)s is a double of", { number: short(incident.number) }), { [gettext("Incident")]: list }, () => this.acts.merge(incident.number, list.value));
  }

  /** For which unit it waits: those that are sent elsewhere. */
  stack(incident: Detail): void {
    const there = new Set(incident.assignments.map((one) => one.unit));
    const sent = [...this.store.unit.values()].filter((unit) => unit.incident && !there.has(unit.call_sign));
    if (!sent.length) return this.acts.say(gettext("No unit is sent elsewhere: send a free one."), false);
    const list = select(sent.map((unit) => [unit.call_sign, `${unit.call_sign} · → ${short(unit.incident!)}${unit.stacked.length ? ` · +${unit.stacked.length}` : ""}`]), 6);
    this.forms.open(gettext("%(number)s waits for", { number: short(incident.number) }), { [gettext("Unit")]: list }, () => {
      return incident.stacked.includes(list.value) ? this.acts.unstack(incident.number, list.value) : this.acts.stack(incident.number, list.value);
    });
  }

  /** Another place: by the search, or on the map. */
  move(incident: Detail): void {
    const input = el("input", { maxlength: 200, required: true, value: "" });
    const list = el("ul", { id: "move-list", class: "list", hidden: true, "aria-label": gettext("Places that fit") });
    const here = { lat: incident.lat, lon: incident.lon };
    let place: Place | null = null;
    const take = (choice: Promise<void>) => void choice.then(() => place && this.forms.send());
    placeField(input, list, () => here, () => (place = null), (found) => (place = found), take); // prettier-ignore
    const onMap = el("button", { type: "button", class: "step" }, gettext("choose on the map"));
    onMap.addEventListener("click", () => this.aim(incident));
    this.forms.open(gettext("Move %(number)s", { number: short(incident.number) }), { [gettext("New place")]: input }, () => {
      if (!place) throw new Error(gettext("Where? No such place is on the map: choose from the list."));
      return this.acts.move(incident, place);
    });
    input.after(list);
    need("act-fields").append(el("p", {}, onMap));
  }

  private aim(incident: Detail): void {
    this.forms.leave();
    this.map.aim((lat, lon) => void this.acts.run(() => this.acts.move(incident, { lat, lon, address: "" })));
  }

  /** Another service, a hand-over, a mediation. */
  report(incident: Detail): void {
    const what = el("select", { required: true }, ...grouped());
    const text = el("textarea", { rows: 3, maxlength: 1000 });
    const fields = { [gettext("What")]: what, [gettext("Words; of a mediation the agreement")]: text };
    this.forms.open(gettext("Report in %(number)s", { number: short(incident.number) }), fields, () => this.acts.report(incident.number, what.value, text.value.trim()));
  }
}

function select(rows: [string, string][], size: number): HTMLSelectElement {
  const options = rows.map(([value, words], at) => el("option", { value, selected: at === 0 }, words));
  return el("select", { size: Math.max(2, Math.min(size, rows.length)), required: true }, ...options);
}

function grouped(): HTMLElement[] {
  const services = SERVICES.flatMap((one) => Object.keys(STEPS).map((step) => option(`services ${one} ${step}`, `${bodyWord(one)} ${stepWord(step)}`)));
  const bodies = HANDED_TO.map((to) => option(`handovers ${to}`, bodyWord(to)));
  const ends = [option("mediation yes", gettext("agreed")), option("mediation no", gettext("not agreed"))];
  const group = (label: string, options: HTMLElement[]) => el("optgroup", { label }, ...options);
  return [group(gettext("Other services"), services), group(gettext("Handed over to"), bodies), group(gettext("Mediation"), ends)];
}

const option = (value: string, words: string): HTMLElement => el("option", { value }, words);
