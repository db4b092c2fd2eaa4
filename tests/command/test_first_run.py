"""From the claim to a working wall: which step is next, who is led, and where the way ends."""

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client

from command import clock, first_run, people
from command.models import Officer, Screen, Station
from command.places.models import Map
from devices import devices
from devices.models import Device
from dispatch import units
from tests.conftest import confirmed_as

MANAGE = "/manage/"
BOX = Polygon.from_bbox((106.5, 29.6, 106.6, 29.7))


@pytest.fixture
def station(db: None, settings: object) -> Station:
    settings.IS_TOWN = False  # type: ignore[attr-defined]
    return Station.objects.create(code="S1", name="新所")


@pytest.fixture
def admin(station: Station) -> Officer:
    return people.add_officer(None, "first", "administrator", station, None, name="某人")


@pytest.fixture
def page(admin: Officer) -> Client:
    client = confirmed_as(admin)
    client.cookies["django_language"] = "en"
    return client


def add_map(station: Station) -> None:
    Map.objects.create(name="main", version=1, imported_at=clock.now(), bounds=BOX)


def draw(station: Station) -> None:
    Station.objects.filter(pk=station.pk).update(boundary=MultiPolygon(BOX, srid=4326))


def add_duty(station: Station) -> None:
    people.add_officer(None, "duty", "duty_officer", station, None, name="段")


def add_phone(station: Station) -> None:
    devices.add_device(None, "phone 1", "phone", "fixes", station)


def add_unit(station: Station) -> None:
    units.add_unit(None, station, "2107", devices=list(Device.objects.filter(station=station)))


def pair(station: Station) -> None:
    Screen.objects.create(name="hall", station=station, key_hash="x")


WAY = [add_map, draw, add_duty, add_phone, add_unit, pair]
TITLES = ["The map", "The boundary", "People", "Phones", "Units", "The screen"]
PAGES = ["maps/", "stations/{}/boundary/", "people/add/", "devices/add/", "units/add/", "screens/"]


def test_each_step_is_next_when_those_before_it_are_done(page: Client, admin: Officer, station: Station) -> None:
    for at, do in enumerate(WAY):
        steps = first_run.shown(admin)
        assert [one.state.is_done for one in steps] == [True] * at + [False] * (len(WAY) - at)
        assert str(steps[at].step.title) == TITLES[at] or steps[at].url
        text = page.get(MANAGE).content.decode()
        left = len(WAY) - at
        assert (f"{left} steps are left" if left > 1 else "1 step is left") in text
        assert text.count('class="next"') == 1
        assert text.index('class="next"') < text.index(PAGES[at].format(station.pk), text.index('class="next"'))
        do(station)
    assert not first_run.leads(admin)


def test_who_is_led_begins_there_and_sees_the_way_on_each_page(page: Client, station: Station) -> None:
    assert page.get("/").headers["Location"] == MANAGE
    for at, (do, path) in enumerate(zip(WAY, PAGES, strict=True)):
        address = MANAGE + path.format(station.pk)
        before = page.get(address).content.decode()
        assert f"Step {at + 1} of 6" in before, address
        assert 'aria-current="step"' in before
        do(station)
        after = page.get(address).content.decode()
        assert (f"Next: {TITLES[at + 1]}" if at < 5 else "All is set up") in after, address


def test_the_end_is_told_once(page: Client, station: Station) -> None:
    page.get(MANAGE)
    for do in WAY:
        do(station)
    assert "is set up" in page.get(MANAGE).content.decode()
    assert "is set up" not in page.get(MANAGE).content.decode()
    assert "All is set up" not in page.get("/manage/people/").content.decode()


def test_who_was_never_led_hears_nothing_of_it(page: Client, station: Station) -> None:
    for do in WAY:
        do(station)
    text = page.get(MANAGE).content.decode()
    assert "set up" not in text
    assert "Names, time zones and boundaries" in text


def test_what_stands_below_counts_for_the_centre(page: Client, admin: Officer, station: Station) -> None:
    below = Station.objects.create(parent=station, code="S2", name="下所")
    for do in WAY:
        do(below)
    assert not first_run.leads(admin)


def test_a_unit_without_a_phone_and_a_revoked_screen_are_not_enough(admin: Officer, station: Station) -> None:
    for do in (add_map, draw, add_duty, add_phone, pair):
        do(station)
    units.add_unit(None, station, "2107")
    Screen.objects.update(revoked_at=clock.now())
    assert [one.step.order for one in first_run.shown(admin) if not one.state.is_done] == [50, 60]


def test_nobody_is_led_in_a_town_in_a_room_or_without_the_right(
    admin: Officer, station: Station, settings: object
) -> None:
    assert first_run.leads(admin)
    commander = people.add_officer(None, "boss", "commander", station, None, name="陈")
    assert not first_run.leads(commander)
    Station.objects.filter(pk=station.pk).update(kind="room")
    assert not first_run.leads(Officer.objects.select_related("station").get(pk=admin.pk))
    Station.objects.filter(pk=station.pk).update(kind="station")
    settings.IS_TOWN = True  # type: ignore[attr-defined]
    assert not first_run.leads(Officer.objects.select_related("station").get(pk=admin.pk))


def test_a_station_that_is_set_up_is_asked_about_once_a_session(page: Client, station: Station) -> None:
    for do in WAY:
        do(station)
    page.get("/manage/people/")
    Screen.objects.all().delete()
    assert "Step" not in page.get("/manage/people/").content.decode()
    assert page.session["set_up"] is True
