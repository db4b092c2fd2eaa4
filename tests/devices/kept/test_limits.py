"""A film waits on its phone where there is no room; a day holds so much, also of who asks all at once; half a film goes."""

import contextlib
import datetime as dt
import hashlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from command import changes, clock
from command.errors import Problem
from command.models import AuditEntry
from devices import kept
from devices.models import KeptFilm
from tests.conftest import Cast, waits_for_a_lock
from tests.devices.kept.phones import FILM, Phone, kept_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recordings_folder")]


def test_a_disk_without_room_leaves_it_on_the_phone(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr("devices.pictures.room.SHARE", 1.0)
        full.setattr("devices.pictures.room.BYTES", 2**60)
        answer = phone.announce()
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    phone.announce()
    half = len(FILM) // 2
    phone.put(0, FILM[:half])

    opened = Path.open

    def no_room(path: Path, mode: str = "r", *more: Any, **other: Any) -> Any:
        if mode != "r":
            raise OSError(28, "No space left on device")
        return opened(path, mode, *more, **other)

    with monkeypatch.context() as full:
        full.setattr("pathlib.Path.open", no_room)
        answer = phone.put(half, FILM[half:])
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert phone.announce().json()["received"] == half
    assert phone.put(half, FILM[half:]).json()["state"] == "kept"


def test_each_piece_is_looked_at_for_room(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many were announced while there was room: together they would take what the database needs."""
    phone.announce()
    with monkeypatch.context() as full:
        full.setattr("devices.pictures.room.SHARE", 1.0)
        full.setattr("devices.pictures.room.BYTES", 2**60)
        answer = phone.put(0, FILM)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert phone.put(0, FILM).json()["state"] == "kept"


def test_who_sends_more_than_a_day_holds_waits(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.send()
    monkeypatch.setattr(kept, "A_DAY", len(FILM) + 10)
    phone.key = str(uuid.uuid4())
    answer = phone.announce()
    assert (answer.status_code, answer.json()["code"]) == (429, "enough_for_a_day")


def test_half_a_film_does_not_stay_for_ever(phone: Phone) -> None:
    phone.announce()
    phone.put(0, FILM[:5000])
    file = settings.RECORDINGS / KeptFilm.objects.get().path
    assert kept.drop_unfinished() == 0
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=31))
    assert kept.drop_unfinished() == 1
    assert not file.exists()
    assert AuditEntry.objects.filter(action="drop_film").count() == 1


def said_of(key: uuid.UUID) -> kept.Said:
    now = clock.now()
    return kept.Said(key, now, now, now, len(FILM), hashlib.sha256(FILM).hexdigest(), "video/webm")


def test_a_day_holds_no_more_for_who_asks_all_at_once(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, both = transactional_cast.officer, threading.Barrier(2)
    monkeypatch.setattr(kept, "A_DAY", len(FILM) + 10)

    def room(_folder: Path, _size: int) -> bool:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)  # each has read the sum of the day by now, unless one waits for the other
        return True

    monkeypatch.setattr(kept, "has_room", room)

    def announced(key: uuid.UUID) -> str:
        try:
            kept.announce(officer, said_of(key))
        except Problem as refused:
            return refused.code
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(announced, [uuid.uuid4(), uuid.uuid4()]))
    assert sorted(answers) == ["enough_for_a_day", "taken"]
    assert KeptFilm.objects.count() == 1


def test_a_film_whose_rest_comes_in_this_moment_is_not_let_go(transactional_cast: Cast) -> None:
    officer, key = transactional_cast.officer, uuid.uuid4()
    kept.announce(officer, said_of(key))
    kept.append(officer, key, 0, FILM[:5000])
    KeptFilm.objects.update(moved_at=clock.now() - dt.timedelta(days=31))

    def dropped() -> int:
        try:
            return kept.drop_unfinished()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with changes.change():
            kept.own(officer, key, is_locked=True)
            dropping = pool.submit(dropped)
            waits_for_a_lock(dropping)
            kept.append(officer, key, 5000, FILM[5000:])
        assert dropping.result(10) == 0
    assert kept_file().read_bytes() == FILM
