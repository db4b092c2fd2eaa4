// The page of maps: a file goes to the server piece by piece, and its import is followed until it is a map.

import { need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import { csrf, refusal, Refusal } from "../rest.js";

interface Upload {
  id: number;
  name: string;
  state: "receiving" | "waiting" | "importing" | "failed" | "gone";
  received: number;
  size: number;
  words: string;
}

const PIECE = 768 * 1024; // bytes; the front door takes 1 MB
const PATIENCE_MS = 60_000;
const AGAIN_MS = [1000, 2000, 4000, 8000]; // after the line was lost
const LOOK_MS = 1500;

export function startMaps(): void {
  if (document.getElementById("load-map")) new Loading(need<HTMLFormElement>("load-map"));
  for (const row of document.querySelectorAll<HTMLElement>("[data-upload]"))
    if (["waiting", "importing"].includes(row.dataset.state ?? "")) void followRow(row);
}

async function followRow(row: HTMLElement): Promise<void> {
  const address = `/manage/maps/uploads/${row.dataset.upload}/`;
  const end = await follow(address, (upload) => say(row, upload.words));
  location.assign(end ? "/manage/maps/" : done("/manage/maps/", row.dataset.name ?? ""));
}

class Loading {
  private stopped = false;
  private readonly button = need<HTMLButtonElement>("load");
  private readonly stop = need<HTMLButtonElement>("stop");

  constructor(private readonly form: HTMLFormElement) {
    this.button.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    this.stop.addEventListener("click", () => (this.stopped = true));
  }

  private async run(): Promise<void> {
    const file = this.form.querySelector<HTMLInputElement>("input[type=file]")?.files?.[0];
    this.errors({});
    if (!file) return this.errors({ file: gettext("Choose a file first.") });
    this.busy(true);
    try {
      await this.load(file);
    } catch (lost) {
      this.busy(false);
      const told = lost instanceof Refusal ? lost : new Refusal(0, "failed", String(lost), {}, {});
      this.errors(Object.keys(told.fields).length ? told.fields : { all: told.message });
    }
  }

  private async load(file: File): Promise<void> {
    const { announce, done: back, replaces } = this.form.dataset;
    const name = this.form.querySelector<HTMLInputElement>("[name=name]")!.value.trim();
    const said = { name, filename: file.name, size: String(file.size), changed: String(Math.round(file.lastModified)), replaces: replaces ?? "" };
    let upload = await send(announce!, new URLSearchParams(said));
    const address = `${announce}${upload.id}/`;
    while (upload.state === "receiving" && !this.stopped) {
      this.show(upload);
      upload = await piece(address, upload.received, file);
    }
    if (this.stopped) return location.assign(back!);
    this.stop.hidden = true;
    const end = await follow(address, (now) => this.show(now));
    if (!end) return location.assign(done(back!, name));
    throw new Refusal(0, "failed", end.words, {}, {});
  }

  private show(upload: Upload): void {
    const bar = need<HTMLProgressElement>("progress");
    if (upload.state === "receiving") bar.value = Math.round((upload.received / upload.size) * 1000);
    else bar.removeAttribute("value");
    say(need("loading-state"), upload.words);
  }

  private busy(is: boolean): void {
    this.button.disabled = is;
    need("loading").hidden = !is;
    this.stop.hidden = !is;
    this.stopped = false;
  }

  private errors(fields: Record<string, string | string[]>): void {
    for (const place of this.form.querySelectorAll<HTMLElement>("[id^=error-]")) {
      const words = fields[place.id.slice("error-".length)];
      place.hidden = !words;
      say(place, [words ?? ""].flat().join(" "));
    }
  }
}

const done = (back: string, name: string): string => `${back}?${new URLSearchParams({ loaded: name })}`;

/** Look after an upload until it is a map (null) or has failed. */
async function follow(address: string, show: (upload: Upload) => void): Promise<Upload | null> {
  for (;;) {
    const upload = await send(address).catch((lost: unknown) => {
      if (lost instanceof Refusal && lost.status >= 400 && lost.status < 500) throw lost;
      return null; // the server is away: it goes on when it is back
    });
    if (upload?.state === "gone") return null;
    if (upload) show(upload);
    if (upload?.state === "failed" || upload?.state === "receiving") return upload;
    await pause(LOOK_MS);
  }
}

/** Send the piece at `offset`; where the server has another place in mind, go there. */
async function piece(address: string, offset: number, file: File): Promise<Upload> {
  for (let lost = 0; ; lost++) {
    try {
      return await send(`${address}?offset=${offset}`, file.slice(offset, offset + PIECE));
    } catch (refused) {
      const told = refused as Refusal;
      if (told.code === "other_place") return await send(address);
      const wait = AGAIN_MS[lost];
      if ((told.status !== 0 && told.status < 502) || told.status === 507 || wait === undefined) throw refused;
      await pause(wait);
    }
  }
}

async function send(address: string, body?: BodyInit): Promise<Upload> {
  const asked: RequestInit = { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body) Object.assign(asked, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf(), ...kind(body) } });
  const answer = await fetch(address, asked).catch(() => {
    throw new Refusal(0, "cut_off", gettext("The server can't be reached. What has arrived is kept: try again with the same file."), {}, {});
  });
  if (answer.ok && !answer.redirected) return (await answer.json()) as Upload;
  throw answer.redirected ? new Refusal(401, "locked", gettext("Sign in again; what has arrived is kept."), {}, {}) : await refusal(answer);
}

const kind = (body: BodyInit): Record<string, string> => (body instanceof Blob ? { "Content-Type": "application/octet-stream" } : {});

const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));
