// Which kinds of incident fit what was typed: a digit, initials, or part of a name. Pure.

import type { Kind } from "../words.js";

/** The kinds that fit, best first; all of them for no words. A digit is the place in the whole list. */
export function fitting(kinds: Kind[], words: string): Kind[] {
  const asked = words.toLowerCase().replace(/\s/g, "");
  if (!asked) return kinds;
  if (/^\d+$/.test(asked)) return kinds.slice(Number(asked) - 1, Number(asked));
  const ranked = kinds.map((kind, at) => ({ kind, at, rank: rank(kind, asked) })).filter((one) => one.rank < 9);
  return ranked.sort((a, b) => a.rank - b.rank || a.at - b.at).map((one) => one.kind);
}

function rank(kind: Kind, asked: string): number {
  const english = kind.name_en.toLowerCase();
  const letters = english.split(/\W+/).map((word) => word[0] ?? "").join("");
  const tests = [
    kind.initials === asked,
    kind.name_zh.startsWith(asked),
    kind.initials.startsWith(asked),
    english.replace(/\s/g, "").startsWith(asked),
    letters.startsWith(asked),
    english.split(/\W+/).some((word) => word.startsWith(asked)),
    kind.name_zh.includes(asked),
    kind.initials.includes(asked),
  ];
  const found = tests.indexOf(true);
  return found < 0 ? 9 : found;
}
