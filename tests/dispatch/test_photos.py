"""Photos of notes: only pictures are kept, once, shown to those who see the incident, exported, erased."""

import io
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from PIL import Image, PngImagePlugin

from command import clock, erasures
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Screen
from dispatch import incident_exports, incidents, photo_files, photos, units
from dispatch.log import payload
from dispatch.models import Incident, LogEntry, Photo
from tests.conftest import PLACE, ROOT, Cast, make_screen

SECRET = b"29.56301N canary"


def picture(size: tuple[int, int] = (640, 480), colour: str = "#3a6ea5", **said: object) -> bytes:
    """A JPEG as a phone's camera makes it: with a position, an orientation, a comment, and bytes behind its end."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = said.pop("orientation", 1)
    exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    sheet = Image.new("RGB", size, colour)
    sheet.paste("#ffffff", (0, 0, size[0] // 4, size[1] // 4))
    sheet.save(made, "JPEG", quality=90, exif=exif, comment=SECRET, **said)
    return made.getvalue() + b"PK\x03\x04" + SECRET


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def there(cast: Cast, settings, tmp_path: Path) -> Incident:
    """A fight to which the officer was sent; photos lie in a folder of the test's own."""
    settings.SIGNING_KEY = tmp_path / "key.pem"
    settings.PHOTOS, settings.ARCHIVE = tmp_path / "photos", tmp_path / "archive"
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, call.number, "2107")
    return call


def announced(cast: Cast, there: Incident, count: int = 1) -> list[uuid.UUID]:
    keys = [uuid.uuid4() for _ in range(count)]
    photos.note(cast.officer, there.number, "刀", keys)
    return keys


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_nothing_but_the_picture_is_kept(cast: Cast, there: Incident, settings) -> None:
    (key,) = announced(cast, there)
    body = picture()
    assert SECRET in body
    kept = photos.take(cast.officer, key, body)
    assert (kept.width, kept.height) == (640, 480)
    found = files(settings.PHOTOS)
    assert {path.name for path in found} == {f"{key}.large.jpg", f"{key}.small.jpg"}
    for path in found:
        assert SECRET not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        with Image.open(path) as opened:
            assert not opened.getexif()
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    with Image.open(found[1]) as small:
        assert max(small.size) == photo_files.SMALL_PX
    assert [path.name for path in files(settings.ARCHIVE / "photos")] == [path.name for path in found]


def test_a_picture_stands_as_it_was_taken(cast: Cast, there: Incident, settings) -> None:
    """Orientation 6: the camera lay on its side; what was left above is right above when it is upright."""
    (key,) = announced(cast, there)
    kept = photos.take(cast.officer, key, picture((640, 480), orientation=6))
    assert (kept.width, kept.height) == (480, 640)
    with Image.open(photo_files.path_of(settings.PHOTOS, key, "large")) as upright:
        assert min(upright.getpixel((470, 10))) > 240
        assert min(upright.getpixel((10, 10))) < 240


def _png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "PNG", pnginfo=PngImagePlugin.PngInfo())
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "photo_no_jpeg", "0 bytes"),
        (b"<svg onload=alert(1)>", "photo_no_jpeg", "3c 73 76 67"),
        (_png(), "photo_no_jpeg", "89 50 4e 47"),
        (picture()[:900], "photo_no_jpeg", "ff d8"),
        (picture((2049, 16)), "photo_too_wide", "2049×16"),
        (picture() + bytes(photo_files.LARGEST), "photo_too_large", "900000"),
        (picture() + b"\xff\xda" * 80, "photo_too_many_scans", "81"),
    ],
)
def test_what_is_no_photo_is_told_so(cast: Cast, there: Incident, settings, body: bytes, code: str, words: str) -> None:
    (key,) = announced(cast, there)
    with pytest.raises(Invalid) as refused:
        photos.take(cast.officer, key, body)
    assert refused.value.code == code
    assert words in str(refused.value.message)
    assert files(settings.PHOTOS) == []
    assert Photo.objects.get(key=key).state == "awaited"


def test_a_repeat_changes_nothing_and_another_photo_is_refused(cast: Cast, there: Incident) -> None:
    (key,) = announced(cast, there)
    first = photos.take(cast.officer, key, picture())
    assert photos.take(cast.officer, key, picture()).arrived_at == first.arrived_at
    with pytest.raises(Conflict, match="Another"):
        photos.take(cast.officer, key, picture(colour="#ff0000"))
    assert AuditEntry.objects.filter(action="add_photo").count() == 1
    with pytest.raises(Conflict):
        photos.note(cast.officer, there.number, "", [key])


def test_only_who_announced_it_sends_it_and_even_after_being_sent_elsewhere(cast: Cast, there: Incident) -> None:
    (key,) = announced(cast, there)
    with pytest.raises(NotThere):
        photos.take(cast.duty_officer, key, picture())
    with pytest.raises(NotThere):
        photos.take(cast.officer, uuid.uuid4(), picture())
    units.step(cast.officer, there.number, "2107", "cleared")
    incidents.close(cast.duty_officer, there.number, "18")
    assert photos.take(cast.officer, key, picture()).state == "here"


