"""What a page shows of being cut off, and of a picture in it that stands: by words and computed colours, not by what it knows."""

import asyncio
import datetime as dt
import re
import time
import zoneinfo
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page

NEVER = float("inf")
GIVE_UP_S, STALE_S = 30.0, 3.0
ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
# The page's states, and what the first picture's tile says in which outline, each with its moment
NOTE = """() => { window.turns = []; window.tiles = [];
  new MutationObserver(() => turns.push([document.body.dataset.connection, Date.now() / 1000]))
    .observe(document.body, { attributes: true, attributeFilter: ["data-connection"] });
  setInterval(() => { const tile = document.querySelector("#scene-list > li");
    const look = tile && getComputedStyle(tile);
    const wide = look && look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
    const said = [tile ? tile.querySelector("span.told").innerText : "", wide ? look.outlineColor : ""], last = tiles.at(-1);
    if (!last || last[0] !== said[0] || last[1] !== said[1]) tiles.push([...said, Date.now() / 1000]); }, 100); }"""
# Each panel (a section with none inside) that is seen and is no form or question, with its "as of"; the banner; their colours
PANELS = """() => {
  const seen = (one) => one.offsetParent !== null || one.getClientRects().length > 0;
  const leaf = (one) => !one.querySelector("section") && !one.querySelector("form") && one.getAttribute("role") !== "alertdialog";
  const panels = [...document.querySelectorAll("main section")].filter((one) => seen(one) && leaf(one) && !one.closest("form"));
  const banner = document.getElementById("cut");
  const colour = (one, name) => one ? getComputedStyle(one)[name] : "";
  return { banner: banner.innerText, ground: colour(banner, "backgroundColor"),
    panels: panels.map((one) => { const words = one.querySelector(".asof");
      return [one.id, words ? words.innerText : "", colour(words, "color")]; }) }; }"""
# What the first picture's tile shows: its name, words and a number of all its pixels; and what the wall names as its oldest
TILE = """() => { const tile = document.querySelector("#scene-list > li"), canvas = tile.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height); let pixels = 0;
  for (const one of data) pixels = (pixels * 31 + one) | 0;
  return { pixels, words: tile.querySelector("span.told").innerText, name: tile.querySelector("b").innerText,
    oldest: document.getElementById("oldest").innerText }; }"""
Holds = Callable[[str, str], bool]


async def turned(page: Page, state: str, since: float) -> float:
    """The moment (unix s) at which the page came into a state; infinite when it does not."""
    return await _moment(page, "turns", lambda found: found[0] == state, since)


async def tile_turned(page: Page, holds: Holds, since: float) -> float:
    """The moment (unix s) from which the first picture's tile said and showed something; infinite when it does not."""
    return await _moment(page, "tiles", lambda found: holds(found[0], found[1]), since)


async def _moment(page: Page, kept: str, holds: Callable[[list[Any]], bool], since: float) -> float:
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until:
        for found in await page.evaluate(f"window.{kept}"):
            if found[-1] >= since and holds(found):
                return float(found[-1])
        await asyncio.sleep(0.1)
    return NEVER


def is_live(words: str, outline: str) -> bool:
    """Whether a tile says that its picture is live, and bears no outline."""
    return words == "live" and not outline


def is_stopped(words: str, outline: str) -> bool:
    """Whether a tile says of when its picture is, outlined in red."""
    return words.startswith("as of ") and is_red(outline)


def complaints(seen: dict[str, Any], cut_at: float) -> list[str]:
    """What is not as it should be on a page that has been cut off since then (unix s): `PANELS`."""
    said = {"banner": (seen["banner"], seen["ground"]), **{name: (words, ink) for name, words, ink in seen["panels"]}}
    wrong = [f"{place} says {words!r}" for place, (words, _) in said.items() if not is_as_of(words, cut_at)]
    wrong += [f"{place} is {ink}" for place, (_, ink) in said.items() if not is_red(ink)]
    return wrong if len(said) > 2 else [*wrong, "no panel"]


def tile_complaints(before: dict[str, Any], seen: dict[str, Any], cut_at: float, *, stops: bool) -> list[str]:
    """What is not as it should be of a picture, looked at twice (`TILE`), that stands since then, or that should go on."""
    said, moves = f"the picture says {seen['words']!r}", before["pixels"] != seen["pixels"]
    if not stops:
        return ([] if seen["words"] == "live" else [said]) + ([] if moves else ["the picture stands and says nothing"])
    return ([] if is_as_of(seen["words"], cut_at) else [said]) + (["the picture goes on"] if moves else [])


def is_as_of(words: str, cut_at: float) -> bool:
    """Whether the words name, by the station's clock, the moment of the cut or one up to 3 s before."""
    shown = re.search(r"as of (\d\d):(\d\d):(\d\d)", words)
    if not shown:
        return False
    hour, minute, second = map(int, shown.groups())
    cut = dt.datetime.fromtimestamp(cut_at, ZONE)
    ago = (cut - cut.replace(hour=hour, minute=minute, second=second, microsecond=0)).total_seconds()
    return -1 <= ago <= STALE_S or ago <= STALE_S - 86_400


def is_red(colour: str) -> bool:
    """Whether `rgb(…)` is more red than anything else, by far."""
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return len(parts) == 3 and parts[0] > 150 and parts[0] > 1.8 * max(parts[1:])
