// A list of what starts, by page.

import { startActivity } from "./activity.js";
import { startDesk } from "./desk/desk.js";
import { startWall } from "./wall/wall.js";

const PAGES: Record<string, () => void> = {
  wall: startWall,
  desk: startDesk,
};

PAGES[document.body.dataset.page ?? ""]?.();

if (document.body.dataset.person === "yes") startActivity();
