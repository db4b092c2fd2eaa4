// What shows the pieces of one kind: they are fetched ahead, one after another, and let go when they are far behind.

import { gettext } from "../i18n.js";
import type { File, Kind, Piece } from "./pieces.js";

const AHEAD_S = 30; // files that begin within so long are fetched
const BEHIND_S = 120; // what is further back is let go
const AGAIN_MS = 5000;

export abstract class Projector {
  abstract readonly kind: Kind;
  abstract readonly face: HTMLVideoElement | HTMLCanvasElement;
  protected lost = "";
  protected queue: Promise<void> = Promise.resolve();
  private readonly loaded = new Set<number>();
  private forgotten = 0; // what is before this second was let go

  /** `address` gives where a file is. */
  constructor(
    private readonly pieces: Piece[],
    private readonly address: (file: File) => string,
  ) {}

  /** Why something can't be shown, in words; "" mostly. */
  get failed(): string {
    return this.lost;
  }

  /** Show a piece's picture of this second, or go on from there at a speed; nothing where the piece is null. */
  abstract show(piece: Piece | null, second: number, speed: number, isPlaying: boolean): void;

  /** Whether the piece's picture of this second is there to be shown. */
  abstract isReady(piece: Piece, second: number): boolean;

  /** Whether what is seen now is the picture that is to be shown. */
  abstract get isSeen(): boolean;

  /** Where the picture after this second's is, or the one before it (way −1); null as long as that is not known. */
  abstract stepped(piece: Piece, second: number, way: number): number | null;

  /** The picture that is shown; null as long as there is none. */
  abstract picture(): HTMLCanvasElement | null;

  /** Fetch what is shown from this second on, and let go what is far behind it. */
  fetchAround(second: number, speed: number): void {
    const until = second + AHEAD_S * Math.max(1, speed / 4);
    for (const piece of this.pieces) {
      if (piece.to < second || piece.from > until || piece.file.gone || this.loaded.has(piece.file.id)) continue;
      this.loaded.add(piece.file.id);
      this.queue = this.queue.then(() => this.append(piece)).then(() => void (this.lost = ""), (lost: unknown) => this.lose(piece, lost)); // prettier-ignore
    }
    this.forgotten = Math.min(this.forgotten, second);
    if (second - this.forgotten > BEHIND_S + AHEAD_S) this.forget((this.forgotten = second - BEHIND_S));
  }

  /** Fetch a piece and hold it. */
  protected abstract append(piece: Piece): Promise<void>;

  /** Hold nothing any more of the pieces before this second. */
  protected abstract letGo(pieces: Piece[], until: number): Promise<void>;

  protected async bytes(piece: Piece): Promise<ArrayBuffer> {
    const answer = await fetch(this.address(piece.file), { cache: "no-store" });
    if (!answer.ok) throw new Error(gettext("A recording could not be fetched (%(status)s).", { status: answer.status }));
    return answer.arrayBuffer();
  }

  private forget(until: number): void {
    const behind = this.pieces.filter((one) => one.from < until && this.loaded.has(one.file.id));
    const forgotten = () => behind.forEach((one) => this.loaded.delete(one.file.id));
    this.queue = this.queue.then(() => this.letGo(behind, until)).then(forgotten, () => undefined);
  }

  /** Say what is missing, and try again a little later. */
  private lose(piece: Piece, lost: unknown): void {
    this.lost = lost instanceof Error ? lost.message : String(lost);
    setTimeout(() => this.loaded.delete(piece.file.id), AGAIN_MS);
  }
}
