// Names over a camera's picture: the streets and landmarks of the map, and the units and incidents as they are now.

import { el, keyed, say } from "../dom.js";
import { short } from "../format.js";
import type { Live } from "../live.js";
import { get } from "../rest.js";
import type { CameraPayload } from "../topics.js";
import { doubt, metres, unitKey } from "../units.js";
import { kindWord } from "../words.js";

const TURN_MS = 2000; // where units and incidents lie is asked so often
const MOST = 60; // of them
const [WIDE_EM, HIGH_EM] = [6, 1.5]; // room that a name takes

interface Named {
  key: string;
  kind: "street" | "landmark" | "unit" | "incident";
  name: string;
  x: number; // shares of the picture's width and height
  y: number;
  isHidden: boolean; // a building stands between
}

interface Thing {
  key: string;
  kind: "unit" | "incident";
  name: string;
  lat: number;
  lon: number;
}

interface Room {
  wide: number;
  high: number;
}

interface PointAnswer {
  x: number | null;
  y: number | null;
  hidden: boolean;
}

export class Labels {
  readonly list = el("div", { class: "labels", "aria-hidden": "true" }); // the map beside it says the same
  private fixed: Named[] = [];
  private moving: Named[] = [];
  private looks = ""; // how it looked when it was asked for what stands still
  private readonly timer = setInterval(() => void this.turn(), TURN_MS);

  constructor(
    private readonly live: Live,
    private readonly camera: number,
  ) {
    void this.turn();
  }

  close(): void {
    clearInterval(this.timer);
    this.list.remove();
  }

  private async turn(): Promise<void> {
    const camera = this.live.store.camera.get(String(this.camera));
    if (!camera || this.list.hidden) return;
    await Promise.all([this.still(camera), this.move(camera)]).catch(() => undefined); // asked again with the next turn
    this.draw();
  }

  private async still(camera: CameraPayload): Promise<void> {
    const looks = [camera.bearing_deg, camera.tilt_deg, camera.fov_deg, camera.lat, camera.lon].join();
    if (looks === this.looks) return;
    const found = await get<{ results: Omit<Named, "key" | "isHidden">[] }>(`cameras/${camera.id}/labels/`);
    this.looks = looks;
    this.fixed = found.results.map((one) => ({ ...one, key: `${one.kind} ${one.name}`, isHidden: false }));
  }

  private async move(camera: CameraPayload): Promise<void> {
    const things = this.near(camera);
    const places = things.map((one) => `${one.lon},${one.lat}`).join();
    const found = things.length ? (await get<{ results: PointAnswer[] }>(`cameras/${camera.id}/points/?places=${places}`)).results : [];
    this.moving = things.flatMap((one, at) => {
      const point = found[at];
      return point && point.x !== null && point.y !== null ? [{ ...one, x: point.x, y: point.y, isHidden: point.hidden }] : [];
    });
  }

  /** What might be in its picture: incidents, and units whose place is known well enough. */
  private near(camera: CameraPayload): Thing[] {
    const { store, clock } = this.live;
    const incidents = [...store.incident.values()].map((one): Thing => ({ key: one.number, kind: "incident", name: `${short(one.number)} ${kindWord(one.kind)}`, lat: one.lat, lon: one.lon }));
    const units = [...store.unit.values()].flatMap((unit): Thing[] => {
      const fix = store.newest(unit.devices);
      return fix && ["fresh", "ageing"].includes(doubt(fix, clock.now())) ? [{ key: unitKey(unit), kind: "unit", name: unit.call_sign, lat: fix.lat, lon: fix.lon }] : [];
    });
    return [...incidents, ...units].filter((one) => metres(camera, one) <= camera.range_m).slice(0, MOST);
  }

  private draw(): void {
    keyed(this.list, apart([...this.moving, ...this.fixed], this.room()), (one) => `${one.kind} ${one.key}`, (one) => el("span", { "data-kind": one.kind }), update);
  }

  /** The room that a name takes in the picture as large as it is shown now, shares of its width and height. */
  private room(): Room {
    const { clientWidth, clientHeight } = this.list;
    const em = parseFloat(getComputedStyle(this.list).fontSize);
    return { wide: (WIDE_EM * em) / Math.max(1, clientWidth), high: (HIGH_EM * em) / Math.max(1, clientHeight) };
  }
}

/** The same, raised where they would lie over one another; who comes first stays where it is, and who finds no room is left out. */
function apart(all: Named[], { wide, high }: Room): Named[] {
  const placed: Named[] = [];
  for (const one of all) {
    const isTaken = (y: number) => placed.some((other) => Math.abs(other.x - one.x) < wide && Math.abs(other.y - y) < high);
    let y = one.y;
    while (y >= 2 * high && isTaken(y)) y -= high; // above it the picture ends
    if (!isTaken(y)) placed.push({ ...one, y });
  }
  return placed;
}

function update(item: HTMLElement, one: Named): void {
  item.style.left = `${one.x * 100}%`;
  item.style.top = `${one.y * 100}%`;
  item.classList.toggle("behind", one.isHidden);
  say(item, one.name);
}
