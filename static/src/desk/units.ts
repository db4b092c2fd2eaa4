// The table of units by status, each with the age of its position; on and off duty by button.

import { el, keyed, need, say, soon } from "../dom.js";
import { age, short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { UnitPayload } from "../topics.js";
import { doubt, unitKey } from "../units.js";
import { CODES, statusWord } from "../words.js";
import type { Acts } from "./acts.js";

const ORDER = ["committed", "available", "conditional", "delayed", "none"];

/** Keep the table true. `point` is called with the unit that was chosen. */
export function showUnits(live: Live, acts: Acts, point: (unit: UnitPayload) => void): void {
  const draw = soon(() => {
    const units = [...live.store.unit.values()].sort(byStatus);
    need("no-units").hidden = units.length > 0;
    keyed(need("unit-rows"), units, unitKey, (unit) => row(live, acts, unitKey(unit), point), (element, unit) => update(element, unit, live));
  });
  live.store.on(["unit"], draw);
  setInterval(draw, 1000);
}

function byStatus(a: UnitPayload, b: UnitPayload): number {
  return ORDER.indexOf(a.status_class) - ORDER.indexOf(b.status_class) || a.call_sign.localeCompare(b.call_sign, "zh");
}

function row(live: Live, acts: Acts, key: string, point: (unit: UnitPayload) => void): HTMLElement {
  const button = el("button", { class: "step" });
  const made = el("tr", { tabindex: 0 }, el("td", {}, el("b")), el("td", {}, el("span", { class: "tag" })), el("td", { class: "grow" }), el("td"), el("td", {}, button));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    const unit = live.store.unit.get(key);
    if (unit) void acts.run(() => acts.book(unit.call_sign, unit.status === "off_duty"));
  });
  made.addEventListener("click", () => {
    const unit = live.store.unit.get(key);
    if (unit) point(unit);
  });
  made.addEventListener("keydown", (event) => walk(made, event));
  return made;
}

function walk(row: HTMLElement, event: KeyboardEvent): void {
  if (event.key === "Enter" && event.target === row) row.click();
  const next = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
  if (!next) return;
  event.preventDefault();
  (next as HTMLElement).focus();
}

function update(element: HTMLElement, unit: UnitPayload, live: Live): void {
  const [name, status, doing, seen, book] = [...element.children] as HTMLElement[];
  const fix = live.store.newest(unit.devices);
  const now = live.clock.now();
  const isOff = unit.status === "off_duty";
  element.className = unit.status_class;
  say(name!.firstElementChild!, unit.call_sign);
  const tag = status!.firstElementChild as HTMLElement;
  tag.dataset.status = unit.status === "on_scene" ? "on_scene" : unit.status_class;
  say(tag, `${CODES[unit.status] ?? ""} ${statusWord(unit.status)}`);
  const waits = unit.stacked.map((number) => ` +${short(number)}`).join("");
  say(doing!, (unit.incident ? `→ ${short(unit.incident)}` : unit.crew.join(" ")) + waits);
  say(seen!, fix ? age(now - fix.at) : "–");
  seen!.dataset.doubt = isOff ? "off" : doubt(fix, now);
  const button = book!.firstElementChild as HTMLElement;
  button.hidden = Boolean(unit.incident);
  say(button, isOff ? gettext("on duty") : gettext("off"));
  button.setAttribute("aria-label", `${unit.call_sign} ${button.textContent}`);
}
