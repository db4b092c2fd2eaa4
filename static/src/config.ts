// What the page was told by its template: who is signed in, what they may do, which station this is.

export interface Me {
  kind: string;
  username: string | null;
  name: string;
  station: string;
  zone: string;
  capabilities: string[];
}

/** Who acts at a screen, for how many seconds more, and at which stations. */
export interface TakenOver {
  name: string;
  seconds: number;
  stations: string[];
}

export interface Config {
  page: string;
  language: string;
  me: Me;
  taken_over?: TakenOver | null;
  records?: boolean; // the agency's records are connected
}

let found: Config | null = null;

/** The page's configuration; throws where a page has none. */
export function config(): Config {
  const script = document.getElementById("config");
  if (!script?.textContent) throw new Error("expected a script with the id 'config' on this page");
  found ??= JSON.parse(script.textContent) as Config;
  return found;
}

/** Whether the one signed in has a capability somewhere. */
export function may(capability: string): boolean {
  return config().me.capabilities.includes(capability);
}

/** Whether the page speaks Chinese. */
export function isChinese(): boolean {
  return document.documentElement.lang.startsWith("zh");
}
