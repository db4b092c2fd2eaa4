// The desk: calls, units and one form side by side, all of it by keys.

import { config, may } from "../config.js";
import { showConnection } from "../connection.js";
import { showClock, showCounts } from "../counts.js";
import { need } from "../dom.js";
import { useZone } from "../format.js";
import { gettext } from "../i18n.js";
import { listen } from "../keys.js";
import { Live } from "../live.js";
import { Sound } from "../sound.js";
import { kindsInUse, useKinds } from "../words.js";
import { showSound } from "../wall/sound.js";
import { showDistress } from "../distress.js";
import { Acts } from "./acts.js";
import { sendNext, showAlarms } from "./alarms.js";
import { buttons, reinforce } from "./distress.js";
import { Briefing } from "./briefing.js";
import { Closing } from "./closing.js";
import type { Place } from "./draft.js";
import { Forms } from "./forms.js";
import { Incident } from "./incident.js";
import { Incidents } from "./incidents.js";
import { Intake } from "./intake.js";
import { keys, listenForPriority } from "./keys.js";
import { Line } from "./line.js";
import { DeskMap } from "./map.js";
import { MoreForms } from "./more_forms.js";
import { sendMissing } from "./needed.js";
import { Records } from "./records.js";
import { Large } from "../video/large.js";
import { Scenes } from "../video/scenes.js";
import { showUnits } from "./units.js";
import { showVoice } from "./voice.js";
import { showWaiting } from "./waiting.js";
import { Ways } from "./ways.js";

/** Start all that the desk consists of. */
export function startDesk(): void {
  const { me } = config();
  useZone(me.zone);
  document.body.classList.toggle("no-map", localStorage.getItem("desk-map") === "off");
  const [live, sound] = [new Live(), new Sound()];
  useKinds(live.store.kind);
  const acts = new Acts(live.store, sound);
  const incidents = new Incidents(live);
  const incident = new Incident(live, acts);
  const briefing = new Briefing(acts);
  let pin: Place | null = null;
  let ways: Ways | null = null; // the form draws its hole before there are any
  const map = new DeskMap(live, me.station, {
    pinned: (lat, lon) => intake.pin(lat, lon),
    chosen: (number) => incidents.select(number),
    incident: () => incidents.selected,
    blockChosen: (id) => closing.chosen(id),
    unitChosen: (key) => large?.openPhone(key),
    watch: (eye) => large?.open(eye),
  });
  const large = may("watch_cameras")
    ? new Large(live, {
        placed: (place) => map.mark(place), whoSees: (place) => map.whoSeesThere(place), incident: () => incidents.selected ?? "",
        steers: () => may("steer_cameras"),
      })
    : null;
  const intake = new Intake(live, acts, {
    middle: () => map.middle(),
    showPin: (place) => map.showPin((pin = place)),
    showHole: (area, look) => {
      map.showHole(area, look);
      ways?.changed(look);
    },
    opened: (number) => incidents.select(number),
  });
  const forms = new Forms(acts, kindsInUse, () => pin);
  const closing = new Closing(map, forms, acts, live.store, () => live.clock.now());
  const roads = (ways = new Ways(live, map, () => intake.candidate, () => incidents.selected));
  const records = new Records(forms, acts, () => live.clock.now());
  const blind = () => acts.say(gettext("There are no pictures: no incident is chosen, or no camera sees it and no phone there shows it."), false);
  const scenes = large ? new Scenes(live, large, need<HTMLButtonElement>("scenes-open"), blind) : null;
  const showScenes = () => scenes?.draw(live.store.incident.get(incidents.selected ?? "") ?? null);
  const act = actions(acts, forms, incident, new MoreForms(forms, acts, live.store, map), briefing, records);
  showConnection(live);
  showCounts(live, me.station);
  showClock(live);
  showSound(sound);
  showAlarms(live, acts, sound);
  showDistress(live, sound, { look: (place) => map.look(place), buttons: (call) => buttons(live, acts, forms, call) });
  showWaiting(live, acts);
  showUnits(live, acts, (unit) => {
    const fix = live.store.newest(unit.devices);
    if (fix) map.look(fix);
  });
  incidents.onSelect((number) => {
    void incident.show(number);
    briefing.leave(number);
    records.leave(number);
    map.select(number);
    ways?.changed();
    showScenes();
  });
  live.store.on(["incident", "unit", "picture"], showScenes);
  live.store.onNewIncident(() => sound.call());
  const voice = may("talk") ? showVoice(live, sound, () => incidents.selected) : null;
  listen(keys({ voice, sendNext: () => sendNext(live.store, acts), intake, line: new Line(live, acts), incidents, acts, map, closing, ways: roads, sound, act, scenes: () => (scenes ? scenes.toggle() : blind()) }));
  listenForPriority(intake);
  void map.open();
  live.store.on(["kind"], () => intake.know(kindsInUse()));
  live.start();
}

function actions(acts: Acts, forms: Forms, incident: Incident, more: MoreForms, briefing: Briefing, records: Records): (name: string) => Promise<void> {
  const act = async (name: string) => {
    const detail = await incident.shown();
    if (!detail) return;
    if (name === "acknowledge") void acts.run(() => acts.acknowledge(detail.number));
    else if (name === "reopen") void acts.run(() => acts.reopen(detail.number));
    else if (name === "checklist") incident.focusChecklist();
    else if (name === "reinforce") void acts.run(() => reinforce(detail.number));
    else if (name === "fill") void acts.run(() => sendMissing(acts, detail.number));
    else if (name === "assign") await forms.assign(detail);
    else if (name === "briefing") void briefing.open(detail.number);
    else if (name === "records") records.open(detail);
    else if (name === "page") open(`/incidents/${detail.number}/`, "_blank", "noopener");
    else if (name === "merge" || name === "stack" || name === "move" || name === "report") more[name](detail);
    else if (name === "note" || name === "edit" || name === "close" || name === "cancel") forms[name](detail);
  };
  for (const button of need("incident-actions").querySelectorAll<HTMLElement>("button"))
    button.addEventListener("click", () => void act(button.dataset.act ?? ""));
  return act;
}
