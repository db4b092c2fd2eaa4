// What is set once a shift: light or dark, the screen, the ring; and how positions go out with the screen off.

import { need, say } from "../dom.js";
import { age, list } from "../format.js";
import { gettext } from "../i18n.js";
import type { Awake } from "./awake.js";
import { forgetAll } from "./forget.js";
import type { Outbox } from "./outbox.js";
import type { Paired, Phone } from "./phone.js";
import type { Ring } from "./ring.js";
import { closes, open } from "./sheet.js";
import type { Track, Watch } from "./track.js";

const SHELF = "terminal-theme";
const APPS: Record<string, string> = { owntracks: "OwnTracks", osmand: "OsmAnd", traccar8: "Traccar Client", traccar9: "Traccar Client" };
const STATES: Record<Watch, () => string> = {
  off: () => gettext("This page tells nobody where you are: you are off duty."),
  asking: () => gettext("Looking for where this phone is."),
  on: () => gettext("This page tells the station where you are while it is open and the screen is on."),
  denied: () => gettext("This page may not know where you are."),
  unknown: () => gettext("This phone does not know where it is."),
};

interface Parts {
  phone: Phone;
  track: Track;
  awake: Awake;
  ring: Ring;
  outbox: Outbox;
}

/** Light or dark as it was chosen on this phone. */
export function useTheme(theme = localStorage.getItem(SHELF) ?? "auto"): void {
  document.documentElement.dataset.theme = theme;
  for (const box of document.querySelectorAll<HTMLInputElement>("[name=menu-theme]")) box.checked = box.value === theme;
}

/** Let the menu work. */
export function showMenu({ phone, track, awake, ring, outbox }: Parts): void {
  const box = need<HTMLInputElement>("menu-awake");
  const draw = () => {
    box.checked = awake.isWanted;
    say(need("menu-position"), STATES[track.state]());
    say(need("menu-paired"), pairedWords(phone.bearer.paired));
  };
  for (const part of [phone, track, awake]) part.onChange(draw);
  need("menu-open").addEventListener("click", () => {
    draw();
    open("menu");
  });
  closes("menu");
  box.addEventListener("change", () => awake.want(box.checked));
  need("menu-ring").addEventListener("click", () => void ring.arm().then(() => ring.ring()));
  for (const one of document.querySelectorAll<HTMLInputElement>("[name=menu-theme]"))
    one.addEventListener("change", () => {
      localStorage.setItem(SHELF, one.value);
      useTheme(one.value);
      dispatchEvent(new Event("theme"));
    });
  document.querySelector(".leave")?.addEventListener("submit", (event) => leave(event as SubmitEvent, outbox));
}

/** With the screen off no page can know where a phone is; an app that the technician paired can. */
function pairedWords(paired: Paired[]): string {
  if (!paired.length) return gettext("With the screen off nobody sees where you are: no OwnTracks or Traccar Client is paired with your unit.");
  const names = paired.map(({ profile, heard_at }) => {
    const heard = heard_at ? gettext("seen %(age)s ago", { age: age(Date.now() - Date.parse(heard_at)) }) : gettext("never heard");
    return `${APPS[profile] ?? profile} (${heard})`;
  });
  return gettext("With the screen off %(apps)s tells where you are.", { apps: list(names) });
}

let isSure = false;

/** Who signs out leaves nothing of themselves for whoever finds the phone; what is not sent stays, and is told once before. */
function leave(event: SubmitEvent, outbox: Outbox): void {
  if (outbox.waiting().length && !isSure) {
    event.preventDefault();
    isSure = true;
    say((event.target as HTMLElement).querySelector("button")!, gettext("Sign out although something is not sent yet"));
    return;
  }
  if (event.defaultPrevented) return;
  event.preventDefault();
  void forgetAll().finally(() => (event.target as HTMLFormElement).submit());
}
