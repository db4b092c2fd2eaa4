// The wall: overview and assist. It sees and never acts, but for a person who has taken the screen over.

import { config, may } from "../config.js";
import { showConnection } from "../connection.js";
import { showClock, showCounts, showOldest } from "../counts.js";
import { showDistress } from "../distress.js";
import { useZone } from "../format.js";
import { listen } from "../keys.js";
import { Live } from "../live.js";
import { Sound } from "../sound.js";
import { Large } from "../video/large.js";
import { useKinds } from "../words.js";
import { Advised } from "./advised.js";
import { showAlarms } from "./alarms.js";
import { Assist } from "./assist.js";
import { Focus } from "./focus.js";
import { showHappened } from "./happened.js";
import { showIncidents } from "./incidents.js";
import { keys } from "./keys.js";
import { Look } from "./look.js";
import { Modes } from "./modes.js";
import { showNews } from "./news.js";
import { showSound } from "./sound.js";
import { showTakeOver } from "./takeover.js";
import { showUnknown } from "./unknown.js";
import { View } from "./view.js";
import { showVoice } from "./voice.js";

/** Start all that the wall consists of. */
export function startWall(): void {
  useZone(config().me.zone);
  const live = new Live();
  const sound = new Sound();
  const [modes, focus, advised] = [new Modes(), new Focus(), new Advised()];
  const view = new View(live, config().me.station, focus);
  useKinds(live.store.kind);
  showConnection(live);
  showCounts(live, config().me.station);
  showClock(live);
  showIncidents(live, view, focus);
  showUnknown(live);
  showHappened(live);
  const alarms = showAlarms(live, sound);
  showDistress(live, sound, { look: (place) => view.look(place), buttons: () => [] });
  const takeOver = showTakeOver(live, focus, advised);
  const incident = () => (live.store.incident.has(focus.number) ? focus.number : "");
  const large = new Large(live, {
    placed: (place) => view.mark(place), whoSees: (place) => look.ask(place), incident,
    steers: () => takeOver?.isOn ?? may("steer_cameras"), mayAsk: () => look.mayAsk(), isActing: () => takeOver?.isOn ?? false,
  });
  view.onUnit((key) => large.openPhone(key));
  const assist = new Assist({ live, view, modes, focus, advised, large, acts: takeOver?.acts ?? null });
  const look = new Look({ live, view, assist, large, takeOver, incident });
  showOldest(live, () => assist.stalePictures());
  const news = showNews(live, view, sound, focus, assist);
  showVoice(live, sound, focus);
  showSound(sound);
  listen(keys({ view, modes, assist, large, look, advised, news, alarms, sound, takeOver }));
  void view.open().then(() => look.begin());
  live.start();
}
