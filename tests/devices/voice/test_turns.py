"""What was said: who may play it, when it goes, and what becomes of a turn whose process died."""

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from command import clock, erasures, jobs
from command.errors import Forbidden, NotThere
from command.models import AuditEntry, JobRun
from devices import cameras, recordings, streams
from devices.models import Turn
from devices.voice import files, turns
from devices.voice.groups import Group
from dispatch import incidents, timeline
from tests.conftest import PLACE, Cast, confirmed


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.TURNS, settings.ARCHIVE = tmp_path / "turns", tmp_path / "archive"


def said(cast: Cast, kind: str = "station", ident: str = "S1", count: int = 3) -> Turn:
    """Somebody speaks, and ends."""
    turn = turns.begin(cast.officer, Group(kind, ident, cast.s1.pk, "", True, True))
    file = files.TurnFile(files.path_of(folder(), turn.key), turn.pk)
    for _ in range(count):
        file.add(b"\x01" * 60, 20)
    file.end()
    turns.end(turn.pk, "released", count)
    turn.refresh_from_db()
    return turn


def folder() -> Path:
    return Path(turns.settings.TURNS)


def get(cast: Cast, who: str, path: str) -> Any:
    return Client().get(f"/api/v1/turns/{path}", headers={"Authorization": f"Bearer {cast.token(who)}"})


def test_who_may_plays_it_with_a_reason_and_nobody_else_does(cast: Cast) -> None:
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    turn, other = said(cast, "incident", number), said(cast)
    heard = get(cast, "commander", f"{turn.key}/?incident={number}")
    assert (heard.status_code, heard["Content-Type"]) == (200, "audio/ogg")
    assert heard.content == files.read(folder(), turn.key, turn.sha256)
    listed = get(cast, "commander", f"?incident={number}").json()["results"]
    assert [(one["key"], one["group"], one["speaker"]) for one in listed] == [
        (str(turn.key), f"incident:{number}", "officer")
    ]
    assert {one["key"] for one in get(cast, "inspector", "?reason=spot+check").json()["results"]} == {
        str(turn.key),
        str(other.key),
    }
    for why in ("", "?reason=why", "?incident=S1-000000-0001"):
        assert get(cast, "commander", f"{turn.key}/{why}").json()["code"] == "reason_required"
    incidents.close(cast.duty_officer, number, disposition="18")
    assert get(cast, "commander", f"{turn.key}/?incident={number}").json()["code"] == "reason_required"
    assert get(cast, "commander", f"{turn.key}/?incident={number}&reason=complaint+12").status_code == 200
    assert get(cast, "foreign_commander", f"{turn.key}/?reason=complaint+12").status_code == 404
    assert get(cast, "commander", f"{uuid.uuid4()}/?reason=complaint+12").status_code == 404
    assert get(cast, "officer", f"{turn.key}/?reason=complaint+12").status_code == 403
    assert AuditEntry.objects.filter(action="play_turn", subject_id=str(turn.pk)).count() == 2


def test_what_is_no_longer_what_was_kept_is_not_played(cast: Cast) -> None:
    turn = said(cast)
    with files.path_of(folder(), turn.key).open("ab") as more:
        more.write(b"!")
    assert get(cast, "commander", f"{turn.key}/?reason=complaint+12").json()["code"] == "turn_lost"


def test_nothing_said_is_nothing_kept(cast: Cast) -> None:
    turn = said(cast, count=0)
    assert (turn.sha256, turn.packets) == ("", 0)
    assert list(folder().glob("*/*")) == []


def test_what_was_said_goes_after_thirty_days_but_for_incidents(cast: Cast, later: Callable[..., None]) -> None:
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    gone, kept = said(cast), said(cast, "incident", number)
    sha256 = gone.sha256
    later(days=29, hours=23)
    assert turns.end_terms() == 0
    later(days=30, minutes=1)
    jobs.run(turns.TERMS)
    assert JobRun.objects.get(name="turns").said == "1"
    gone.refresh_from_db()
    assert gone.erased_at == clock.now()
    assert gone.sha256 == ""
    entry = AuditEntry.objects.get(action="erase_turn")
    assert (entry.subject_id, entry.facts) == (str(gone.pk), {"sha256": sha256}), "what went can be proved"
    for place in (folder(), folder().parent / "archive" / "turns"):
        assert [path.stem for path in place.glob("*/*")] == [str(kept.key)]
    assert get(cast, "commander", f"{gone.key}/?reason=complaint+12").status_code == 404
    assert turns.end_terms() == 0


