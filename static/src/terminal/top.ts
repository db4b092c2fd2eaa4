// The top line: my status, the network, what is not yet sent.

import { need, say } from "../dom.js";
import { gettext, ngettext } from "../i18n.js";
import { statusWord } from "../words.js";
import type { Outbox } from "./outbox.js";
import type { Phone } from "./phone.js";
import type { Situation } from "./situation.js";
import type { Track } from "./track.js";
import type { Uploads } from "./uploads.js";

const LIVELY = 2; // positions that are just being sent are no queue

interface Parts {
  situation: Situation;
  outbox: Outbox;
  track: Track;
  phone: Phone;
  uploads: Uploads;
}

/** Keep call sign, status and what waits true. */
export function showTop({ situation, outbox, track, phone, uploads }: Parts): void {
  const draw = () => {
    say(need("call-sign"), phone.bearer.call_sign ?? gettext("off duty"));
    const status = situation.status();
    say(need("my-status"), phone.bearer.unit ? statusWord(status) : "");
    need("my-status").dataset.status = status;
    const count = unsent(outbox, track) + uploads.waiting().length;
    const button = need("waiting");
    say(button, count ? ngettext("%(count)s not sent", "%(count)s not sent", count) : gettext("all sent"));
    button.dataset.count = count ? "some" : "none";
  };
  situation.onChange(draw);
  outbox.onChange(draw);
  track.onChange(draw);
  uploads.onChange(draw);
  phone.onChange(draw);
  draw();
}

/** How many things wait on this phone: acts, positions, and what the station refused. */
function unsent(outbox: Outbox, track: Track): number {
  const fixes = track.waiting <= LIVELY && navigator.onLine ? 0 : track.waiting;
  return outbox.acts.length + fixes;
}
