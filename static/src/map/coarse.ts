// Where a processor does a graphics card's work, one drawing of a wall's map takes it a quarter of a second, as much as the map has
// pixels, and the page shows nothing else meanwhile. There a map that moves is drawn with fewer, and sharp again once it rests.

import type { Map as GlMap } from "maplibre-gl";

import { onRest } from "./rest.js";

const PROCESSOR = /swiftshader|llvmpipe|softpipe|basic render/i; // the renderers of Chromium, Mesa and Windows that need no card
const SHARE = 0.5; // of the pixels across: a quarter of them all
let found: boolean | null = null;

/** Draw this map coarser while it moves, if a processor draws it. */
export function coarse(map: GlMap): void {
  if (!isDrawnByProcessor(map)) return;
  let isOwn = false; // a change of its pixels is a movement to the map
  const draw = (ratio: number) => {
    if (map.getPixelRatio() === ratio) return;
    isOwn = true;
    map.setPixelRatio(ratio);
    isOwn = false;
  };
  map.on("movestart", () => isOwn || draw(devicePixelRatio * SHARE));
  onRest(map, () => draw(devicePixelRatio));
}

/** Whether there is no graphics card for this page's maps. Asked of the first of them: each asking waits for all that is being drawn. */
export function isDrawnByProcessor(map: GlMap): boolean {
  return (found ??= PROCESSOR.test(rendererOf(map)));
}

function rendererOf(map: GlMap): string {
  const gl = map.getCanvas().getContext("webgl2");
  const told = gl?.getExtension("WEBGL_debug_renderer_info");
  return gl && told ? String(gl.getParameter(told.UNMASKED_RENDERER_WEBGL)) : "";
}
