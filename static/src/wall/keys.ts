// The wall's keys.

import { gettext } from "../i18n.js";
import { type Key, toggleKeys } from "../keys.js";
import type { Sound } from "../sound.js";
import type { Large } from "../video/large.js";
import type { AlarmList } from "./alarms.js";
import type { Advised } from "./advised.js";
import type { Assist } from "./assist.js";
import type { Look } from "./look.js";
import type { Modes } from "./modes.js";
import type { News } from "./news.js";
import type { TakeOver } from "./takeover.js";
import type { View } from "./view.js";

export interface Hands {
  view: View;
  modes: Modes;
  assist: Assist;
  advised: Advised;
  large: Large;
  look: Look;
  news: News;
  alarms: AlarmList;
  sound: Sound;
  takeOver: TakeOver | null; // null where a person watches and no screen
}

/** All of them. */
export function keys({ view, modes, assist, advised, large, look, news, alarms, sound, takeOver }: Hands): Key[] {
  const back = () => {
    if (!alarms.close() && !large.close() && !look.close() && !assist.leave() && !takeOver?.giveBack()) view.back();
  };
  const overview = () => {
    modes.set("overview");
    view.overview();
  };
  const taking: Key[] = takeOver
    ? [{ keys: ["t", "T"], shown: "T", words: gettext("take this screen over for five minutes, with badge number and PIN"), act: () => takeOver.ask() }]
    : [];
  return [
    { keys: ["1", "0"], shown: "1", words: gettext("overview: the whole area"), act: overview },
    { keys: ["2"], shown: "2", words: gettext("assist: the chosen incident, else the one that waits most; who should go, and what sees it"), act: () => modes.set("assist") },
    { keys: ["n", "N"], shown: "N", words: gettext("in assist: the next incident"), act: () => assist.next(1) },
    { keys: ["p", "P"], shown: "P", words: gettext("in assist: the next picture, large; a click in it tells the place"), act: () => assist.nextPicture() },
    { keys: ["ArrowDown", "ArrowUp"], shown: "↓ ↑", words: gettext("in assist: what another unit would leave open"), act: ({ key }) => advised.step(key === "ArrowUp" ? -1 : 1) },
    { keys: ["u", "U"], shown: "U", words: gettext("which cameras see the middle of the map, taken over; by the right mouse button, any place"), act: () => look.askMiddle() },
    { keys: ["g", "G"], shown: "G", words: gettext("go to the newest call outside the picture, else to the most urgent; in assist, show all of it"), act: news.go },
    { keys: ["Escape"], shown: "Esc", words: takeOver ? gettext("back to the overview; give the screen back; back") : gettext("back to the overview; back"), act: back },
    ...taking,
    { keys: ["a", "A"], shown: "A", words: gettext("all alarms"), act: alarms.toggle },
    { keys: ["+", "="], shown: "+", words: gettext("closer"), act: () => view.zoom(1) },
    { keys: ["-"], shown: "−", words: gettext("further away"), act: () => view.zoom(-1) },
    { keys: ["m", "M"], shown: "M", words: gettext("next map"), act: () => view.nextMap() },
    { keys: ["f", "F"], shown: "F", words: gettext("full screen"), act: fullScreen },
    { keys: ["s", "S"], shown: "S", words: gettext("sound on or off"), act: () => void sound.toggle() },
    { keys: ["?", "F1"], shown: "? F1", words: gettext("all keys"), act: toggleKeys, typing: true },
  ];
}

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen();
}
