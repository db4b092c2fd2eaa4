// One source's recordings as one: each piece is shown by what can show its kind, gaps stay gaps.

import { Film } from "./film.js";
import { kindOf, laid, type File, type Piece } from "./pieces.js";
import type { Projector } from "./projector.js";
import { Stills } from "./stills.js";

const MOMENT_S = 0.001;
const SOON_MS = 400; // a picture that is seen within so long was not waited for

export class Track {
  readonly pieces: Piece[];
  readonly video: HTMLVideoElement | null = null; // what is heard
  private readonly projectors: Projector[] = [];
  private unseenAt = 0; // since when another picture than this second's is seen, or none; ms of the page, 0: it is seen

  /** `address` gives where a file is; `began`: ms since 1970 of the playback's beginning. */
  constructor(files: File[], began: number, address: (file: File) => string) {
    this.pieces = laid(files, began);
    const of = (kind: string) => this.pieces.filter((one) => kindOf(one.file) === kind);
    const [films, stills] = [of("film"), of("stills")];
    if (films.length) {
      const film = new Film(films, address);
      this.video = film.face;
      this.projectors.push(film);
    }
    if (stills.length) this.projectors.push(new Stills(stills, address, began));
  }

  /** What its pictures are seen on; all but one at a time are hidden. */
  get faces(): HTMLElement[] {
    return this.projectors.map((one) => one.face);
  }

  /** The piece that holds this second; undefined in a gap. */
  at(second: number): Piece | undefined {
    return this.pieces.find((one) => one.from <= second && second < one.to && !one.file.gone);
  }

  /** Where the next piece after this second begins; Infinity without one. */
  next(second: number): number {
    return this.pieces.find((one) => one.from > second && !one.file.gone)?.from ?? Infinity;
  }

  /** Where the picture after this second's is, or the one before it (way −1), across a gap where one is; null without one. */
  stepped(second: number, way: number): number | null {
    const piece = this.at(second);
    if (piece) return this.projector(piece).stepped(piece, second, way);
    const far = way > 0 ? this.next(second) : this.before(second);
    return Number.isFinite(far) ? far : null;
  }

  /** Show the picture of this second, or go on from there at a speed. */
  show(second: number, speed: number, isPlaying: boolean): void {
    const piece = this.at(second);
    for (const one of this.projectors) {
      if (piece) one.fetchAround(second, speed);
      one.show(piece && this.projector(piece) === one ? piece : null, second, speed, isPlaying);
    }
  }

  /** Whether the picture of this second is there to be shown. */
  isReady(second: number): boolean {
    const piece = this.at(second);
    return !piece || Boolean(this.failed(second)) || this.projector(piece).isReady(piece, second);
  }

  /** Why the picture of this second can't be shown, in words; "" mostly. */
  failed(second: number): string {
    const piece = this.at(second);
    return piece ? this.projector(piece).failed : "";
  }

  /** Whether the picture of this second is waited for, and what is seen meanwhile is not it. */
  waits(second: number, now: number): boolean {
    const piece = this.at(second);
    if (!piece || this.projector(piece).isSeen) this.unseenAt = 0;
    else this.unseenAt ||= now;
    return this.unseenAt > 0 && now - this.unseenAt > SOON_MS;
  }

  /** The picture that is shown of this second; null without one. */
  picture(second: number): HTMLCanvasElement | null {
    const piece = this.at(second);
    return piece ? this.projector(piece).picture() : null;
  }

  private before(second: number): number {
    const piece = this.pieces.filter((one) => one.to <= second && !one.file.gone).at(-1);
    return piece ? piece.to - MOMENT_S : -Infinity;
  }

  private projector(piece: Piece): Projector {
    return this.projectors.find((one) => one.kind === kindOf(piece.file))!;
  }
}
