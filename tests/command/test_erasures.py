"""What was erased stays erased, whatever is restored."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from command import clock, erasures
from command.errors import Forbidden, Invalid, NotThere
from command.models import AuditEntry, Officer
from dispatch import incidents
from dispatch.models import Incident, LogEntry
from tests.conftest import PLACE, Cast


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: Any) -> Path:
    settings.ARCHIVE = tmp_path / "archive"
    return tmp_path / "archive"


def ledger(archive: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (archive / "erasures.jsonl").read_text().splitlines()]


def call_of(cast: Cast) -> Incident:
    return incidents.open_incident(
        cast.duty_officer, cast.s1, kind="theft", priority=3, **PLACE, caller_name="赵六", caller_phone="13800000000"
    )


def test_a_caller_is_erased_and_the_ledger_names_ids_only(cast: Cast, archive: Path) -> None:
    incident = call_of(cast)
    erasures.erase(cast.commander, "caller", incident.pk, "asked")
    incident.refresh_from_db()
    assert (incident.caller_name, incident.caller_phone) == ("", "")
    [line] = ledger(archive)
    assert (line["kind"], line["id"], line["reason"]) == ("caller", incident.pk, "asked")
    assert "赵六" not in (archive / "erasures.jsonl").read_text()
    assert stat.S_IMODE((archive / "erasures.jsonl").stat().st_mode) == 0o600
    entry = AuditEntry.objects.get(action="erase")
    assert (entry.subject_kind, entry.subject_id, entry.facts) == ("caller", str(incident.pk), {"reason": "asked"})


def test_an_officer_is_a_number_afterwards_and_signs_in_no_more(cast: Cast) -> None:
    duty = cast.duty_officer
    call_of(cast)
    assert LogEntry.objects.filter(actor_name=duty.label).exists()
    name = duty.label
    erasures.erase(cast.administrator, "officer", duty.pk, "term")
    again = Officer.objects.get(pk=duty.pk)
    assert again.username == again.name == f"erased-{duty.pk}"
    assert (again.badge, again.rank, again.is_active, again.has_usable_password()) == ("", "", False, False)
    assert not again.sessions.exists() and not again.tokens.exists() and not again.totpdevice_set.exists()
    assert not LogEntry.objects.filter(actor_name=name).exists()


def test_a_restored_database_forgets_again(cast: Cast) -> None:
    incident, officer = call_of(cast), cast.officer
    erasures.erase(None, "caller", incident.pk, "asked")
    erasures.erase(None, "officer", officer.pk, "term")
    Incident.objects.filter(pk=incident.pk).update(caller_name="赵六")  # as a backup brings it back
    Officer.objects.filter(pk=officer.pk).update(name="钱七", username="qian")
    call_command("replay_erasures")
    assert Incident.objects.get(pk=incident.pk).caller_name == ""
    assert Officer.objects.get(pk=officer.pk).name == f"erased-{officer.pk}"
    assert AuditEntry.objects.filter(action="erase_again").count() == 2


def test_a_thing_that_the_backup_does_not_know_is_passed_over(cast: Cast, archive: Path) -> None:
    archive.mkdir()
    line = {"at": clock.now().isoformat(), "kind": "caller", "id": 999_999, "reason": "asked", "actor": "console"}
    (archive / "erasures.jsonl").write_text(json.dumps(line) + "\n")
    assert erasures.replay() == 0


def test_who_may_not_erase_is_refused_and_nothing_is_noted(cast: Cast, archive: Path) -> None:
    incident = call_of(cast)
    with pytest.raises(Forbidden):
        erasures.erase(cast.officer, "caller", incident.pk, "asked")
    with pytest.raises(NotThere):
        erasures.erase(cast.foreign_commander, "caller", incident.pk, "asked")
    with pytest.raises(NotThere):
        erasures.erase(cast.commander, "caller", 999_999, "asked")
    with pytest.raises(Invalid):
        erasures.erase(cast.commander, "caller", incident.pk, "because")
    assert not archive.exists()


def test_where_the_ledger_cannot_be_written_nothing_is_erased(cast: Cast, archive: Path) -> None:
    incident = call_of(cast)
    archive.write_text("a file where the folder should be")
    with pytest.raises(OSError):
        erasures.erase(cast.commander, "caller", incident.pk, "asked")
    assert Incident.objects.get(pk=incident.pk).caller_name == "赵六"
    assert not AuditEntry.objects.filter(action="erase").exists()
