"""Films that phones kept: taken in pieces, only whole and as they were counted, whatever else is sent."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import av
import pytest
from django.conf import settings
from django.test import Client

from command import clock
from command.models import AuditEntry
from devices import containers, kept, recordings
from devices.models import KeptFilm, PictureSource, Recording
from tests.conftest import Cast
from tests.devices.kept.phones import FILM, Phone, film, kept_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recordings_folder")]


def test_a_film_goes_on_where_it_broke_off(cast: Cast, phone: Phone) -> None:
    assert phone.announce().json() == {
        "key": phone.key, "state": "receiving", "received": 0, "size": len(FILM),
        "sha256": hashlib.sha256(FILM).hexdigest(),
    }  # fmt: skip
    half = len(FILM) // 2
    assert phone.put(0, FILM[:half]).json()["received"] == half
    wrong = phone.put(half + 1, FILM[half + 1 :])
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["received"]) == (409, "other_place", half)
    assert phone.put(0, FILM[:half]).json()["received"] == half, "the same once more is told where to go on"
    assert phone.announce().json()["received"] == half
    assert not Recording.objects.exists(), "half a film is none"
    done = phone.put(half, FILM[half:]).json()
    assert (done["state"], done["received"]) == ("kept", len(FILM))

    made = Recording.objects.get()
    assert kept_file().read_bytes() == FILM
    assert (made.sha256, made.size, made.codec, made.format) == (
        hashlib.sha256(FILM).hexdigest(), len(FILM), "vp8", "vp8,opus",
    )  # fmt: skip
    assert phone.key not in made.path, "nobody who knows the key knows the file"
    assert made.source == PictureSource.objects.get(officer=cast.officer)
    assert made.link == recordings.linked(
        recordings.ZERO, made.source_id, 1, made.sha256, recordings.us(made.began_at), recordings.us(made.ended_at)
    )
    entry = AuditEntry.objects.get(action="keep_film")
    assert entry.facts["link"] == made.link, "anchored at once"
    again = phone.put(0, FILM[:100])
    assert (again.status_code, again.json()["received"]) == (409, len(FILM))
    assert phone.announce().json()["state"] == "kept", "whoever lost the answer is told so again"
    assert Recording.objects.count() == 1


def test_what_is_not_what_the_phone_counted_begins_anew(phone: Phone) -> None:
    spoilt = FILM[:-1] + bytes([FILM[-1] ^ 1])
    phone.announce()
    answer = phone.put(0, spoilt)
    assert (answer.status_code, answer.json()["code"]) == (422, "other_hash")
    assert not Recording.objects.exists()
    assert not (settings.RECORDINGS / KeptFilm.objects.get().path).exists()
    assert phone.announce().json()["received"] == 0
    assert phone.put(0, FILM).json()["state"] == "kept"


def test_the_chain_goes_on_with_what_the_phone_showed(cast: Cast, phone: Phone) -> None:
    phone.send()
    second = Phone(phone.client, cast.token("officer"))
    second.send()
    one, two = Recording.objects.order_by("number")
    assert (one.number, two.number, two.before) == (1, 2, one.link)
    assert one.path != two.path


def test_the_phones_clock_is_put_right(phone: Phone) -> None:
    fast = clock.now() + dt.timedelta(hours=3)
    times = {"began_at": fast - dt.timedelta(minutes=5), "ended_at": fast - dt.timedelta(minutes=4), "sending_at": fast}
    phone.send(**{name: at.isoformat() for name, at in times.items()})
    made = Recording.objects.get()
    assert abs((clock.now() - made.began_at) - dt.timedelta(minutes=5)) < dt.timedelta(seconds=20)
    assert made.ended_at - made.began_at == dt.timedelta(minutes=1)


def test_however_wrong_a_clock_is_the_film_can_be_played(phone: Phone) -> None:
    phone.send(sending_at="2099-01-01T00:00:00Z")
    assert Recording.objects.get().began_at >= kept.FIRST


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"size": kept.SIZE_LIMIT + 1}, "size"),
        ({"size": 0}, "size"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"type": "text/html"}, "type"),
        ({"key": "1"}, "key"),
        ({"began_at": "1969-01-01T00:00:00Z"}, "ended_at"),
        ({"ended_at": "2026-01-01T00:00:00Z"}, "ended_at"),
        ({"sending_at": "9998-01-01T00:00:00Z"}, "ended_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_can_be_no_film_is_refused_with_its_reason(phone: Phone, other: dict[str, Any], field: str) -> None:
    answer = phone.announce(**other)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not KeptFilm.objects.exists()


@pytest.mark.parametrize(
    "body", [b"<html><script>alert(1)</script>" + b" " * 9000, b"\x1a\x45\xdf\xa3" + b"\0" * 9000, film("mp4")]
)
def test_the_type_is_read_from_the_bytes(phone: Phone, body: bytes) -> None:
    phone.announce(body)
    answer = phone.put(0, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_film")
    assert KeptFilm.objects.get().received == 0


def test_films_of_other_phones(phone: Phone) -> None:
    body = film("mp4")
    done = phone.send(body, type="video/mp4").json()
    assert done.get("state") == "kept", done
    made = Recording.objects.get()
    assert (made.codec, made.format[:5], made.format[11:]) == ("h264", "avc1.", ",mp4a.40.2")
    with av.open(str(kept_file())) as movie:
        assert {one.type for one in movie.streams} == {"video", "audio"}


@pytest.mark.parametrize("cut", [0, 10, 900_001])
def test_a_piece_is_a_piece(phone: Phone, cut: int) -> None:
    phone.announce()
    answer = phone.put(0, (FILM * 40)[:cut])
    assert (answer.status_code, answer.json()["code"]) in ((400, "bad_piece"), (413, "too_large"))
    assert phone.put("x", FILM).status_code == 400
    assert phone.put(2**40, FILM).status_code == 400


def test_nobody_gives_or_sees_a_film_of_somebody_else(cast: Cast, phone: Phone, client: Client) -> None:
    phone.announce()
    for name in ("auxiliary", "commander", "foreign_duty"):
        other = Phone(client, cast.token(name))
        other.key = phone.key
        assert other.announce().status_code == 404
        assert other.put(0, FILM).status_code == 404
    assert Phone(client, cast.token("technician")).announce().status_code == 403
    assert phone.announce(FILM + b"x").json()["code"] == "another_film"


def test_a_file_that_is_gone_begins_anew(phone: Phone) -> None:
    phone.announce()
    half = len(FILM) // 2
    phone.put(0, FILM[:half])
    (settings.RECORDINGS / KeptFilm.objects.get().path).unlink()
    answer = phone.put(half, FILM[half:])
    assert (answer.status_code, answer.json()["code"]) == (409, "gone")
    assert phone.announce().json()["received"] == 0
    assert phone.put(0, FILM).json()["state"] == "kept"


@pytest.mark.parametrize("head", [b"", b"RIFF1234WEBP", b"\x1a\x45\xdf\xa3 matroska", b"1234moov"])
def test_what_begins_no_film_is_none(head: bytes) -> None:
    with pytest.raises(containers.NoFilm):
        containers.container_of(head)


def test_what_is_in_a_film_is_told_from_its_head(
    read: Callable[[bytes], containers.Container] = containers.container_of,
) -> None:
    assert read(FILM) == ("webm", "vp8", "vp8,opus")
    assert read(film("mp4"))[:2] == ("mp4", "h264")
