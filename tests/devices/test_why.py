"""Why somebody looked stands in words beside the audit, for who reads it; the chain holds none."""

import datetime as dt

import pytest
from django.test import Client

from command import clock
from command.models import AuditEntry
from devices import cameras, recordings, streams
from devices.models import PictureSource, TalkLook
from devices.pictures import watching
from tests.conftest import PLACE, Cast, confirmed


@pytest.fixture
def source(cast: Cast) -> PictureSource:
    where = {**PLACE, "height_m": 4, "bearing_deg": 0, "fov_deg": 70, "range_m": 60}
    return streams.set_stream(None, cameras.add_camera(None, cast.s1, "cam", "visible", **where).pk, "")


def test_an_inspector_reads_why_somebody_looked(cast: Cast, source: PictureSource, client: Client) -> None:
    since = clock.now() - dt.timedelta(minutes=1)
    watching.begin(cast.commander, [source.pk], "", "roll-call by video")
    recordings.begin(cast.commander, [source.pk], since, clock.now(), "", "what the shop's owner told")
    headers = {"Authorization": f"Bearer {cast.token('commander')}"}
    assert client.get("/api/v1/turns/?reason=who+gave+the+order", headers=headers).status_code == 200
    refused = client.get("/api/v1/turns/", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "reason_required")
    shown = confirmed(cast, "inspector").get("/audit/", {"station": "S1"}).content.decode()
    for words in ("roll-call by video", "what the shop&#x27;s owner told", "who gave the order"):
        assert words in shown
    assert TalkLook.objects.count() == 1
    chained = str(list(AuditEntry.objects.values_list("facts", flat=True)))
    assert "roll-call" not in chained and "shop" not in chained and "gave" not in chained
