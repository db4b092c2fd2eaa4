"""The page of maps: a file comes in pieces, is imported by the worker, replaces, is refused in words, is discarded."""

from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import translation

from command import clock, people
from command.errors import Forbidden
from command.models import AuditEntry, Officer
from command.places import map_words, maps, tasks, uploads
from command.places.models import Map, Place, Road, Upload
from tests.conftest import Cast
from tests.places.district import District, district

MAPS = "/manage/maps/"
PIECE = 700  # the district's file is small: several pieces all the same


@pytest.fixture(autouse=True)
def uploads_beside(settings: Any, tmp_path: Path) -> None:
    settings.UPLOADS = tmp_path / "uploads"


@pytest.fixture
def extract(tmp_path: Path) -> bytes:
    return district().write(tmp_path / "d.osm.pbf").read_bytes()


@pytest.fixture
def top(cast: Cast) -> Officer:
    return people.add_officer(None, "top", "administrator", cast.centre, None, name="某top")


@pytest.fixture
def page(top: Officer, client: Client) -> Client:
    client.force_login(top, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def announce(page: Client, size: int, name: str = "main", **more: Any) -> Any:
    said = {"name": name, "filename": "d.osm.pbf", "size": size, "changed": 1_700_000_000_000, **more}
    return page.post(f"{MAPS}uploads/", said)


def send(page: Client, upload: int, offset: int, piece: bytes) -> Any:
    address = f"{MAPS}uploads/{upload}/?offset={offset}"
    return page.post(address, piece, content_type="application/octet-stream")


def load(page: Client, content: bytes, name: str = "main", **more: Any) -> int:
    """Send a file in pieces; returns the upload's id."""
    said = announce(page, len(content), name, **more).json()
    while said["state"] == "receiving":
        at = said["received"]
        answer = send(page, said["id"], at, content[at : at + PIECE])
        assert answer.status_code == 200, answer.json()
        said = answer.json()
    return int(said["id"])


def state(page: Client, upload: int) -> Any:
    return page.get(f"{MAPS}uploads/{upload}/").json()


def test_a_file_becomes_a_map(page: Client, top: Officer, extract: bytes) -> None:
    assert "No map yet" in page.get(MAPS).content.decode()
    upload = load(page, extract)
    assert state(page, upload)["state"] == "waiting"
    assert "waits to be imported" in page.get(MAPS).content.decode()
    tasks.import_uploads()
    assert state(page, upload) == {"state": "gone"}
    assert Road.objects.count() == 8
    text = page.get(f"{MAPS}?loaded=main").content.decode()
    assert "“main” is loaded" in text
    assert "8 roads, 31 buildings, 31 addresses, 5 landmarks" in text
    assert list(uploads.path_of(Upload(pk=upload)).parent.iterdir()) == []
    entry = AuditEntry.objects.get(action="import_map")
    assert (entry.station, entry.actor_id) == (top.station, str(top.pk))
    assert AuditEntry.objects.filter(action="upload_map", station=top.station).count() == 1


def test_what_broke_off_goes_on_where_it_was(page: Client, extract: bytes) -> None:
    first = announce(page, len(extract)).json()
    send(page, first["id"], 0, extract[:PIECE])
    assert "To go on, choose the same file" in page.get(MAPS).content.decode()
    again = announce(page, len(extract)).json()
    assert (again["id"], again["received"]) == (first["id"], PIECE)
    wrong = send(page, first["id"], 0, extract[:PIECE])
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["received"]) == (409, "other_place", PIECE)
    load(page, extract)
    assert uploads.work() == 1
    other = announce(page, len(extract) + 1)
    assert other.json()["code"] == "map_exists"


def test_what_is_gone_from_the_disk_is_sent_again(page: Client, extract: bytes) -> None:
    upload = announce(page, len(extract)).json()["id"]
    send(page, upload, 0, extract[:PIECE])
    uploads.path_of(Upload(pk=upload)).unlink()
    answer = send(page, upload, PIECE, extract[PIECE : 2 * PIECE])
    assert (answer.status_code, answer.json()["code"]) == (409, "gone")
    load(page, extract)
    assert uploads.work() == 1


