// Photos of a note: small beside its words. What the phone has not sent yet and what was erased is said.

import { el, keyed } from "./dom.js";
import { gettext } from "./i18n.js";
import type { LogPayload } from "./topics.js";

type Photo = LogPayload["photos"][number];

/** Where a photo is to be had; only the whole one is entered as looked at while the incident is open. */
export const photoAddress = (key: string, size: "large" | "small"): string => `/api/v1/photos/${key}/${size === "small" ? "?size=small" : ""}`;

/** Keep `place` showing the photos of an entry; a touch opens one large. */
export function drawPhotos(place: HTMLElement, photos: Photo[]): void {
  place.hidden = photos.length === 0;
  const shown = photos.map((photo, at) => ({ photo, number: at + 1 }));
  keyed(place, shown, ({ photo }) => `${photo.key} ${photo.state}`, ({ photo, number }) => one(photo, number), () => undefined);
}

function one(photo: Photo, number: number): HTMLElement {
  if (photo.state === "awaited") return el("i", {}, gettext("photo still on the phone"));
  if (photo.state === "erased") return el("i", {}, gettext("photo erased"));
  const picture = el("img", { src: photoAddress(photo.key, "small"), alt: gettext("Photo %(number)s", { number }), loading: "lazy" });
  return el("a", { href: photoAddress(photo.key, "large"), target: "_blank", rel: "noopener" }, picture);
}
