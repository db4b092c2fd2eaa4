// Tells the station, at most once a minute, that a person is at this page: an idle session locks after 15 minutes.

import { csrf } from "./rest.js";

const EVERY_MS = 60_000;
let told = 0;

function tell(): void {
  const now = Date.now();
  if (now - told < EVERY_MS) return;
  told = now;
  fetch("/account/active/", { method: "POST", headers: { "X-CSRFToken": csrf() }, keepalive: true }).catch(() => {
    told = 0;
  });
}

/** Listen to keys and pointers of the page. */
export function startActivity(): void {
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    addEventListener(kind, tell, { passive: true });
  }
}
