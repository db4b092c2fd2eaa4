// Keeps what the camera sees and the microphone hears on this phone, at full quality, whatever the network does meanwhile.

import { uuid } from "../rest.js";
import { addPiece, bytesOf, dropFilm, type Film, putFilm, sha256 } from "./films.js";

const PIECE_MS = 2000; // a page that dies takes no more with it
const FILM_MS = 60_000; // then another film begins: one that is spoilt on its way costs a minute
const PICTURE_BITS = 2_500_000;
const SOUND_BITS = 64_000;
const ROOM = 200_000_000; // bytes that must be left on the phone
// WebM can be played as far as it was written; the MP4 of some browsers only when it was ended in order
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

export type Keeping = "off" | "on" | "silent" | "full" | "cannot";
/** The lock that whoever makes a film holds: what has none and no SHA-256 was left by a page that died. */
export const lockOf = (film: Film): string => `film ${film.id}`;

/** Count a film, which makes it whole; one of nothing is forgotten. */
export async function finish(film: Film): Promise<void> {
  if (film.bytes) await putFilm(Object.assign(film, { sha256: await sha256(await bytesOf(film)) }));
  else await dropFilm(film.id);
}

export class Keeper {
  state: Keeping = "off";
  private recorder: MediaRecorder | null = null;
  private camera: MediaStream | null = null;
  private timer = 0;
  private under: Promise<unknown>[] = []; // films that are being made

  /** `changed`: a piece is kept, a film is whole, or the state is another. */
  constructor(
    private readonly who: string,
    private readonly changed: () => void,
  ) {}

  /** Whether this browser can keep anything: to count what is kept takes a secure address. */
  static get can(): boolean {
    return "MediaRecorder" in window && Boolean(crypto.subtle);
  }

  /** Begin to keep; `incident` gives whose scene it is. */
  async start(camera: MediaStream, incident: () => string): Promise<void> {
    if (!Keeper.can) return this.become("cannot");
    this.camera = camera;
    const isRoom = await hasRoom();
    if (this.camera !== camera) return; // stopped meanwhile
    if (!isRoom) return this.become("full");
    this.record(camera, incident());
    this.timer = window.setInterval(() => void this.next(camera, incident()), FILM_MS);
    this.become(camera.getAudioTracks().length ? "on" : "silent");
  }

  /** Keep no more; done once the last film is whole. */
  async stop(): Promise<void> {
    this.end("off");
    await Promise.allSettled(this.under);
  }

  /** The next film begins before the one before it ends: nothing is lost in between. */
  private async next(camera: MediaStream, incident: string): Promise<void> {
    const isRoom = await hasRoom();
    const before = this.recorder;
    if (!before || before.state === "inactive") return;
    if (!isRoom) return this.end("full");
    this.record(camera, incident);
    before.stop();
  }

  private end(state: Keeping): void {
    clearInterval(this.timer);
    this.camera = null;
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
    this.recorder = null;
    this.become(state);
  }

  private record(camera: MediaStream, incident: string): void {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
    const recorder = new MediaRecorder(camera, { mimeType, videoBitsPerSecond: PICTURE_BITS, audioBitsPerSecond: SOUND_BITS });
    const [now, hasSound] = [Date.now(), camera.getAudioTracks().length > 0];
    const film: Film = { id: uuid(), who: this.who, incident, type: mimeType, began: now, ended: now, bytes: 0, pieces: 0, hasSound, sha256: "" };
    this.recorder = recorder;
    const made = navigator.locks.request(lockOf(film), () => this.made(recorder, film)).finally(() => {
      this.under = this.under.filter((one) => one !== made);
      this.changed();
    });
    this.under.push(made);
    recorder.start(PIECE_MS);
  }

  /** Put each piece on the disk as it comes, until the film is over. */
  private made(recorder: MediaRecorder, film: Film): Promise<void> {
    let written: Promise<unknown> = putFilm(film);
    recorder.ondataavailable = ({ data }) => {
      if (data.size) written = written.then(() => addPiece(film, data)).then(this.changed);
      written.catch(() => this.recorder === recorder && this.end("full")); // no room for it: what is there stays
    };
    return new Promise((done, failed) => {
      recorder.onstop = () => void written.catch(() => undefined).then(() => finish(film)).then(done, failed);
    });
  }

  private become(state: Keeping): void {
    this.state = state;
    this.changed();
  }
}

/** Whether this phone has room for more; a browser that doesn't say is believed to, until it has none. */
async function hasRoom(): Promise<boolean> {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return quota === undefined || usage === undefined || quota - usage > ROOM;
}
