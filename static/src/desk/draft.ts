// What has been typed of a new call. It outlives a reload and a failed request; nothing typed is lost, and nobody else finds it.

import { config } from "../config.js";

export interface Place {
  lat: number;
  lon: number;
  address: string;
}

export interface Draft {
  who: string | null; // whose words these are
  kind: string; // slug, "" while unknown
  priority: number; // 0 while unknown
  place: Place | null;
  words: Record<string, string>; // what stands in the fields, by name
  began: number; // Unix ms by the server's clock, 0 before the first letter
  key: string; // Idempotency-Key of the last try
  body: string; // what that key was used for
}

const SHELF = "intake";

/** The draft of before a reload, if it is that of who is signed in now; or an empty one. */
export function taken(): Draft {
  try {
    const kept = sessionStorage.getItem(SHELF);
    const found = kept ? { ...empty(), ...(JSON.parse(kept) as Draft) } : null;
    if (found?.who === config().me.username) return found;
    sessionStorage.removeItem(SHELF);
  } catch {
    // No storage, or an older form of it: start afresh.
  }
  return empty();
}

export function empty(): Draft {
  return { who: config().me.username, kind: "", priority: 0, place: null, words: {}, began: 0, key: "", body: "" };
}

export function keep(draft: Draft): void {
  try {
    sessionStorage.setItem(SHELF, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage must not stop anybody from taking a call.
  }
}
