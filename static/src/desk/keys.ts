// The desk's keys. Letters rest while somebody types; F keys and Escape don't.

import { gettext } from "../i18n.js";
import { type Key, toggleKeys } from "../keys.js";
import type { Sound } from "../sound.js";
import type { Voice } from "../voice/voice.js";
import type { Acts } from "./acts.js";
import type { Closing } from "./closing.js";
import type { Incidents } from "./incidents.js";
import type { Intake } from "./intake.js";
import type { Line } from "./line.js";
import type { DeskMap } from "./map.js";
import { hasRecords } from "./records.js";
import { focusWaiting } from "./waiting.js";
import type { Ways } from "./ways.js";

export interface Parts {
  intake: Intake;
  line: Line;
  incidents: Incidents;
  acts: Acts;
  map: DeskMap;
  closing: Closing;
  ways: Ways;
  sound: Sound;
  voice: Voice | null; // null where nobody may talk
  act: (name: string) => Promise<void>;
  sendNext: () => void;
  scenes: () => void; // open or close the chosen incident's pictures
}

export function keys(parts: Parts): Key[] {
  const { intake, line, incidents, acts, map, closing, ways, sound, voice, act, sendNext, scenes } = parts;
  const of = (letter: string) => [letter, letter.toUpperCase()];
  const records = { keys: of("h"), shown: "H", words: gettext("the agency's records: what is asked, and why"), act: () => act("records") };
  const talk = { keys: [], shown: "F7", words: gettext("talk, while it is held; also while you type"), act: () => undefined };
  return [
    { keys: ["F2"], shown: "F2", words: gettext("new call"), act: () => intake.start(), typing: true },
    { keys: ["F4"], shown: "F4", words: gettext("pin on the map: arrows move, Enter sets"), act: () => map.aim(), typing: true },
    { keys: of("p"), shown: "P", words: gettext("pin on the map"), act: () => map.aim() },
    { keys: [], shown: "Enter", words: gettext("in the facts: open the call and send the first unit; Shift+Enter: new line; Ctrl+Enter: only open"), act: () => undefined },
    { keys: [], shown: "Alt+1 … 4", words: gettext("priority of the new call"), act: () => undefined },
    { keys: [], shown: "Alt+↑ ↓", words: gettext("choose among the recommended units"), act: () => undefined },
    { keys: ["/"], shown: "/", words: gettext("command line: Tab completes, ↑ repeats"), act: () => line.start() },
    { keys: of("i"), shown: "I", words: gettext("incidents: ↑ ↓ choose"), act: () => incidents.focus() },
    { keys: of("a"), shown: "A", words: gettext("acknowledge the chosen incident"), act: () => act("acknowledge") },
    { keys: ["F5", ...of("d")], shown: "F5 D", words: gettext("send to the chosen incident"), act: () => act("assign"), typing: true },
    { keys: ["F9", ...of("f")], shown: "F9 F", words: gettext("send whom the chosen incident's kind still needs"), act: () => act("fill"), typing: true },
    { keys: [], shown: "Alt+Enter", words: gettext("in the form: open the call and send as many as its kind needs"), act: () => undefined },
    { keys: ["+"], shown: "+", words: gettext("two more to the chosen incident"), act: () => act("reinforce") },
    { keys: of("n"), shown: "N", words: gettext("note"), act: () => act("note") },
    { keys: of("k"), shown: "K", words: gettext("checklist: Space ticks"), act: () => act("checklist") },
    { keys: of("e"), shown: "E", words: gettext("change kind, priority, place"), act: () => act("edit") },
    { keys: ["F8", ...of("c")], shown: "F8 C", words: gettext("close"), act: () => act("close"), typing: true },
    { keys: of("l"), shown: "L", words: gettext("move to another place"), act: () => act("move") },
    { keys: of("g"), shown: "G", words: gettext("double of another incident"), act: () => act("merge") },
    { keys: of("q"), shown: "Q", words: gettext("let it wait for a unit"), act: () => act("stack") },
    { keys: of("w"), shown: "W", words: gettext("calls that wait for a unit that is free"), act: () => focusWaiting() },
    { keys: of("v"), shown: "V", words: gettext("other services, hand-over, mediation"), act: () => act("report") },
    { keys: of("b"), shown: "B", words: gettext("briefing: what is known of place and number"), act: () => act("briefing") },
    ...(hasRecords() ? [records] : []),
    { keys: of("y"), shown: "Y", words: gettext("send the next unit where an order is not answered"), act: sendNext },
    { keys: of("t"), shown: "T", words: gettext("the incident's page"), act: () => act("page") },
    { keys: [], shown: "Alt+N", words: gettext("note the new call in the one that is open there"), act: () => undefined },
    { keys: of("x"), shown: "X", words: gettext("cancel the call"), act: () => act("cancel") },
    { keys: of("r"), shown: "R", words: gettext("reopen"), act: () => act("reopen") },
    { keys: of("z"), shown: "Z", words: gettext("undo, for 10 s"), act: () => void acts.undo() },
    { keys: of("o"), shown: "O", words: gettext("close a road on the map: Space sets corners, 1 2 3 point, line, area"), act: () => closing.start() },
    { keys: of("j"), shown: "J", words: gettext("ways on the map: Enter shows the turns"), act: () => ways.focus() },
    { keys: of("u"), shown: "U", words: gettext("which cameras see the middle of the map; by the right mouse button, any place"), act: () => map.askWhoSees() },
    { keys: ["F6"], shown: "F6", words: gettext("what they see: the pictures of the chosen incident's crews and cameras"), act: scenes, typing: true },
    { keys: of("m"), shown: "M", words: gettext("map on or off"), act: () => map.toggle() },
    ...(voice ? [talk] : []),
    { keys: of("s"), shown: "S", words: gettext("sound on or off"), act: () => void sound.toggle() },
    { keys: ["?", "F1"], shown: "? F1", words: gettext("all keys"), act: toggleKeys, typing: true },
  ];
}

/** Alt with a digit sets the priority, whatever field has the focus. */
export function listenForPriority(intake: Intake): void {
  addEventListener("keydown", (event) => {
    const level = event.altKey ? Number(/^Digit([1-4])$/.exec(event.code)?.[1] ?? 0) : 0;
    if (!level) return;
    event.preventDefault();
    intake.choosePriority(level);
  });
}
