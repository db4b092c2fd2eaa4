// Closing a road with the pen on the map, and opening it again by a click on it. The toolbar says all of it in words and keys.

import { may } from "../config.js";
import { el, need, say } from "../dom.js";
import { date, ms, time, unzoned } from "../format.js";
import { gettext } from "../i18n.js";
import type { Store } from "../store.js";
import type { Acts } from "./acts.js";
import { closeHere, openRoad } from "./blocks.js";
import type { Forms } from "./forms.js";
import type { DeskMap } from "./map.js";
import { type Drawn, LEAST, type Pen, type Shape } from "../map/pen.js";

const SHAPES: Shape[] = ["Point", "LineString", "Polygon"];
const ENDS_MIN = [15, 30, 60, 120, 240, 480];
const MOMENT = /^(\d{4}-\d{2}-\d{2} )?([01]\d:[0-5]\d|2[0-3]:[0-5]\d)$/; // a date field would show the browser's clock, perhaps of 12 h
const DAY_MS = 86_400_000;
const WORDS = 200; // characters of the words

export class Closing {
  private pen: Pen | null = null;
  private readonly tools = need("draw-tools");

  constructor(
    private readonly map: DeskMap,
    private readonly forms: Forms,
    private readonly acts: Acts,
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    need("draw").hidden = !may("dispatch");
    need("draw").addEventListener("click", () => this.start());
    need("draw-done").addEventListener("click", () => this.done());
    need("draw-leave").addEventListener("click", () => this.leave());
    for (const button of this.shapes()) button.addEventListener("click", () => this.take(button.dataset.shape as Shape));
    need("act").addEventListener("close", () => this.leave());
  }

  /** `O`, or the button: the next clicks are corners. */
  start(): void {
    if (!may("dispatch")) return;
    this.pen ??= this.map.draw({
      changed: () => this.show(),
      shape: (at) => this.take(SHAPES[at] ?? "LineString"),
      done: () => this.done(),
      leave: () => this.leave(),
    });
    if (!this.pen) return this.acts.say(gettext("The map is not here to be drawn on: /b closes a road by its name."), false);
    this.show();
  }

  /** A closed road that was clicked: who closed it, until when, and one key that opens it. */
  chosen(id: string): void {
    const block = this.store.road_block.get(id);
    if (!block || !may("dispatch")) return;
    this.forms.open(gettext("Open the closed road %(id)s?", { id }), {}, () => openRoad(id));
    const since = `${date(ms(block.at))} ${time(ms(block.at))}`;
    const until = block.until ? gettext("until %(time)s", { time: `${date(ms(block.until))} ${time(ms(block.until))}` }) : gettext("until somebody opens it");
    need("act-fields").replaceChildren(el("p", {}, el("b", {}, block.words || gettext("closed road"))), el("p", {}, [gettext("closed %(time)s", { time: since }), block.by, until].filter(Boolean).join(" · ")));
  }

  private take(shape: Shape): void {
    this.pen?.take(shape);
    need("map").focus();
  }

  private done(): void {
    const drawn = this.pen?.drawn;
    if (!this.pen) return;
    if (!drawn) return this.acts.say(gettext("expected %(least)s corners, found %(found)s", { least: LEAST[this.pen.shape], found: this.pen.count }), false);
    this.map.rest();
    this.ask(drawn);
  }

  private ask(drawn: Drawn): void {
    const words = el("input", { maxlength: WORDS });
    const ends = el("select", {}, el("option", { value: "" }, gettext("when somebody opens it")), ...ENDS_MIN.map((one) => el("option", { value: one }, gettext("in %(minutes)s min", { minutes: one }))));
    const at = el("input", { pattern: MOMENT.source, maxlength: 16, placeholder: "14:30", autocomplete: "off" });
    const fields = { [gettext("Why, or which road")]: words, [gettext("It ends")]: ends, [gettext("or at, 24 h: 14:30 or 2026-11-20 14:30")]: at };
    this.forms.open(gettext("Close the road"), fields, () => closeHere(drawn, words.value.trim(), this.until(ends.value, at.value)));
  }

  /** The end as ISO 8601; a time of day alone means the next time that the station's clock shows it. */
  private until(minutes: string, at: string): string | null {
    const [, day = "", clock = ""] = MOMENT.exec(at.trim()) ?? [];
    if (!clock) return minutes ? new Date(this.now() + Number(minutes) * 60_000).toISOString() : null;
    const said = unzoned(`${day.trim() || date(this.now())}T${clock}`);
    return new Date(!day && said <= this.now() ? said + DAY_MS : said).toISOString();
  }

  private leave(): void {
    if (!this.pen) return;
    this.pen.clear();
    this.pen = null;
    this.map.rest();
    this.show();
  }

  private show(): void {
    const pen = this.pen;
    this.tools.hidden = !pen;
    need("draw").setAttribute("aria-pressed", String(Boolean(pen)));
    for (const button of this.shapes()) button.setAttribute("aria-pressed", String(button.dataset.shape === pen?.shape));
    need<HTMLButtonElement>("draw-done").disabled = !pen?.drawn;
    const how = pen?.shape === "Point" ? gettext("A click or Space sets it, Enter ends.") : gettext("Clicks or Space set corners, Backspace takes one back, Enter or a double click ends.");
    say(need("draw-hint"), pen ? how : "");
  }

  private shapes(): HTMLElement[] {
    return [...this.tools.querySelectorAll<HTMLElement>("[data-shape]")];
  }
}
