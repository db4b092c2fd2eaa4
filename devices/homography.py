"""Finds the plane of a calibration from pairs of points: what somebody pointed at in a picture and on the map. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.sight import NoGround, Plane, across_plane

Pair = tuple[float, float, float, float]  # x, y in shares of the picture; metres east, north of the camera's foot
LEAST, MOST = 4, 40  # pairs
UNKNOWNS = 8
STRAIGHT = 1e-3  # how much the second direction of points must have of the first, so that they are not on one line
PLAUSIBLE_M, PLAUSIBLE_SHARE = (
    3.0,
    0.05,
)  # a residual over both, the second of the way to the farthest point, is a mistake


def is_pairs(said: object) -> bool:
    """Whether it is a list of x, y (shares of a picture), latitude, longitude."""
    limits = ((0, 1), (0, 1), (-90, 90), (-180, 180))

    def is_pair(one: object) -> bool:
        return (
            isinstance(one, list)
            and len(one) == len(limits)
            and all(isinstance(number, int | float) and not isinstance(number, bool) for number in one)
            and all(
                math.isfinite(number) and least <= number <= most
                for number, (least, most) in zip(one, limits, strict=True)
            )
        )

    return isinstance(said, list) and len(said) <= 100 and all(map(is_pair, said))


class Unfit(ValueError):
    """Pairs of which no calibration can be made; `code` says why: pairs_few, _many, _in_line, _crossed, _apart."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fitted:
    """A plane, how far each pair's place lies from where the plane puts it, and the residual; metres.

    The residual is the deviation of one place that the pairs let expect: none from four, since four pairs always fit.
    """

    plane: Plane
    off_m: tuple[float, ...]
    residual_m: float | None


def fit(pairs: Sequence[Pair]) -> Fitted:
    """The plane that fits pairs best, by least squares. Raises Unfit."""
    if len(pairs) < LEAST:
        raise Unfit("pairs_few")
    if len(pairs) > MOST:
        raise Unfit("pairs_many")
    said = np.asarray(pairs, dtype=float)
    if _is_line(said[:, :2]) or _is_line(said[:, 2:]):
        raise Unfit("pairs_in_line")
    plane = _solved(said)
    if not _is_upright(plane, pairs):
        raise Unfit("pairs_crossed")
    off = [math.dist(across_plane(plane, x, y), (east, north)) for x, y, east, north in pairs]
    spare = 2 * len(pairs) - UNKNOWNS
    residual = math.sqrt(sum(one**2 for one in off) / spare * 2) if spare else None
    far = max(math.hypot(east, north) for _, _, east, north in pairs)
    if residual is not None and residual > max(PLAUSIBLE_M, PLAUSIBLE_SHARE * far):
        raise Unfit("pairs_apart")
    return Fitted(plane, tuple(off), residual)


def _is_line(points: NDArray[np.float64]) -> bool:
    """Whether all points, or all but one, lie on one line: then no plane follows from them."""

    def flat(some: NDArray[np.float64]) -> bool:
        sizes = np.linalg.svd(some - some.mean(axis=0), compute_uv=False)
        return bool(sizes[1] <= STRAIGHT * max(sizes[0], 1e-12))

    return flat(points) or any(flat(np.delete(points, at, axis=0)) for at in range(len(points)))


def _solved(pairs: NDArray[np.float64]) -> Plane:
    """The least of the squares of the equations that a plane must fulfil, then of the metres themselves."""
    to_middle = [_evened(pairs[:, :2]), _evened(pairs[:, 2:])]
    (x, y), (east, north) = (
        _moved(move, part).T for move, part in zip(to_middle, (pairs[:, :2], pairs[:, 2:]), strict=True)
    )
    none, one = np.zeros_like(x), np.ones_like(x)
    rows = np.vstack([
        np.column_stack([x, y, one, none, none, none, -east * x, -east * y, -east]),
        np.column_stack([none, none, none, x, y, one, -north * x, -north * y, -north]),
    ])  # fmt: skip
    rough = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    found = _signed(np.linalg.inv(to_middle[1]) @ rough @ to_middle[0], pairs)
    return tuple(float(number) for number in _improved(found, pairs).ravel())


def _evened(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """What moves points around 0 and to an even size: without it the equations lose their digits."""
    middle = points.mean(axis=0)
    size = math.sqrt(2) / max(float(np.linalg.norm(points - middle, axis=1).mean()), 1e-12)
    return np.array([[size, 0, -size * middle[0]], [0, size, -size * middle[1]], [0, 0, 1]])


def _moved(plane: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = np.column_stack([points, np.ones(len(points))]) @ plane.T
    moved: NDArray[np.float64] = whole[:, :2] / whole[:, 2:]
    return moved


def _signed(plane: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same plane with its scale of one size, and above 0 where the pairs lie."""
    scales = np.column_stack([pairs[:, :2], np.ones(len(pairs))]) @ plane[2]
    return plane / (float(np.abs(scales).max()) * (1 if scales.sum() > 0 else -1))


ROUNDS = 12


def _improved(plane: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gauss's steps: what counts is metres on the ground, and a step that makes them more is not taken."""
    size = plane.ravel()[np.argmax(np.abs(plane[2])) + 6]
    held = int(np.argmax(np.abs(plane[2]))) + 6  # one number of nine is free to choose
    now, free = plane.ravel() / size, [at for at in range(9) if at != held]
    for _ in range(ROUNDS):
        off, slopes = _off(now, pairs), _slopes(now, pairs)[:, free]
        step = np.linalg.lstsq(slopes, -off, rcond=None)[0]
        then = now.copy()
        then[free] += step
        if not np.isfinite(then).all() or np.square(_off(then, pairs)).sum() >= np.square(off).sum():
            break
        now = then
    return _signed(now.reshape(3, 3), pairs)


def _off(plane: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    off: NDArray[np.float64] = (_moved(plane.reshape(3, 3), pairs[:, :2]) - pairs[:, 2:]).T.ravel()
    return off


def _slopes(plane: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """How each deviation changes with each of the nine numbers."""
    whole = np.column_stack([pairs[:, :2], np.ones(len(pairs))])
    scale = (whole @ plane.reshape(3, 3)[2])[:, None]
    there = _moved(plane.reshape(3, 3), pairs[:, :2])
    none = np.zeros_like(whole)
    return np.vstack([
        np.hstack([whole / scale, none, -there[:, :1] * whole / scale]),
        np.hstack([none, whole / scale, -there[:, 1:] * whole / scale]),
    ])  # fmt: skip


def _is_upright(plane: Plane, pairs: Sequence[Pair]) -> bool:
    """Whether all pairs lie before one horizon, with what is right in the picture right of what is nearer on the ground."""
    step = 1e-4
    try:
        for x, y, _, _ in pairs:
            here, right, down = (across_plane(plane, x + a, y + b) for a, b in ((0, 0), (step, 0), (0, step)))
            turn = (right[0] - here[0]) * (down[1] - here[1]) - (right[1] - here[1]) * (down[0] - here[0])
            if turn >= 0:
                return False
    except NoGround:
        return False
    return True