def test_a_note_is_words_or_photos(cast: Cast, there: Incident) -> None:
    with pytest.raises(Invalid, match="neither"):
        photos.note(cast.officer, there.number, "")
    with pytest.raises(Invalid, match="found 11"):
        photos.note(cast.officer, there.number, "x", [uuid.uuid4() for _ in range(11)])
    assert not LogEntry.objects.filter(code="note").exists()
    (key,) = announced(cast, there)
    entry = LogEntry.objects.get(code="note")
    assert payload(entry)["photos"] == [{"key": str(key), "state": "awaited"}]


def test_the_door_shows_it_to_those_who_see_the_incident(cast: Cast, there: Incident, client: Client) -> None:
    (key,) = announced(cast, there)
    path = f"/api/v1/photos/{key}/"
    mine = {"Authorization": f"Bearer {cast.token('officer')}", "Idempotency-Key": str(uuid.uuid4())}
    assert client.get(path, headers=mine).status_code == 404, "it has not come yet"
    body = picture()
    for _ in range(2):
        answer = client.post(path, body, content_type="image/jpeg", headers=mine)
        assert answer.status_code == 201, answer.content
    bare = {"Authorization": mine["Authorization"]}
    assert client.post(path, b"{}", content_type="application/json", headers=bare).status_code == 415
    duty = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    small = client.get(f"{path}?size=small", headers=duty)
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    assert not AuditEntry.objects.filter(action="see_photo").exists(), "small ones are part of the open incident's log"
    large = client.get(path, headers=duty)
    assert large["Cache-Control"] == "private, no-store"
    assert large["X-Content-Type-Options"] == "nosniff"
    seen = AuditEntry.objects.get(action="see_photo")
    assert (seen.subject_kind, seen.subject_id) == ("photo", str(Photo.objects.get().pk))
    assert client.get(f"{path}?size=huge", headers=duty).status_code == 400
    assert client.get(path).status_code == 401
    elsewhere = {"Authorization": f"Bearer {cast.token('foreign_duty')}"}
    assert client.get(path, headers=elsewhere).status_code == 404


def test_a_screen_shows_no_photos(cast: Cast, there: Incident) -> None:
    (key,) = announced(cast, there)
    photos.take(cast.officer, key, picture())
    make_screen(cast.s1)
    with pytest.raises(Forbidden, match="screen"):
        photos.show(Screen.objects.get(), key, "small")


def test_of_a_closed_incident_even_a_small_one_is_a_look_up(cast: Cast, there: Incident) -> None:
    (key,) = announced(cast, there)
    photos.take(cast.officer, key, picture())
    units.step(cast.duty_officer, there.number, "2107", "cancelled")
    incidents.close(cast.duty_officer, there.number, "18")
    photos.show(cast.commander, key, "small")
    assert AuditEntry.objects.filter(action="see_photo", actor_id=str(cast.commander.pk)).count() == 1


def test_the_export_holds_it_and_any_change_of_it_is_found(cast: Cast, there: Incident, settings, tmp_path) -> None:
    here, damaged, _away = announced(cast, there, 3)
    photos.take(cast.officer, here, picture())
    photos.take(cast.officer, damaged, picture())
    photo_files.path_of(settings.PHOTOS, damaged, "large").write_bytes(b"something else")
    out = tmp_path / "out"
    manifest = incident_exports.export(cast.commander, there, out)
    kept = Photo.objects.get(key=here)
    assert manifest["files"][f"photos/{here}.jpg"] == kept.sha256
    told = next(one for one in json.loads((out / "timeline.json").read_text()) if one["code"] == "note")["photos"]
    assert told == [
        {"file": f"photos/{here}.jpg", "sha256": kept.sha256, "state": "here"},
        {"file": None, "sha256": None, "state": "lost"},
        {"file": None, "sha256": None, "state": "awaited"},
    ]
    assert f'src="photos/{here}.jpg"' in (out / "timeline.html").read_text()
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(out), "--key", incident_exports.fingerprint()]
    assert subprocess.run(words, capture_output=True).returncode == 0
    with (out / "photos" / f"{here}.jpg").open("ab") as file:
        file.write(b"x")
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, f"photos/{here}.jpg was changed" in done.stdout + done.stderr) == (1, True)


def test_erased_it_is_gone_here_and_in_the_archive_and_again_after_a_restore(
    cast: Cast, there: Incident, settings
) -> None:
    (key,) = announced(cast, there)
    body = picture()
    photo = photos.take(cast.officer, key, body)
    erasures.erase(None, "photo", photo.pk, "mistake")
    assert files(settings.PHOTOS) == files(settings.ARCHIVE / "photos") == []
    assert payload(photo.entry)["photos"] == [{"key": str(key), "state": "erased"}]
    with pytest.raises(NotThere):
        photos.show(cast.duty_officer, key, "small")
    with pytest.raises(Conflict, match="erased"):
        photos.take(cast.officer, key, body)
    Photo.objects.update(erased_at=None, arrived_at=clock.now(), sha256="0" * 64)  # as an older backup has it
    photo_files.write(settings.PHOTOS, key, photo_files.cleaned(body))
    assert erasures.replay() == 1
    assert files(settings.PHOTOS) == []


def test_an_archive_that_is_away_stops_no_photo(cast: Cast, there: Incident, settings, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("no folder")
    (key,) = announced(cast, there)
    assert photos.take(cast.officer, key, picture()).state == "here"
