// One source's recordings as one film: files are put after each other where they were, gaps stay gaps.

import { gettext } from "../i18n.js";

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

const AHEAD_S = 30; // files that begin within so long are fetched
const BEHIND_S = 120; // what is further back is let go
const AGAIN_MS = 5000;
const RATE = 25; // pictures a second, where nobody counted them
const OFF_S = 0.12; // a picture may be so far from the others' time before it is set right

export class Track {
  readonly pieces: Piece[];
  readonly video = document.createElement("video");
  failed = "";
  private readonly media = new MediaSource();
  private buffer: SourceBuffer | null = null;
  private loaded = new Set<number>();
  private forgotten = 0; // what is before this second was let go
  private queue: Promise<void>;

  /** `address` gives where a file is; `began`: ms since 1970 of the playback's beginning. */
  constructor(
    files: File[],
    began: number,
    private readonly address: (file: File) => string,
  ) {
    const s = (iso: string) => (Date.parse(iso) - began) / 1000;
    this.pieces = files.map((file) => ({ file, from: s(file.since), to: s(file.until) }));
    this.video.muted = true;
    this.video.preload = "auto";
    this.video.src = URL.createObjectURL(this.media);
    this.queue = new Promise((open) => this.media.addEventListener("sourceopen", () => open(), { once: true }));
  }

  /** The piece that holds this second; undefined in a gap. */
  at(second: number): Piece | undefined {
    return this.pieces.find((one) => one.from <= second && second < one.to && !one.file.gone);
  }

  /** Where the next piece after this second begins; Infinity without one. */
  next(second: number): number {
    return this.pieces.find((one) => one.from > second && !one.file.gone)?.from ?? Infinity;
  }

  /** The middle of the picture after this second's, or before it (way −1); null in a gap. */
  stepped(second: number, way: number): number | null {
    const piece = this.at(second);
    if (!piece) return null;
    const lasts = piece.file.packets ? (piece.to - piece.from) / piece.file.packets : 1 / RATE;
    return piece.from + (Math.floor((second - piece.from) / lasts + 1e-6) + way + 0.5) * lasts;
  }

  /** Show the picture of this second, or go on from there at a speed. */
  show(second: number, speed: number, isPlaying: boolean): void {
    const piece = this.at(second);
    this.video.hidden = !piece;
    if (!piece) return this.video.pause();
    this.fetchAround(second, speed);
    const { video } = this;
    const off = video.seeking ? 0 : Math.abs(video.currentTime - second);
    if (off > (isPlaying ? OFF_S * Math.max(1, speed) : 0.001)) video.currentTime = second;
    if (video.playbackRate !== speed) video.playbackRate = speed;
    if (isPlaying && video.paused) void video.play().catch(() => undefined);
    if (!isPlaying && !video.paused) video.pause();
  }

  /** Whether the picture of this second is there to be shown. */
  isReady(second: number): boolean {
    if (!this.at(second) || this.failed) return true;
    const { buffered } = this.video;
    for (let at = 0; at < buffered.length; at++) if (buffered.start(at) - 0.05 <= second && second < buffered.end(at) + 0.1) return true;
    return false;
  }

  private fetchAround(second: number, speed: number): void {
    const until = second + AHEAD_S * Math.max(1, speed / 4);
    for (const piece of this.pieces) {
      if (piece.to < second || piece.from > until || piece.file.gone || this.loaded.has(piece.file.id)) continue;
      this.loaded.add(piece.file.id);
      this.queue = this.queue.then(() => this.append(piece)).then(() => void (this.failed = ""), (lost: unknown) => this.lose(piece, lost)); // prettier-ignore
    }
    if (second - this.forgotten > BEHIND_S + AHEAD_S) this.queue = this.queue.then(() => this.forget(second - BEHIND_S)).catch(() => undefined);
  }

  private async append(piece: Piece): Promise<void> {
    const kind = `video/${piece.file.codec.startsWith("vp") ? "webm" : "mp4"}; codecs="${piece.file.format}"`;
    if (!MediaSource.isTypeSupported(kind)) throw new Error(gettext("This browser can't play this recording (%(codec)s); it can be exported.", { codec: piece.file.codec }));
    const answer = await fetch(this.address(piece.file), { cache: "no-store" });
    if (!answer.ok) throw new Error(gettext("A recording could not be fetched (%(status)s).", { status: answer.status }));
    const bytes = await answer.arrayBuffer();
    if (!this.buffer) this.buffer = this.media.addSourceBuffer(kind);
    else this.buffer.changeType(kind);
    this.buffer.timestampOffset = piece.from;
    await this.done(() => this.buffer!.appendBuffer(bytes));
  }

  private async forget(until: number): Promise<void> {
    const { buffer } = this;
    this.forgotten = until;
    if (!buffer || !buffer.buffered.length || buffer.buffered.start(0) >= until) return;
    await this.done(() => buffer.remove(0, until));
    for (const piece of this.pieces) if (piece.from < until) this.loaded.delete(piece.file.id);
  }

  private done(act: () => void): Promise<void> {
    return new Promise((done, lost) => {
      this.buffer!.addEventListener("updateend", () => done(), { once: true });
      this.buffer!.addEventListener("error", () => lost(new Error(gettext("A recording can't be decoded."))), { once: true });
      act();
    });
  }

  /** Say what is missing, and try again a little later. */
  private lose(piece: Piece, lost: unknown): void {
    this.failed = lost instanceof Error ? lost.message : String(lost);
    setTimeout(() => this.loaded.delete(piece.file.id), AGAIN_MS);
  }
}
