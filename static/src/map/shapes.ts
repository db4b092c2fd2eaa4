// Lines and circles among the marks.

import type { Scene, UnitMark } from "./scene.js";
import { COLOURS } from "./sprites.js";

const FILLED = 220; // px of radius

/** Where a unit whose position is old may be by now: a circle that grows. */
export function uncertainty(pen: CanvasRenderingContext2D, mark: UnitMark, px: number): void {
  pen.beginPath();
  pen.arc(mark.trueX, mark.trueY, px, 0, Math.PI * 2);
  pen.fillStyle = "rgba(138,160,189,0.07)";
  if (px < FILLED) pen.fill(); // many large ones over each other would hide the map
  pen.setLineDash([4, 7]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = "rgba(138,160,189,0.55)";
  pen.stroke();
  pen.setLineDash([]);
}

/** From each unit under way to its incident, as the crow flies. */
export function lines(pen: CanvasRenderingContext2D, scene: Scene, scale: number): void {
  const places = new Map(scene.incidents.map((mark) => [mark.incident.number, mark]));
  pen.setLineDash([2 * scale, 9 * scale]);
  pen.lineCap = "round";
  pen.lineWidth = 4 * scale;
  pen.strokeStyle = COLOURS.committed!;
  for (const unit of scene.units) {
    const to = unit.unit.incident ? places.get(unit.unit.incident) : undefined;
    if (!to || unit.unit.status === "on_scene" || unit.unit.status === "transporting") continue;
    pen.beginPath();
    pen.moveTo(unit.x, unit.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.lineCap = "butt";
}

/** Rings around an incident nobody has acknowledged, or the one that is looked at. */
export function rings(pen: CanvasRenderingContext2D, x: number, y: number, colour: string, scale: number, on: boolean): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 3 * scale;
  for (const [radius, alpha] of [[42, 0.9], [58, 0.4]] as const) {
    pen.globalAlpha = on ? alpha : alpha * 0.25;
    pen.beginPath();
    pen.arc(x, y + 2 * scale, radius * scale, 0, Math.PI * 2);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
