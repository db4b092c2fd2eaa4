"""A place that burns: flames, their light on the street, and smoke that rises and drifts. Pure, but for the list of places.

What burns stands in a file of the town's folder, which `python -m town fire` writes: places as {"lat", "lon", "size_m"}.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from town.eyes.moving import Frame, blend, boxed, glow
from town.eyes.texture import chance, grain
from town.eyes.view import Array
from town.plane import Point, metres

FILE = "fires.json"
WIND = np.array([0.55, 0.25, 0.0])  # m/s
PUFFS, TONGUES = 34, 16
LASTS_S = 17.0  # until a puff is gone
SEEN_M = 900.0
SIZES_M = (0.5, 15.0)


class Wrong(ValueError):
    """A place that can't burn; its words say what was expected and what came."""


@dataclass(frozen=True)
class Fire:
    """Where it burns, and how wide the flames are."""

    at: Point
    size_m: float


def fires(folder: Path) -> list[Fire]:
    """What burns now; nothing where the file is away or can't be read."""
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [Fire(metres(float(one["lat"]), float(one["lon"])), float(one["size_m"])) for one in said]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def light_up(folder: Path, lat: float, lon: float, size_m: float) -> None:
    """Let a place burn, besides those that burn already. Raises Wrong."""
    if not (SIZES_M[0] <= size_m <= SIZES_M[1]):
        raise Wrong(f"expected a fire of {SIZES_M[0]} to {SIZES_M[1]} m; found {size_m}")
    if math.hypot(*metres(lat, lon)) > 5_000:
        raise Wrong(f"expected a place in the town, around 29.60, 106.55; found {lat}, {lon}")
    said = [{"lat": lat, "lon": lon, "size_m": size_m}]
    path = folder / FILE
    if path.exists():
        said = [*json.loads(path.read_text(encoding="utf-8")), *said]
    _write(path, said)


def put_out(folder: Path) -> None:
    """Nothing burns any more."""
    _write(folder / FILE, [])


def _write(path: Path, said: list[dict[str, Any]]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(said), encoding="utf-8")
    part.replace(path)


def draw(frame: Frame, found: list[Fire], at_s: float) -> None:
    """Each fire as it is at a moment (s)."""
    for fire in found:
        deep = float(frame.view.seen(np.array([[*fire.at, 1.0]]))[0, 2])
        if 3 < deep < SEEN_M:
            _shine(frame, fire, at_s)
            _flames(frame, fire, at_s)
            _smoke(frame, fire, at_s)


def _shine(frame: Frame, fire: Fire, at_s: float) -> None:
    """What it lights around it, flickering."""
    seen = frame.view.seen(np.array([[*fire.at, 0.3]]))
    wide = frame.view.focal / seen[0, 2] * fire.size_m * 4.5
    strong = (0.42 if frame.light.is_night else 0.10) * (0.85 + 0.15 * math.sin(at_s * 11) * math.sin(at_s * 7.3))
    glow(frame, frame.view.pixels(seen)[0], (wide, wide * 0.45), strong, seen[0, 2] * 0.7, np.array([255, 128, 40]))


def _flames(frame: Frame, fire: Fire, at_s: float) -> None:
    """Tongues that rise, narrow and fade, the yellow ones inside."""
    view, side = frame.view, frame.view.axes[0]
    for tongue in range(TONGUES):
        life = (at_s * (0.9 + 0.5 * float(chance(tongue, 1))) + float(chance(tongue, 2))) % 1.0
        turn = int(at_s * 1.2 + tongue * 7)
        across = (float(chance(tongue, 3)) - 0.5) * fire.size_m * (1 - 0.6 * life) + 0.12 * math.sin(at_s * 6 + tongue)
        spot = (
            np.array([*fire.at, 0.25 + life * fire.size_m * (0.7 + 0.6 * float(chance(turn, tongue, 4)))])
            + side * across
        )
        seen = view.seen(spot[None])
        if seen[0, 2] < 2:
            return
        size = view.focal / seen[0, 2] * fire.size_m * (0.34 - 0.24 * life)
        colour = np.array([255, 226 - 130 * life, 120 - 100 * life])
        glow(frame, view.pixels(seen)[0], (size, size * 1.7), 0.9 * (1 - life) ** 0.6, seen[0, 2] - fire.size_m, colour)


def _smoke(frame: Frame, fire: Fire, at_s: float) -> None:
    """Puffs that grow and thin out, the oldest first."""
    view, ages = frame.view, []
    for puff in range(PUFFS):
        whole = at_s / LASTS_S + puff / PUFFS
        ages.append((whole % 1.0, puff + PUFFS * int(whole)))
    lit = np.clip(frame.light.around * 1.1 + 0.05, 0, 1)
    for age, number in sorted(ages, reverse=True):
        drift = (
            np.array([float(chance(number, 5)) - 0.5, float(chance(number, 6)) - 0.5, 0.0]) * fire.size_m * (0.4 + age)
        )
        rise = np.array([0, 0, fire.size_m * 0.9 + age * LASTS_S * (1.5 + 0.5 * float(chance(number, 7)))])
        seen = view.seen((np.array([*fire.at, 0.0]) + drift + rise + WIND * age * LASTS_S)[None])
        if seen[0, 2] < 2:
            continue
        size = view.focal / seen[0, 2] * fire.size_m * (0.35 + 1.5 * age)
        grey = lit * (58 + 90 * age) + np.array([150, 62, 14]) * max(0.0, 0.16 - age) * 3
        _puff(frame, view.pixels(seen)[0], size, 0.62 * (1 - age) ** 0.8, seen[0, 2] - fire.size_m, grey, number)


def _puff(frame: Frame, at: Array, size: float, thick: float, deep: float, colour: Array, number: int) -> None:
    box = boxed(frame.view, np.array([at - size, at + size]))
    if box is None:
        return
    x = ((np.arange(box[0], box[2], dtype=np.float32) + 0.5 - at[0]) / size)[None]
    y = ((np.arange(box[1], box[3], dtype=np.float32) + 0.5 - at[1]) / size)[:, None]
    torn = 1 - x * x - y * y + 0.55 * grain(x, y, 0.42, number % 97)
    cover = np.clip(torn, 0, 1)[..., None] * np.clip(1 - x * x - y * y, 0, 1)[..., None] ** 0.5 * thick
    blend(frame, colour.astype(np.float32), cover, box, max(1.0, deep))
