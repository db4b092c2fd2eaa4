// Where it happens: an address, crossing or landmark by name or initials, or a pin on the map.

import { el } from "../dom.js";
import { gettext } from "../i18n.js";
import { get } from "../rest.js";
import { Combo } from "./combo.js";
import type { Place } from "./draft.js";

interface Hit {
  kind: string;
  name: string;
  detail: string;
  lat: number;
  lon: number;
  map: string;
}

const KINDS: Record<string, () => string> = {
  address: () => gettext("address"),
  crossing: () => gettext("crossing"),
  landmark: () => gettext("landmark"),
  street: () => gettext("street"),
};
const DELAY_MS = 120;
const LIMIT = 7;

/** The field for the place; `middle` says where of equal names the nearer wins. */
export function placeField(
  input: HTMLInputElement,
  list: HTMLElement,
  middle: () => { lat: number; lon: number } | null,
  edited: () => void,
  chosen: (place: Place | null) => void,
  entered: (choice: Promise<void>) => void,
): Combo<Hit> {
  let asked = "";
  return new Combo<Hit>(input, list, {
    delay: DELAY_MS,
    find: (words, signal) => {
      asked = words;
      return words ? search(words, middle(), signal) : [];
    },
    draw: (hit) => [el("b", {}, hit.name), el("span", { class: "quiet" }, about(hit, numberBeyond(hit, asked)))],
    edited,
    entered,
    chosen: (hit) => {
      const address = hit && addressOf(hit, numberBeyond(hit, asked));
      if (address) input.value = address;
      chosen(hit && { lat: hit.lat, lon: hit.lon, address: address! });
    },
  });
}

/** The house number that was asked for where the map knows the street alone, "" otherwise: who goes there needs it. */
export function numberBeyond(hit: { kind: string; name: string }, words: string): string {
  const number = hit.kind === "street" ? (/\d+[a-z]?(-\d+)?(?=\s*[号號,，]|\s|$)/i.exec(words)?.[0] ?? "") : "";
  return hit.name.includes(number) ? "" : number;
}

function addressOf(hit: Hit, number: string): string {
  if (!number) return hit.name;
  return /\p{Script=Han}/u.test(hit.name) ? `${hit.name}${number}号` : `${hit.name} ${number}`;
}

function about(hit: Hit, number: string): string {
  const beyond = number && gettext("the map has no number %(number)s: the pin is on the street", { number });
  return [KINDS[hit.kind]?.() ?? hit.kind, hit.detail === hit.name ? "" : hit.detail, beyond].filter(Boolean).join(" · ");
}

async function search(words: string, near: { lat: number; lon: number } | null, signal: AbortSignal): Promise<Hit[]> {
  const asked = new URLSearchParams({ q: words, limit: String(LIMIT) });
  if (near) {
    asked.set("lat", near.lat.toFixed(5));
    asked.set("lon", near.lon.toFixed(5));
  }
  const answer = await get<{ results: Hit[] } | Hit[]>(`places/?${asked.toString()}`, signal);
  return Array.isArray(answer) ? answer : answer.results;
}

/** How a bare place is written: 31.23040, 121.47370 (WGS-84). */
export function written(lat: number, lon: number): string {
  return gettext("Pin %(lat)s, %(lon)s", { lat: lat.toFixed(5), lon: lon.toFixed(5) });
}
