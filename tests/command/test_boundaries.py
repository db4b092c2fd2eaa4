"""A boundary's text: what is taken, and what is refused with words that say where."""

import json
import math
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from command import boundaries
from command.errors import Invalid

SQUARE = [[106.50, 29.60], [106.60, 29.60], [106.60, 29.70], [106.50, 29.70], [106.50, 29.60]]
HOLE = [[106.54, 29.64], [106.56, 29.64], [106.56, 29.66], [106.54, 29.66], [106.54, 29.64]]
SQUARE_KM2 = (0.1 * 111.32) ** 2 * 0.8693
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
LINES = "29.60, 106.50\n29.60, 106.60\n29.70 106.60\n29.70，106.50"


def moved(ring: list[list[float]], east: float) -> list[list[float]]:
    return [[lon + east, lat] for lon, lat in ring]


@pytest.mark.parametrize(
    "said",
    [
        POLYGON,
        {"type": "Feature", "properties": {"name": "x"}, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "Polygon", "coordinates": [[[lon, lat, 12.5] for lon, lat in SQUARE]]},
        {"type": "Polygon", "coordinates": [SQUARE[::-1]]},
    ],
)
def test_geojson_in_whatever_wrapping(said: dict[str, Any]) -> None:
    area = boundaries.read(json.dumps(said))
    assert area.geom_type == "MultiPolygon"
    assert area.extent == pytest.approx((106.5, 29.6, 106.6, 29.7))
    assert boundaries.area_km2(area) == pytest.approx(SQUARE_KM2, rel=0.01)


@pytest.mark.parametrize("text", [LINES, LINES.replace("\n", "\r\n"), f"\n{LINES}\n29.60, 106.50\n\n"])
def test_typed_corners_are_closed_and_latitude_comes_first(text: str) -> None:
    area = boundaries.read(text)
    assert area.extent == pytest.approx((106.5, 29.6, 106.6, 29.7))
    assert len(area) == 1


def test_an_empty_line_begins_another_area() -> None:
    assert len(boundaries.read(f"{LINES}\n\n29.6 107.5\n29.6 107.6\n29.7 107.6")) == 2


def test_a_hole_counts_and_areas_that_touch_become_one() -> None:
    with_hole = boundaries.read(json.dumps({"type": "Polygon", "coordinates": [SQUARE, HOLE]}))
    assert boundaries.area_km2(with_hole) == pytest.approx(SQUARE_KM2 * 0.96, rel=0.01)
    side_by_side = {"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 0.1)]]}
    assert len(boundaries.read(json.dumps(side_by_side))) == 1
    apart = {"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 0.2)]]}
    assert len(boundaries.read(json.dumps(apart))) == 2


BOW = [[106.5, 29.6], [106.6, 29.7], [106.6, 29.6], [106.5, 29.7], [106.5, 29.6]]


def polygon(*rings: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": list(rings)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found nothing"),
        ("   \n ", "found nothing"),
        ("hello", "line 1: expected a corner as latitude, longitude, or GeoJSON; found “hello”"),
        ("29.6, 106.5\n29.6; x", "line 2"),
        ("29.6, 106.5\n29.7, 106.5", "found 3 points"),
        ("106.5, 29.6\n106.6, 29.6\n106.6, 29.7", "latitude within ±90°"),
        ('{"type": "Polygon"', "line 1, character 19"),
        ("{" * 100_000, "found something"),
        ('{"type":"Feature","geometry":' * 900 + "1" + "}" * 900, "found"),
        (json.dumps([POLYGON]), "expected polygons, found None"),
        ('{"type": "LineString", "coordinates": []}', "found LineString"),
        ('{"type": "Feature", "geometry": null}', "expected polygons, found None"),
        ('{"type": "FeatureCollection", "features": []}', "found none"),
        ('{"type": "FeatureCollection", "features": {}}', "expected a list"),
        ('{"type": "Polygon", "coordinates": []}', "with a ring"),
        ('{"type": "Polygon", "coordinates": 5}', "expected a list"),
        (polygon(SQUARE[:3]), "at least 3 corners"),
        (polygon(SQUARE[:4]), "begins at 29.60000, 106.50000 and ends at 29.70000, 106.50000"),
        (polygon([["a", "b"]] * 4), "expected [longitude, latitude]"),
        (polygon([[True, False]] * 4), "expected [longitude, latitude]"),
        (polygon([[1, 2, 3, 4]] * 4), "expected [longitude, latitude]"),
        (polygon([[1e999, 0]] * 4), "±180°"),
        (polygon([[float("nan"), 0]] * 4), "±180°"),
        (polygon([[200, 0], [201, 0], [201, 1], [200, 0]]), "±180°"),
        (polygon(BOW), "does near 29.65000, 106.55000"),
        (polygon(SQUARE, moved(HOLE, 1)), "expected a simple polygon"),
        (polygon([[0, 0], [1e-6, 0], [1e-6, 1e-6], [0, 0]]), "expected between 0.001 and 200,000 km²"),
        (polygon([[0, 0], [50, 0], [50, 50], [0, 50], [0, 0]]), "expected between 0.001"),
        (" " * 900_001, "at most 900000 characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with translation.override("en"), pytest.raises(Invalid) as refused:
        boundaries.read(text)
    assert words in refused.value.message
    assert refused.value.fields == {"boundary": refused.value.message}


def test_too_many_points() -> None:
    ring = [[106 + n * 1e-5, 29.6] for n in range(20_000)] + [[106.1, 29.7], [106, 29.6]]
    with pytest.raises(Invalid):
        boundaries.read(polygon(ring))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["Polygon", "Feature"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "features", "geometry"]), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(JSON.map(json.dumps) | st.text(max_size=200) | st.text("0123456789.,- \n", max_size=200))
def test_whatever_is_said_is_taken_or_refused_in_words(text: str) -> None:
    try:
        assert boundaries.read(text).valid
    except Invalid as refused:
        assert refused.message


@given(
    st.floats(-170, 170), st.floats(-80, 80), st.lists(st.floats(0.001, 0.5), min_size=3, max_size=12)
)  # fmt: skip
def test_a_star_of_any_shape_keeps_its_corners(lon: float, lat: float, radii: list[float]) -> None:
    turns = [2 * math.pi * at / len(radii) for at in range(len(radii))]
    ring = [[lon + r * math.cos(t), lat + r * math.sin(t)] for r, t in zip(radii, turns, strict=True)]
    area = boundaries.read(polygon([*ring, ring[0]]))
    assert area.extent == pytest.approx(
        (min(p[0] for p in ring), min(p[1] for p in ring), max(p[0] for p in ring), max(p[1] for p in ring))
    )
