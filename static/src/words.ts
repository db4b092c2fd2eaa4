// Words and two-letter codes for what the server tells in slugs.

import { isChinese } from "./config.js";
import { list, ms, short, time } from "./format.js";
import { gettext } from "./i18n.js";
import { bodyWord, stepWord } from "./reports.js";
import type { AlarmPayload, KindPayload, LogPayload } from "./topics.js";

/** Two letters for a status: on marks, and typed in the command line. */
export const CODES: Record<string, string> = {
  off_duty: "OF",
  at_station: "ST",
  patrol: "PA",
  dispatched: "DI",
  accepted: "AC",
  en_route: "ER",
  on_scene: "OS",
  busy: "BU",
  transporting: "TR",
  break: "BK",
  cleared: "CL",
  cancelled: "XX",
};

const STATUS: Record<string, () => string> = {
  off_duty: () => gettext("off duty"),
  at_station: () => gettext("at station"),
  patrol: () => gettext("patrol"),
  pending: () => gettext("nobody sent"),
  dispatched: () => gettext("dispatched"),
  accepted: () => gettext("accepted"),
  en_route: () => gettext("en route"),
  on_scene: () => gettext("on scene"),
  busy: () => gettext("busy"),
  transporting: () => gettext("transporting"),
  break: () => gettext("break"),
  cleared: () => gettext("cleared"),
  cancelled: () => gettext("recalled"),
  open: () => gettext("open"),
  closed: () => gettext("closed"),
};

export const statusWord = (status: string): string => STATUS[status]?.() ?? status;

const PRIORITIES = [() => gettext("priority 1"), () => gettext("priority 2"), () => gettext("priority 3"), () => gettext("priority 4")];

export const priorityWord = (priority: number): string => PRIORITIES[priority - 1]?.() ?? String(priority);

const ALARMS: Record<string, () => string> = {
  sos: () => gettext("SOS"),
  unassigned: () => gettext("Call without a unit"),
  help_wanted: () => gettext("Help wanted"),
  safety_due: () => gettext("Is to say that it is well"),
  safety_expired: () => gettext("Has not said that it is well"),
  order_unanswered: () => gettext("Order not answered"),
  position_lost: () => gettext("Position lost"),
  fixes_refused: () => gettext("Positions refused"),
  tracker_waiting: () => gettext("Device awaits approval"),
  audit_heads: () => gettext("Audit heads can't be written"),
  disk_filling: () => gettext("Disk is filling up"),
  recordings_away: () => gettext("Disk is away"),
  not_recorded: () => gettext("Cameras not recorded"),
  disk_full: () => gettext("Disk is almost full"),
};

const PLACES: Record<string, () => string> = {
  home: () => gettext("of the station"),
  archive: () => gettext("of the archive"),
  recordings: () => gettext("of the recordings"),
};

/** An alarm's kind in words; an unknown one by its slug. */
export const alarmWord = (kind: string): string => ALARMS[kind]?.() ?? kind.replaceAll("_", " ");

/** What an alarm is about: a call sign, an incident's last four, a device's name. */
export function alarmSubject(alarm: AlarmPayload): string {
  if (alarm.subject_kind === "incident") return short(alarm.subject);
  if (alarm.subject_kind === "disk") return PLACES[alarm.subject]?.() ?? alarm.subject;
  return alarm.subject_name ?? alarm.subject;
}

export type Kind = KindPayload;

let kinds: Map<string, Kind> = new Map();

/** Take the kinds of incident from the live picture's own table; until they are there, slugs are shown. */
export function useKinds(table: Map<string, Kind>): void {
  kinds = table;
}

/** The kinds that a call may have, in the order in which digits choose them. */
export const kindsInUse = (): Kind[] =>
  [...kinds.values()].filter((kind) => kind.is_active).sort((a, b) => a.order - b.order || (a.slug < b.slug ? -1 : 1));

export const kindOf = (slug: string): Kind | undefined => kinds.get(slug);

/** The class of the patch of colour beside a kind's name. */
export const swatch = (slug: string): string => `swatch c-${kinds.get(slug)?.colour ?? "grey"}`;

export function kindWord(slug: string): string {
  const kind = kinds.get(slug);
  if (!kind) return slug.replaceAll("_", " ");
  return isChinese() ? kind.name_zh : kind.name_en;
}

/** A line of a checklist in the page's language. */
export const lineWord = (zh: string, en: string): string => (isChinese() ? zh : en || zh);

