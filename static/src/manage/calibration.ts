// The page on which a camera is calibrated: pairs of points in its picture and on the map; the server says what they make of it.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { el, need, say, set } from "../dom.js";
import { gettext, ngettext } from "../i18n.js";
import { addCameraLayers, fill } from "../map/cameras.js";
import { post, Refusal } from "../rest.js";
import type { CameraPayload } from "../topics.js";
import { groundAt, type Plane } from "../video/ground.js";
import { listen, open } from "./map.js";
import { LEAST, Pairs, type Pixel, type Spot } from "./pairs.js";
import { Still } from "./still.js";

const SEEN = 19; // zoom at which kerbs and poles can be told

interface Fit {
  plane: Plane;
  off_m: number[];
  residual_m: number | null;
}

export async function startCalibration(): Promise<void> {
  const stand = JSON.parse(need("stand").textContent ?? "{}") as CameraPayload;
  const map = await open(null);
  if (!map) return;
  map.jumpTo({ center: [stand.lon, stand.lat], zoom: SEEN });
  addCameraLayers(map, 1);
  fill(map, [stand]);
  new Calibration(map, stand);
}

class Calibration {
  private readonly field = need<HTMLInputElement>("id_pairs");
  private readonly pairs = new Pairs(JSON.parse(this.field.value || "[]"));
  private readonly still: Still;
  private readonly here = new Marker({ element: el("i", { class: "mark here" }) });
  private markers: Marker[] = [];
  private plane: Plane | null = null;
  private asked = 0;

  constructor(
    private readonly map: GlMap,
    private readonly stand: CameraPayload,
  ) {
    const put = (half: Pixel | Spot) => {
      this.pairs.set(half);
      this.changed();
    };
    this.still = new Still(put, (pixel) => this.follow(pixel), () => this.changed(), () => say(need("map-state"), gettext("This browser can't read that file as a picture; choose a JPEG of this camera."))); // prettier-ignore
    map.on("click", ({ lngLat }) => put({ lat: lngLat.lat, lon: lngLat.lng }));
    listen(map, { Enter: () => put({ lat: map.getCenter().lat, lon: map.getCenter().lng }) });
    this.changed();
  }

  private changed(): void {
    const { all, pixel, spot } = this.pairs;
    this.field.value = JSON.stringify(this.pairs.said());
    this.still.mark(all, pixel);
    this.pin(spot);
    say(need("map-state"), this.next());
    void this.ask();
  }

  /** What is to be done now. */
  private next(): string {
    if (this.pairs.pixel) return gettext("Now the same point on the map.");
    if (!this.still.isThere) return gettext("Choose a picture, then point at something in it.");
    return this.pairs.spot ? gettext("Now the same point in the picture.") : gettext("Point at something in the picture or on the map.");
  }

  /** Number the places on the map; each may be dragged. */
  private pin(half: Spot | null): void {
    this.markers.forEach((marker) => marker.remove());
    this.markers = this.pairs.all.map((pair, at) => {
      const marker = this.marker(pair, String(at + 1), "mark").setDraggable(true);
      marker.on("dragend", () => {
        const { lat, lng } = marker.getLngLat();
        this.pairs.move(at, { lat, lon: lng });
        this.changed();
      });
      return marker;
    });
    if (half) this.markers.push(this.marker(half, "?", "mark half"));
  }

  private marker(spot: Spot, words: string, name: string): Marker {
    const element = el("i", { class: name }, words);
    element.addEventListener("click", (event) => event.stopPropagation());
    return new Marker({ element }).setLngLat([spot.lon, spot.lat]).addTo(this.map);
  }

  /** What the pairs make of the camera; an answer to older pairs is let go. */
  private async ask(): Promise<void> {
    const asked = ++this.asked;
    const pairs = this.pairs.said();
    const found = pairs.length < LEAST ? null : await post<Fit>(`cameras/${this.stand.id}/fit/`, { pairs }).catch((lost: unknown) => lost as Error);
    if (asked !== this.asked) return;
    const fit = found && "plane" in found ? found : null;
    this.plane = fit?.plane ?? null;
    this.list(fit);
    const button = document.querySelector<HTMLButtonElement>(".form button.primary");
    if (button) button.disabled = !fit;
    set(need("fit"), { "data-fit": fit ? "good" : found ? "bad" : "none" });
    say(need("fit"), fit ? told(fit) : found ? (found instanceof Refusal ? found.message : gettext("No answer: try again.")) : missing(LEAST - pairs.length));
  }

  private list(fit: Fit | null): void {
    const rows = this.pairs.all.map((_, at) => {
      const button = el("button", { type: "button", class: "plain" }, gettext("Remove"));
      button.setAttribute("aria-label", gettext("Remove pair %(number)s", { number: at + 1 }));
      button.addEventListener("click", () => {
        this.pairs.remove(at);
        this.changed();
      });
      const off = fit?.residual_m == null ? "" : gettext("%(metres)s m off", { metres: fit.off_m[at]!.toFixed(2) });
      return el("li", {}, el("span", {}, off), " ", button);
    });
    need("pairs").replaceChildren(...rows);
  }

  /** Show on the map where the pointer in the picture is. */
  private follow(pixel: Pixel | null): void {
    const place = pixel && this.plane && groundAt(this.stand, this.plane, pixel.x, pixel.y);
    if (place) this.here.setLngLat(place).addTo(this.map);
    else this.here.remove();
  }
}

const missing = (count: number): string => ngettext("%(count)s more pair is needed.", "%(count)s more pairs are needed.", count);

function told(fit: Fit): string {
  if (fit.residual_m === null) return gettext("Four pairs always fit. A fifth tells how well.");
  const facts = { metres: fit.residual_m.toFixed(2), count: fit.off_m.length };
  return gettext("Residual %(metres)s m, of %(count)s pairs. Move over the picture: the map shows the place.", facts);
}
