"""Officers with body cameras: real browsers on the terminal's own page. What they show is drawn, what they say is spoken.

The picture is that of somebody who stands at the kerb; Chromium takes it for its camera, and the spoken words for its
microphone. Needs Playwright, a Chromium and, for the voice, espeak-ng: all come with `./station test`.
"""

import asyncio
import datetime as dt
import itertools
import json
import math
import random
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av
import numpy as np
from PIL import Image

from town.client import Client
from town.eyes import film, light
from town.eyes.camera import Camera
from town.eyes.scene import Scene, read
from town.eyes.view import HEIGHT, WIDTH, Array, lens_of
from town.plane import Point, between, degrees, direction, distance, left_of, shifted
from town.sights import Lens

CLIP_S = 12
EYE_M, FOV, TILT = 1.5, 78.0, 3.0
KERB_M = 2.2  # behind it, past the trees
AHEAD_M = 30.0  # of a camera
SWAY_PX = 12
SPEAKS_S, SILENT_S = 6.0, (20.0, 45.0)
PATIENCE_MS = 60_000
AGAIN_S = 5.0
SAYS = (
    "指挥中心，我已到达现场，情况正常。",
    "现场有两人，已经分开，正在了解情况。",
    "请再派一名同事到路口来。",
    "道路畅通，我继续巡逻。",
)
CHROMIUM = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")  # fmt: skip


class Missing(Exception):
    """Something of this machine that is needed and not there; its words say how to get it."""


@dataclass(frozen=True)
class Officer:
    """Somebody of the demonstration: an account, and the unit they are booked on."""

    username: str
    password: str
    unit: str
    at: Point


def run(base: str, folder: Path, accounts: Path, names: list[str], browser: str) -> None:
    """Let these people show and tell until they are ended. Raises Missing."""
    if not Path(browser).exists():
        raise Missing(
            f"expected Chromium at {browser}, found nothing: ./station test installs one, --browser names another"
        )
    if shutil.which("espeak-ng") is None:
        raise Missing("expected espeak-ng for the voices, found none: ./station test installs it")
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise Missing("expected Playwright, found none: ./station test installs it into the home's venv") from None
    asyncio.run(_all(async_playwright, base, folder, accounts, names, browser))


async def _all(playwright: Any, base: str, folder: Path, accounts: Path, names: list[str], browser: str) -> None:
    scene, keys = read(folder / "town.osm.pbf"), json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    passwords = {one["username"]: one["password"] for one in json.loads(accounts.read_text(encoding="utf-8"))}
    if unknown := [name for name in names if name not in passwords]:
        raise Missing(f"expected accounts of {accounts} ({', '.join(passwords)}), found {', '.join(unknown)}")
    people = await _booked(
        Client(base), keys["duty_token"], {name: passwords[name] for name in names}, before_cameras(folder)
    )
    with tempfile.TemporaryDirectory(prefix="town-body-") as made:
        async with playwright() as driver:
            await asyncio.gather(*(_one(driver, base, scene, one, Path(made), browser) for one in people))


async def _booked(client: Client, token: str, passwords: dict[str, str], places: list[Point]) -> list[Officer]:
    """Put each on the free unit on foot that is nearest to a place, each on one of their own. Raises Missing."""
    found: list[Officer] = []
    for (name, password), place in zip(passwords.items(), places, strict=False):
        lat, lon = degrees(place)
        status, said = await client.api(token, "GET", f"units/nearest/?lat={lat}&lon={lon}&limit=50")
        taken = {one.unit for one in found}  # who is booked on is free as before
        on_foot = [one["call_sign"] for one in (said or {}).get("results", []) if one["kind"] == "foot"]
        free = [call_sign for call_sign in on_foot if call_sign not in taken]
        if status != 200 or not free:
            raise Missing(
                f"expected a running demonstration with a free unit on foot, found {status or 'nobody'} and {free}"
            )
        status, answer = await client.api(token, "POST", f"units/{quote(free[0])}/book_on/", {"crew": [name]})
        if status not in (200, 201):
            raise Missing(f"expected {name} to be booked on {free[0]}, found {status} {answer}")
        found.append(Officer(name, password, free[0], place))
    return found


