// The field for the kind of a call.

import { isChinese } from "../config.js";
import { el } from "../dom.js";
import { type Kind, kindWord, swatch } from "../words.js";
import { Combo, type Options } from "./combo.js";
import { fitting } from "./find_kind.js";

type Rest = Pick<Options<Kind>, "edited" | "chosen" | "entered">;

export function kindField(input: HTMLInputElement, list: HTMLElement, kinds: () => Kind[], rest: Rest): Combo<Kind> {
  return new Combo<Kind>(input, list, {
    ...rest,
    delay: 0,
    find: (words) => fitting(kinds(), words),
    draw: (kind) => [
      el("kbd", {}, String(kinds().indexOf(kind) + 1)),
      el("i", { class: `tri p${kind.priority}` }),
      el("i", { class: swatch(kind.slug) }),
      el("b", {}, kindWord(kind.slug)),
      el("span", { class: "quiet" }, isChinese() ? kind.initials : ""),
    ],
  });
}
