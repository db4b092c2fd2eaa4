"""Intervals by people's times and by tracks, what a kind still needs, and proposals on an incident's line of time."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from command import clock
from command.models import Event
from dispatch import (
    answers,
    incident_exports,
    incident_sheet,
    incidents,
    intervals,
    proposals,
    run_cards,
    timeline,
    units,
)
from dispatch.models import Assignment, Incident, Kind, Proposal, Skill
from tests.conftest import PLACE, Cast, confirmed

T0 = dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC)


def at(minutes: float | None) -> dt.datetime | None:
    return None if minutes is None else T0 + dt.timedelta(minutes=minutes)


def unit(sent: float, left: float | None, there: float | None, gone: float | None) -> dict[str, dt.datetime | None]:
    return {"dispatched_at": at(sent), "en_route_at": at(left), "on_scene_at": at(there), "ended_at": at(gone)}


def test_several_units_have_a_median_and_a_90th_percentile_and_one_has_neither() -> None:
    many = [unit(1, 2, 2 + took, 20) for took in range(1, 11)]
    said = intervals.intervals(T0, many, many, "confirmed")
    assert (said["queue_s"], said["response_s"], said["travel_s"]) == (60, 180, 60)
    assert (said["travel"]["median_s"], said["travel"]["p90_s"]) == (330, 540), "the nearest rank: one that was taken"
    alone = intervals.intervals(T0, many[:1], many[:1], "confirmed")["travel"]
    assert alone == {"seconds": [60.0], "missing": 0, "median_s": None, "p90_s": None}


def test_missing_times_are_counted_and_never_guessed() -> None:
    rows = [unit(1, None, 5, 9), unit(1, 2, 4, None), unit(1, 2, None, None)]
    said = intervals.intervals(T0, rows, rows, "confirmed")
    assert said["travel"] == {"seconds": [None, 120.0, None], "missing": 2, "median_s": None, "p90_s": None}
    assert said["on_scene"]["missing"] == 2
    assert intervals.intervals(T0, [], [], "track")["response_s"] is None


@pytest.fixture
def sent(cast: Cast) -> Incident:
    """A fight with 2107 there and 2108 recalled."""
    duty = cast.duty_officer
    for call_sign in ("2107", "2108", "2109"):
        units.add_unit(None, cast.s1, call_sign)
    made = incidents.open_incident(duty, cast.s1, kind="fight", priority=1, lat=PLACE["lat"], lon=PLACE["lon"])
    units.assign(duty, made.number, "2107")
    units.assign(duty, made.number, "2108")
    units.step(duty, made.number, "2107", "on_scene")
    units.step(duty, made.number, "2108", "cancelled")
    return made


def proposed(incident: Incident, step: str, seconds: int) -> Proposal:
    one = Assignment.objects.get(incident=incident, unit__call_sign="2107")
    moment = one.dispatched_at + dt.timedelta(seconds=seconds)
    return Proposal.objects.create(assignment=one, step=step, at=moment, made_at=clock.now())


def test_proposals_stand_on_the_line_of_time_with_both_moments(
    cast: Cast, sent: Incident, tmp_path: Path, settings: Any
) -> None:
    settings.SIGNING_KEY = tmp_path / "key.pem"
    confirmed, denied = proposed(sent, "cleared", 60), proposed(sent, "en_route", 5)
    proposals.confirm(cast.duty_officer, confirmed.pk)
    proposals.dismiss(cast.duty_officer, denied.pk)
    told = [one for one in timeline.timeline(sent) if one.source == "track"]
    assert sorted(one.code for one in told) == ["step_confirmed", "step_dismissed", "track_cleared", "track_en_route"]
    by = {one.code: one for one in told}
    assert by["step_confirmed"].actor == by["step_dismissed"].actor == cast.duty_officer.label
    assert (by["track_cleared"].at, by["track_en_route"].at) == (confirmed.at, denied.at)
    assert by["step_confirmed"].at >= confirmed.made_at, "both times are kept"
    incident_exports.export(cast.duty_officer, sent, tmp_path / "out")
    exported = json.loads((tmp_path / "out" / "timeline.json").read_text())
    assert [one["code"] for one in exported if one["source"] == "track"] == [one.code for one in told]
    whole = json.loads((tmp_path / "out" / "incident.json").read_text())
    assert whole["intervals"]["on_scene"]["seconds"] == [pytest.approx(0, abs=5)], "the recalled unit is not counted"
    assert whole["intervals_by_track"]["on_scene"]["missing"] == 1
    paper = (tmp_path / "out" / "timeline.html").read_text()
    assert "本警力到场 → 本警力处置完毕" in paper


def test_the_page_says_which_times_each_interval_uses(cast: Cast, sent: Incident) -> None:
    with translation.override("en"):
        rows = incident_sheet.sheet(sent, cast.duty_officer, with_tracks=False)["intervals"]
    said = {row.name: row for row in rows}
    assert said["Response"].uses == "call opened → first unit on scene"
    assert said["Response"].by_track == "missing"
    assert said["Travel of each unit"].confirmed == "1 missing"
    assert said["Queue"].by_track == "—"


def needed(incident: Incident) -> dict[str, object]:
    return dict(answers.incident(incident, None)["needed"])


def test_what_a_kind_still_needs_is_counted(cast: Cast, sent: Incident) -> None:
    fight, skill = (
        Kind.objects.get(slug="fight"),
        Skill.objects.create(code="talks", name_zh="谈判", name_en="negotiator"),
    )
    assert needed(sent) == {"count": 1, "crew_min": 1, "sent": 1, "short_crew": [], "lacking": []}
    run_cards.change_card(None, fight.pk, count=3, crew_min=2, skills=[skill])
    assert Event.objects.filter(topic="kind").exists(), "desks hear of it"
    assert needed(sent) == {
        "count": 3, "crew_min": 2, "sent": 1, "short_crew": ["2107"],
        "lacking": [{"code": "talks", "name_zh": "谈判", "name_en": "negotiator"}],
    }  # fmt: skip
    units.assign(cast.duty_officer, sent.number, "2109")
    units.step(cast.duty_officer, sent.number, "2109", "cleared")
    assert needed(sent)["sent"] == 1, "who was let go before being there does not count"
    units.step(cast.duty_officer, sent.number, "2107", "cleared")
    assert needed(sent)["sent"] == 1, "who was there counts"


def test_an_ended_incident_says_its_result_in_words(cast: Cast, sent: Incident) -> None:
    incidents.close(cast.duty_officer, sent.number, "18")
    client = confirmed(cast, "duty_officer")
    page = client.get("/incidents/").content.decode()
    assert "已结案 · 现场调解" in page
