// Which marks are in view, where, and what is written beside them.

import type { Map as GlMap } from "maplibre-gl";
import { age, short } from "../format.js";
import type { Live } from "../live.js";
import type { IncidentPayload, UnitPayload } from "../topics.js";
import { doubt, radius, unitKey } from "../units.js";
import { CODES } from "../words.js";
import { Room } from "./room.js";

interface Placed {
  id: string;
  x: number; // px, perhaps moved aside
  y: number;
  trueX: number;
  trueY: number;
  size: number; // px of the room it takes, before scaling
  words: string;
  age: string; // "" while fresh
  weight: number; // whose label goes first
}

export interface UnitMark extends Placed {
  kind: "unit";
  unit: UnitPayload;
  code: string;
  hollow: boolean;
  radius: number; // m within which it must be
  course: number | null;
}

export interface IncidentMark extends Placed {
  kind: "incident";
  incident: IncidentPayload;
}

export type Mark = UnitMark | IncidentMark;

export interface Scene {
  units: UnitMark[];
  incidents: IncidentMark[];
}

const MARGIN = 80; // px outside the picture that are still drawn
const MOVING = 0.7; // m/s above which a course means something
const WEIGHT: Record<string, number> = { committed: 5, conditional: 3, available: 2, delayed: 1, none: 0 };

/** The marks in view. Those that would cover each other step aside; more than `crowd` are drawn small instead. */
export function marksOf(map: GlMap, live: Live, scale: number, crowd: number): Scene {
  const incidents = [...live.store.incident.values()].map((incident) => incidentMark(map, incident));
  const units: UnitMark[] = [];
  for (const unit of live.store.unit.values()) {
    const mark = unitMark(map, live, unit);
    if (mark && inView(map, mark)) units.push(mark);
  }
  units.sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
  incidents.sort((a, b) => b.weight - a.weight);
  if (units.length <= crowd) spread([...incidents, ...units], scale);
  else units.forEach(shrink);
  return { units: units.reverse(), incidents: incidents.filter((mark) => inView(map, mark)).reverse() };
}

/** In a crowd a mark is small and without letters; those who are free and heard of go without a name too. */
function shrink(mark: UnitMark): void {
  [mark.size, mark.code] = [mark.size / 2, ""];
  if (!mark.unit.incident && !mark.age) mark.words = "";
}

function incidentMark(map: GlMap, incident: IncidentPayload): IncidentMark {
  const { x, y } = map.project([incident.lon, incident.lat]);
  const weight = 20 - incident.priority + (incident.acknowledged_at ? 0 : 5);
  return { kind: "incident", id: incident.number, incident, x, y, trueX: x, trueY: y, size: 52, words: short(incident.number), age: "", weight };
}

function unitMark(map: GlMap, live: Live, unit: UnitPayload): UnitMark | null {
  const fix = live.store.newest(unit.devices);
  const now = live.clock.now();
  const sure = doubt(fix, now);
  if (!fix || sure === "unknown" || unit.status === "off_duty") return null;
  const { x, y } = map.project([fix.lon, fix.lat]);
  const shown = unit.kind === "car" && (fix.speed ?? 0) > MOVING ? fix.course : null;
  return {
    kind: "unit", id: unitKey(unit), unit, x, y, trueX: x, trueY: y, size: 40, words: unit.call_sign, course: shown,
    age: sure === "fresh" ? "" : age(now - fix.at), weight: WEIGHT[unit.status_class] ?? 0,
    code: CODES[unit.status] ?? "??", hollow: sure === "stale", radius: radius(fix, now),
  }; // prettier-ignore
}

function inView(map: GlMap, mark: { x: number; y: number }): boolean {
  const { clientWidth: wide, clientHeight: high } = map.getContainer();
  return mark.x > -MARGIN && mark.y > -MARGIN && mark.x < wide + MARGIN && mark.y < high + MARGIN;
}

/** Move marks that stand on one another to the next free place around where they are; the first in the list stays. */
function spread(marks: Mark[], scale: number): void {
  const room = new Room();
  for (const mark of marks) {
    const side = mark.size * scale;
    const free = around(mark, side).find((box) => room.isFree(box));
    if (free) [mark.x, mark.y] = [free.x, free.y];
    room.take({ x: mark.x, y: mark.y, width: side, height: side });
  }
}

function around(mark: Mark, side: number) {
  const boxes = [{ x: mark.trueX, y: mark.trueY, width: side * 0.8, height: side * 0.8 }];
  for (const [ring, steps] of [[1, 8], [2, 12], [3, 18]] as const) {
    for (let step = 0; step < steps; step += 1) {
      const turn = (step / steps) * Math.PI * 2 + ring;
      const [x, y] = [mark.trueX + Math.cos(turn) * side * 1.1 * ring, mark.trueY + Math.sin(turn) * side * 1.1 * ring];
      boxes.push({ x, y, width: side, height: side });
    }
  }
  return boxes;
}
