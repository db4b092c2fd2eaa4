"""Colours what a canvas shows: surfaces by daylight, shadows, lamps, lit windows, haze and sky. Pure."""

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from town.eyes import texture
from town.eyes.canvas import Canvas
from town.eyes.light import Light
from town.eyes.scene import House
from town.eyes.stage import Lamp
from town.eyes.view import Array, View
from town.plane import distance

PLAIN = {
    "meadow": (0.34, 0.37, 0.23), "paved": (0.50, 0.48, 0.45), "pavement": (0.58, 0.55, 0.52),
    "kerb": (0.70, 0.69, 0.66), "asphalt": (0.285, 0.29, 0.30), "lane": (0.40, 0.39, 0.38),
    "water": (0.24, 0.34, 0.33), "pier": (0.55, 0.53, 0.50), "grass": (0.30, 0.40, 0.20), "wood": (0.20, 0.30, 0.15),
    "park": (0.31, 0.42, 0.21), "pitch": (0.56, 0.28, 0.22),
}  # fmt: skip
ROUGH = {"meadow": 0.35, "grass": 0.30, "wood": 0.5, "park": 0.30, "asphalt": 0.12, "lane": 0.10, "paved": 0.10}
WALLS = ("wall", "shops", "shed")
LAMPLIGHT = np.array([1.0, 0.80, 0.50])
SHADE_M = 260.0  # houses that far away cast shadows that one sees
HAZE_M = 2400.0


def coloured(canvas: Canvas, light: Light, lamps: list[Lamp], houses: Iterable[House]) -> Array:
    """The picture, rows × columns × 3 from 0 to 1."""
    rays, kinds = canvas.view.whole().reshape(-1, 3), np.array([piece.kind for piece in canvas.pieces])
    shown, near = canvas.shown.ravel(), canvas.nearness.ravel()
    solid = np.flatnonzero(near > 0)
    places = rays[solid] / near[solid, None] + canvas.view.eye.astype(np.float32)
    of, kind = shown[solid], kinds[shown[solid]]
    colour, own = _surface(canvas, light, places, of, kind)
    daylight = _daylight(canvas, light, of, kind, solid, houses)
    lit = colour * (daylight + light.lamps * _lamplight(places, lamps)) + own
    depth = 1 / near[solid]
    haze = 1 - np.exp(-depth / HAZE_M)[:, None]
    picture = _sky(rays, light, canvas.view)
    picture[solid] = lit * (1 - haze) + light.horizon * 0.95 * haze
    return np.clip(picture, 0, 1).reshape(*canvas.shown.shape, 3)


def _surface(canvas: Canvas, light: Light, places: Array, of: Array, kind: Array) -> tuple[Array, Array]:
    """Colour and own light of each point."""
    colour = np.array([piece.colour for piece in canvas.pieces], np.float32)[of] / 255
    own = np.zeros_like(colour)
    x, y = places[:, 0], places[:, 1]
    for name, plain in PLAIN.items():
        at = kind == name
        if at.any():
            rough = ROUGH.get(name, 0.05)
            spots = texture.grain(x[at], y[at], 3.1) * 0.6 + texture.grain(x[at], y[at], 0.45, 3) * 0.5
            colour[at] = np.array(plain) * (1 + rough * spots)[:, None]
    tiles = kind == "pavement"
    seam = (np.mod(x[tiles], 0.6) < 0.05) | (np.mod(y[tiles], 0.6) < 0.05)
    colour[tiles] *= (1 - 0.12 * seam)[:, None]
    water = kind == "water"
    colour[water] = colour[water] * 0.6 + light.horizon * 0.35 * (
        1 + 0.25 * texture.grain(x[water], y[water] * 3, 2.0)[:, None]
    )
    worn = kind == "mark"
    colour[worn] *= (0.9 + 0.12 * texture.grain(x[worn], y[worn], 0.5))[:, None]
    for at in (kind == name for name in WALLS):
        if at.any():
            colour[at], own[at] = _wall(canvas, light, places[at], of[at], kind[at][0])
    own[kind == "bulb"] = light.lamps * np.array([1.0, 0.93, 0.75])
    return colour, own


def _wall(canvas: Canvas, light: Light, places: Array, of: Array, kind: str) -> tuple[Array, Array]:
    start, along = (np.array([getattr(p, name) for p in canvas.pieces])[of] for name in ("start", "along"))
    long, top, seed = (
        np.array([getattr(p, name) for p in canvas.pieces])[of] for name in ("length_m", "height_m", "seed")
    )
    colour = np.array([piece.colour for piece in canvas.pieces])[of] / 255
    u = ((places[:, :2] - start) * along).sum(axis=1)
    high = places[:, 2]
    if kind == "shed":
        return colour * (0.92 + 0.08 * (np.floor(u / 0.5) % 2) - 0.1 * (high > top - 0.5))[:, None], np.zeros_like(
            colour
        )
    found, own = texture.wall(u, high, long, top, colour, seed, light.lit)
    if kind == "shops":
        below = np.flatnonzero(high < 3.4)
        has, front, shines = texture.shop(u[below], high[below], seed[below], light.is_night, light.lit)
        low = below[has]
        found[low], own[low] = front[has], shines[has]
    return found, own


