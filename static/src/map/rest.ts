import type { Map as GlMap } from "maplibre-gl";

const REST_MS = 2_500; // what a movement brings along, pictures of the scene above all, has come by then

/** Call `then` whenever this map has come to rest, that is, has not moved for 2.5 s. Gives what ends that. */
export function onRest(map: GlMap, then: () => void): () => void {
  let later = 0;
  const wait = () => {
    clearTimeout(later);
    later = window.setTimeout(() => map.isMoving() || then(), REST_MS);
  };
  map.on("moveend", wait);
  return () => {
    clearTimeout(later);
    map.off("moveend", wait);
  };
}
