"""What surfaces look like close by, by numbers alone: grain of the ground, windows and shop signs of walls. Pure."""

import numpy as np

from town.eyes.view import Array

STOREY_M, WINDOW_M = 3.0, 3.1
GLASS, CURTAIN = np.array([0.23, 0.29, 0.34]), np.array([0.62, 0.58, 0.52])
WARM, COLD = np.array([1.0, 0.82, 0.52]), np.array([0.88, 0.94, 1.0])
SIGNS = np.array([
    [0.72, 0.12, 0.10], [0.10, 0.28, 0.55], [0.12, 0.42, 0.24], [0.78, 0.52, 0.10], [0.45, 0.14, 0.36], [0.86, 0.86, 0.82],
])  # fmt: skip


def chance(*numbers: Array) -> Array:
    """A number from 0 to 1 for whole numbers, always the same one for the same."""
    found = np.zeros(np.broadcast_shapes(*(np.shape(one) for one in numbers)), np.uint32)
    for number, factor in zip(numbers, (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F), strict=False):
        whole = (np.asarray(number).astype(np.int64) & 0xFFFFFFFF).astype(np.uint32)
        with np.errstate(over="ignore"):  # what is above 32 bits is meant to be lost
            found = (found ^ whole) * np.uint32(factor)
        found ^= found >> np.uint32(15)
    return ((found & np.uint32(0xFFFFFF)) / np.float32(0x1000000)).astype(np.float32)


def grain(x: Array, y: Array, size: float, seed: int = 0) -> Array:
    """Soft spots of about `size` m: from -1 to 1."""
    x, y = x / size, y / size
    left, low = np.floor(x), np.floor(y)
    a, b = _eased(x - left), _eased(y - low)
    corners = [chance(left + i, low + j, seed) for j in (0, 1) for i in (0, 1)]
    return ((corners[0] * (1 - a) + corners[1] * a) * (1 - b) + (corners[2] * (1 - a) + corners[3] * a) * b) * 2 - 1


def _eased(part: Array) -> Array:
    return part * part * (3 - 2 * part)


def wall(
    along: Array, high: Array, long: Array, top: Array, colour: Array, seed: Array, lit: float
) -> tuple[Array, Array]:
    """Colour and own light (n × 3) of points of walls: metres along and above the ground, the wall's length and height."""
    columns = np.maximum(1, np.round(long / WINDOW_M))
    at = along / np.maximum(0.1, long) * columns
    column, storey = np.floor(at), np.floor(high / STOREY_M)
    u, v = at - column, high / STOREY_M - storey
    tone = 0.94 + 0.12 * chance(seed, storey, 7) * 0.5 - 0.10 * (v > 0.94) - 0.06 * (v < 0.05)
    tone = tone + 0.03 * grain(along, high, 1.7, 5)
    found = colour * (tone * np.clip(0.86 + high / 60, 0.86, 1.0))[:, None]
    wide = 0.20 + 0.08 * chance(seed, 3)
    window = (u > wide) & (u < 1 - wide) & (v > 0.30) & (v < 0.82) & (long > 3) & (high < top - 0.4)
    frame = window & ((u < wide + 0.035) | (u > 1 - wide - 0.035) | (v < 0.33) | (v > 0.80) | (np.abs(u - 0.5) < 0.015))
    dice, drawn = chance(column, storey, seed), chance(storey, column, seed, 9)
    glass = np.where((drawn < 0.3)[:, None], CURTAIN, GLASS * (0.75 + 0.5 * drawn + 0.35 * (v - 0.5))[:, None])
    found = np.where(window[:, None], np.where(frame[:, None], colour * 0.62, glass), found)
    shines = window & ~frame & (dice < lit) & (storey > 0)
    own = np.where(shines[:, None], np.where((drawn < 0.75)[:, None], WARM, COLD) * (0.55 + 0.4 * drawn)[:, None], 0.0)
    unit = (u > 0.78) & (u < 0.95) & (v > 0.10) & (v < 0.27) & (dice > 0.55) & (storey > 0)
    return np.where(unit[:, None], 0.78, found), own


def shop(along: Array, high: Array, seed: Array, is_night: bool, lit: float) -> tuple[Array, Array, Array]:
    """Which points (high < 3.4 m) are shop fronts, and the colour and own light of those."""
    room = np.floor(along / 5.2)
    u = along / 5.2 - room
    dice = chance(room, seed, 21)
    sign = SIGNS[(chance(room, seed, 4) * len(SIGNS)).astype(int)]
    board = (high > 2.65) & (high < 3.35) & (u > 0.03) & (u < 0.97)
    words = board & (high > 2.82) & (high < 3.18) & (u > 0.2) & (u < 0.8) & (np.floor(u * 20) % 2 == 0)
    words &= chance(np.floor(along / 0.09), np.floor(high / 0.07), room, seed) > 0.4
    door = (high < 2.6) & (u > 0.06) & (u < 0.94)
    bar = door & ((np.abs(u - 0.5) < 0.012) | (np.abs(u - 0.28) < 0.008) | (high < 0.25))
    shut = dice > 0.72
    front = np.where(shut[:, None], 0.55 - 0.06 * (np.floor(high / 0.12) % 2)[:, None], GLASS * 0.9)
    front = np.where(bar[:, None], 0.42, front)
    found = np.where(
        board[:, None], np.where(words[:, None], 0.92 - 0.6 * (sign.mean(axis=1) > 0.8)[:, None], sign), front
    )
    own = np.zeros_like(found)
    if is_night:
        open_late = dice < 0.25 + lit * 0.7
        own = np.where((board & open_late)[:, None], found * 0.85, 0.0)
        own = np.where((door & ~bar & open_late & ~shut)[:, None], WARM * (0.42 + 0.2 * u)[:, None], own)
    return board | door, found, own
