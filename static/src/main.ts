// A list of what starts, by page.

import { startActivity } from "./activity.js";
import { startDesk } from "./desk/desk.js";
import { startScreen } from "./screen.js";
import { startWall } from "./wall/wall.js";

const PAGES: Record<string, () => void> = {
  wall: startWall,
  desk: startDesk,
  screen: startScreen,
  incident: () => document.getElementById("print")?.addEventListener("click", () => print()),
  maps: () => void import("./manage/maps.js").then((page) => page.startMaps()),
  boundary: () => void import("./manage/boundary.js").then((page) => page.startBoundary()),
  playback: () => void import("./playback/playback.js").then((page) => page.startPlayback()),
  camera: () => void import("./manage/camera.js").then((page) => page.startCamera()),
  calibration: () => void import("./manage/calibration.js").then((page) => page.startCalibration()),
};

PAGES[document.body.dataset.page ?? ""]?.();

if (document.body.dataset.person === "yes") startActivity();
