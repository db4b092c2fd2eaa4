// The picture in which points are set: a JPEG that somebody chose, drawn in the page and sent nowhere.

import { el, need } from "../dom.js";
import { imageOf } from "../image.js";
import { pointIn } from "../video/ground.js";
import type { Pixel } from "./pairs.js";

const STEP = 0.01; // of the picture, that an arrow moves the cross

export class Still {
  isThere = false;
  private cross: Pixel = { x: 0.5, y: 0.5 };
  private readonly frame = need("still-frame");
  private readonly canvas = need<HTMLCanvasElement>("still-canvas");

  /** `set` is told of each point, `over` of where the pointer is. */
  constructor(
    private readonly set: (pixel: Pixel) => void,
    private readonly over: (pixel: Pixel | null) => void,
    private readonly opened: () => void,
    private readonly unfit: () => void,
  ) {
    need<HTMLInputElement>("still").addEventListener("change", (event) => void this.open((event.target as HTMLInputElement).files?.[0]));
    this.canvas.addEventListener("click", (event) => this.isThere && this.set(pointIn(this.canvas, event)));
    this.canvas.addEventListener("pointermove", (event) => this.over(pointIn(this.canvas, event)));
    this.canvas.addEventListener("pointerleave", () => this.over(null));
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.aim({ x: 0.5, y: 0.5 });
  }

  /** Number the points; the last one is still a half. */
  mark(pixels: Pixel[], half: Pixel | null): void {
    for (const old of this.frame.querySelectorAll(".mark")) old.remove();
    for (const [at, pixel] of pixels.entries()) this.frame.append(mark(pixel, String(at + 1), "mark"));
    if (half) this.frame.append(mark(half, "?", "mark half"));
  }

  private async open(file: File | undefined): Promise<void> {
    const image = file && (await imageOf(file));
    if (file && !image) this.unfit();
    if (!image) return;
    Object.assign(this.canvas, { width: image.naturalWidth, height: image.naturalHeight });
    this.canvas.getContext("2d")?.drawImage(image, 0, 0);
    this.isThere = true;
    this.opened();
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] };
    const move = moves[event.key];
    if (move) this.aim({ x: this.cross.x + move[0], y: this.cross.y + move[1] });
    else if (event.key === "Enter" && this.isThere) this.set(this.cross);
    else return;
    event.preventDefault();
  }

  private aim(to: Pixel): void {
    this.cross = { x: Math.min(1, Math.max(0, to.x)), y: Math.min(1, Math.max(0, to.y)) };
    const cross = this.frame.querySelector<HTMLElement>(".cross");
    if (cross) Object.assign(cross.style, { left: `${this.cross.x * 100}%`, top: `${this.cross.y * 100}%` });
  }
}

function mark(pixel: Pixel, words: string, name: string): HTMLElement {
  const made = el("i", { class: name }, words);
  Object.assign(made.style, { left: `${pixel.x * 100}%`, top: `${pixel.y * 100}%` });
  return made;
}
