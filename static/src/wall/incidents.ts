// The column of open incidents: what is urgent and has nobody stands on top. Nothing scrolls; what doesn't fit is counted.

import { el, keyed, need, say, soon } from "../dom.js";
import { elapsed, ms, short } from "../format.js";
import { gettext, ngettext } from "../i18n.js";
import type { Live } from "../live.js";
import { late } from "../late.js";
import type { AssignmentPayload, IncidentPayload } from "../topics.js";
import { kindWord, statusWord, swatch } from "../words.js";
import type { Focus } from "./focus.js";
import type { View } from "./view.js";

const DONE = ["cleared", "cancelled"];
const PARTS = [".number", ".swatch", ".kind", "time", ".place", ".late", ".tags"];

/** Urgency first, then those that nobody has acknowledged, then the longest waiting. */
export function inOrder(incidents: Iterable<IncidentPayload>): IncidentPayload[] {
  const rank = (incident: IncidentPayload) => incident.priority * 2 - (incident.acknowledged_at ? 0 : 1);
  return [...incidents].sort((a, b) => rank(a) - rank(b) || a.opened_at.localeCompare(b.opened_at));
}

/** Those who are still on it. */
export const active = (incident: IncidentPayload): AssignmentPayload[] =>
  incident.assignments.filter((one) => !DONE.includes(one.status));

/** Keep the column true. */
export function showIncidents(live: Live, view: View, focus: Focus): void {
  const list = need("incident-list");
  const draw = () => {
    const incidents = inOrder(live.store.incident.values());
    say(need("incident-count"), ngettext("%(count)s open", "%(count)s open", incidents.length));
    need("no-incidents").hidden = incidents.length > 0;
    keyed(list, incidents, (one) => one.number, (one) => card(live, one, view, focus), (item, one) => update(item, one, live.clock.now()));
    hideWhatDoesNotFit(list);
  };
  const later = soon(draw);
  live.store.on(["incident", "kind"], later);
  setInterval(later, 1000);
  addEventListener("resize", later);
}

function card(live: Live, incident: IncidentPayload, view: View, focus: Focus): HTMLLIElement {
  const head = el("div", { class: "row" }, el("i", { class: "tri" }), el("b", { class: "number" }), el("i", { class: "swatch" }), el("span", { class: "kind" }), el("time"));
  const overdue = el("p", { class: "late", hidden: true });
  const item = el("li", { tabindex: 0 }, head, el("p", { class: "place" }), overdue, el("div", { class: "tags" }));
  const go = () => {
    const now = live.store.incident.get(incident.number);
    if (!now) return;
    focus.choose(now.number);
    view.goTo(now);
  };
  item.addEventListener("click", go);
  item.addEventListener("keydown", (event) => event.key === "Enter" && go());
  return item;
}

function update(item: HTMLLIElement, incident: IncidentPayload, now: number): void {
  const [number, patch, kind, time, place, overdue, tags] = PARTS.map((one) => item.querySelector<HTMLElement>(one)!);
  item.className = `p${incident.priority}`;
  item.classList.toggle("new", !incident.acknowledged_at);
  say(number!, short(incident.number));
  patch!.className = swatch(incident.kind);
  say(kind!, kindWord(incident.kind));
  say(time!, elapsed(now - ms(incident.opened_at)));
  say(place!, incident.address || gettext("pin on the map"));
  const over = late(incident, now);
  overdue!.hidden = !over;
  say(overdue!, over?.words ?? "");
  const sent = active(incident);
  keyed(tags!, sent.length ? sent : over?.step === "dispatch_by" ? [] : [null], (one) => one?.unit ?? "", tag, (element, one) => updateTag(element, one, now));
}

function tag(): HTMLElement {
  return el("span", { class: "tag" }, el("b"), el("span"));
}

function updateTag(element: HTMLElement, one: AssignmentPayload | null, now: number): void {
  const [name, rest] = [element.querySelector("b")!, element.querySelector("span")!];
  element.dataset.status = one?.status ?? "pending";
  say(name, one ? one.unit : gettext("nobody sent"));
  const since = one && one.status !== "on_scene" ? ` ${elapsed(now - ms(one.since))}` : "";
  say(rest, one ? `${statusWord(one.status)}${since}` : "");
}

/** Write closer where not all cards fit; hide those that still stand below the column's end and say how many. */
function hideWhatDoesNotFit(list: HTMLElement): void {
  const items = [...list.children] as HTMLElement[];
  for (const item of items) item.hidden = false;
  need("more-incidents").hidden = true;
  list.classList.remove("dense");
  if (fitting(list, items) < items.length) list.classList.add("dense");
  let fits = fitting(list, items);
  if (fits < items.length) {
    sayMore(items.length - fits);
    fits = fitting(list, items); // the line that says so takes room of its own
    sayMore(items.length - fits);
  }
  for (const item of items.slice(fits)) item.hidden = true;
}

/** How many of them stand whole within the list; where the page scrolls, all. */
export function fitting(list: HTMLElement, items: HTMLElement[]): number {
  if (getComputedStyle(list).overflowY !== "hidden") return items.length;
  const end = list.getBoundingClientRect().bottom + 1;
  return items.filter((item) => item.getBoundingClientRect().bottom <= end).length;
}

function sayMore(rest: number): void {
  const more = need("more-incidents");
  more.hidden = rest === 0;
  say(more, ngettext("and %(count)s more", "and %(count)s more", rest));
}
