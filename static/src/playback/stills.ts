// Pieces of still pictures (JPEG), which no browser plays: each is drawn at its time, and stands until the next.

import { el } from "../dom.js";
import { gettext } from "../i18n.js";
import { imageOf } from "../image.js";
import { headOf, packetsOf, payloadOf } from "../video/packet.js";
import type { File, Piece } from "./pieces.js";
import { Projector } from "./projector.js";

interface Still {
  at: number; // s from the playback's beginning
  bytes: Blob; // which the browser may put on its disk
}

export class Stills extends Projector {
  readonly kind = "stills";
  readonly face = el("canvas");
  private readonly held = new Map<number, Still[]>(); // by the file's number, in their order
  private wanted: Still | null = null;
  private drawn: Still | null = null;
  private isDrawing = false;
  private isBroken = false; // the newest that should have been drawn

  /** `began`: ms since 1970 of the playback's beginning. */
  constructor(
    pieces: Piece[],
    address: (file: File) => string,
    private readonly began: number,
  ) {
    super(pieces, (file) => `${address(file)}pictures/`);
  }

  override get failed(): string {
    return this.lost || (this.isBroken ? gettext("A recording can't be decoded.") : "");
  }

  show(piece: Piece | null, second: number): void {
    const stills = piece && this.held.get(piece.file.id);
    this.wanted = (stills && stills[newest(stills, second)]) || null;
    this.face.hidden = !this.wanted;
    if (this.wanted && this.wanted !== this.drawn && !this.isDrawing) void this.draw(this.wanted);
  }

  isReady(piece: Piece): boolean {
    return this.held.has(piece.file.id);
  }

  stepped(piece: Piece, second: number, way: number): number | null {
    const stills = this.held.get(piece.file.id);
    if (!stills) return null;
    return stills[newest(stills, second) + way]?.at ?? (way > 0 ? piece.to : piece.from - 0.001);
  }

  picture(): HTMLCanvasElement | null {
    return this.isSeen && !this.isBroken ? this.face : null;
  }

  get isSeen(): boolean {
    return this.drawn !== null && this.drawn === this.wanted;
  }

  protected async append(piece: Piece): Promise<void> {
    const stills: Still[] = [];
    for (const packet of packetsOf(await this.bytes(piece))) {
      const head = headOf(packet);
      if (head) stills.push({ at: (head.capturedUs / 1000 - this.began) / 1000, bytes: new Blob([payloadOf(packet)], { type: "image/jpeg" }) });
    }
    if (!stills.length) throw new Error(gettext("A recording can't be decoded."));
    this.held.set(piece.file.id, stills);
  }

  protected async letGo(pieces: Piece[]): Promise<void> {
    for (const piece of pieces) this.held.delete(piece.file.id);
  }

  /** One at a time: who plays fast sees those that are newest when the one before is drawn. */
  private async draw(still: Still): Promise<void> {
    this.isDrawing = true;
    const image = await imageOf(still.bytes);
    Object.assign(this.face, { width: image?.naturalWidth ?? 1, height: image?.naturalHeight ?? 1 }); // which clears it
    if (image) this.face.getContext("2d")?.drawImage(image, 0, 0);
    [this.drawn, this.isBroken, this.isDrawing] = [still, !image, false];
  }
}

/** Which is shown at this second: the newest that is not later, and at least the first, whose time the file's is but for its µs. */
function newest(stills: Still[], second: number): number {
  return Math.max(0, stills.filter((one) => one.at <= second).length - 1);
}
