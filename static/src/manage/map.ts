// A map on a page of administration: where it begins, what it says when it can't be drawn, and keys instead of the mouse.

import type { Map as GlMap } from "maplibre-gl";
import { el, need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import { type Bounds, fit, loadMaps, openMap } from "../map/places.js";

const STEP = 60; // px that an arrow moves the map

/** The map in #map, showing `bounds` or else the newest imported map; null where the browser can't draw it. */
export async function open(bounds: Bounds | null): Promise<GlMap | null> {
  const maps = await loadMaps();
  const map = await openMap(need("map"), maps, 0.95).catch(() => null);
  if (!map) {
    note(gettext("This browser can't draw the map (no WebGL). Everything can be typed instead."));
    return null;
  }
  if (!maps.length) note(gettext("No map has been loaded yet: only what is drawn here is seen."), "/manage/maps/", gettext("To the maps"));
  const start = bounds ?? maps[0]?.bounds ?? null;
  if (start) fit(map, start, 40, false);
  map.getCanvas().tabIndex = -1; // the frame around it takes the focus and the keys
  await new Promise<void>((ready) => (map.isStyleLoaded() ? ready() : map.once("load", () => ready())));
  return map;
}

/** Let keys move the map in the frame, and do what `keys` says besides. */
export function listen(map: GlMap, keys: Record<string, () => void>): void {
  const moves: Record<string, [number, number]> = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] };
  const own: Record<string, () => void> = {
    "+": () => map.zoomIn({ duration: 0 }),
    "=": () => map.zoomIn({ duration: 0 }),
    "-": () => map.zoomOut({ duration: 0 }),
    ...keys,
  };
  need("map-frame").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moves[event.key];
    const act = own[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!move && !act) return;
    if (move) map.panBy(move, { duration: 0 });
    else act?.();
    event.preventDefault();
  });
}

/** Words over the map, and a page where that is mended. */
export function note(words: string, address = "", verb = ""): void {
  const place = need("canvas-note");
  place.hidden = !words;
  say(place, words);
  if (address) place.append(" ", el("a", { href: address }, verb));
}
