"""Vector tiles: what is in them, who gets them, how long they are kept."""

import gzip
import math

import pytest
from django.test import Client

from command.places.importer import Imported, import_map
from tests.places.district import LAT, LON, district

FOR_EVER = "private, max-age=31536000, immutable"


def tile_of(z: int, lat: float = LAT + 0.0045, lon: float = LON + 0.0045) -> tuple[int, int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * 2**z), int(y * 2**z)


def fields(message: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of a protobuf message, as far as tiles use them."""

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    at, found = 0, []
    while at < len(message):
        key = varint()
        if key & 7 == 0:
            found.append((key >> 3, varint()))
        else:
            size = varint()
            found.append((key >> 3, message[at : at + size]))
            at += size
    return found


def layers(tile: bytes) -> dict[str, int]:
    """Number of features by layer."""
    found = {}
    for _, layer in fields(tile):
        inside = fields(layer)
        name = next(value for key, value in inside if key == 1)
        found[name.decode()] = sum(key == 2 for key, _ in inside)
    return found


@pytest.fixture
def client(cast) -> Client:
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(z: int, x: int, y: int, version: int | str = "", name: str = "main") -> str:
    return f"/tiles/{name}/{z}/{x}/{y}?v={version}"


def test_layers(client: Client, town_map: Imported) -> None:
    answer = client.get(url(*tile_of(14), town_map.version))
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Cache-Control"] == FOR_EVER
    found = layers(gzip.decompress(answer.content))
    assert set(found) == {"road", "building", "area", "place"}


def test_house_numbers_from_17(client: Client, town_map: Imported) -> None:
    far, near = tile_of(16, LAT + 0.003, LON + 0.0018), tile_of(17, LAT + 0.003, LON + 0.0018)
    assert layers(gzip.decompress(client.get(url(*far)).content)).get("place", 0) < 5
    assert layers(gzip.decompress(client.get(url(*near)).content))["place"] > 8


def test_low_zooms_are_light(client: Client, town_map: Imported) -> None:
    found = layers(gzip.decompress(client.get(url(*tile_of(10))).content))
    assert set(found) <= {"road", "area"}


def test_kept_and_served_from_disk(client: Client, town_map: Imported, settings) -> None:
    where = tile_of(15)
    first = client.get(url(*where, town_map.version)).content
    (kept,) = settings.TILE_CACHE.rglob("*.mvt.gz")
    assert kept.read_bytes() == first
    kept.write_bytes(gzip.compress(b"kept"))
    assert gzip.decompress(client.get(url(*where, town_map.version)).content) == b"kept"


def test_another_version_is_not_for_ever(client: Client, town_map: Imported) -> None:
    for said in ("", "1", "-1", "x", "9" * 40, "²"):
        answer = client.get(url(*tile_of(15), said))
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")


def test_new_import_new_tiles(client: Client, town_map: Imported, tmp_path, settings) -> None:
    client.get(url(*tile_of(15), town_map.version))
    import_map(district().write(tmp_path / "d.osm.pbf"), "main")
    assert not list(settings.TILE_CACHE.rglob("*.mvt.gz"))


@pytest.mark.parametrize("where", [(18, 0, 0), (0, 1, 0), (0, 0, 1), (5, 32, 0), (99, 0, 0), (17, 1 << 40, 0)])
def test_outside(client: Client, town_map: Imported, where: tuple[int, int, int]) -> None:
    assert client.get(url(*where)).status_code == 404


def test_no_such_map(client: Client, db: None) -> None:
    assert client.get(url(0, 0, 0, name="nowhere")).status_code == 404
    assert client.get("/tiles/..%2f..%2fetc/0/0/0").status_code == 404


def test_without_gzip(cast, town_map: Imported) -> None:
    client = Client()
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(url(*tile_of(14)))
    assert "Content-Encoding" not in answer
    assert layers(answer.content)["road"]


def test_only_signed_in(town_map: Imported) -> None:
    assert Client().get(url(*tile_of(14))).status_code in (302, 401)
