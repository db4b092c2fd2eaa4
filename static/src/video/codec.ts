// What a phone encodes its pictures as: the first of these that its browser can, and stills where it can none or the way is too narrow.

export type Film = "h264" | "vp8";

const FRAMES = 15; // a second
export const SIZE = { width: 640, height: 360 };
const STILL_PX = 320; // its longer side
const STILL_QUALITY = 0.45; // some 4 to 7 KB: at 60 kbit/s within a second
const FILMS: Record<Film, Pick<VideoEncoderConfig, "codec" | "avc">> = { h264: { codec: "avc1.42E01F", avc: { format: "annexb" } }, vp8: { codec: "vp8" } };

/** How an encoder is told to make a film of so many bit/s. */
export function configOf(film: Film, bitrate: number): VideoEncoderConfig {
  return { ...FILMS[film], ...SIZE, bitrate, framerate: FRAMES, latencyMode: "realtime", bitrateMode: "variable" };
}

/** What this browser encodes, null for no film at all. */
export async function filmOf(bitrate: number): Promise<Film | null> {
  if (!("VideoEncoder" in self)) return null;
  for (const film of ["h264", "vp8"] as const) {
    const found = await VideoEncoder.isConfigSupported(configOf(film, bitrate)).catch(() => null);
    if (found?.supported) return film;
  }
  return null;
}

/** A picture as a small JPEG. */
export async function stillOf(frame: VideoFrame): Promise<Uint8Array<ArrayBuffer>> {
  const scale = STILL_PX / Math.max(frame.displayWidth, frame.displayHeight);
  const canvas = new OffscreenCanvas(Math.round(frame.displayWidth * scale), Math.round(frame.displayHeight * scale));
  canvas.getContext("2d")?.drawImage(frame, 0, 0, canvas.width, canvas.height);
  const made = await canvas.convertToBlob({ type: "image/jpeg", quality: STILL_QUALITY });
  return new Uint8Array(await made.arrayBuffer());
}
