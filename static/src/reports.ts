// Words and typed codes for what is reported of an incident: other services, hand-overs, mediation, what is known of places.

import { gettext } from "./i18n.js";

export const STEPS: Record<string, () => string> = {
  called: () => gettext("called"),
  arrived: () => gettext("has arrived"),
  left: () => gettext("has left"),
};

const BODIES: Record<string, () => string> = {
  ambulance: () => gettext("ambulance (120)"),
  fire: () => gettext("fire brigade (119)"),
  traffic: () => gettext("traffic police (122)"),
  rescue: () => gettext("rescue team"),
  other: () => gettext("somebody else"),
  criminal_police: () => gettext("criminal police"),
  other_station: () => gettext("another station"),
  court: () => gettext("court"),
  community: () => gettext("neighbourhood committee"),
  family: () => gettext("family"),
  welfare: () => gettext("welfare office"),
};

/** What is typed for a service or a body in the command line. */
const TYPED: Record<string, string> = {
  "120": "ambulance", "119": "fire", "122": "traffic", am: "ambulance", fi: "fire", tr: "traffic", re: "rescue", ot: "other",
  cp: "criminal_police", st: "other_station", co: "court", nc: "community", fa: "family", we: "welfare",
}; // prettier-ignore

export const SERVICES = ["ambulance", "fire", "traffic", "rescue", "other"];
export const HANDED_TO = Object.keys(BODIES);

export const bodyWord = (slug: string): string => BODIES[slug]?.() ?? slug;
export const stepWord = (step: string): string => STEPS[step]?.() ?? step;

/** The service or body that was typed; null for none. */
export const typedBody = (said: string, known: string[]): string | null => {
  const slug = TYPED[said.toLowerCase()] ?? said;
  return known.includes(slug) ? slug : null;
};

/** What can be typed for one of `known`. */
export const typable = (known: string[]): string[] => Object.keys(TYPED).filter((typed) => known.includes(TYPED[typed]!));

const NOTES: Record<string, () => string> = {
  hazard: () => gettext("Hazard"),
  key_holder: () => gettext("Key-holder"),
  access: () => gettext("Way in"),
  other: () => gettext("Of the place"),
};

export const noteWord = (kind: string): string => NOTES[kind]?.() ?? kind;
