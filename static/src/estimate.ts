// When a unit would be there, and how old what that rests on is: always with its doubt.

import { age, elapsed } from "./format.js";
import { gettext } from "./i18n.js";

/** "≈ 1:50 (1:30–2:15)" of seconds: what is only an estimate by the straight line says so; by road there is no "≈". */
export function interval(eta: number | null, low: number | null, high: number | null, isEstimate: boolean): string {
  if (eta === null || low === null || high === null) return gettext("time unknown");
  const facts = { eta: elapsed(eta * 1000), low: elapsed(low * 1000), high: elapsed(high * 1000) };
  return isEstimate ? gettext("≈ %(eta)s (%(low)s–%(high)s)", facts) : gettext("%(eta)s (%(low)s–%(high)s)", facts);
}

/** How long ago the unit's place was known. */
export function position(of: { age_s: number | null }): string {
  return of.age_s === null ? gettext("no position") : gettext("seen %(age)s ago", { age: age(of.age_s * 1000) });
}
