"""`python -m town.eyes FOLDER NUMBER`: one camera of the town (FOLDER) drawn as H.264, for town/rtsp_server.py."""

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from town.eyes import film, scene
from town.eyes.camera import Camera
from town.eyes.panorama import FPS, HIGH, WIDE, Panorama
from town.eyes.view import lens_of

SHAPES = {"panorama": film.Shape(WIDE, HIGH, FPS)}


def _camera(row: dict[str, Any], around: scene.Scene, folder: Path, keep: Path) -> film.Eye:
    if row["kind"] == "panorama":
        return Panorama(row, around, folder, keep)
    return Camera(row["name"], lens_of(row), around, folder, keep)


def main() -> None:
    """Write its pictures to standard output until nobody reads them."""
    parser = argparse.ArgumentParser(prog="town.eyes", description=__doc__)
    parser.add_argument("folder", type=Path, help="that of town.osm.pbf and roster.json")
    parser.add_argument("number", type=int, help="the camera's in the roster, from 1")
    said = parser.parse_args()
    rows = json.loads((said.folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    if not 1 <= said.number <= len(rows):
        sys.exit(f"expected a camera from 1 to {len(rows)}; found {said.number}")
    row, keep = rows[said.number - 1], film.keeping(said.folder, said.number)

    def load() -> film.Eye:
        found = _camera(row, scene.read(said.folder / "town.osm.pbf"), said.folder, keep)
        found.picture(dt.datetime.now(dt.UTC))
        return found

    film.serve(row["name"], load, SHAPES.get(row["kind"], film.STREET))


if __name__ == "__main__":
    main()
