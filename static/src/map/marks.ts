// Units and incidents on the map: one canvas over it, drawn with the map's own frames. A thousand moving marks
// are a thousand small pictures copied, which no thousand elements would be.

import type { Map as GlMap } from "maplibre-gl";
import { paced } from "../dom.js";
import type { Live } from "../live.js";
import { calm } from "./places.js";
import { type IncidentMark, type Mark, marksOf, type UnitMark } from "./scene.js";
import { lines, rings, uncertainty } from "./shapes.js";
import { Room } from "./room.js";
import { COLOURS, PRIORITY, type Sprite, Sprites } from "./sprites.js";

const CROWD = 150; // beyond this many in view, marks are small, without letters, exactly where they are
const FULL = 40; // size of a unit's mark that is not in a crowd

export class Marks {
  selected: string | null = null; // an incident's number
  pin: { lat: number; lon: number } | null = null;
  readonly redraw = paced(() => this.draw());
  private readonly canvas = document.createElement("canvas");
  private sprites: Sprites;
  private readonly sides = new Map<string, number>();
  private drawn: Mark[] = [];
  private flash = true;

  constructor(
    private readonly map: GlMap,
    private readonly live: Live,
    private readonly scale: () => number,
  ) {
    this.canvas.className = "marks";
    map.getContainer().append(this.canvas);
    this.sprites = new Sprites(scale(), devicePixelRatio);
    map.on("render", () => this.draw());
    map.on("resize", () => this.redraw());
    live.store.on(["incident", "unit", "fixes"], () => this.redraw());
    setInterval(() => this.beat(), 500);
  }

  /** What is drawn at a point of the container, topmost first; null for bare map. */
  at(x: number, y: number): Mark | null {
    const near = (mark: Mark) => Math.hypot(mark.x - x, mark.y - y) < 24 * this.sprites.scale;
    return [...this.drawn].reverse().find(near) ?? null;
  }

  private beat(): void {
    this.flash = !this.flash;
    const isFlashing = [...this.live.store.incident.values()].some((incident) => !incident.acknowledged_at);
    if (isFlashing || this.flash) this.redraw(); // ages move on once a second
  }

  private fitCanvas(): CanvasRenderingContext2D | null {
    const { clientWidth: wide, clientHeight: high } = this.map.getContainer();
    const ratio = devicePixelRatio;
    if (this.canvas.width !== wide * ratio || this.canvas.height !== high * ratio) {
      this.canvas.width = wide * ratio;
      this.canvas.height = high * ratio;
    }
    if (this.sprites.scale !== this.scale()) this.sprites = new Sprites(this.scale(), ratio);
    const pen = this.canvas.getContext("2d");
    pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen?.clearRect(0, 0, wide, high);
    return pen;
  }

  private draw(): void {
    const pen = this.fitCanvas();
    if (!pen) return;
    const scene = marksOf(this.map, this.live, this.sprites.scale, CROWD);
    const metre = 1 / metresPerPixel(this.map);
    for (const unit of scene.units) if (unit.hollow) uncertainty(pen, unit, unit.radius * metre);
    lines(pen, scene, this.sprites.scale);
    for (const unit of scene.units) this.unit(pen, unit);
    for (const mark of scene.incidents) this.incident(pen, mark);
    this.drawn = [...scene.units, ...scene.incidents];
    this.labels(pen);
    if (this.pin) this.drawPin(pen, this.pin);
    // Some browsers don't show a canvas on which nothing was done but clearing: the old marks would be left standing.
    this.canvas.style.visibility = this.drawn.length || this.pin ? "visible" : "hidden";
  }

  private unit(pen: CanvasRenderingContext2D, mark: UnitMark): void {
    const colour = colourOf(mark);
    leader(pen, mark, colour);
    if (mark.unit.emergency) rings(pen, mark.x, mark.y, colour, this.sprites.scale, calm() || this.flash);
    if (mark.course !== null && !mark.hollow) heading(pen, mark, colour, (this.sprites.scale * mark.size) / FULL);
    this.stamp(pen, this.sprites.unit(mark.unit.kind, colour, mark.code, mark.hollow), mark.x, mark.y, mark.size / FULL);
  }

