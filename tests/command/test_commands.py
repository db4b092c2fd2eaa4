"""What the command line says to what it can't do: one clear line each time, never a traceback."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from command.management.verb import VerbCommand
from devices.devices import add_device
from devices.models import Device
from tests.conftest import PASSWORD, Cast

LONG = "x" * 70
GATEWAY = "(its id)"
TRACKER = ("add_device", "x", "--kind", "tracker", "--profile", "forward")
PHONE = ("--kind", "phone", "--profile", "osmand")


@pytest.mark.parametrize(
    "words",
    [
        ("add_device", "", *PHONE),
        ("add_device", "a\x1b[31m", *PHONE),
        ("add_device", "x", *PHONE, "--station", "NOPE"),
        ("add_device", "\udcff", *PHONE),
        (*TRACKER, "--gateway", GATEWAY),
        (*TRACKER, "--unique-id", "u"),
        (*TRACKER, "--gateway", GATEWAY, "--unique-id", LONG),
        (*TRACKER, "--gateway", "9" * 30, "--unique-id", "u"),
        ("add_unit", ""),
        ("add_unit", "a/b"),
        ("add_unit", ".."),
        ("add_unit", "nearest"),
        ("add_unit", "\udcff"),
        ("add_unit", "2107", "--plate", LONG),
        ("add_unit", "2107", "--device", "9" * 30),
        ("add_user", LONG, "--role", "officer", "--password-stdin"),
        ("add_user", "x", "--role", "officer", "--password-stdin", "--badge", LONG),
        ("add_user", "x", "--role", "officer", "--password-stdin", "--full-name", "a\x1b[31m"),
        ("add_user", "commander", "--role", "officer", "--password-stdin"),
        ("add_user", "x", "--role", "officer"),
        ("api_token", "\udcff"),
        ("api_token", "commander", "--days", "9" * 30),
        ("revoke_device", "9" * 30),
        ("approve_device", "-1"),
        ("import_map", "/nowhere"),
        ("import_map", "/etc/passwd"),
        ("import_map", "/etc/passwd", "--name", "../x"),
        ("import_map", "/etc/passwd", "--name", LONG),
        ("load_roster", "/nowhere", "--keys", "/nowhere", "--accounts", "/nowhere"),
    ],
)
def test_one_clear_line(cast: Cast, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    gateway, _ = add_device(None, "gateway", "gateway", "forward", cast.s1)
    named = [str(gateway.pk) if word == GATEWAY else word for word in words]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    with pytest.raises(CommandError) as refused:
        call_command(*named)
    said = str(refused.value)
    assert said
    assert "\n" not in said
    assert said.isascii() or "“" in said, "English, as all that a terminal says"
    assert Device.objects.count() == 1


def test_a_wrong_field_is_named(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    with pytest.raises(CommandError, match="badge: "):
        call_command("add_user", "x", "--role", "officer", "--password-stdin", "--badge", LONG)


def test_a_database_that_is_down_is_told_so() -> None:
    class Asking(VerbCommand):
        def run(self, **options: object) -> str:
            raise OperationalError("connection refused")

    with pytest.raises(CommandError, match="station up"):
        Asking().handle()
