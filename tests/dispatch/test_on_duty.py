"""The page on which people book themselves on and off."""

import pytest
from django.test import Client

from command import people
from command.errors import Conflict, Forbidden, NotThere
from command.models import AuditEntry, Duty
from dispatch import incidents, units
from dispatch.models import Unit
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(cast: Cast) -> Unit:
    return units.add_unit(None, cast.s1, "2107", status="off_duty")


def browser(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_officer_books_on_with_a_mate_and_off_again(cast: Cast, unit: Unit) -> None:
    client = browser(cast, "officer")
    assert "2107" in client.get("/duty/").content.decode()
    said = {"unit": "2107", "crew": ["duty_officer"], "status": "at_station"}
    assert client.post("/duty/", said).status_code == 302
    unit.refresh_from_db()
    assert unit.status == "at_station"
    assert {one.username for one in units.crew_on(unit)} == {"officer", "duty_officer"}
    assert Duty.objects.filter(ended_at=None).count() == 2
    assert client.post("/duty/", {"off": "1"}).status_code == 302
    unit.refresh_from_db()
    assert unit.status == "at_station", "the mate is still on it"
    assert AuditEntry.objects.filter(action="leave_unit").count() == 1
    units.leave(cast.duty_officer)
    unit.refresh_from_db()
    assert unit.status == "off_duty"
    assert not Duty.objects.filter(ended_at=None).exists()


def test_who_joins_takes_nobody_off(cast: Cast, unit: Unit) -> None:
    units.join(cast.officer, "2107", [])
    units.join(cast.commander, "2107", [])
    assert {one.username for one in units.crew_on(unit)} == {"officer", "commander"}


def test_nobody_goes_off_duty_while_the_unit_is_sent(cast: Cast, unit: Unit) -> None:
    units.join(cast.officer, "2107", ["commander"])
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, call.number, "2107")
    with pytest.raises(Conflict, match="2107"):
        units.leave(cast.officer)
    assert "2107" in browser(cast, "officer").post("/duty/", {"off": "1"}, follow=True).content.decode()


def test_what_is_wrong_is_said_at_its_field(cast: Cast, unit: Unit) -> None:
    client = browser(cast, "officer")
    for wrong in ({"unit": "9999"}, {"unit": "2107", "status": "on_scene"}, {"unit": "2107", "crew": ["nobody"]}):
        answer = client.post("/duty/", {"status": "patrol", **wrong})
        assert answer.status_code == 400
        assert 'class="error"' in answer.content.decode()
    with pytest.raises(Conflict):
        units.leave(cast.officer)


def test_an_auxiliary_joins_only_the_usual_unit(cast: Cast, unit: Unit) -> None:
    client = browser(cast, "auxiliary")
    assert "<select" not in client.get("/duty/").content.decode()
    with pytest.raises(NotThere):
        units.join(cast.auxiliary, "2107", [])
    unit.usual_crew.add(cast.auxiliary)
    assert client.post("/duty/", {"unit": "2107", "status": "patrol"}).status_code == 302
    assert [one.username for one in units.crew_on(unit)] == ["auxiliary"]


def test_a_foreign_unit_is_not_offered(cast: Cast, unit: Unit) -> None:
    units.add_unit(None, cast.s2, "3301", status="off_duty")
    client = browser(cast, "officer")
    assert "3301" not in client.get("/duty/").content.decode()
    assert client.post("/duty/", {"unit": "3301", "status": "patrol"}).status_code == 400


def test_an_officer_neither_strips_nor_joins_a_unit_that_is_sent(cast: Cast, unit: Unit) -> None:
    units.join(cast.officer, "2107", [])
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE, caller_phone="138")
    units.assign(cast.duty_officer, call.number, "2107")
    other = people.add_officer(None, "other", "officer", cast.s1, None, name="别人")
    for crew in ([], ["other"], None):
        with pytest.raises(Forbidden):
            units.book_on(other, "2107", crew)
    with pytest.raises(Conflict):
        units.join(other, "2107", [])
    units.add_unit(None, cast.s1, "2108", status="off_duty")
    with pytest.raises(Conflict):
        units.join(other, "2108", ["officer"])
    for verb in (units.book_off, lambda who, sign: units.set_status(who, sign, "break")):
        with pytest.raises(Forbidden):
            verb(other, "2107")
    assert [one.username for one in units.crew_on(unit)] == ["officer"]
