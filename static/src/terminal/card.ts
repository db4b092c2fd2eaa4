// The order: what, where, who called, who else goes, how to get there, and one large button for what comes next.

import { config, isChinese, may } from "../config.js";
import { need, say } from "../dom.js";
import { distance, elapsed, list, ms, short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { post } from "../rest.js";
import type { AssignmentPayload } from "../topics.js";
import { kindWord, statusWord } from "../words.js";
import type { Acts } from "./acts.js";
import type { Ring } from "./ring.js";
import type { Known, Situation } from "./situation.js";

const WARN_MS = 60_000; // before a safety timer runs out

interface Parts {
  live: Live;
  situation: Situation;
  acts: Acts;
  ring: Ring;
}

/** Keep the card true, and let its button do what comes next. */
export function showCard({ live, situation, acts, ring }: Parts): void {
  const draw = () => drawCard(situation, live);
  situation.onChange(draw);
  live.store.on(["kind"], draw);
  setInterval(() => drawSafety(situation, live.clock.now()), 1000);
  need("go").addEventListener("click", () => {
    const next = nextStep(situation);
    ring.tick(next !== "");
    if (next === "en_route") acts.go();
    else if (next) acts.status(next);
  });
  answer(situation, ring);
  draw();
}

/** What the large button does: GO until under way, then that one has arrived. */
function nextStep(situation: Situation): string {
  const status = situation.status();
  if (status === "dispatched" || status === "accepted") return "en_route";
  return status === "en_route" ? "on_scene" : "";
}

function drawCard(situation: Situation, live: Live): void {
  const { known } = situation;
  need("order").hidden = !known.incident && !known.order?.recalled;
  need("idle").hidden = !need("order").hidden;
  if (known.incident) drawIncident(known, situation);
  else if (known.order?.recalled) drawRecalled(known.order.incident);
  else drawIdle(situation, live);
}

function drawIncident(known: Known, situation: Situation): void {
  const { incident, detail } = known;
  if (!incident) return;
  need("order").className = `p${incident.priority}`;
  say(need("order-kind"), kindWord(incident.kind));
  say(need("order-number"), short(incident.number));
  say(need("order-place"), incident.address || gettext("At the mark on the map"));
  say(need("order-facts"), detail?.facts ?? incident.facts);
  drawPeople(known);
  say(need("order-said"), notes(known));
  const next = nextStep(situation);
  need("go").hidden = next === "";
  say(need("go-word"), next === "on_scene" ? gettext("I am there") : gettext("GO"));
  say(need("go-way"), way(known));
  drawProposal(own(known));
}

/** The caller's number, for whoever may call it, and the colleagues who go too. */
function drawPeople({ incident, detail, unit }: Known): void {
  const phone = need<HTMLAnchorElement>("order-phone");
  phone.hidden = !detail?.caller_phone;
  const name = detail?.caller_name ? `${detail.caller_name} ` : "";
  if (detail?.caller_phone) {
    phone.href = `tel:${detail.caller_phone.replace(/[^+\d]/g, "")}`;
    say(phone, gettext("Caller %(who)s ☎", { who: `${name}${detail.caller_phone}` }));
  }
  const others = (incident?.assignments ?? []).filter((one) => one.unit && one.unit !== unit?.call_sign);
  const words = others.map((one) => `${one.unit} ${statusWord(one.status)}`);
  say(need("order-others"), words.length ? gettext("With you: %(units)s", { units: list(words) }) : "");
}

/** What the order tells beside kind, place and way: cameras, traffic, closed roads. */
function notes({ order }: Known): string {
  const said = isChinese() ? order?.notes?.zh : order?.notes?.en; // one kept by an older version has none
  return said?.split("\n").join(" · ") ?? "";
}

function way({ route }: Known): string {
  if (!route) return gettext("opens the way");
  const known = { time: elapsed(route.seconds * 1000), far: distance(route.metres) };
  if (route.blocked) return gettext("%(time)s · %(far)s · through a closed road", known);
  if (route.source !== "roads") return gettext("≈ %(time)s · %(far)s · straight line", known);
  return gettext("%(time)s · %(far)s · opens the way", known);
}

function drawRecalled(number: string): void {
  need("order").className = "";
  say(need("order-kind"), gettext("Recalled"));
  say(need("order-number"), short(number));
  say(need("order-place"), gettext("You need not go any more."));
  for (const id of ["order-facts", "order-others", "order-said", "go-way"]) say(need(id), "");
  for (const id of ["order-phone", "go", "proposal", "safety"]) need(id).hidden = true;
}

function drawIdle(situation: Situation, live: Live): void {
  const { unit } = situation.known;
  const isOff = !unit && live.store.station.size > 0;
  say(need("idle-words"), isOff ? gettext("You are off duty.") : unit ? gettext("No order.") : gettext("Not known yet."));
  const others = (unit?.crew ?? []).filter((one) => one !== config().me.name);
  const crew = others.length ? gettext("With you: %(units)s", { units: list(others) }) : "";
  say(need("idle-more"), isOff ? gettext("Nobody sees where you are. Book on to be sent.") : crew);
  need("book-on").hidden = !isOff || !may("own_orders");
}

const own = ({ incident, unit }: Known): AssignmentPayload | undefined => incident?.assignments.find((one) => one.unit === unit?.call_sign);

/** What the track makes one think, to be confirmed by the person. */
function drawProposal(mine: AssignmentPayload | undefined): void {
  const proposed = mine?.proposed ?? null;
  need("proposal").hidden = !proposed;
  if (proposed) say(need("proposal-words"), gettext("It looks like: %(status)s. Is that so?", { status: statusWord(proposed.step) }));
}

function drawSafety(situation: Situation, now: number): void {
  const until = own(situation.known)?.safe_until;
  const left = until ? ms(until) - now : Infinity;
  need("safety").hidden = left > WARN_MS;
  const asked = gettext("The room asks since %(time)s: are you well?", { time: elapsed(-left) });
  if (left <= WARN_MS) say(need("safety-words"), left > 0 ? gettext("Are you well? The room asks in %(time)s.", { time: elapsed(left) }) : asked);
}

/** The two questions that are answered at once or not at all: an old answer would be none. */
function answer(situation: Situation, ring: Ring): void {
  const send = (path: string | null, body = {}) => path && void post(path, body).then(() => ring.tick(true), () => ring.tick(false));
  const proposal = (what: string) => {
    const proposed = own(situation.known)?.proposed;
    return proposed ? `proposals/${proposed.id}/${what}/` : null;
  };
  need("proposal-yes").addEventListener("click", () => send(proposal("confirm")));
  need("proposal-no").addEventListener("click", () => send(proposal("dismiss")));
  need("safety-ok").addEventListener("click", () => {
    const { incident, unit } = situation.known;
    send(incident && unit ? `incidents/${incident.number}/assignments/${encodeURIComponent(unit.call_sign)}/check-in/` : null);
  });
}
