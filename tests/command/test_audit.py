"""The audit can't be rewritten quietly: the database refuses, and who gets round it is found from outside."""

import contextlib
import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.test import Client

import verify
from command import audit, chain, changes, clock, exports, heads, signing, upkeep
from command.models import Alarm, AuditCheckpoint, AuditEntry, Station
from devices import devices
from operation.bench import audit as bench
from tests.conftest import AUDIT_TABLES, ROOT, Cast

ROWS = 60


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, settings) -> None:
    settings.AUDIT_HEADS = tmp_path / "heads"
    settings.SIGNING_KEY = tmp_path / "key.pem"


def enter(cast: Cast, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        with changes.change():
            audit.record(
                cast.duty_officer, "note", "incident", f"S1-260101-{number:04}", cast.s1.pk, 字=number, half=0.5
            )


def verified(folder: Path, code: str = "S1", key: str = "") -> tuple[int, str]:
    words = [str(folder), "--heads", str(heads.file_of(code)), "--key", key or signing.fingerprint()]
    done = subprocess.run([sys.executable, "-I", str(ROOT / "verify.py"), *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def exported(cast: Cast, folder: Path, since: dt.datetime | None = None) -> Path:
    exports.export(None, cast.s1, since, folder)
    return folder


@contextlib.contextmanager
def altering() -> Iterator[Any]:
    """A cursor that may alter tables: what waits for the end of the transaction is checked first."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def anyhow(statement: str, *values: object) -> None:
    """As somebody who owns the database may: with the guard switched off."""
    with altering() as cursor:
        for switch in ("DISABLE", "ENABLE"):
            for table in AUDIT_TABLES:
                cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER audit_rows")
            if switch == "DISABLE":
                cursor.execute(statement, values)


def rechain(station_id: int, first: int) -> None:
    """Make every hash from `first` on fit again."""
    rows = AuditEntry.objects.filter(station_id=station_id).order_by("number")
    before = rows.filter(number__lt=first).last()
    hash_before = before.hash if before else chain.BEGINNING
    for row in rows.filter(number__gte=first):
        hash_before = chain.entry_hash(hash_before, row)
        anyhow("UPDATE command_auditentry SET hash = %s WHERE id = %s", hash_before, row.pk)
    anyhow("UPDATE command_audithead SET hash = %s WHERE station_id = %s", hash_before, station_id)


def test_an_untouched_export_is_good(cast: Cast, tmp_path: Path) -> None:
    enter(cast, ROWS)
    assert heads.write() == 3, "one chain a station"
    enter(cast, 5, ROWS)
    assert heads.write() == 1
    assert heads.write() == 0, "a head that has not moved is not written again"
    folder = exported(cast, tmp_path / "out")
    status, said = verified(folder)
    assert status == 0, said
    assert "newer than the last head" in said
    heads.write()
    assert "newer" not in verified(folder)[1]


def test_an_export_may_begin_later(cast: Cast, tmp_path: Path) -> None:
    enter(cast, 10)
    middle = clock.now()
    enter(cast, 10, 10)
    folder = exported(cast, tmp_path / "out", middle)
    heads.write()
    assert (folder / "entries.txt").read_text().count("\n") == 11
    assert verified(folder)[0] == 0


def flip(cast: Cast) -> int:
    row = AuditEntry.objects.filter(station=cast.s1)[30]
    anyhow("UPDATE command_auditentry SET subject_id = 'S1-260101-9999' WHERE id = %s", row.pk)
    return row.number


def cut(cast: Cast) -> int:
    last = AuditEntry.objects.filter(station=cast.s1).order_by("number").last()
    anyhow("DELETE FROM command_auditentry WHERE station_id = %s AND number > %s", cast.s1.pk, last.number - 7)
    row = AuditEntry.objects.filter(station=cast.s1).order_by("number").last()
    anyhow(
        "UPDATE command_audithead SET number = %s, hash = %s WHERE station_id = %s", row.number, row.hash, cast.s1.pk
    )
    return last.number - 6


def reorder(cast: Cast) -> int:
    one, two = AuditEntry.objects.filter(station=cast.s1).order_by("number")[20:22]
    anyhow("UPDATE command_auditentry SET number = -1 WHERE id = %s", one.pk)
    anyhow("UPDATE command_auditentry SET number = %s WHERE id = %s", one.number, two.pk)
    anyhow("UPDATE command_auditentry SET number = %s WHERE id = %s", two.number, one.pk)
    return one.number


def restore(cast: Cast) -> int:
    """An old state comes back and life goes on from there."""
    first = cut(cast)
    enter(cast, 20, 500)
    return first


def rewrite(cast: Cast) -> int:
    rechain(cast.s1.pk, flip(cast))
    return 0


def rewrite_all(cast: Cast) -> int:
    """Somebody else did everything, from the first entry on."""
    anyhow("UPDATE command_auditentry SET actor_id = '0' WHERE station_id = %s", cast.s1.pk)
    rechain(cast.s1.pk, 1)
    return 0


@pytest.mark.parametrize("tamper", [flip, cut, reorder, restore, rewrite, rewrite_all])
def test_each_tampering_is_found(cast: Cast, tmp_path: Path, tamper: Callable[[Cast], int]) -> None:
    enter(cast, ROWS)
    heads.write()
    kept = tmp_path / "kept.heads"  # as the other machine has them
    kept.write_bytes(heads.file_of("S1").read_bytes())
    first_bad = tamper(cast)
    folder = exported(cast, tmp_path / "out")
    heads.file_of("S1").write_bytes(kept.read_bytes())
    status, said = verified(folder)
    assert status == 1, said
    number = int(said.split("first bad entry: ")[1].split()[0])
    if tamper in (flip, reorder):
        assert number == first_bad
    elif tamper is cut:
        assert number == first_bad + 1, "the export's own entry has taken the first one's place"
    elif tamper is restore:
        assert number <= first_bad
    else:
        assert number == 1, "one head only: all before it is in doubt"


def test_a_rewritten_chain_is_found_even_when_new_heads_are_written(cast: Cast, tmp_path: Path) -> None:
    enter(cast, 20)
    heads.write()
    enter(cast, 20, 20)
    heads.write()
    rewrite(cast)
    folder = exported(cast, tmp_path / "out")
    heads.write()
    status, said = verified(folder)
    assert status == 1, said


def test_a_restored_state_is_found_while_it_grows_past_what_was_signed(cast: Cast, tmp_path: Path) -> None:
    enter(cast, ROWS)
    heads.write()
    last = AuditEntry.objects.filter(station=cast.s1).order_by("number").last().number
    cut(cast)
    for grown in (2, 20):  # short of the newest head, and beyond it; the restored station signs on
        enter(cast, grown, 500)
        heads.write()
        status, said = verified(exported(cast, tmp_path / f"after {grown}"))
        assert status == 1, said
        assert int(said.split("first bad entry: ")[1].split()[0]) <= last


def test_any_flipped_byte_of_an_export_is_found(cast: Cast, tmp_path: Path) -> None:
    enter(cast, 12)
    heads.write()
    file = exported(cast, tmp_path / "out") / "entries.txt"
    heads.write()
    whole = file.read_bytes()
    line = whole.index(b"\n", len(whole) // 2)
    places = [0, 63, 64, 65, 66, line, line + 64, line + 65, line + 66, len(whole) - 1, *range(70, len(whole), 97)]
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(verify.Broken):
            verify.verify(file.parent, heads.file_of("S1"), signing.fingerprint())
    file.write_bytes(whole)
    assert verified(file.parent)[0] == 0


def test_the_bench_finds_all_five_in_few_entries(settings, tmp_path: Path) -> None:
    found = bench.measure(tmp_path, 3_000)
    assert found["found"] == 5, found
    assert found["ok"], found


def test_forged_heads_vouch_for_nothing(cast: Cast, tmp_path: Path, settings) -> None:
    enter(cast, ROWS)
    heads.write()
    key = signing.fingerprint()
    folder = exported(cast, tmp_path / "out")
    settings.SIGNING_KEY = tmp_path / "thief.pem"
    enter(cast, 1, 900)
    heads.write()
    assert verified(folder, key=key)[0] == 2
    path = heads.file_of("S1")
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first)
    assert verified(folder, key=key)[0] == 0
    path.write_bytes(re.sub(rb'"number":\d', b'"number":9', first))
    assert verified(folder, key=key)[0] == 2


@pytest.mark.parametrize("table", AUDIT_TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET station_id = station_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_the_database_itself_refuses(cast: Cast, table: str, statement: str) -> None:
    enter(cast, 1)
    AuditCheckpoint.objects.create(station=cast.s1, number=0, said={})
    with altering() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER audit_whole")
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            cursor.execute(statement.format(table))


def test_a_half_written_head_is_cut_off(cast: Cast) -> None:
    enter(cast, 2)
    heads.write()
    path = heads.file_of("S1")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"station":"S1","num')
    enter(cast, 1, 2)
    heads.write()
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    assert f'"before":"{hashlib.sha256(lines[0].rstrip()).hexdigest()}"'.encode() in lines[1]


def test_heads_that_cannot_be_written_raise_an_alarm(cast: Cast, settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.AUDIT_HEADS = tmp_path / "file" / "heads"
    enter(cast, 1)
    upkeep.sign_heads()
    assert Alarm.objects.get(kind="audit_heads").cleared_at is None
    settings.AUDIT_HEADS = tmp_path / "heads"
    upkeep.sign_heads()
    assert Alarm.objects.get(kind="audit_heads").cleared_at


def test_entries_go_after_three_years_behind_a_signed_checkpoint(cast: Cast, tmp_path: Path, monkeypatch) -> None:
    now = clock.now()
    old = Station.objects.create(code="OLD", name="老所")
    for days in (1200, 1000):
        monkeypatch.setattr(clock, "now", lambda days=days: now - dt.timedelta(days=days))
        for _ in range(10):
            with changes.change():
                audit.record(None, "note", "incident", "x", old.pk)
    monkeypatch.undo()
    assert upkeep.end_audit_terms() == 10
    assert upkeep.end_audit_terms() == 0
    assert [entry.number for entry in AuditEntry.objects.filter(station=old).order_by("number")] == list(range(11, 21))
    exports.export(None, old, None, tmp_path / "out")
    heads.write()
    status, said = verified(tmp_path / "out", "OLD")
    assert status == 0, said
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"number":10', '"number":9'))
    assert verified(tmp_path / "out", "OLD")[0] == 1


def test_what_cannot_be_recorded_is_not_shown(cast: Cast, client: Client) -> None:
    device, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    path = f"/api/v1/devices/{device.pk}/track/"
    assert client.get(path, headers=headers).status_code == 200
    with altering() as cursor:
        cursor.execute("ALTER TABLE command_auditentry ADD CONSTRAINT full_up CHECK (action <> 'read_track') NOT VALID")
    refused = client.get(path, headers=headers)
    assert refused.status_code == 503
    assert refused.json()["code"] == "not_recorded"


def test_the_commands_say_the_key_and_refuse_a_full_folder(cast: Cast, tmp_path: Path, capsys) -> None:
    enter(cast, 1)
    call_command("audit_export", "--station", "S1", "--since", "2020-01-01", "--out", str(tmp_path / "out"))
    assert signing.fingerprint() in capsys.readouterr().out
    with pytest.raises(CommandError, match="empty folder"):
        call_command("audit_export", "--station", "S1", "--out", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        call_command("audit_export", "--station", "S1", "--since", "yesterday", "--out", str(tmp_path / "two"))
    call_command("audit_key")
    assert signing.fingerprint() in capsys.readouterr().out


def test_nothing_is_no_good_export(tmp_path: Path) -> None:
    (tmp_path / "heads").write_bytes(b"")
    (tmp_path / "entries.txt").write_bytes(b"")
    for manifest in (
        {"station": "S1", "first": 1, "before": "0" * 64},
        {"station": "S1", "first": 2, "before": []},
        [],
    ):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        assert unusable(tmp_path) == 2, manifest
    for broken in ("[" * 5000, '{"a":' * 990 + "1" + "}" * 990):
        (tmp_path / "manifest.json").write_text(broken)
        assert unusable(tmp_path) == 2


def unusable(folder: Path) -> int:
    """How the verifier ends, which says so and no more, at whatever console."""
    words = [str(folder), "--heads", str(folder / "heads"), "--key", "0" * 64]
    env = {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, str(ROOT / "verify.py"), *words], capture_output=True, text=True, env=env)
    assert done.stderr.startswith("cannot verify: "), done.stderr
    return done.returncode


def test_a_packed_export_is_to_be_unpacked_first(tmp_path: Path) -> None:
    packed = tmp_path / "incident.zip"
    packed.write_bytes(b"PK")
    words = [sys.executable, "-I", str(ROOT / "verify.py"), str(packed), "--key", "0" * 64]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "expected a folder, found a file; unpack it first" in done.stderr
