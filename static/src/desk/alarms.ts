// What needs a person, with the button by which a person takes it.

import { may } from "../config.js";
import { openAlarms, SHAPES } from "../counts.js";
import { el, keyed, need, say, soon } from "../dom.js";
import { elapsed, ms } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import type { Store } from "../store.js";
import type { AlarmPayload } from "../topics.js";
import { alarmSubject, alarmWord } from "../words.js";
import type { Acts } from "./acts.js";

/** Keep the list true; a new alarm to act on now sounds. */
export function showAlarms(live: Live, acts: Acts, sound: Sound): void {
  const known = new Set<number>();
  const draw = soon(() => {
    const alarms = openAlarms(live.store);
    need("no-alarms").hidden = alarms.length > 0;
    keyed(need("alarm-rows"), alarms, (alarm) => String(alarm.id), (alarm) => row(acts, alarm), (item, alarm) => update(item, alarm, live.clock.now()));
    if (alarms.some((alarm) => alarm.level === 1 && !alarm.acknowledged_at && !known.has(alarm.id))) sound.alarm();
    for (const alarm of alarms) known.add(alarm.id);
  });
  live.store.on(["alarm"], draw);
  setInterval(draw, 1000);
}

function row(acts: Acts, alarm: AlarmPayload): HTMLElement {
  const button = el("button", { class: "step" }, gettext("attend"));
  button.addEventListener("click", () => void acts.run(() => acts.alarm(alarm.id)));
  return el("li", { class: `alarm level${alarm.level}` }, el("i", {}, SHAPES[alarm.level - 1] ?? "●"), el("b", {}, alarmWord(alarm.kind)), el("span", {}, alarmSubject(alarm)), el("time"), button, ...following(acts, alarm));
}

/** Of an order that nobody answers: for which incident, and the unit that is offered instead; null of other alarms. */
function offered(alarm: AlarmPayload): { number: string; unit: string } | null {
  const [number, next] = [alarm.facts.incident, alarm.facts.next];
  if (alarm.kind !== "order_unanswered" || typeof number !== "string" || typeof next !== "string" || !may("dispatch")) return null;
  return { number, unit: next.slice(next.indexOf("/") + 1) };
}

/** The button that sends the next unit. */
function following(acts: Acts, alarm: AlarmPayload): HTMLElement[] {
  const offer = offered(alarm);
  if (!offer) return [];
  const button = el("button", { class: "step next" }, `${gettext("send %(unit)s", { unit: offer.unit })} `, el("kbd", {}, "Y"));
  button.addEventListener("click", () => void acts.run(() => acts.assign(offer.number, offer.unit)));
  return [button];
}

/** `Y`: send the next unit of the order that nobody has answered for longest, which ends its alarm. */
export function sendNext(store: Store, acts: Acts): void {
  const waiting = openAlarms(store).filter((alarm) => !alarm.acknowledged_at).flatMap((alarm) => ({ alarm, offer: offered(alarm) }));
  const first = waiting.filter((one) => one.offer).sort((a, b) => a.alarm.raised_at.localeCompare(b.alarm.raised_at))[0];
  if (!first?.offer) return acts.say(gettext("Every order is answered."), false);
  const { number, unit } = first.offer;
  void acts.run(() => acts.assign(number, unit));
}

function update(item: HTMLElement, alarm: AlarmPayload, now: number): void {
  say(item.querySelector("time")!, elapsed(now - ms(alarm.raised_at)));
  item.querySelector("button")!.hidden = Boolean(alarm.acknowledged_at) || !may("acknowledge_alarm");
  const who = alarm.acknowledged_by ? gettext("%(name)s attends", { name: alarm.acknowledged_by }) : alarmSubject(alarm);
  say(item.querySelector("span")!, who);
}
