"""Other code and other tables, while phones report: the short form of the script, and what a renewal leaves alone."""

from django.test import Client

from command import live
from operation import services
from operation.faults import upgrade
from operation.faults.stage import Stage
from tests.conftest import Cast


def test_nothing_that_phones_send_meanwhile_is_lost(stage: Stage) -> None:
    found = upgrade.run(stage, phones=10)
    assert found["lost"] == found["duplicated"] == found["wall_wrong"] == 0, found
    assert found["again"] > 0, "somebody knocked while nobody was there"
    assert found["fixes"] > 0 < found["incidents"], found
    assert not found["refused"], found
    assert stage.home.settings()["STATION_VERSION"] == services.code()[:12]
    assert found["database_redis_and_nginx_untouched"], found  # how long it took can't be told on a busy machine


def test_what_has_started_by_itself_meanwhile_is_left_alone(stage: Stage, monkeypatch) -> None:
    before = stage.supervisor.states()
    monkeypatch.setattr(stage.supervisor, "states", lambda: [{**one, "statename": "EXITED"} for one in before])
    stage.supervisor.start_processes()
    monkeypatch.undo()
    assert {one["name"]: one["pid"] for one in stage.supervisor.states()} == {one["name"]: one["pid"] for one in before}


def test_pages_are_told_which_code_serves_them(cast: Cast, client: Client, settings) -> None:
    settings.VERSION = "abc"
    told = live.snapshot(cast.commander)
    assert told["version"] == "abc"
    assert live.news(cast.commander, told["cursor"])["version"] == "abc"
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    assert client.get("/api/v1/live/", headers=headers).json()["version"] == "abc"
