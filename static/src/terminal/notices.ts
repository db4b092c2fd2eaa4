// What the bearer should know of this phone: that it can't ring yet, doesn't know where it is, or that something was refused.

import { el, keyed, need } from "../dom.js";
import { gettext } from "../i18n.js";
import { actWord } from "./acts.js";
import type { Outbox } from "./outbox.js";
import type { Phone } from "./phone.js";
import type { Ring } from "./ring.js";
import type { Track } from "./track.js";

const HEARD_MS = 300_000; // heard within that, a device tells where the unit is

interface Notice {
  key: string;
  words: string;
  button?: string;
  act?: () => void;
}

interface Parts {
  ring: Ring;
  track: Track;
  phone: Phone;
  outbox: Outbox;
}

/** Keep the lines below the top true. */
export function showNotices(parts: Parts): void {
  const draw = () => keyed(need("notices"), notices(parts), (one) => one.key, made, updated);
  for (const part of [parts.ring, parts.track, parts.phone, parts.outbox]) part.onChange(draw);
  draw();
}

function notices({ ring, track, phone, outbox }: Parts): Notice[] {
  const found: Notice[] = [];
  const isOn = phone.bearer.unit !== null;
  if (isOn && !ring.isArmed) {
    const arm = () => void ring.arm();
    found.push({ key: "ring", words: gettext("This phone can't ring yet."), button: gettext("Let it ring"), act: arm });
  }
  if (phone.refused) found.push({ key: "revoked", words: phone.refused });
  else if (isOn && track.state === "denied") found.push({ key: "denied", words: deniedWords(phone) });
  else if (isOn && track.state === "unknown") found.push({ key: "unknown", words: gettext("This phone does not know where it is.") });
  for (const act of outbox.refused()) {
    const words = gettext("Not taken: %(what)s. %(why)s", { what: actWord(act), why: act.refused ?? "" });
    found.push({ key: act.id, words, button: gettext("I have read it"), act: () => void outbox.dismiss(act.id) });
  }
  return found;
}

/** Another phone or tracker of the unit may tell where it is all the same. */
function deniedWords(phone: Phone): string {
  const isTold = phone.bearer.paired.some(({ heard_at }) => heard_at && Date.now() - Date.parse(heard_at) < HEARD_MS);
  return isTold
    ? gettext("This page may not know where you are; another device of your unit tells it.")
    : gettext("Nobody sees where you are: allow this page the position in the browser's settings.");
}

function made(notice: Notice): HTMLElement {
  const button = el("button", { class: "plain" });
  button.addEventListener("click", () => notice.act?.());
  return el("p", {}, el("span"), button);
}

function updated(line: HTMLElement, notice: Notice): void {
  line.firstElementChild!.textContent = notice.words;
  const button = line.lastElementChild as HTMLButtonElement;
  button.textContent = notice.button ?? "";
  button.hidden = !notice.button;
}
