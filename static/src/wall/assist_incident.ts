// Assist mode's left panel: the incident itself, its units, and how far each one's order came.

import { orderOf } from "../desk/orders.js";
import { el, keyed, need, say } from "../dom.js";
import { elapsed, ms, short, time } from "../format.js";
import { gettext, ngettext } from "../i18n.js";
import { late } from "../late.js";
import type { Live } from "../live.js";
import type { AssignmentPayload, IncidentPayload, LogPayload, OrderPayload } from "../topics.js";
import { kindWord, logWord, priorityWord, statusWord, swatch } from "../words.js";
import { active, fitting } from "./incidents.js";

type Step = "sent_at" | "delivered_at" | "seen_at" | "accepted_at";

const STEPS: Record<Step, () => string> = {
  sent_at: () => gettext("sent"),
  delivered_at: () => gettext("delivered"),
  seen_at: () => gettext("seen"),
  accepted_at: () => gettext("said yes"),
};
const OVER = ["closed", "cancelled", "merged"];

/** Show the incident, or, with null, that there is none. */
export function drawIncident(live: Live, incident: IncidentPayload | null): void {
  need("assist-incident").hidden = !incident;
  need("assist-none").hidden = Boolean(incident) || live.store.station.size === 0;
  if (!incident) return;
  const now = live.clock.now();
  need("assist-head").className = `p${incident.priority}`;
  say(need("assist-number"), short(incident.number));
  need("assist-swatch").className = swatch(incident.kind);
  say(need("assist-kind"), kindWord(incident.kind));
  say(need("assist-age"), elapsed(now - ms(incident.opened_at)));
  say(need("assist-place"), incident.address || gettext("pin on the map"));
  say(need("assist-facts"), incident.facts);
  const answered = incident.acknowledged_at ? gettext("acknowledged %(time)s", { time: time(ms(incident.acknowledged_at)) }) : gettext("not acknowledged yet");
  const facts = [priorityWord(incident.priority), gettext("call of %(time)s", { time: time(ms(incident.opened_at)) }), answered];
  say(need("assist-times"), facts.join(" · "));
  const over = late(incident, now);
  need("assist-late").hidden = !over;
  say(need("assist-late"), over?.words ?? "");
  drawUnits(live, incident, now);
}

function drawUnits(live: Live, incident: IncidentPayload, now: number): void {
  const [list, sent] = [need("assist-units"), active(incident)];
  need("assist-nobody").hidden = sent.length > 0;
  keyed(list, sent, (one) => one.unit, unitRow, (row, one) => updateUnit(row, one, orderOf(live.store, incident.number, one.unit), now));
  hideRest(list, need("assist-units-more"));
}

function unitRow(): HTMLElement {
  const steps = Object.values(STEPS).map((word) => el("span", {}, el("small", {}, word()), el("time", {}, "–")));
  const head = el("div", { class: "row" }, el("b", { class: "call" }), el("span", { class: "tag" }), el("time"));
  return el("li", {}, head, el("div", { class: "order-times" }, ...steps), el("p", { class: "rung" }));
}

function updateUnit(row: HTMLElement, one: AssignmentPayload, order: OrderPayload | null, now: number): void {
  const [name, status, since] = [...row.querySelector(".row")!.children] as HTMLElement[];
  say(name!, one.unit);
  status!.dataset.status = one.status;
  say(status!, statusWord(one.status));
  say(since!, elapsed(now - ms(one.since)));
  const times = row.querySelector<HTMLElement>(".order-times")!;
  times.hidden = !order;
  (Object.keys(STEPS) as Step[]).forEach((step, at) => {
    const [cell, reached] = [times.children[at] as HTMLElement, order?.[step]];
    cell.dataset.reached = reached ? "yes" : "no";
    say(cell.querySelector("time")!, reached ? time(ms(reached)) : "–");
  });
  const rung = row.querySelector<HTMLElement>(".rung")!;
  rung.hidden = !order || Boolean(order.accepted_at) || order.rung < 2;
  say(rung, order ? gettext("rung %(count)s times", { count: order.rung }) : "");
}

/** Hide what doesn't stand whole in a list, and say how many that are. */
export function hideRest(list: HTMLElement, more: HTMLElement): void {
  const items = [...list.children] as HTMLElement[];
  for (const item of items) item.hidden = false;
  more.hidden = true;
  let fits = fitting(list, items);
  if (fits < items.length) {
    more.hidden = false;
    fits = fitting(list, items); // the line that says so takes room of its own
  }
  say(more, ngettext("%(count)s more", "%(count)s more", items.length - fits));
  for (const item of items.slice(fits)) item.hidden = true;
}

/** What ended an incident, in the log's words. */
export function endOf(live: Live, number: string): string {
  const ends = [...live.store.log.values()].filter((entry: LogPayload) => entry.incident === number && OVER.includes(entry.code));
  const last = ends.sort((a, b) => b.id - a.id)[0];
  return `${short(number)} · ${last ? logWord(last) : gettext("no longer open")}`;
}
