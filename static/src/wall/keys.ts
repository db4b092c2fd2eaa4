// The wall's keys.

import { gettext } from "../i18n.js";
import { type Key, toggleKeys } from "../keys.js";
import type { Sound } from "../sound.js";
import type { AlarmList } from "./alarms.js";
import type { News } from "./news.js";
import type { TakeOver } from "./takeover.js";
import type { View } from "./view.js";

/** All of them; `takeOver` is null where a person watches and no screen. */
export function keys(view: View, news: News, alarms: AlarmList, sound: Sound, takeOver: TakeOver | null): Key[] {
  const back = () => {
    if (!alarms.close() && !takeOver?.giveBack()) view.back();
  };
  const taking: Key[] = takeOver
    ? [{ keys: ["t", "T"], shown: "T", words: gettext("take this screen over for five minutes, with badge number and PIN"), act: () => takeOver.ask() }]
    : [];
  return [
    { keys: ["1", "0"], shown: "1", words: gettext("overview: the whole area"), act: () => view.overview() },
    { keys: ["g", "G"], shown: "G", words: gettext("go to the newest call outside the picture, else to the most urgent"), act: news.go },
    { keys: ["Escape"], shown: "Esc", words: takeOver ? gettext("give the screen back; back") : gettext("back"), act: back },
    ...taking,
    { keys: ["a", "A"], shown: "A", words: gettext("all alarms"), act: alarms.toggle },
    { keys: ["+", "="], shown: "+", words: gettext("closer"), act: () => view.zoom(1) },
    { keys: ["-"], shown: "−", words: gettext("further away"), act: () => view.zoom(-1) },
    { keys: ["m", "M"], shown: "M", words: gettext("next map"), act: () => view.nextMap() },
    { keys: ["f", "F"], shown: "F", words: gettext("full screen"), act: fullScreen },
    { keys: ["s", "S"], shown: "S", words: gettext("sound on or off"), act: () => void sound.toggle() },
    { keys: ["?"], shown: "?", words: gettext("all keys"), act: toggleKeys },
  ];
}

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen();
}
