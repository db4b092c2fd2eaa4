// Who out there needs others: SOS first, over everything else, until a named person has ended it. Nothing hides it.

import { el, keyed, need, say, soon } from "./dom.js";
import { age, elapsed, ms, short } from "./format.js";
import { gettext } from "./i18n.js";
import type { Live } from "./live.js";
import type { Sound } from "./sound.js";
import type { AlarmPayload, CallForHelpPayload } from "./topics.js";

const AGAIN_MS = 4000; // so often an SOS sounds until somebody attends to it
const OLD_MS = 30_000; // a place that is older says so

/** What the page adds to a call: where its place leads, and buttons for what may be done there. */
export interface Hands {
  look(place: { lat: number; lon: number }): void;
  buttons(call: CallForHelpPayload): HTMLElement[];
}

/** SOS before requests, the longest standing first. */
export function inOrder(calls: Iterable<CallForHelpPayload>): CallForHelpPayload[] {
  const rank = (call: CallForHelpPayload) => (call.kind === "sos" ? 0 : 1);
  return [...calls].sort((a, b) => rank(a) - rank(b) || a.raised_at.localeCompare(b.raised_at));
}

/** The alarm of a call, as long as it stands. */
export const alarmOf = (live: Live, call: CallForHelpPayload): AlarmPayload | undefined =>
  [...live.store.alarm.values()].find((alarm) => alarm.subject_kind === "call_for_help" && alarm.subject === String(call.id));

/** Keep the band under the top bar true. */
export function showDistress(live: Live, sound: Sound, hands: Hands): void {
  const draw = soon(() => {
    const calls = inOrder(live.store.call_for_help.values());
    need("distress").hidden = calls.length === 0;
    keyed(need("distress-list"), calls, (call) => String(call.id), (call) => row(live, call, hands), (item, call) => update(item, call, live));
  });
  live.store.on(["call_for_help", "alarm", "incident"], draw);
  setInterval(draw, 1000);
  setInterval(() => unattended(live) && sound.sos(), AGAIN_MS);
}

function unattended(live: Live): boolean {
  return [...live.store.call_for_help.values()].some((call) => call.kind === "sos" && !alarmOf(live, call)?.acknowledged_at);
}

function row(live: Live, call: CallForHelpPayload, hands: Hands): HTMLElement {
  const place = el("button", { class: "where" });
  place.addEventListener("click", () => {
    const found = placeOf(live, live.store.call_for_help.get(String(call.id)) ?? call);
    if (found) hands.look(found);
  });
  return el("li", { class: call.kind }, el("b", {}), el("strong", {}), place, el("q"), el("time"), el("em"), ...hands.buttons(call));
}

function update(item: HTMLElement, call: CallForHelpPayload, live: Live): void {
  const [what, who, where, text, since, attends] = [...item.children] as HTMLElement[];
  const now = live.clock.now();
  const by = alarmOf(live, call)?.acknowledged_by;
  item.classList.toggle("attended", Boolean(by));
  say(what!, call.kind === "sos" ? "▲ SOS" : `▲ ${gettext("Help wanted")}`);
  say(who!, [call.unit, call.officer].filter(Boolean).join(" "));
  const place = placeOf(live, call);
  const old = place && now - place.at > OLD_MS ? gettext("seen %(age)s ago", { age: age(now - place.at) }) : "";
  say(where!, [call.address || (place ? gettext("show on the map") : gettext("place unknown")), old].filter(Boolean).join(" · "));
  const wanted = call.wanted ? gettext("wants %(count)s more", { count: call.wanted }) : "";
  say(text!, [call.incident ? short(call.incident) : "", call.text, wanted].filter(Boolean).join(" · "));
  text!.hidden = text!.textContent === "";
  say(since!, elapsed(now - ms(call.raised_at)));
  say(attends!, by ? gettext("%(name)s attends", { name: by }) : "");
}

/** Where they are now: as their unit is seen, if that is newer than what they said. */
function placeOf(live: Live, call: CallForHelpPayload): { lat: number; lon: number; at: number } | null {
  const unit = call.unit ? live.store.unit.get(`${call.station}/${call.unit}`) : undefined;
  const seen = unit ? live.store.newest(unit.devices) : null;
  const said = call.lat !== null && call.lon !== null ? { lat: call.lat, lon: call.lon, at: call.placed_at ? ms(call.placed_at) : 0 } : null;
  return seen && (!said || seen.at > said.at) ? seen : said;
}
