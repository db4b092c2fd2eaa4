// Terra Draw over our map: areas drawn by clicks, edited by dragging, and the same by keys.

import type { Map as GlMap } from "maplibre-gl";
import { TerraDraw, TerraDrawModeUndoRedo, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { type Area, round } from "./areas.js";

const LINE = "#7fb2ff" as const;
const FILL = "#3d8bfd" as const;
const CHOSEN = "#f5a623" as const;
const GROUND = "#0b1220" as const;
const CLOSE_KEY = "F24"; // keys that no keyboard has: our own buttons and keys send them
const CANCEL_KEY = "F23";

export class Canvas {
  chosen: string | number | null = null;
  private readonly draw: TerraDraw;

  /** `changed` is called when something is drawn, edited or chosen; `settled` when a step is whole; `closed` of a new area. */
  constructor(
    private readonly map: GlMap,
    changed: () => void,
    settled: (closed: boolean) => void,
  ) {
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 7 }),
      modes: [outline(), choice()],
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo() },
    });
    this.draw.start();
    this.draw.on("change", changed);
    this.draw.on("history", changed);
    this.draw.on("finish", (_id, what) => settled(what.action === "draw"));
    this.draw.on("select", (id) => this.choose(id, changed));
    this.draw.on("deselect", () => this.choose(null, changed));
  }

  get isDrawing(): boolean {
    return this.draw.getMode() === "polygon";
  }

  get isEditing(): boolean {
    return this.draw.getMode() === "select";
  }

  /** Corners of the area that is not closed yet. */
  get begun(): number {
    const open = this.draw.getSnapshot().find((one) => one.properties.currentlyDrawing);
    return open ? Number(open.properties.committedCoordinateCount ?? 0) : 0;
  }

  get canStepBack(): boolean {
    return this.isDrawing && this.draw.canUndo();
  }

  stepBack(): void {
    this.draw.undo();
  }

  mode(name: "polygon" | "select" | "static"): void {
    if (this.draw.getMode() !== name) this.draw.setMode(name);
  }

  /** The closed areas as they are now. */
  areas(): Area[] {
    return this.closed().map((one) => one.geometry.coordinates as Area);
  }

  /** Replace everything; areas that can't be drawn (with holes) are left out and counted. */
  replace(areas: Area[]): number {
    this.draw.clear();
    this.chosen = null;
    const made = areas.map((area) => ({
      type: "Feature" as const,
      properties: { mode: "polygon" },
      geometry: { type: "Polygon" as const, coordinates: area.map((ring) => ring.map(([lon, lat]) => [round(lon), round(lat)])) },
    }));
    return this.draw.addFeatures(made).filter((one) => !one.valid).length;
  }

  /** A click under the middle of the map, as if by a mouse. */
  clickMiddle(): void {
    for (const name of ["pointermove", "pointerdown", "pointerup"]) this.send(name);
  }

  /** The line to the next corner follows the middle of the map. */
  follow(): void {
    if (this.isDrawing) this.send("pointermove");
  }

  close(): void {
    this.press(CLOSE_KEY);
  }

  cancel(): void {
    this.press(CANCEL_KEY);
  }

  /** Choose the area drawn last. */
  chooseLast(): void {
    const last = this.closed().at(-1);
    if (last) this.draw.selectFeature(last.id!);
  }

  /** Choose the next area, first after last. */
  chooseNext(): void {
    const ids = this.closed().map((one) => one.id!);
    if (!ids.length) return;
    const at = this.chosen === null ? -1 : ids.indexOf(this.chosen);
    this.draw.selectFeature(ids[(at + 1) % ids.length]!);
  }

  deleteChosen(): boolean {
    if (this.chosen === null || !this.draw.hasFeature(this.chosen)) return false;
    const id = this.chosen;
    this.draw.deselectFeature(id);
    this.draw.removeFeatures([id]);
    return true;
  }

  private closed() {
    return this.draw.getSnapshot().filter((one) => one.geometry.type === "Polygon" && !one.properties.currentlyDrawing);
  }

  private choose(id: string | number | null, changed: () => void): void {
    this.chosen = id;
    changed();
  }

  private send(name: string): void {
    const canvas = this.map.getCanvas();
    const box = canvas.getBoundingClientRect();
    const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    const button = name === "pointermove" ? -1 : 0;
    canvas.dispatchEvent(new PointerEvent(name, { ...at, button, isPrimary: true, bubbles: true, cancelable: true }));
  }

  private press(key: string): void {
    this.map.getCanvas().dispatchEvent(new KeyboardEvent("keyup", { key }));
  }
}

function outline(): TerraDrawPolygonMode {
  return new TerraDrawPolygonMode({
    keyEvents: { finish: CLOSE_KEY, cancel: CANCEL_KEY },
    showCoordinatePoints: true,
    styles: {
      fillColor: FILL, fillOpacity: 0.18, outlineColor: LINE, outlineWidth: 3,
      closingPointColor: CHOSEN, closingPointWidth: 7, closingPointOutlineColor: GROUND, closingPointOutlineWidth: 2,
      coordinatePointColor: LINE, coordinatePointWidth: 4, coordinatePointOutlineColor: GROUND, coordinatePointOutlineWidth: 1,
    },
  }); // prettier-ignore
}

function choice(): TerraDrawSelectMode {
  return new TerraDrawSelectMode({
    keyEvents: null,
    flags: { polygon: { feature: { draggable: false, coordinates: { midpoints: { draggable: true }, draggable: true, deletable: true } } } },
    styles: {
      selectedPolygonColor: CHOSEN, selectedPolygonFillOpacity: 0.2, selectedPolygonOutlineColor: CHOSEN, selectedPolygonOutlineWidth: 3,
      selectionPointColor: "#ffffff", selectionPointWidth: 6, selectionPointOutlineColor: CHOSEN, selectionPointOutlineWidth: 2,
      midPointColor: CHOSEN, midPointWidth: 4, midPointOutlineColor: GROUND, midPointOutlineWidth: 1,
    },
  }); // prettier-ignore
}
