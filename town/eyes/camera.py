"""One camera of the town while somebody pulls it: its still picture, kept for each level of light, and what moves upon it."""

import datetime as dt
import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from town.eyes import fire, light, moving, shading, stamp
from town.eyes.canvas import Canvas
from town.eyes.light import Light
from town.eyes.moving import Frame
from town.eyes.scene import Scene
from town.eyes.stage import Lamp, stand
from town.eyes.traffic import Traffic
from town.eyes.view import HEIGHT, WIDTH, Array, View
from town.sights import Lens

FINE = 2  # the still picture is drawn so many times finer, then made smaller
SEEN_M = 180.0  # how far away one tells that something moves


@dataclass(frozen=True)
class Still:
    """What stands still at one level of light: colours (0 to 255), and 1 by depth."""

    key: str
    colours: Array
    nearness: Array


class Camera:
    """A camera's pictures; without a name neither that nor the time stands in them.

    `keep` is the file where its newest still picture is kept, or None. `seen_m` is how far away one tells that something moves.
    """

    def __init__(
        self, name: str, lens: Lens, scene: Scene, folder: Path, keep: Path | None = None, seen_m: float = SEEN_M
    ) -> None:
        self.name, self.scene, self.folder, self.keep = name, scene, folder, keep
        self.view = View(lens, WIDTH, HEIGHT)
        self.traffic = Traffic(scene.roads, lens.at, seen_m)
        self.still: Still | None = None
        self._stands: tuple[Canvas, list[Lamp]] | None = None
        self._drawing: threading.Thread | None = None

    def picture(self, moment: dt.datetime) -> Array:
        """The picture at a moment (with its zone), rows × columns × 3 bytes.

        The first one is drawn coarsely unless it was kept; a finer one, and one for another light, follows once it is drawn.
        """
        now = light.at(moment)
        if self.still is None:
            self.still = kept(self.keep, self._key(now)) or self._coarse(now)
        if self.still.key != self._key(now) and (self._drawing is None or not self._drawing.is_alive()):
            self._drawing = threading.Thread(target=self.draw_still, args=[now], daemon=True)
            self._drawing.start()
        frame = Frame(self.view, now, self.still.colours.copy(), self.still.nearness)
        moving.draw(frame, self.traffic.at(moment))
        fire.draw(frame, fire.fires(self.folder), moment.timestamp())
        if self.name:
            stamp.burn(frame.colours, self.name, moment)
        return np.clip(frame.colours, 0, 255).astype(np.uint8)

    def draw_still(self, now: Light) -> Still:
        """Draw what stands still, finely, for a level of light; it is shown from then on."""
        canvas, lamps = self._standing()
        colours = shading.coloured(canvas, now, lamps, self.scene.houses)
        small = Image.fromarray((colours * 255).astype(np.uint8)).reduce(FINE)
        self.still = Still(self._key(now), np.asarray(small, np.float32), canvas.nearness[::FINE, ::FINE].copy())
        if self.keep:
            keep(self.keep, self.still)
        return self.still

    def _standing(self) -> tuple[Canvas, list[Lamp]]:
        if self._stands is None:
            self._stands = stand(View(self.view.lens, WIDTH * FINE, HEIGHT * FINE), self.scene)
        return self._stands

    def _coarse(self, now: Light) -> Still:
        canvas, lamps = stand(self.view, self.scene)
        colours = shading.coloured(canvas, now, lamps, self.scene.houses)
        return Still("", (colours * 255).astype(np.float32), canvas.nearness)

    def _key(self, now: Light) -> str:
        return f"{now.key} {self.view.lens}"


def kept(path: Path | None, key: str) -> Still | None:
    """A still picture that was kept, where it is of this light and camera."""
    if path is None or not path.exists():
        return None
    try:
        with np.load(path) as found:
            if str(found["key"]) == _named(key):
                return Still(key, found["colours"].astype(np.float32), found["nearness"].astype(np.float32))
    except (OSError, ValueError, KeyError, EOFError):
        path.unlink(missing_ok=True)  # half written, or of an older town
    return None


def keep(path: Path, still: Still) -> None:
    """Keep a still picture in place of the one before."""
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        np.savez(
            out,
            key=_named(still.key),
            colours=still.colours.astype(np.uint8),
            nearness=still.nearness.astype(np.float32),
        )
    part.replace(path)


def _named(key: str) -> str:
    """A level of light, by the drawing that made it: other code draws it anew."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    return f"{key} {code.hexdigest()}"