def test_another_file_waits_its_turn(page: Client, extract: bytes) -> None:
    announce(page, len(extract))
    answer = announce(page, len(extract) + 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "under_way")
    assert "discard it first" in answer.json()["fields"]["name"]


def test_replacing_is_said_and_keeps_the_old_until_the_new_is_whole(
    page: Client, extract: bytes, tmp_path: Path
) -> None:
    load(page, extract)
    uploads.work()
    smaller = District()
    smaller.way((0, 0), (1, 0), highway="residential", name="新街")
    content = smaller.write(tmp_path / "s.osm.pbf").read_bytes()
    assert "stays until the new file has been read whole" in page.get(f"{MAPS}main/replace/").content.decode()
    assert announce(page, len(content), "other", replaces="yes").json()["code"] == "no_such_map"
    load(page, content, replaces="yes")
    assert Road.objects.count() == 8
    uploads.work()
    assert list(Road.objects.values_list("name", flat=True)) == ["新街"]
    assert Map.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"filename": "map.zip"}, "file", "expected a file whose name ends in .osm.pbf, found “map.zip”"),
        ({"size": 300 * 2**20}, "file", "expected at most 256 MB, found 300.0 MB"),
        ({"size": 0}, "file", "found 0.0 MB"),
        ({"size": "many"}, "file", "whole number"),
        ({"name": "../etc"}, "name", "found “../etc”"),
        ({"name": "Main"}, "name", "small letters"),
    ],
)
def test_what_can_not_be_a_map_is_refused_before_it_is_sent(
    page: Client, said: dict[str, Any], field: str, words: str
) -> None:
    answer = announce(page, **{"size": 1000, **said})
    assert answer.status_code == 400
    assert words in answer.json()["fields"][field]
    assert not Upload.objects.exists()


def test_something_else_by_that_name_is_refused_at_its_first_piece(page: Client) -> None:
    upload = announce(page, 5000).json()["id"]
    answer = send(page, upload, 0, b"PK\x03\x04" + bytes(2000))
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_map")
    assert "found something else" in answer.json()["message"]


@pytest.mark.parametrize(("offset", "size"), [(0, 0), (0, uploads.PIECE_LIMIT + 1), (0, 7000)])
def test_pieces_have_a_size(page: Client, offset: int, size: int) -> None:
    upload = announce(page, 5000).json()["id"]
    assert send(page, upload, offset, bytes(size)).json()["code"] == "bad_piece"
    assert (
        page.post(f"{MAPS}uploads/{upload}/?offset=-1", b"x", content_type="application/octet-stream").status_code
        == 400
    )


