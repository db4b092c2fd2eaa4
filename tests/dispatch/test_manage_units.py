"""The pages of units and vehicles: set up by who looks after devices, crewed by who manages people, retired for good."""

import pytest
from django.test import Client

from command import people
from command.errors import NotThere
from command.models import AuditEntry, Event
from devices.devices import add_device, revoke_device
from dispatch import fleet, incidents, live, units
from dispatch.models import Crew, Unit, Vehicle
from dispatch.states import UnitStatus
from tests.conftest import PLACE, Cast

UNITS = "/manage/units/"


@pytest.fixture
def technician(cast: Cast, client: Client) -> Client:
    client.force_login(cast.technician, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def as_(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def test_a_unit_is_set_up_with_vehicle_and_phone(technician: Client, cast: Cast) -> None:
    phone, _ = add_device(None, "phone of 2107", "phone", "fixes", cast.s1)
    said = {"plate": "渝A·12345", "station": cast.s1.pk, "kind": "van", "seats": "7", "equipment": "<盾牌> 2"}
    assert technician.post(f"{UNITS}vehicles/add/", said).status_code == 302
    vehicle = Vehicle.objects.get()
    said = {"call_sign": "2107", "kind": "car", "station": cast.s1.pk, "vehicle": vehicle.pk, "devices": [phone.pk]}
    assert technician.post(f"{UNITS}add/", said).status_code == 302
    unit = Unit.objects.get()
    assert (unit.status, unit.vehicle, list(unit.devices.all())) == (UnitStatus.OFF_DUTY, vehicle, [phone])
    text = technician.get(UNITS).content.decode()
    assert "渝A·12345" in text
    assert "&lt;盾牌&gt; 2" in text
    assert ">2107</td>" in technician.get("/manage/devices/").content.decode().replace("\n", "")
    assert Event.objects.filter(topic="unit", subject="S1/2107").exists()


def test_what_goes_with_one_unit_does_not_go_with_another(technician: Client, cast: Cast) -> None:
    phone, _ = add_device(None, "phone", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "2101", devices=[phone], plate="A1")
    said = {"call_sign": "2102", "kind": "car", "station": cast.s1.pk}
    answer = technician.post(f"{UNITS}add/", {**said, "devices": [phone.pk]})
    assert answer.status_code == 400
    assert "phone goes with 2101 already" in answer.content.decode()
    assert technician.post(f"{UNITS}add/", {**said, "vehicle": Vehicle.objects.get().pk}).status_code == 400
    assert technician.post(f"{UNITS}add/", {**said, "call_sign": "2101"}).status_code == 409
    assert technician.post(f"{UNITS}add/", {**said, "call_sign": "a/b"}).status_code == 400
    revoke_device(None, phone.pk)
    assert technician.post(f"{UNITS}add/", {**said, "devices": [phone.pk]}).status_code == 400
    assert Unit.objects.count() == 1


def test_a_unit_is_changed_and_the_wall_hears_of_both_names(technician: Client, cast: Cast) -> None:
    unit = units.add_unit(None, cast.s1, "2107", status=UnitStatus.OFF_DUTY)
    page = f"{UNITS}{unit.pk}/"
    assert technician.post(page, {"call_sign": "2117", "kind": "foot"}).status_code == 302
    subjects = set(Event.objects.filter(topic="unit").values_list("subject", flat=True))
    assert {"S1/2107", "S1/2117"} <= subjects
    shown = live.TOPICS[1].load(["S1/2107", "S1/2117"])
    assert list(shown) == ["S1/2117"]


def test_a_unit_that_is_sent_keeps_its_name(technician: Client, cast: Cast) -> None:
    unit = units.add_unit(None, cast.s1, "2107")
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    units.assign(cast.duty_officer, number, "2107")
    answer = technician.post(f"{UNITS}{unit.pk}/", {"call_sign": "2117", "kind": "foot"})
    assert answer.status_code == 409
    assert "is sent to an incident" in answer.content.decode()
    assert technician.post(f"{UNITS}{unit.pk}/", {"call_sign": "2107", "kind": "car"}).status_code == 302
    assert technician.post(f"{UNITS}{unit.pk}/retire/").status_code == 409


def test_a_retired_unit_is_on_no_list_and_leaves_its_things(technician: Client, cast: Cast) -> None:
    phone, _ = add_device(None, "phone", "phone", "fixes", cast.s1)
    unit = units.add_unit(None, cast.s1, "2107", devices=[phone], plate="A1")
    assert technician.post(f"{UNITS}{unit.pk}/retire/").status_code == 409, "it is on duty"
    units.book_off(cast.duty_officer, "2107")
    assert "out of" not in technician.get(f"{UNITS}{unit.pk}/retire/").content.decode()
    assert technician.post(f"{UNITS}{unit.pk}/retire/").status_code == 302
    assert live.TOPICS[1].load(["S1/2107"]) == {}
    with pytest.raises(NotThere):
        units.find(cast.duty_officer, "2107")
    assert ">2107</a>" not in technician.get(UNITS).content.decode()
    assert "2107" in technician.get(UNITS, {"state": "retired"}).content.decode()
    again = units.add_unit(None, cast.s1, "2107", devices=[phone], plate="A1")
    assert units.find(cast.duty_officer, "2107") == again
    assert technician.get(f"{UNITS}{unit.pk}/").status_code == 404


def test_only_who_manages_people_chooses_the_crew(cast: Cast, client: Client) -> None:
    unit = units.add_unit(None, cast.s1, "2107", status=UnitStatus.OFF_DUTY)
    said = {"call_sign": "2107", "kind": "foot", "usual_crew": [cast.officer.pk, cast.auxiliary.pk]}
    assert "某officer" not in as_(client, cast, "technician").get(f"{UNITS}{unit.pk}/").content.decode()
    client.post(f"{UNITS}{unit.pk}/", said)
    assert not unit.usual_crew.exists()
    assert "某officer" in as_(client, cast, "administrator").get(f"{UNITS}{unit.pk}/").content.decode()
    client.post(f"{UNITS}{unit.pk}/", said)
    assert set(unit.usual_crew.all()) == {cast.officer, cast.auxiliary}
    client.post(f"{UNITS}{unit.pk}/", {**said, "usual_crew": [cast.foreign_duty.pk]})
    assert unit.usual_crew.count() == 2, "people of another station are not offered"


def test_the_usual_crew_books_on_where_nobody_is_named(cast: Cast) -> None:
    unit = fleet.add_unit(cast.administrator, cast.s1, "2107", "foot", usual_crew=[cast.officer, cast.auxiliary])
    units.add_unit(None, cast.s1, "2108")
    units.book_on(cast.duty_officer, "2108", ["auxiliary"])
    units.book_on(cast.duty_officer, "2107")
    on = Crew.objects.filter(left_at=None)
    assert set(on.filter(unit=unit).values_list("officer__username", flat=True)) == {"officer"}, "nobody is taken away"
    units.book_on(cast.duty_officer, "2107", ["commander"])
    assert set(on.filter(unit=unit).values_list("officer__username", flat=True)) == {"commander"}


def test_a_vehicle_is_changed_and_removed(technician: Client, cast: Cast) -> None:
    unit = units.add_unit(None, cast.s1, "2107", plate="A1")
    assert unit.vehicle
    page = f"{UNITS}vehicles/{unit.vehicle.pk}/"
    said = {"plate": "A2", "kind": "boat", "seats": "", "equipment": ""}
    assert technician.post(page, {**said, "kind": "tank"}).status_code == 400
    assert technician.post(page, {**said, "seats": "0"}).status_code == 400
    assert technician.post(page, said).status_code == 302
    assert "Boat" in technician.get(UNITS).content.decode()
    assert technician.post(f"{page}remove/").status_code == 302
    unit.refresh_from_db()
    assert unit.vehicle is None
    assert AuditEntry.objects.filter(action="remove_vehicle").exists()


def test_a_foreign_technician_reaches_no_unit_here(cast: Cast, client: Client) -> None:
    foreign = people.add_officer(None, "foreign_technician", "technician", cast.s2, None, name="外")
    unit = units.add_unit(None, cast.s1, "2107", status=UnitStatus.OFF_DUTY, plate="A1")
    client.force_login(foreign, backend="django.contrib.auth.backends.ModelBackend")
    assert unit.vehicle
    for path in (
        f"{unit.pk}/",
        f"{unit.pk}/retire/",
        f"vehicles/{unit.vehicle.pk}/",
        f"vehicles/{unit.vehicle.pk}/remove/",
    ):
        assert client.get(UNITS + path).status_code == 404, path
        assert client.post(UNITS + path).status_code in (400, 404), path
    said = {"call_sign": "2102", "kind": "car", "station": cast.s1.pk}
    assert client.post(f"{UNITS}add/", said).status_code == 400
    assert Unit.objects.filter(retired_at=None).count() == 1
    assert "2107" not in client.get(UNITS).content.decode()
