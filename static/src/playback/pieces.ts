// A source's recordings laid along the playback's time.

export interface File {
  id: number;
  source: number;
  since: string;
  until: string;
  codec: string;
  format: string;
  packets: number;
  cut_off: boolean;
  gone: boolean;
  kept: boolean; // by the phone itself, at full quality and with its sound
}

export interface Piece {
  file: File;
  from: number; // s from the playback's beginning
  to: number;
}

export type Kind = "film" | "stills";

const STANDS_S = 2; // a still picture stands until the next, for so long at most: after a longer silence the recorder, too, sees a gap

/** What a file is shown as: no browser plays still pictures (JPEG) as a film. */
export const kindOf = (file: File): Kind => (file.format === "jpeg" ? "stills" : "film");

/** Files, in their order, as pieces. `began`: ms since 1970 of the playback's beginning. */
export function laid(files: File[], began: number): Piece[] {
  const s = (iso: string) => (Date.parse(iso) - began) / 1000;
  return files.map((file, at) => {
    const [to, next] = [s(file.until), files[at + 1]];
    return { file, from: s(file.since), to: kindOf(file) === "film" ? to : Math.min(to + STANDS_S, Math.max(to, next ? s(next.since) : Infinity)) };
  });
}
