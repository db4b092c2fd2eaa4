// A place or an area of the map that somebody points at: by clicks, or by keys while the map has the focus: arrows move it, Enter
// takes what lies in its middle.

import type { Map as GlMap } from "maplibre-gl";
import { Pen } from "./pen.js";

export type Corner = [number, number]; // longitude, latitude
type Then = (lat: number, lon: number) => void;

const STEP_PX = 60; // an arrow key moves the map so far
const MOVES: Record<string, Corner> = { ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX], ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0] };

/** What a drawing on the map tells. */
export interface Draws {
  changed(): void;
  shape(at: number): void;
  done(): void;
  leave(): void;
}

/** What the page does with what is not pointed at for anybody. */
export interface Rest {
  middle(): { lng: number; lat: number }; // of what can be seen of the map
  placed?: Then; // a place that nobody asked for
  escaped(): boolean; // Escape: whether that was for the map
}

export class Pointing {
  private then: Then | null = null; // what the next place is for
  private draws: Draws | null = null; // while somebody draws
  private pen: Pen | null = null;

  constructor(
    private readonly map: GlMap,
    private readonly home: HTMLElement,
    private readonly rest: Rest,
  ) {
    map.on("mousemove", ({ lngLat }) => this.draws && this.pen?.follow(lngLat.lng, lngLat.lat));
    map.on("dblclick", (event) => {
      if (!this.draws) return;
      event.preventDefault();
      this.draws.done();
    });
    home.addEventListener("keydown", (event) => {
      if (isOthers(event) || !this.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Whether the next place is somebody's. */
  get isOn(): boolean {
    return this.home.classList.contains("aiming");
  }

  /** The next place is for `then`; with null, for whatever the page does with one. */
  aim(then: Then | null): void {
    this.then = then;
    this.home.classList.add("aiming");
    this.home.focus();
  }

  /** Let somebody draw: clicks, Space and Backspace make corners until `leave`. */
  draw(draws: Draws): Pen {
    this.draws = draws;
    this.pen = new Pen(this.map, draws.changed);
    this.aim(null);
    return this.pen;
  }

  /** Let somebody draw an area; what becomes of its corners is the caller's. */
  area(done: (ring: Corner[]) => void): void {
    const end = () => {
      pen.clear();
      this.leave();
    };
    const pen = this.draw({
      changed: () => undefined, shape: () => undefined,
      leave: () => {
        end();
        this.rest.escaped();
      },
      done: () => {
        const drawn = pen.drawn;
        if (!drawn) return;
        end();
        done((drawn.coordinates as Corner[][])[0]!.slice(0, -1));
      },
    });
    pen.take("Polygon");
  }

  /** Nobody points or draws any more. */
  leave(): void {
    [this.then, this.draws] = [null, null];
    this.home.classList.remove("aiming");
  }

  /** A click on the map; whether it was meant for somebody who points or draws. */
  click(at: { lng: number; lat: number }): boolean {
    if (this.draws) this.pen?.add(at.lng, at.lat);
    else if (this.isOn) this.place(at);
    else return false;
    return true;
  }

  /** Give a place to whom it is for. */
  place(at: { lng: number; lat: number }): void {
    const then = this.then ?? this.rest.placed;
    this.leave();
    then?.(at.lat, at.lng);
  }

  /** Whether the key was for the map. */
  private key(event: KeyboardEvent): boolean {
    const [move, told] = [MOVES[event.key], { originalEvent: event }]; // which tells that a person moves it
    if (move) this.map.panBy(move, { duration: 0 }, told);
    else if (event.key === "+" || event.key === "=") this.map.zoomIn({ duration: 0 }, told);
    else if (event.key === "-") this.map.zoomOut({ duration: 0 }, told);
    else if (this.draws) return this.penKey(event.key, this.draws);
    else if (event.key === "Enter" && (this.isOn || this.rest.placed)) this.place(this.rest.middle());
    else if (event.key === "Escape") return this.escape();
    else return false;
    return true;
  }

  private escape(): boolean {
    const wasOn = this.isOn;
    this.leave();
    return this.rest.escaped() || wasOn;
  }

  private penKey(key: string, draws: Draws): boolean {
    const { lng, lat } = this.rest.middle();
    if (key === " ") this.pen?.add(lng, lat);
    else if (key === "Backspace") this.pen?.back();
    else if (key === "Enter") draws.done();
    else if (key === "Escape") draws.leave();
    else if (/^[123]$/.test(key)) draws.shape(Number(key) - 1);
    else return false;
    return true;
  }
}

/** Whether a key is for what stands upon the map, or for the browser. */
function isOthers(event: KeyboardEvent): boolean {
  const isOn = event.target instanceof Element && event.target.closest("button, input, a") !== null;
  return event.ctrlKey || event.metaKey || event.altKey || (isOn && event.key !== "Escape");
}
