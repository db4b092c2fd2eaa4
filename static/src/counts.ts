// The numbers of the top bar, common to wall and desk.

import { el, keyed, need, say } from "./dom.js";
import { age, date, time, zoneName } from "./format.js";
import { gettext } from "./i18n.js";
import type { Live } from "./live.js";
import type { Store } from "./store.js";
import type { AlarmPayload } from "./topics.js";

export const SHAPES = ["▲", "■", "●"]; // alarm levels 1 to 3

/** Alarms: an SOS before all else, then the most urgent, unacknowledged before acknowledged, then the newest. */
export function openAlarms(store: Store): AlarmPayload[] {
  const rank = (alarm: AlarmPayload) => (alarm.kind === "sos" ? -99 : 0) + alarm.level * 2 + (alarm.acknowledged_at ? 7 : 0);
  return [...store.alarm.values()].sort((a, b) => rank(a) - rank(b) || b.raised_at.localeCompare(a.raised_at));
}

/** Keep station, free, out and alarms true. */
export function showCounts(live: Live, station: string): void {
  const draw = () => {
    const units = [...live.store.unit.values()];
    say(need("free"), String(units.filter((unit) => unit.status_class === "available").length));
    say(need("out"), String(units.filter((unit) => unit.status_class === "committed").length));
    const own = live.store.station.get(station) ?? live.store.station.values().next().value;
    if (own) say(need("station"), own.name);
    drawAlarms(live.store);
  };
  live.store.on(["station", "unit", "alarm"], draw);
}

function drawAlarms(store: Store): void {
  const waiting = openAlarms(store).filter((alarm) => !alarm.acknowledged_at);
  const levels = [1, 2, 3].map((level) => ({ level, count: waiting.filter((alarm) => alarm.level === level).length }));
  keyed(
    need("alarm-counts"),
    levels.filter(({ level, count }) => count > 0 || level === 1),
    ({ level }) => String(level),
    ({ level }) => el("b", { class: `pill level${level}` }),
    (pill, { level, count }) => {
      say(pill, `${SHAPES[level - 1]} ${count}`);
      pill.classList.toggle("none", count === 0);
    },
  );
}

/** Keep date, clock and zone true, by the server's time. */
export function showClock(live: Live): void {
  const draw = () => {
    const now = live.clock.now();
    say(need("time"), time(now));
    const day = document.getElementById("date");
    if (day) say(day, date(now));
    say(need("zone"), zoneName(now));
  };
  setInterval(draw, 250);
  draw();
}

interface Mark {
  name: string;
  at: number; // ms by the station's clock
}

/** Keep the age of the oldest thing shown true, and whose it is: positions on the map, and `pictures` that have stopped. */
export function showOldest(live: Live, pictures: () => Mark[]): void {
  const place = need("oldest");
  setInterval(() => {
    const oldest = oldestMark(live, pictures());
    const old = oldest ? live.clock.now() - oldest.at : 0;
    say(place, oldest ? `${oldest.name} ${age(old)}` : gettext("none"));
    place.dataset.age = old > 120_000 ? "stale" : old > 30_000 ? "ageing" : "fresh";
  }, 1000);
}

function oldestMark(live: Live, pictures: Mark[]): Mark | null {
  let oldest = pictures.reduce<Mark | null>((one, other) => (one && one.at <= other.at ? one : other), null);
  for (const unit of live.store.unit.values()) {
    const fix = unit.status === "off_duty" ? null : live.store.newest(unit.devices);
    if (fix && live.clock.now() - fix.at < 30 * 60_000 && (!oldest || fix.at < oldest.at)) oldest = { name: unit.call_sign, at: fix.at };
  }
  return oldest;
}
