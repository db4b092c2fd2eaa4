// When a unit would be there, and how old what that rests on is: always with its doubt.

import { age, elapsed } from "./format.js";
import { gettext } from "./i18n.js";

/** Seconds; null where nothing is known. */
export interface Estimate {
  age_s: number | null;
  eta_s: number | null;
  eta_low_s: number | null;
  eta_high_s: number | null;
  doubt: string;
}

/** "≈ 1:50 (1:30–2:15)"; every time is an estimate and says so. */
export function times(of: Estimate): string {
  if (of.eta_s === null || of.eta_low_s === null || of.eta_high_s === null) return gettext("time unknown");
  const [eta, low, high] = [of.eta_s, of.eta_low_s, of.eta_high_s].map((s) => elapsed(s * 1000));
  return gettext("≈ %(eta)s (%(low)s–%(high)s)", { eta: eta!, low: low!, high: high! });
}

/** How long ago the unit's place was known. */
export function position(of: Estimate): string {
  return of.age_s === null ? gettext("no position") : gettext("seen %(age)s ago", { age: age(of.age_s * 1000) });
}
