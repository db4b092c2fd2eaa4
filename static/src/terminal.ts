// What starts on a terminal. A phone loads this and no more than it needs; the service worker keeps it.

import { startActivity } from "./activity.js";
import { config } from "./config.js";
import { showConnection } from "./connection.js";
import { useZone } from "./format.js";
import { Live } from "./live.js";
import { Acts } from "./terminal/acts.js";
import { Awake } from "./terminal/awake.js";
import { showBar } from "./terminal/bar.js";
import { showBriefing } from "./terminal/briefing.js";
import { showCard } from "./terminal/card.js";
import { showEmergency } from "./terminal/emergency.js";
import { forgetOthers } from "./terminal/forget.js";
import { showLists } from "./terminal/lists.js";
import { showMenu, useTheme } from "./terminal/menu.js";
import { showNote } from "./terminal/note.js";
import { showNotices } from "./terminal/notices.js";
import { answerOrders } from "./terminal/orders.js";
import { Outbox } from "./terminal/outbox.js";
import { showPictures } from "./terminal/pictures.js";
import { Phone } from "./terminal/phone.js";
import { Ring } from "./terminal/ring.js";
import { Situation } from "./terminal/situation.js";
import { Scene } from "./terminal/scene.js";
import { showStatuses } from "./terminal/statuses.js";
import { showTop } from "./terminal/top.js";
import { Track } from "./terminal/track.js";
import { showVoice } from "./terminal/voice.js";
import { showWatchers } from "./terminal/watchers.js";
import { useKinds } from "./words.js";

async function start(): Promise<void> {
  const { me } = config();
  const who = me.username ?? "";
  useTheme();
  useZone(me.zone);
  void navigator.serviceWorker?.register("/terminal/worker.js", { updateViaCache: "none" });
  void navigator.storage?.persist?.(); // or the browser might clear what is not yet sent when the phone is full
  const [live, ring, awake, outbox, phone] = [new Live(), new Ring(), new Awake(), new Outbox(who), new Phone(who)];
  const track = new Track(phone);
  const situation = new Situation(live, phone, outbox, track, who);
  const acts = new Acts(outbox, situation, track);
  useKinds(live.store.kind);
  showConnection(live);
  showTop({ situation, outbox, track, phone });
  showWatchers(phone, live);
  showNotices({ ring, track, phone, outbox });
  showCard({ live, situation, acts, ring });
  showStatuses(situation, acts);
  showBar({ acts, outbox, ring });
  showNote(situation, acts);
  new Scene(phone);
  showVoice({ phone, ring, situation });
  showPictures(situation, outbox);
  showBriefing({ live, situation, ring });
  showLists({ situation, acts, outbox, track });
  showMenu({ phone, track, awake, ring, outbox });
  showEmergency({ live, situation, outbox, ring });
  answerOrders({ situation, acts, ring });
  ring.start();
  awake.start();
  phone.onChange(() => awake.onDuty(phone.bearer.unit !== null));
  live.onState(() => live.state === "live" && [outbox, track].forEach((one) => one.soon()));
  startActivity();
  await forgetOthers(who);
  await situation.start();
  live.start();
  await Promise.all([outbox.start(), phone.start().then(() => track.start())]);
  const { showMap } = await import("./terminal/map.js");
  void showMap({ live, situation, track });
}

void start();
