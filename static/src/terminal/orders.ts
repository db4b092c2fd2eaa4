// An order that comes: it is said to have come, it rings, and it is said to be seen once somebody touches the page.

import type { Acts } from "./acts.js";
import type { Ring } from "./ring.js";
import type { Situation } from "./situation.js";

const SHELF = "terminal-rung"; // what has rung already, so that a reload does not ring

interface Parts {
  situation: Situation;
  acts: Acts;
  ring: Ring;
}

/** Answer for the orders that the situation shows. */
export function answerOrders({ situation, acts, ring }: Parts): void {
  const told = new Set<string>();
  const tell = (what: "delivered" | "seen", id: number) => {
    if (told.has(`${what} ${id}`)) return;
    told.add(`${what} ${id}`);
    acts.told(what, id);
  };
  situation.onChange(() => {
    const { order } = situation.known;
    if (order && !order.delivered_at && !order.recalled) tell("delivered", order.id);
    const due = ringing(situation);
    if (!due) return ring.stop();
    if (localStorage.getItem(SHELF) === due) return;
    localStorage.setItem(SHELF, due);
    ring.ring();
  });
  const seen = () => {
    const { order } = situation.known;
    if (order && !order.seen_at && !order.recalled && document.visibilityState === "visible") tell("seen", order.id);
    ring.stop();
  };
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, seen);
}

/** What should ring now: an order nobody has answered, each time that the station tells it to; "" when nothing should. */
function ringing(situation: Situation): string {
  const { order, incident, unit } = situation.known;
  if (!unit) return "";
  if (order?.recalled) return `recalled ${order.id}`;
  if (!incident || situation.status() !== "dispatched") return "";
  return order ? `${order.id} ${order.rung}` : `${incident.number} ${unit.since}`;
}
