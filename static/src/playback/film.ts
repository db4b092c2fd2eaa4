// Pieces that the browser plays itself: files are put after each other where they were.

import { el } from "../dom.js";
import { gettext } from "../i18n.js";
import type { File, Piece } from "./pieces.js";
import { Projector } from "./projector.js";

const RATE = 25; // pictures a second, where nobody counted them
const OFF_S = 0.12; // a picture may be so far from the others' time before it is set right

export class Film extends Projector {
  readonly kind = "film";
  readonly face = el("video", { preload: "auto" });
  private readonly media = new MediaSource();
  private buffer: SourceBuffer | null = null;
  private wanted = { second: 0, off: OFF_S }; // what is to be seen now, and how far from it the picture may be

  constructor(pieces: Piece[], address: (file: File) => string) {
    super(pieces, address);
    this.face.muted = true;
    this.face.src = URL.createObjectURL(this.media);
    this.queue = new Promise((open) => this.media.addEventListener("sourceopen", () => open(), { once: true }));
  }

  show(piece: Piece | null, second: number, speed: number, isPlaying: boolean): void {
    const video = this.face;
    video.hidden = !piece;
    if (!piece) return video.pause();
    this.wanted = { second, off: isPlaying ? OFF_S * Math.max(1, speed) : 0.001 };
    const isUnderWay = video.seeking && this.holds(video.currentTime); // to where nothing is held any more it would be for ever
    if (!isUnderWay && this.off > this.wanted.off) video.currentTime = second;
    if (video.playbackRate !== speed) video.playbackRate = speed;
    if (isPlaying && video.paused) void video.play().catch(() => undefined);
    if (!isPlaying && !video.paused) video.pause();
  }

  isReady(_piece: Piece, second: number): boolean {
    return this.holds(second);
  }

  get isSeen(): boolean {
    return !this.face.seeking && this.face.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && this.off <= 4 * this.wanted.off;
  }

  private get off(): number {
    return Math.abs(this.face.currentTime - this.wanted.second);
  }

  private holds(second: number): boolean {
    const { buffered } = this.face;
    for (let at = 0; at < buffered.length; at++) if (buffered.start(at) - 0.05 <= second && second < buffered.end(at) + 0.1) return true;
    return false;
  }

  /** The middle of the picture, by how many the file has: which begins when only the browser knows. */
  stepped(piece: Piece, second: number, way: number): number {
    const lasts = piece.file.packets ? (piece.to - piece.from) / piece.file.packets : 1 / RATE;
    return piece.from + (Math.floor((second - piece.from) / lasts + 1e-6) + way + 0.5) * lasts;
  }

  picture(): HTMLCanvasElement | null {
    const { videoWidth: width, videoHeight: height } = this.face;
    if (!width || !this.isSeen) return null;
    const canvas = el("canvas", { width, height });
    canvas.getContext("2d")?.drawImage(this.face, 0, 0);
    return canvas;
  }

  protected async append(piece: Piece): Promise<void> {
    const kind = `video/${piece.file.codec.startsWith("vp") ? "webm" : "mp4"}; codecs="${piece.file.format}"`;
    if (!MediaSource.isTypeSupported(kind)) throw new Error(gettext("This browser can't play this recording (%(codec)s); it can be exported.", { codec: piece.file.codec }));
    const bytes = await this.bytes(piece);
    if (!this.buffer) this.buffer = this.media.addSourceBuffer(kind);
    else this.buffer.changeType(kind);
    this.buffer.timestampOffset = piece.from;
    await this.done(() => this.buffer!.appendBuffer(bytes));
  }

  protected async letGo(_pieces: Piece[], until: number): Promise<void> {
    const { buffer } = this;
    if (!buffer || !buffer.buffered.length || buffer.buffered.start(0) >= until) return;
    await this.done(() => buffer.remove(0, until));
  }

  private done(act: () => void): Promise<void> {
    return new Promise((done, lost) => {
      this.buffer!.addEventListener("updateend", () => done(), { once: true });
      this.buffer!.addEventListener("error", () => lost(new Error(gettext("A recording can't be decoded."))), { once: true });
      act();
    });
  }
}
