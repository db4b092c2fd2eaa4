"""The short form of R20: the machine is lost, the archive and the backup's file are not."""

from operation.faults import backup_restore
from operation.faults.stage import Stage


def test_what_was_archived_comes_back_and_what_was_erased_does_not(stage: Stage) -> None:
    found = backup_restore.run(stage, load_s=8, archive_s=3)
    assert found["ok"], str(found)