  private incident(pen: CanvasRenderingContext2D, mark: IncidentMark): void {
    const { incident, x, y } = mark;
    const colour = PRIORITY[incident.priority - 1] ?? COLOURS.old!;
    leader(pen, mark, colour);
    const isNew = !incident.acknowledged_at;
    if (isNew) rings(pen, x, y, colour, this.sprites.scale, calm() || this.flash);
    if (incident.number === this.selected) rings(pen, x, y, "#e6edf7", this.sprites.scale * 0.8, true);
    pen.globalAlpha = isNew && !this.flash && !calm() ? 0.35 : 1;
    this.stamp(pen, this.sprites.incident(incident.priority), x, y);
    pen.globalAlpha = 1;
  }

  private labels(pen: CanvasRenderingContext2D): void {
    const room = new Room();
    const boxOf = (mark: Mark, part: number) => {
      const side = mark.size * this.sprites.scale * part;
      return { x: mark.x, y: mark.y, width: side, height: side };
    };
    for (const mark of this.drawn) room.take(boxOf(mark, 0.95));
    for (const mark of this.drawn.filter((one) => one.words).sort((a, b) => b.weight - a.weight)) {
      const sprite = this.sprites.label(mark.words, mark.age, mark.kind === "unit" ? "#e6edf7" : "#ffffff");
      const found = room.beside(boxOf(mark, 1), sprite.width, sprite.height * 0.8, this.sides.get(mark.id) ?? 0);
      if (!found) continue;
      this.sides.set(mark.id, found.side);
      room.take(found.box);
      this.stamp(pen, sprite, found.box.x, found.box.y);
    }
  }

  private stamp(pen: CanvasRenderingContext2D, sprite: Sprite, x: number, y: number, part = 1): void {
    const [wide, high] = [sprite.width * part, sprite.height * part];
    pen.drawImage(sprite.image, x - wide / 2, y - high / 2, wide, high);
  }

  private drawPin(pen: CanvasRenderingContext2D, place: { lat: number; lon: number }): void {
    const { x, y } = this.map.project([place.lon, place.lat]);
    pen.strokeStyle = "#e6edf7";
    pen.lineWidth = 3;
    pen.beginPath();
    pen.arc(x, y, 9, 0, Math.PI * 2);
    for (const [dx, dy] of [[0, 1], [0, -1], [1, 0], [-1, 0]] as const) {
      pen.moveTo(x + dx * 13, y + dy * 13);
      pen.lineTo(x + dx * 22, y + dy * 22);
    }
    pen.stroke();
  }
}

function colourOf(mark: UnitMark): string {
  if (mark.unit.emergency) return COLOURS.danger!;
  return (mark.hollow ? COLOURS.old : COLOURS[mark.unit.status_class]) ?? COLOURS.none!;
}

/** From where a mark stepped aside to where it really is. */
function leader(pen: CanvasRenderingContext2D, mark: Mark, colour: string): void {
  if (mark.x === mark.trueX && mark.y === mark.trueY) return;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(mark.trueX, mark.trueY);
  pen.lineTo(mark.x, mark.y);
  pen.stroke();
  pen.beginPath();
  pen.arc(mark.trueX, mark.trueY, 4, 0, Math.PI * 2);
  pen.fill();
}

function heading(pen: CanvasRenderingContext2D, mark: UnitMark, colour: string, scale: number): void {
  pen.save();
  pen.translate(mark.x, mark.y);
  const turn = (((mark.course ?? 0) - 90) * Math.PI) / 180;
  const edge = Math.min(22 / Math.abs(Math.cos(turn)), 16 / Math.abs(Math.sin(turn))); // of the car's square
  pen.rotate(turn);
  pen.scale(scale, scale);
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(edge + 17, 0);
  pen.lineTo(edge + 2, -11);
  pen.lineTo(edge + 2, 11);
  pen.fill();
  pen.restore();
}

function metresPerPixel(map: GlMap): number {
  return (40_075_016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
}
