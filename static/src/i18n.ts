// Words in the language of the page. The catalogue is loaded by Django's own script before ours.

interface Catalogue {
  gettext?(id: string): string;
  ngettext?(one: string, many: string, count: number): string;
  pgettext?(context: string, id: string): string;
}

const catalogue = globalThis as unknown as Catalogue;

export type Facts = Record<string, string | number>;

/** The words for `id`, with %(name)s replaced by facts. */
export function gettext(id: string, facts?: Facts): string {
  return filled(catalogue.gettext?.(id) ?? id, facts);
}

/** The words for a number of things. */
export function ngettext(one: string, many: string, count: number, facts: Facts = {}): string {
  const words = catalogue.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
  return filled(words, { count, ...facts });
}

/** The words for `id` where the same English word means several things. */
export function pgettext(context: string, id: string): string {
  return catalogue.pgettext?.(context, id) ?? id;
}

function filled(words: string, facts?: Facts): string {
  if (!facts) return words;
  return words.replace(/%\((\w+)\)s/g, (whole, name: string) => (name in facts ? String(facts[name]) : whole));
}
