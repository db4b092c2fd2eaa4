// What a kind of call wants to be asked for: marked in the form, told in the incident, never in the way.

import { list } from "../format.js";
import { gettext } from "../i18n.js";
import { fieldWord, kindOf } from "../words.js";
import type { Detail } from "./incident.js";

const FIELDS = ["caller_phone", "caller_name", "facts"];

/** Mark in the form the fields that a call of this kind should have. */
export function markExpected(form: HTMLFormElement, slug: string): void {
  const expects = kindOf(slug)?.expects ?? [];
  for (const name of FIELDS) {
    const field = form.elements.namedItem(name) as HTMLElement;
    const isExpected = expects.includes(name);
    field.closest(".field")?.classList.toggle("expected", isExpected);
    if (isExpected) field.setAttribute("aria-required", "true");
    else field.removeAttribute("aria-required");
  }
}

/** What is still to be asked in an incident, in words; "" when everything is there or can't be seen. */
export function stillToAsk(detail: Detail): string {
  const known = detail as unknown as Record<string, string | undefined>;
  const missing = (kindOf(detail.kind)?.expects ?? []).filter((name) => known[name] === "");
  return missing.length ? gettext("Still to ask: %(fields)s", { fields: list(missing.map(fieldWord)) }) : "";
}
