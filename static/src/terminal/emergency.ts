// SOS: one's own, from the touch until somebody ends it, and those of colleagues, which no setting can hide.

import { need, say } from "../dom.js";
import { list, ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { CallForHelpPayload } from "../topics.js";
import type { Outbox } from "./outbox.js";
import type { Ring } from "./ring.js";
import type { Situation } from "./situation.js";
import { config } from "../config.js";

const SHELF = "terminal-sos"; // what has rung already

interface Parts {
  live: Live;
  situation: Situation;
  outbox: Outbox;
  ring: Ring;
}

/** Keep the red field true. */
export function showEmergency({ live, outbox, ring }: Parts): void {
  const me = config().me.name;
  const draw = () => {
    const calls = [...live.store.call_for_help.values()].filter((call) => call.kind === "sos");
    const mine = calls.find((call) => call.officer === me);
    const isWaiting = outbox.waiting().some((act) => act.what === "sos");
    const others = calls.filter((call) => call !== mine);
    need("emergency").hidden = !isWaiting && calls.length === 0;
    say(need("emergency-who"), others.length ? list(others.map(nameOf)) : gettext("Your SOS"));
    say(need("emergency-where"), others.length ? places(others) : ownWords(mine, isWaiting));
    need("sos").dataset.state = isWaiting ? "waiting" : mine ? "on" : "";
    say(need("sos-how"), isWaiting ? gettext("being sent") : mine ? gettext("the room knows") : gettext("hold 2 s"));
    ringFor(others, ring);
  };
  live.store.on(["call_for_help"], draw);
  outbox.onChange(draw);
}

const nameOf = (call: CallForHelpPayload): string => gettext("SOS %(who)s", { who: [call.unit, call.officer].filter(Boolean).join(" ") });

const places = (calls: CallForHelpPayload[]): string =>
  calls.map((call) => [call.address, time(ms(call.raised_at))].filter(Boolean).join(" · ")).join("; ");

function ownWords(mine: CallForHelpPayload | undefined, isWaiting: boolean): string {
  if (isWaiting) return gettext("Not sent yet: this phone tries again every second.");
  return mine ? gettext("The room has it since %(time)s. It ends it by name, with a word.", { time: time(ms(mine.raised_at)) }) : "";
}

function ringFor(others: CallForHelpPayload[], ring: Ring): void {
  const newest = Math.max(0, ...others.map((call) => call.id));
  if (newest <= Number(localStorage.getItem(SHELF) ?? 0)) return;
  localStorage.setItem(SHELF, String(newest));
  ring.ring();
}