def _daylight(canvas: Canvas, light: Light, of: Array, kind: Array, solid: Array, houses: Iterable[House]) -> Array:
    """How much light of sky and sun each point gets."""
    along = np.array([piece.along for piece in canvas.pieces])[of]
    upright = np.isin(kind, WALLS)
    # a wall that runs along (x, y) with its house at its left faces (y, -x)
    facing = np.where(upright, along[:, 1] * light.sun[0] - along[:, 0] * light.sun[1], light.sun[2])
    facing = np.where(np.isin(kind, ("leaf", "post", "bulb")), 0.6, np.maximum(0, facing))
    shaded = _shadows(canvas.view, light, houses).ravel()[solid]
    sunny = facing * np.where(upright, 1.0, 1 - shaded)
    open_sky = np.where(upright, 0.86, 1.0)
    return light.around * open_sky[:, None] + light.sunlight * sunny[:, None]


def _shadows(view: View, light: Light, houses: Iterable[House]) -> Array:
    """Where houses keep the sun from the ground: 0 to 1."""
    mask = Image.new("L", (view.width, view.height))
    if light.sunlight.max() > 0.05:
        pen = ImageDraw.Draw(mask)
        away = -light.sun[:2] / max(0.12, light.sun[2])
        for house in houses:
            if distance(house.ring[0], view.lens.at) < SHADE_M:
                for shape in _shadow(np.array(house.ring), away * house.height_m):
                    corners = view.clipped(np.column_stack([shape, np.zeros(len(shape))]))
                    if len(corners) > 2:
                        pen.polygon([tuple(p) for p in view.pixels(corners).tolist()], fill=210)
    return np.asarray(mask.filter(ImageFilter.BoxBlur(1)), np.float32) / 255


def _shadow(ring: Array, shift: Array) -> Iterable[Array]:
    after = np.roll(ring, -1, axis=0)
    yield ring + shift
    for a, b in zip(ring, after, strict=True):
        yield np.array([a, b, b + shift, a + shift])


def _lamplight(places: Array, lamps: list[Lamp]) -> Array:
    """What street lamps give each point."""
    found = np.zeros(len(places), np.float32)
    for lamp in lamps:
        near = np.flatnonzero(np.abs(places[:, 0] - lamp.at[0]) + np.abs(places[:, 1] - lamp.at[1]) < 34)
        x, y, z = places[near, 0] - lamp.at[0], places[near, 1] - lamp.at[1], places[near, 2] - lamp.height_m
        square = x * x + y * y + z * z
        found[near] += np.where(z < 0.2, 42.0 / (square + 20), 0.2) * np.clip(2 - np.sqrt(x * x + y * y) / 17, 0, 1)
    return np.minimum(found, 1.1)[:, None] * LAMPLIGHT * 1.35


def _sky(rays: Array, light: Light, view: View) -> Array:
    """The sky by height above the horizon, with clouds and, far away, hills and towers."""
    level = np.hypot(rays[:, 0], rays[:, 1])
    rise = np.degrees(np.arctan2(rays[:, 2], level))
    part = np.clip(rise / 32, 0, 1)[:, None] ** 0.6
    found = light.horizon * (1 - part) + light.zenith * part
    up = np.maximum(np.sin(np.radians(rise)), 0.06)
    x, y = rays[:, 0] / level / up, rays[:, 1] / level / up
    cloud = texture.grain(x, y, 1.3, 1) * 0.6 + texture.grain(x, y, 0.5, 2) * 0.3 + texture.grain(x, y, 0.2, 8) * 0.15
    thick = np.clip(cloud * 1.6, 0, 1)[:, None] * np.clip(rise / 8, 0, 1)[:, None]
    found = found * (1 - 0.55 * thick) + (light.horizon * 0.6 + light.around * 0.55) * 0.55 * thick
    turn = np.degrees(np.arctan2(rays[:, 0], rays[:, 1]))
    hills = 1.6 + 1.1 * texture.grain(turn, turn * 0, 17.0, 11) + 0.35 * texture.grain(turn, turn * 0, 4.0, 12)
    towers = np.where(
        texture.chance(np.floor(turn / 1.1), 3) > 0.72, 1.2 + 2.2 * texture.chance(np.floor(turn / 1.1), 5), 0
    )
    for height, dark in ((hills, 0.80), (towers, 0.72)):
        at = (rise < height)[:, None]
        found = np.where(at, found * 0.25 + light.horizon * dark * 0.75, found)
    return found
