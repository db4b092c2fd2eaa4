// A photo from camera or gallery, made small and upright before it is kept. It is drawn anew, so nothing but the picture
// comes along: no position, no name of the camera.

import { gettext } from "../i18n.js";

const LONGEST_PX = 2048;
const LARGEST = 850_000; // bytes; the station takes 900,000
const QUALITIES = [0.85, 0.75, 0.65, 0.55];
const SMALLER = 0.75; // of each side, where no quality is low enough

/** A JPEG of at most 2,048 px a side and 850 KB. Throws with words for people where the file is no picture. */
export async function shrunk(file: Blob): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new Error(gettext("This file is no photo that this phone can read."));
  });
  try {
    for (let scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height)); ; scale *= SMALLER)
      for (const quality of QUALITIES) {
        const made = await drawn(picture, scale, quality);
        if (made.size <= LARGEST) return await made.arrayBuffer();
      }
  } finally {
    picture.close();
  }
}

function drawn(picture: ImageBitmap, scale: number, quality: number): Promise<Blob> {
  const sheet = document.createElement("canvas");
  sheet.width = Math.max(1, Math.round(picture.width * scale));
  sheet.height = Math.max(1, Math.round(picture.height * scale));
  const pen = sheet.getContext("2d");
  if (!pen) throw new Error(gettext("This phone has no room for the photo."));
  pen.fillStyle = "#ffffff"; // what is see-through would become black
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
  return new Promise((done, failed) =>
    sheet.toBlob((made) => (made ? done(made) : failed(new Error(gettext("This phone has no room for the photo.")))), "image/jpeg", quality),
  );
}
