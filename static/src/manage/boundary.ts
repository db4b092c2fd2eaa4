// The page of a boundary: what is drawn and what stands as text are one and the same; nothing is kept before it is saved.

import type { Map as GlMap } from "maplibre-gl";
import { need, say, soon } from "../dom.js";
import { gettext, ngettext } from "../i18n.js";
import { calm, fit } from "../map/places.js";
import { type Area, boxOf, corners, km2, read, write } from "./areas.js";
import { Canvas } from "./canvas.js";
import { listen, open } from "./map.js";

export async function startBoundary(): Promise<void> {
  const text = need<HTMLTextAreaElement>("id_boundary");
  const map = await open(boxOf(read(text.value) ?? []));
  if (map) new Drawing(map, text);
  else need("tools").hidden = true; // the text stays
}

class Drawing {
  private readonly canvas: Canvas;
  private readonly past: string[] = [];
  private present: string;
  private left = 0; // areas with holes, which stand in the text only
  private readonly show = soon(() => this.draw());

  constructor(
    private readonly map: GlMap,
    private readonly text: HTMLTextAreaElement,
  ) {
    this.neighbours();
    this.canvas = new Canvas(map, this.show, (closed) => this.settle(closed));
    this.present = text.value;
    this.load(text.value);
    this.buttons();
    listen(map, this.keys());
    warn(text);
    map.on("move", () => need("map-frame").matches(":has(:focus-visible)") && this.canvas.follow());
    text.addEventListener("change", () => this.typed());
    this.canvas.mode(text.value ? "select" : "polygon");
    this.show();
  }

  private keys(): Record<string, () => void> {
    return {
      Enter: () => this.corner(),
      Backspace: () => this.undo(),
      Delete: () => this.remove(),
      Escape: () => this.canvas.cancel(),
      c: () => this.canvas.close(),
      n: () => this.next(),
    };
  }

  private buttons(): void {
    const on = (id: string, act: () => void) => need(id).addEventListener("click", () => (act(), this.show()));
    on("draw", () => this.canvas.mode("polygon"));
    on("edit", () => this.canvas.mode("select"));
    on("close", () => this.canvas.close());
    on("undo", () => this.undo());
    on("delete", () => this.remove());
    on("clear", () => this.clear());
    on("whole", () => this.whole());
  }

  private corner(): void {
    if (this.canvas.isEditing) return this.next();
    this.canvas.mode("polygon");
    this.canvas.clickMiddle();
  }

  private next(): void {
    this.canvas.mode("select");
    this.canvas.chooseNext();
  }

  private remove(): void {
    if (this.canvas.deleteChosen()) this.settle();
  }

  private clear(): void {
    this.canvas.cancel();
    this.keep("");
    this.load((this.text.value = ""));
    this.canvas.mode("polygon");
  }

  private undo(): void {
    if (this.canvas.canStepBack) return this.canvas.stepBack();
    const before = this.past.pop();
    if (before === undefined) return;
    this.present = this.text.value = before;
    this.load(before);
    this.show();
  }

  private typed(): void {
    if (read(this.text.value) === null) return this.show();
    this.keep(this.text.value);
    this.load(this.text.value);
    this.whole();
    this.show();
  }

  /** A step is whole: an area closed, edited or deleted. A new one stands there to be corrected at once. */
  private settle(closed = false): void {
    const held = (read(this.present) ?? []).filter((area) => area.length > 1); // with holes: only the text has them
    this.keep(write([...this.canvas.areas(), ...(this.left ? held : [])]));
    this.text.value = this.present;
    if (closed) queueMicrotask(() => this.choose());
    this.show();
  }

  private choose(): void {
    this.canvas.mode("select");
    this.canvas.chooseLast();
  }

  private keep(next: string): void {
    if (next === this.present) return;
    this.past.push(this.present);
    this.present = next;
  }

  private load(text: string): void {
    this.left = this.canvas.replace(read(text) ?? []);
  }

  private whole(): void {
    const box = boxOf(read(this.text.value) ?? []);
    if (box) fit(this.map, box, 40, !calm());
  }

  private neighbours(): void {
    const others = JSON.parse(need("others").textContent ?? "[]") as unknown[];
    const source = this.map.getSource("boundary") as { setData(data: unknown): void } | undefined;
    source?.setData({ type: "FeatureCollection", features: others.map((geometry) => ({ type: "Feature", properties: {}, geometry })) });
  }

  private draw(): void {
    const { canvas } = this;
    need("draw").setAttribute("aria-pressed", String(canvas.isDrawing));
    need("edit").setAttribute("aria-pressed", String(canvas.isEditing));
    need<HTMLButtonElement>("close").disabled = canvas.begun < 3;
    need<HTMLButtonElement>("undo").disabled = !canvas.canStepBack && !this.past.length;
    need<HTMLButtonElement>("delete").disabled = canvas.chosen === null;
    need<HTMLButtonElement>("clear").disabled = !canvas.begun && !this.text.value.trim();
    say(need("map-state"), this.words(read(this.text.value)));
  }

  private words(areas: Area[] | null): string {
    if (areas === null) return gettext("The text is neither GeoJSON nor corners: the map shows what was there before.");
    const { begun } = this.canvas;
    if (begun) return ngettext("%(count)s corner set; three and more can be closed.", "%(count)s corners set; three and more can be closed.", begun);
    if (!areas.length) return gettext("Nothing drawn yet: click the first corner, or press Enter in the map.");
    const said = ngettext("%(count)s area", "%(count)s areas", areas.length);
    const points = ngettext("%(count)s corner", "%(count)s corners", corners(areas));
    const held = this.left ? ` · ${gettext("areas with holes stand in the text only")}` : "";
    return `${said} · ${points} · ${size(km2(areas))}${held}`;
  }
}

/** Ask before leaving what is not saved. */
function warn(text: HTMLTextAreaElement): void {
  const [saved, form] = [text.value, text.form!];
  let isSent = false;
  form.addEventListener("submit", () => (isSent = true));
  addEventListener("beforeunload", (event) => {
    if (!isSent && text.value !== saved) event.preventDefault();
  });
}

/** Square kilometres as people say them. */
function size(km2: number): string {
  return `${km2.toLocaleString("en", { maximumFractionDigits: km2 < 10 ? 2 : 0 })} km²`;
}