def test_a_broken_file_is_told_in_words_and_can_be_discarded(page: Client, extract: bytes) -> None:
    upload = load(page, extract[: len(extract) // 2] + bytes(200))
    assert uploads.work() == 0
    assert state(page, upload)["words"].startswith("It can't be read: expected an OpenStreetMap extract")
    assert not uploads.path_of(Upload(pk=upload)).exists()
    question = page.get(f"{MAPS}uploads/{upload}/discard/").content.decode()
    assert "Maps stay as they are" in question
    assert page.post(f"{MAPS}uploads/{upload}/discard/").status_code == 302
    assert not Upload.objects.exists()
    assert not Map.objects.exists()


def test_what_failed_gives_way_to_another_try(page: Client, extract: bytes) -> None:
    load(page, extract[: len(extract) // 2] + bytes(200))
    uploads.work()
    load(page, extract)
    assert uploads.work() == 1


def test_a_full_disk_is_said_before_and_meanwhile(
    page: Client, extract: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as little:
        little.setattr("shutil.disk_usage", lambda _path: usage(10, 9, 1000))
        answer = announce(page, len(extract))
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    upload = announce(page, len(extract)).json()["id"]
    path = uploads.path_of(Upload(pk=upload))
    path.parent.mkdir(exist_ok=True)
    path.symlink_to("/dev/full")  # the kernel's own full disk
    answer = send(page, upload, 0, extract[:PIECE])
    assert (answer.status_code, answer.json()["fields"]["file"]) == (507, "The station's disk is full.")
    assert Upload.objects.get().received == 0


def test_only_who_has_the_right_at_the_top_loads(page: Client, cast: Cast, extract: bytes) -> None:
    below = Client()
    below.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    below.cookies["django_language"] = "en"
    text = below.get(MAPS).content.decode()
    assert "at the topmost station" in text
    assert "load-map" not in text
    assert announce(below, 100).status_code == 403
    upload = announce(page, len(extract)).json()["id"]
    assert send(below, upload, 0, extract[:PIECE]).status_code == 403
    assert below.post(f"{MAPS}uploads/{upload}/discard/").status_code == 403
    assert Upload.objects.get().received == 0


def test_a_map_is_taken_away_after_a_question(page: Client, top: Officer, town_map: Any, settings: Any) -> None:
    tile = Path(settings.TILE_CACHE) / "main" / "1" / "0"
    tile.mkdir(parents=True)
    assert "no address there is found" in page.get(f"{MAPS}main/remove/").content.decode()
    assert page.post(f"{MAPS}main/remove/").headers["Location"] == MAPS
    assert not Map.objects.exists()
    assert not Place.objects.exists()
    assert not tile.exists()
    assert AuditEntry.objects.get(action="remove_map").actor_id == str(top.pk)
    assert page.get(f"{MAPS}main/remove/").status_code == 404


def test_a_worker_that_died_leaves_its_import_to_the_next_twice(page: Client, extract: bytes) -> None:
    upload = load(page, extract)
    Upload.objects.update(state="importing", attempts=1)
    assert uploads.work() == 1
    assert Map.objects.count() == 1
    upload = load(page, extract, replaces="yes")
    Upload.objects.update(state="importing", attempts=2)
    assert uploads.work() == 0
    assert "broke off twice" in state(page, upload)["words"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "receiving", "received": 499}, "49 % have arrived"),
        ({"state": "importing"}, "is being read"),
        ({"state": "importing", "stage": "objects", "count": 400_000}, "is being read: 400,000 objects"),
        ({"state": "importing", "stage": "shapes", "count": 1}, "1 road or shape is being stored"),
        ({"state": "failed", "code": "no_memory"}, "cut a smaller area out of it"),
        ({"state": "failed", "code": "future"}, "by a fault of this program"),
    ],
)
def test_each_state_is_told_in_words(facts: dict[str, Any], words: str) -> None:
    with translation.override("en"):
        assert words in map_words.told(Upload(size=1000, **facts))


def test_nobody_discards_what_is_being_imported(page: Client, extract: bytes) -> None:
    upload = load(page, extract)
    Upload.objects.update(state="importing")
    assert page.post(f"{MAPS}uploads/{upload}/discard/").status_code == 409


def test_one_imports_at_a_time(page: Client, extract: bytes) -> None:
    load(page, extract)
    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [uploads.ONE_WORKER])
        assert uploads.work() == 0
        assert Upload.objects.get().state == "waiting"
        cursor.execute("select pg_advisory_unlock(%s)", [uploads.ONE_WORKER])
    other.close()
    assert uploads.work() == 1


def test_what_nobody_finished_is_let_go(page: Client, extract: bytes) -> None:
    upload = announce(page, len(extract)).json()["id"]
    send(page, upload, 0, extract[:PIECE])
    Upload.objects.update(moved_at=clock.now() - uploads.UNFINISHED * 2)
    uploads.work()
    assert not Upload.objects.exists()
    assert not uploads.path_of(Upload(pk=upload)).exists()


def test_the_verb_asks_for_the_right_itself(cast: Cast, town_map: Any) -> None:
    with pytest.raises(Forbidden):
        maps.remove_map(cast.administrator, "main")