const LOG: Record<string, (unit: string, entry: LogPayload) => string> = {
  opened: (_, entry) => gettext("Call: %(kind)s", { kind: kindWord(param(entry, "kind")) }),
  acknowledged: () => gettext("Call acknowledged"),
  assigned: (unit) => gettext("%(unit)s sent", { unit }),
  unassigned: (unit) => gettext("%(unit)s recalled", { unit }),
  status: (unit, entry) => `${unit} ${statusWord(param(entry, "status"))}`,
  step_undone: (unit, entry) => gettext("%(unit)s %(status)s: taken back", { unit, status: statusWord(param(entry, "status")) }),
  rang_again: (unit) => gettext("%(unit)s rung again", { unit }),
  unanswered: (unit) => gettext("%(unit)s does not answer", { unit }),
  moved: () => gettext("Place moved"),
  changed: (_, entry) => gettext("Changed: %(what)s", { what: list(fieldsOf(entry)) }),
  closed: (_, entry) => gettext("Closed: %(result)s", { result: disposition(param(entry, "disposition")) }),
  cancelled: () => gettext("Call cancelled"),
  reopened: () => gettext("Reopened"),
  ticked: (_, entry) => gettext("Done: %(line)s", { line: lineWord(param(entry, "zh"), param(entry, "en")) }),
  unticked: (_, entry) => gettext("Not done after all: %(line)s", { line: lineWord(param(entry, "zh"), param(entry, "en")) }),
  sos: (unit) => gettext("SOS of %(unit)s", { unit }),
  sos_ended: (unit) => gettext("SOS of %(unit)s ended", { unit }),
  help_wanted: (unit) => gettext("%(unit)s wants help", { unit }),
  help_ended: (unit) => gettext("%(unit)s has help", { unit }),
  reinforced: (_, entry) => gettext("Reinforced by %(units)s", { units: list(Array.isArray(entry.params.sent) ? (entry.params.sent as string[]) : []) }),
  checked_in: (unit) => gettext("%(unit)s is well", { unit }),
  errand_given: (unit) => gettext("Task for %(unit)s", { unit }),
  errand_accepted: (unit) => gettext("%(unit)s signed for its task", { unit }),
  errand_done: (unit) => gettext("%(unit)s reports", { unit }),
  errand_recalled: (unit) => gettext("Task of %(unit)s taken back", { unit }),
  stacked: (unit) => gettext("Waits for %(unit)s", { unit }),
  unstacked: (unit) => gettext("Waits for %(unit)s no longer", { unit }),
  merged: (_, entry) => gettext("Double of %(number)s", { number: short(param(entry, "into")) }) + movedUnits(entry),
  merged_from: (_, entry) => gettext("%(number)s is a double of this", { number: short(param(entry, "number")) }) + movedUnits(entry),
  unmerged: (_, entry) => gettext("No double after all: %(number)s", { number: short(param(entry, "number")) }) + movedUnits(entry),
  service: (_, entry) => `${bodyWord(param(entry, "service"))} ${stepWord(param(entry, "step"))}`,
  handed_over: (_, entry) => gettext("Handed over: %(to)s", { to: bodyWord(param(entry, "to")) }),
  mediated: (_, entry) => (entry.params.agreed ? gettext("Mediation: agreed") : gettext("Mediation: not agreed")),
  note: () => "",
};

/** What an entry of the log says, in words. */
export function logWord(entry: LogPayload): string {
  const known = LOG[entry.code]?.(param(entry, "unit"), entry) ?? entry.code;
  const tapped = param(entry, "tapped_at");
  const said = tapped ? `${known} · ${gettext("done at %(time)s without a network", { time: time(ms(tapped)) })}` : known;
  if (!entry.text) return said || gettext("Note");
  return said ? `${said} · ${entry.text}` : entry.text;
}

function param(entry: LogPayload, name: string): string {
  const value = entry.params[name];
  return value === undefined || value === null ? "" : String(value);
}

function movedUnits(entry: LogPayload): string {
  const units = Array.isArray(entry.params.units) ? (entry.params.units as string[]) : [];
  return units.length ? ` · ${units.join(" ")}` : "";
}

const FIELDS: Record<string, () => string> = {
  kind: () => gettext("kind"),
  priority: () => gettext("priority"),
  address: () => gettext("address"),
  facts: () => gettext("facts"),
  caller_phone: () => gettext("caller's phone"),
  caller_name: () => gettext("caller's name"),
};

/** A field of an incident in words. */
export const fieldWord = (field: string): string => FIELDS[field]?.() ?? field;

function fieldsOf(entry: LogPayload): string[] {
  const fields = Array.isArray(entry.params.fields) ? (entry.params.fields as string[]) : [];
  return fields.map(fieldWord);
}

/** "0412", or the call sign it is about. */
export const entrySubject = (entry: LogPayload): string => (entry.incident ? short(entry.incident) : "");

const RESULTS: Record<string, () => string> = {
  "01": () => gettext("report taken"),
  "02": () => gettext("no report"),
  "03": () => gettext("arrest"),
  "04": () => gettext("citation"),
  "05": () => gettext("settled by phone"),
  "06": () => gettext("broadcast"),
  "07": () => gettext("civil matter"),
  "09": () => gettext("summons"),
  "10": () => gettext("call withdrawn"),
  "11": () => gettext("field interview"),
  "12": () => gettext("property"),
  "14": () => gettext("gone on arrival"),
  "15": () => gettext("referred to another agency"),
  "16": () => gettext("transport or escort"),
  "17": () => gettext("false alarm"),
  "18": () => gettext("settled by contact"),
  "20": () => gettext("building secure"),
  "21": () => gettext("recalled en route"),
  "22": () => gettext("duplicate"),
  "24": () => gettext("search and rescue"),
  "32": () => gettext("recalled before arrival"),
};

/** The two-digit codes with which an incident may be closed. */
export const DISPOSITIONS = Object.keys(RESULTS).sort();

/** "05 settled by phone" */
export const disposition = (code: string): string => `${code} ${RESULTS[code]?.() ?? ""}`.trim();