def before_cameras(folder: Path) -> list[Point]:
    """Places that cameras of the town see as well, those in its middle first."""
    rows = json.loads((folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    lenses = sorted((lens_of(row) for row in rows if row["kind"] == "visible"), key=lambda lens: math.hypot(*lens.at))
    ways = [math.radians(lens.bearing) for lens in lenses]
    return [shifted(lens.at, (math.sin(way), math.cos(way)), AHEAD_M) for lens, way in zip(lenses, ways, strict=True)]


async def _one(driver: Any, base: str, scene: Scene, one: Officer, made: Path, browser: str) -> None:
    """One person: what they show and say is made once; a phone that fails begins again and keeps nothing from the others."""
    from playwright.async_api import Error

    lens = standing(scene, one.at)
    clip, voice = made / f"{one.username}.y4m", made / f"{one.username}.wav"
    await asyncio.to_thread(draw, Camera("", lens, scene, made), clip)
    await asyncio.to_thread(speak, random.choice(SAYS), voice)  # noqa: S311 - a play, no secret  # nosec B311
    files = [f"--use-file-for-fake-video-capture={clip}", f"--use-file-for-fake-audio-capture={voice}"]
    while True:
        try:
            async with await driver.chromium.launch(executable_path=browser, args=[*CHROMIUM, *files]) as chromium:
                await _shown(chromium, base, one, lens)
        except Error as failed:
            why = str(failed).partition("\n")[0]
            print(f"the phone of {one.username} failed, again in {AGAIN_S:g} s: {why}", file=sys.stderr, flush=True)
            await asyncio.sleep(AGAIN_S)


async def _shown(chromium: Any, base: str, one: Officer, lens: Lens) -> None:
    """Sign in, show the scene, and say something now and then. Raises Playwright's Error."""
    lat, lon = degrees(lens.at)
    where = {"latitude": lat, "longitude": lon, "accuracy": 6}
    context = await chromium.new_context(
        geolocation=where, permissions=["camera", "microphone", "geolocation"], viewport={"width": 390, "height": 844}
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(f"{base}/sign-in/?next=/terminal/")
    await page.fill("[name=username]", one.username)
    await page.fill("[name=password]", one.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/terminal/")
    await page.locator("#call-sign").click()  # the first touch lets it ring and listen
    await page.locator("#scene-show").click()
    await page.locator("#scene[data-state=sending]").wait_for()
    print(f"{one.username} on {one.unit} shows the scene", flush=True)
    while True:
        await page.locator("#voice-talk").hover()
        await page.mouse.down()
        await page.wait_for_timeout(SPEAKS_S * 1000)
        await page.mouse.up()
        await page.wait_for_timeout(random.uniform(*SILENT_S) * 1000)  # noqa: S311 - a play, no secret  # nosec B311


def standing(scene: Scene, near: Point) -> Lens:
    """The lens of somebody who stands at the kerb of the road that is nearest to a place, looking along it."""
    pieces = [(road, a, b) for road in scene.roads if road.driven for a, b in itertools.pairwise(road.line) if a != b]
    road, a, b = min(pieces, key=lambda piece: distance(near, _foot(near, piece[1], piece[2])))
    along = direction(a, b)
    at = shifted(_foot(near, a, b), left_of(along), -(road.half_m + KERB_M))
    bearing = (math.degrees(math.atan2(along[0], along[1])) - 14) % 360  # a little towards the road
    return Lens(at, EYE_M, bearing, TILT, FOV, WIDTH / HEIGHT, 60.0)


def _foot(p: Point, a: Point, b: Point) -> Point:
    part = ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / distance(a, b) ** 2
    return between(a, b, max(0.0, min(1.0, part)))


def draw(camera: Camera, path: Path) -> None:
    """Write what somebody sees from now on, breathing and shifting their weight, as YUV4MPEG2 that is played in a ring."""
    began = dt.datetime.now(dt.UTC)
    camera.draw_still(light.at(began))
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{film.FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(CLIP_S * film.FPS):
            picture = _swayed(camera.picture(began + dt.timedelta(seconds=number / film.FPS)), number / film.FPS)
            planes = av.VideoFrame.from_ndarray(picture, format="rgb24").to_ndarray(format="yuv420p")
            out.write(b"FRAME\n" + planes.tobytes())


def _swayed(picture: Array, at_s: float) -> Array:
    """A part of the picture that wanders, as a camera on a chest does; it comes back where the clip begins anew."""
    turn = 2 * math.pi * at_s / CLIP_S
    x = SWAY_PX * (1 + 0.7 * math.sin(2 * turn) + 0.3 * math.sin(5 * turn))
    y = SWAY_PX * 9 / 16 * (1 + 0.6 * math.sin(3 * turn) + 0.4 * math.sin(8 * turn))
    box = x, y, x + WIDTH - 2 * SWAY_PX, y + HEIGHT - 2 * SWAY_PX * 9 / 16
    return np.asarray(Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=box))


def speak(words: str, path: Path) -> None:
    """Write words, spoken in Chinese, as WAV. Raises Missing."""
    said = subprocess.run(
        ["espeak-ng", "-v", "cmn", "-s", "165", "-w", str(path), words], capture_output=True, text=True
    )  # nosec B603 B607 # an argument list of our own, no shell
    if said.returncode or not path.exists():
        raise Missing(f"expected espeak-ng to speak Chinese, found: {said.stderr.strip()[:200]}")
