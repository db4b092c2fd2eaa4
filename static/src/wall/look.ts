// Which cameras see a place of the wall's map: asked by whoever has taken the wall over, or is signed in at it.

import { need } from "../dom.js";
import type { Live } from "../live.js";
import { Pointing } from "../map/pointing.js";
import { WhoSees } from "../map/who_sees.js";
import type { Large, Place } from "../video/large.js";
import type { Assist } from "./assist.js";
import { hideRest } from "./assist_incident.js";
import type { TakeOver } from "./takeover.js";
import { rem, type View } from "./view.js";

export interface Parts {
  live: Live;
  view: View;
  assist: Assist;
  large: Large;
  takeOver: TakeOver | null; // null where a person watches and no screen
  incident(): string; // that the wall is about; "" for none
}

export class Look {
  private whoSees: WhoSees | null = null; // null without a map

  constructor(private readonly parts: Parts) {
    parts.takeOver?.onOver(() => this.leave());
    for (const when of ["resize", "orientationchange"]) addEventListener(when, () => this.fit());
  }

  /** The map is there: the right mouse button asks about any place of it. */
  begin(): void {
    const { view, live, assist, large } = this.parts;
    const map = view.map;
    if (!map) return;
    const pointing = new Pointing(map, need("map"), { middle: () => view.middle(), escaped: () => this.close() });
    view.onClick((at) => pointing.click(at));
    this.whoSees = new WhoSees(map, live, rem() / 16, {
      maps: view.maps, pointing, home: () => need("beside"), middle: () => view.middle(), mayAsk: () => this.mayAsk(), changed: (answer) => this.changed(answer),
      incident: () => this.parts.incident(), watch: (eye) => assist.pick(eye) || large.open(eye),
    });
  }

  /** Which cameras see what lies in the middle; a second time the answer goes. */
  askMiddle(): void {
    if (!this.close()) this.whoSees?.askMiddle();
  }

  /** Which cameras see a place. */
  ask(place: Place): void {
    this.whoSees?.ask(place);
  }

  /** Take the answer away; whether there was one. */
  close(): boolean {
    return this.whoSees?.close() ?? false;
  }

  /** Whether somebody is there who may ask; who stands before a bare screen is asked who they are. */
  mayAsk(): boolean {
    const { takeOver } = this.parts;
    if (!takeOver || takeOver.isOn) return true;
    takeOver.ask();
    return false;
  }

  /** Nobody acts here any more: what they asked for goes with them. */
  private leave(): void {
    this.close();
    this.parts.assist.unpick();
    this.parts.large.leave();
  }

  /** The answer came, and the best of it has the focus; or it went. */
  private changed(answer: HTMLElement | null): void {
    this.parts.assist.redraw();
    if (!answer) return;
    this.fit();
    (answer.querySelector<HTMLElement>("li button") ?? answer.querySelector<HTMLElement>("[role=group] button"))?.focus();
  }

  /** No row is cut in two; where the middle of what is seen of the map lies. */
  private fit(): void {
    const { top, right, bottom, left } = this.parts.view.covered();
    need("map").style.setProperty("--uncovered", [top, right, bottom, left].map((one) => `${one}px`).join(" "));
    const [list, more] = [document.querySelector<HTMLElement>("#beside .who-sees ol"), document.querySelector<HTMLElement>("#beside .who-sees .more")];
    if (list && more) hideRest(list, more);
  }
}
