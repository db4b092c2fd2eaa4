"""Homes: secrets, sockets, stamps, and what is fixed at the first start."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from operation import services, stamps
from operation.home import PROJECT, Home, write_private
from operation.say import Trouble
from operation.supervisor import alive, noted
from operation.up import kind


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_two_homes_share_no_socket_and_no_secret(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    assert one.sockets != two.sockets
    first, second = one.ensure_settings(), two.ensure_settings()
    assert first["STATION_SECRET_KEY"] != second["STATION_SECRET_KEY"]
    assert first["PGPASSWORD"] != second["PGPASSWORD"]


def test_secrets_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.ensure_settings() == home.ensure_settings()
    assert mode(home.env_file) == 0o600
    assert mode(home.root) == 0o700


def test_sockets_fit_into_a_socket_address(tmp_path: Path) -> None:
    deep = Home(tmp_path / ("x" * 100) / ("y" * 100))
    assert len(str(deep.sockets / ".s.PGSQL.5432.lock")) < 107


def test_a_link_of_somebody_else_is_not_a_socket_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = Home(tmp_path / "home")
    home.sockets.symlink_to(tmp_path)
    with pytest.raises(Trouble, match="somebody else"):
        home.make_sockets()


def test_the_first_start_fixes_the_kind(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert kind(home, no_town=False) is True
    assert kind(home, no_town=True) is False
    home.write_settings(STATION_TOWN="1")
    with pytest.raises(Trouble, match="STATION_HOME="):
        kind(home, no_town=True)
    home.write_settings(STATION_TOWN="0")
    assert kind(home, no_town=False) is False


def test_a_step_that_failed_is_done_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with pytest.raises(OSError, match="broken"), stamps.once(home, "step", "1"):
        raise OSError("broken")
    with stamps.once(home, "step", "1") as due:
        assert due
    with stamps.once(home, "step", "1") as due:
        assert not due
    with stamps.once(home, "step", "2") as due:
        assert due


def test_a_taken_port_is_told_with_the_way_out() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Trouble, match="--port"):
            services.see_that_free(other.getsockname()[1])


def test_a_number_in_a_file_is_believed_only_of_the_same_program(tmp_path: Path) -> None:
    note = tmp_path / "nginx.pid"
    write_private(note, str(os.getpid()))
    assert noted(note, "certainly-not-this") is None
    assert alive(os.getpid())


def station(*words: str, home: Path) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "STATION_HOME": str(home)}
    return subprocess.run([str(PROJECT / "station"), *words], env=env, capture_output=True, text=True)


def test_no_word_lists_the_verbs(tmp_path: Path) -> None:
    done = station(home=tmp_path / "none")
    assert done.returncode == 0
    for verb in ("up", "upgrade", "down", "test", "check", "bench", "faults", "manage"):
        assert f"\n  {verb} " in done.stdout
    assert not (tmp_path / "none").exists()


def test_an_unknown_verb_is_an_error(tmp_path: Path) -> None:
    done = station("fly", home=tmp_path / "none")
    assert done.returncode == 2
    assert "unknown verb: fly" in done.stderr


def test_manage_says_that_services_are_down(tmp_path: Path) -> None:
    done = station("manage", "api_token", "somebody", home=tmp_path / "empty")
    assert done.returncode == 1
    assert "./station up" in done.stderr
    assert done.stdout == ""
