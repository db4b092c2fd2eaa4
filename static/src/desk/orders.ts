// How far the order to a unit came, beside its assignment: four marks, and each step in words with its time.

import { el, say } from "../dom.js";
import { ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Store } from "../store.js";
import type { OrderPayload } from "../topics.js";

type Step = "sent_at" | "delivered_at" | "seen_at" | "accepted_at";

const WORDS: Record<Step, () => string> = {
  sent_at: () => gettext("sent"),
  delivered_at: () => gettext("delivered"),
  seen_at: () => gettext("seen"),
  accepted_at: () => gettext("said yes"),
};
const STEPS = Object.keys(WORDS) as Step[];

/** The newest order to a unit for an incident; none where it was sent by an older version. */
export function orderOf(store: Store, incident: string, unit: string): OrderPayload | null {
  const found = [...store.order.values()].filter((one) => one.incident === incident && one.unit === unit && !one.recalled);
  return found.sort((a, b) => b.id - a.id)[0] ?? null;
}

export const orderMark = (): HTMLElement => el("span", { class: "order" }, el("i", { "aria-hidden": "true" }), el("span"));

/** Write into a mark how far its order came. */
export function updateMark(mark: HTMLElement, order: OrderPayload | null): void {
  mark.hidden = order === null;
  if (!order) return;
  const [dots, words] = [mark.querySelector("i")!, mark.querySelector("span")!];
  say(dots, STEPS.map((step) => (order[step] ? "●" : "○")).join(""));
  const last = STEPS.filter((step) => order[step]).at(-1);
  mark.dataset.step = last ?? "made_at";
  const times = STEPS.filter((step) => order[step]).map((step) => `${WORDS[step]()} ${time(ms(order[step]!))}`);
  const said = times.length ? times.join(" · ") : gettext("no terminal is connected");
  const rung = order.accepted_at || order.rung < 2 ? "" : ` · ${gettext("rung %(count)s times", { count: order.rung })}`;
  say(words, gettext("Order: %(how_far)s", { how_far: said }) + rung);
}