def sounds() -> list[list[str]]:
    """The keys of the turns whose sound is in the home, and in the archive."""
    return [[path.stem for path in place.glob("*/*")] for place in (folder(), folder().parent / "archive" / "turns")]


def test_one_turn_is_erased_by_who_may_hold_and_stays_so(cast: Cast) -> None:
    turn, other = said(cast), said(cast)
    for name, error in (("officer", Forbidden), ("technician", Forbidden), ("foreign_commander", NotThere)):
        with pytest.raises(error):
            erasures.erase(cast.people[name], "turn", turn.pk, "asked")
    erasures.erase(cast.inspector, "turn", turn.pk, "asked")
    assert sounds() == [[str(other.key)]] * 2
    entry = AuditEntry.objects.get(action="erase")
    assert (entry.subject_kind, entry.subject_id, entry.facts) == ("turn", str(turn.pk), {"reason": "asked"})
    assert get(cast, "commander", f"{turn.key}/?reason=complaint+12").status_code == 404
    Turn.objects.filter(pk=turn.pk).update(erased_at=None, sha256=turn.sha256)  # as a restored backup has it
    path = files.path_of(folder(), turn.key)
    path.write_bytes(b"OggS")
    assert erasures.replay() == 1
    turn.refresh_from_db()
    assert (turn.erased_at is None, turn.sha256) == (False, "")
    assert sounds() == [[str(other.key)]] * 2


def test_a_process_that_died_left_a_turn_that_still_plays(cast: Cast) -> None:
    turn = turns.begin(cast.officer, Group("station", "S1", cast.s1.pk, "", True, True))
    file = files.TurnFile(files.path_of(folder(), turn.key), turn.pk)
    for _ in range(120):
        file.add(b"\x01" * 60, 20)
    assert turns.end_all() == 1
    assert turns.end_all() == 0
    turn.refresh_from_db()
    assert (turn.ending, bool(turn.sha256)) == ("lost", True)
    assert turn.ended_at is not None and turn.ended_at - turn.began_at < dt.timedelta(minutes=1)
    assert get(cast, "commander", f"{turn.key}/?reason=complaint+12").status_code == 200
    file.end()


def test_an_incidents_line_of_time_says_who_spoke(cast: Cast) -> None:
    incident = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    said(cast, "incident", incident.number)
    said(cast, "incident", incident.number, count=0)
    said(cast)
    told = [(one.code, one.words, one.actor) for one in timeline.timeline(incident) if one.source == "talk"]
    assert told == [("spoke", "讲话 1 秒", cast.officer.label)]


def test_a_playback_lists_what_was_said_meanwhile(cast: Cast) -> None:
    camera = cameras.add_camera(
        None, cast.s1, "东门", "visible", **PLACE, height_m=4, bearing_deg=0, fov_deg=70, range_m=60
    )
    source = streams.set_stream(None, camera.pk, "rtsp://192.0.2.7/1")
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    of_station, of_incident = said(cast), said(cast, "incident", call.number)
    around = clock.now() - dt.timedelta(minutes=5), clock.now() + dt.timedelta(minutes=5)
    page = confirmed(cast, "commander")
    for incident, reason, heard in (
        (call.number, "", [of_incident]),
        ("", "a complaint about a camera", [of_station, of_incident]),
    ):
        opened = recordings.begin(cast.commander, [source.pk], *around, incident, reason)
        shown = page.get(f"/playback/{opened.pk}/")
        assert [one.pk for one in shown.context["said"]] == [one.pk for one in heard]
        assert f"/api/v1/turns/{heard[0].key}/" in shown.content.decode()
    assert AuditEntry.objects.filter(action="search_turns").count() == 2
    opened = recordings.begin(cast.commander, [source.pk], *around, call.number, "")
    incidents.close(cast.duty_officer, call.number, "01")
    assert page.get(f"/playback/{opened.pk}/").context["said"] == [], "the reason is none any more"
