// The photos of the incident's notes on the card: those that the station has, and those that still wait on this phone.

import { el, keyed, need, say } from "../dom.js";
import { ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import { photoAddress } from "../photos.js";
import type { Outbox } from "./outbox.js";
import { closes, open } from "./sheet.js";
import type { Situation } from "./situation.js";
import { photoOf } from "./vault.js";

interface Shown {
  key: string;
  by: string; // who noted it and when; "" for one that waits here
  isHere: boolean; // on this phone and not yet sent
}

/** Keep the row of photos true. */
export function showPictures(situation: Situation, outbox: Outbox): void {
  const local = new Map<string, string>(); // addresses of photos on this phone, by act
  const draw = () => {
    const row = need("order-photos");
    const shown = [...sent(situation), ...waiting(situation, outbox)];
    row.hidden = !situation.known.incident || shown.length === 0;
    keyed(row, shown, (one) => `${one.key} ${one.isHere}`, (one) => made(one, local), () => undefined);
    for (const [key, address] of local)
      if (!shown.some((one) => one.isHere && one.key === key)) {
        URL.revokeObjectURL(address);
        local.delete(key);
      }
  };
  situation.onChange(draw);
  outbox.onChange(draw);
  closes("photo");
  need<HTMLDialogElement>("photo").addEventListener("close", () => need("photo-large").removeAttribute("src"));
  draw();
}

function sent(situation: Situation): Shown[] {
  const entries = situation.known.detail?.log ?? [];
  const mine = (key: string) => ({ key, isHere: false });
  return entries.flatMap((entry) =>
    entry.photos.filter((photo) => photo.state === "here").map((photo) => ({ ...mine(photo.key), by: `${time(ms(entry.at))} ${entry.actor}` })),
  );
}

function waiting(situation: Situation, outbox: Outbox): Shown[] {
  const acts = outbox.waiting().filter((act) => act.what === "photo" && act.subject === situation.known.incident?.number);
  return acts.map((act) => ({ key: act.id, by: "", isHere: true }));
}

function made(one: Shown, local: Map<string, string>): HTMLElement {
  const words = one.isHere ? gettext("not yet sent") : one.by;
  const picture = el("img", { alt: gettext("Photo: %(words)s", { words }) });
  const button = el("button", { type: "button" }, picture, one.isHere ? el("small", {}, words) : null);
  if (one.isHere) void showLocal(one.key, picture, local);
  else picture.src = photoAddress(one.key, "small");
  button.addEventListener("click", () => {
    need<HTMLImageElement>("photo-large").src = one.isHere ? picture.src : photoAddress(one.key, "large");
    say(need("photo-title"), words);
    open("photo");
  });
  return button;
}

async function showLocal(id: string, picture: HTMLImageElement, local: Map<string, string>): Promise<void> {
  const photo = await photoOf(id);
  if (!photo) return;
  picture.src = URL.createObjectURL(new Blob([photo], { type: "image/jpeg" }));
  local.set(id, picture.src);
}
