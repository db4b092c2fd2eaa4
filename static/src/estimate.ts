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
  estimate?: boolean; // by the straight line, not by road
}

/** "≈ 1:50 (1:30–2:15)": where it is only an estimate it says so. */
export function times(of: Estimate): string {
  return interval(of.eta_s, of.eta_low_s, of.eta_high_s, of.estimate ?? true);
}

/** The same of bare seconds; by road there is no "≈". */
export function interval(eta: number | null, low: number | null, high: number | null, isEstimate: boolean): string {
  if (eta === null || low === null || high === null) return gettext("time unknown");
  const facts = { eta: elapsed(eta * 1000), low: elapsed(low * 1000), high: elapsed(high * 1000) };
  return isEstimate ? gettext("≈ %(eta)s (%(low)s–%(high)s)", facts) : gettext("%(eta)s (%(low)s–%(high)s)", facts);
}

/** How long ago the unit's place was known. */
export function position(of: Pick<Estimate, "age_s">): string {
  return of.age_s === null ? gettext("no position") : gettext("seen %(age)s ago", { age: age(of.age_s * 1000) });
}
