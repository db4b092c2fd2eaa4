// Alarms: a panel under the incidents while there are any, and the whole list behind the counts of the top bar.

import { openAlarms, SHAPES } from "../counts.js";
import { el, keyed, need, say, soon } from "../dom.js";
import { elapsed, ms } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Sound } from "../sound.js";
import type { AlarmPayload } from "../topics.js";
import { alarmSubject, alarmWord } from "../words.js";

const IN_PANEL = 4;

export interface AlarmList {
  toggle(): void;
  close(): boolean; // whether it was open
}

/** Keep panel and list true; a new alarm of level 1 sounds. */
export function showAlarms(live: Live, sound: Sound): AlarmList {
  const known = new Set<string>();
  const draw = soon(() => {
    const alarms = openAlarms(live.store);
    const waiting = alarms.filter((alarm) => !alarm.acknowledged_at);
    need("alarms").hidden = waiting.length === 0;
    fill(need("alarm-panel"), waiting.slice(0, IN_PANEL), live.clock.now());
    fill(need("alarm-list"), alarms, live.clock.now());
    need("no-alarms").hidden = alarms.length > 0;
    if (waiting.some((alarm) => alarm.level === 1 && !known.has(String(alarm.id)))) sound.alarm();
    for (const alarm of alarms) known.add(String(alarm.id));
  });
  live.store.on(["alarm"], draw);
  setInterval(draw, 1000);
  return popover();
}

function popover(): AlarmList {
  const [button, list] = [need("alarm-button"), need("alarm-popover")];
  const isShown = (): boolean => list.hidden === false;
  const show = (open: boolean) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!isShown()));
  button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(true));
  button.parentElement?.addEventListener("pointerleave", () => show(false));
  return {
    toggle: () => show(!isShown()),
    close: () => {
      const wasOpen = isShown();
      show(false);
      return wasOpen;
    },
  };
}

function fill(list: HTMLElement, alarms: AlarmPayload[], now: number): void {
  keyed(
    list,
    alarms,
    (alarm) => String(alarm.id),
    (): HTMLElement => el("li", {}, el("i"), el("b"), el("span"), el("time")),
    (item, alarm) => {
      item.className = `alarm level${alarm.level}`;
      const [shape, what, who, when] = [...item.children];
      say(shape!, SHAPES[alarm.level - 1] ?? "●");
      say(what!, alarmWord(alarm.kind));
      say(who!, alarm.acknowledged_by ? gettext("%(name)s attends", { name: alarm.acknowledged_by }) : alarmSubject(alarm));
      say(when!, elapsed(now - ms(alarm.raised_at)));
    },
  );
}
