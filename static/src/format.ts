// How times, spans and distances are written. Times in the station's zone, 24 h.

import { gettext, pgettext } from "./i18n.js";

let zone = "Asia/Shanghai";
let parts = formatter(zone);

function formatter(name: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: name,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

/** Take the station's IANA zone; one the browser doesn't know is left out. */
export function useZone(name: string): void {
  try {
    parts = formatter(name);
    zone = name;
  } catch {
    console.warn(`expected an IANA zone, found ${name}`);
  }
}

/** The zone as it is shown, once, beside the clock: UTC+8. */
export function zoneName(ms: number): string {
  const named = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(ms);
  return (named.find((part) => part.type === "timeZoneName")?.value ?? zone).replace("GMT", "UTC");
}

function fields(ms: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(ms).map((part) => [part.type, part.value]));
}

/** 14:03:05 */
export function time(ms: number): string {
  const at = fields(ms);
  return `${at.hour}:${at.minute}:${at.second}`;
}

/** 2026-11-20 */
export function date(ms: number): string {
  const at = fields(ms);
  return `${at.year}-${at.month}-${at.day}`;
}

/** Unix ms of a time on the station's clock, as a date field gives it: 2026-11-20T14:03. */
export function unzoned(local: string): number {
  const asUtc = Date.parse(`${local}Z`);
  const shift = (at: number) => Date.parse(`${date(at)}T${time(at)}Z`) - at;
  return asUtc - shift(asUtc - shift(asUtc)); // asked twice: near a change of the clock the first guess lies beyond it
}

/** mm:ss, from an hour on h:mm:ss; never negative. */
export function elapsed(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** The age of something: 4 s, 2:14, 1:02:03, 3 d. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return gettext("%(s)s s", { s });
  if (s >= 86400) return gettext("%(d)s d", { d: Math.floor(s / 86400) });
  return elapsed(ms).replace(/^0/, "");
}

/** 480 m, 1.2 km */
export function distance(m: number): string {
  if (m < 995) return gettext("%(m)s m", { m: m < 20 ? Math.round(m) : Math.round(m / 10) * 10 });
  return gettext("%(km)s km", { km: (m / 1000).toFixed(m < 9950 ? 1 : 0) });
}

const WINDS = [
  () => pgettext("compass", "N"),
  () => pgettext("compass", "NE"),
  () => pgettext("compass", "E"),
  () => pgettext("compass", "SE"),
  () => pgettext("compass", "S"),
  () => pgettext("compass", "SW"),
  () => pgettext("compass", "W"),
  () => pgettext("compass", "NW"),
];

/** A direction in degrees as one of eight winds. */
export function compass(bearing: number): string {
  return WINDS[Math.round(bearing / 45) % 8]!();
}

/** The last four digits, by which everybody calls an incident. */
export function short(number: string): string {
  return number.slice(-4);
}

/** Unix ms of an ISO 8601 time. */
export function ms(iso: string): number {
  return Date.parse(iso);
}

/** A list in words: A, B. */
export function list(words: string[]): string {
  return words.join(pgettext("between the items of a list", ", "));
}
