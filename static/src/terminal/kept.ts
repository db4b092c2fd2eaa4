// What this phone keeps of scenes, in words: while it does so, and until the station has it.

import { need, say } from "../dom.js";
import { gettext, ngettext } from "../i18n.js";
import type { Keeper, Keeping } from "./keeper.js";
import type { Uploads } from "./uploads.js";

const WORDS: Record<Keeping, () => string> = {
  off: () => "",
  on: () => gettext("Kept on this phone, with sound."),
  silent: () => gettext("Kept on this phone without sound: this page may not use the microphone."),
  full: () => gettext("This phone has no room: what is seen now is not kept."),
  cannot: () => gettext("This browser can't keep what is seen."),
};

/** Keep the words below the scene's button and in the sheet of what is not yet sent true. */
export function showKept(keeper: Keeper, uploads: Uploads): void {
  uploads.onChange(() => {
    need("scene-kept").dataset.state = keeper.state;
    say(need("scene-kept"), [WORDS[keeper.state](), waits(uploads)].filter(Boolean).join(" "));
    say(need("unsent-films"), [count(uploads), ...new Set(uploads.refused.values())].filter(Boolean).join(" "));
  });
}

function waits(uploads: Uploads): string {
  if (!uploads.waiting().length) return "";
  const size = megabytes(uploads.bytes());
  return uploads.under ? gettext("On its way to the station: %(size)s MB left.", { size }) : gettext("%(size)s MB wait on this phone.", { size });
}

function count(uploads: Uploads): string {
  const [films, size] = [uploads.waiting().length, megabytes(uploads.bytes())];
  return films ? ngettext("%(count)s film of a scene, %(size)s MB", "%(count)s films of scenes, %(size)s MB", films, { size }) : "";
}

const megabytes = (bytes: number): string => (Math.max(bytes, 0) / 1_000_000).toFixed(1);
