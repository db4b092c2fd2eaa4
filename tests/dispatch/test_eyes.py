"""Who is sent to an incident watches what is there: its cameras and the colleagues' phones, for it alone, while they are sent."""

from collections.abc import Callable

import pytest
from django.test import Client

from command import people, principals
from command.errors import Forbidden, NotThere
from command.models import AuditEntry, Grant, Officer, Station
from devices import cameras, streams
from devices.models import PictureSource, Watch
from devices.pictures import sending, watching
from dispatch import incidents, merge, units
from dispatch.models import Incident
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db
NORTH = 40 / 111_195  # degrees: 40 m
VIEW = {"height_m": 4.5, "fov_deg": 70.0, "range_m": 90.0}
FAR = {"lat": PLACE["lat"] + 0.02, "lon": PLACE["lon"]}
WORDS = "看路口是否畅通"


def camera(station: Station, name: str, place: dict[str, float] = PLACE, bearing: float = 180.0) -> int:
    """A camera 40 m north of a place, which it sees while it looks south; the source of its pictures."""
    where = {**VIEW, "lat": place["lat"] + NORTH, "lon": place["lon"], "bearing_deg": bearing}
    return streams.set_stream(None, cameras.add_camera(None, station, name, "visible", **where).pk, "").pk


def call(by: Officer, station: Station, place: dict[str, float] = PLACE) -> Incident:
    return incidents.open_incident(by, station, kind="fight", priority=1, **place)


def crewed(cast: Cast, call_sign: str, *who: str) -> None:
    """A unit of S1 with these people on it."""
    units.add_unit(None, cast.s1, call_sign)
    units.book_on(cast.duty_officer, call_sign, list(who))


@pytest.fixture
def here(cast: Cast) -> Incident:
    """An incident to which the officer's unit is sent, and that of the auxiliary, whose phone shows it."""
    crewed(cast, "2107", "officer")
    crewed(cast, "2109", "auxiliary")
    made = call(cast.duty_officer, cast.s1)
    for unit in ("2107", "2109"):
        units.assign(cast.duty_officer, made.number, unit)
    sending.begin(cast.auxiliary)
    return made


def phone_of(officer: Officer) -> int:
    return PictureSource.objects.get(officer=officer).pk


def refused(cast: Cast, source: int, incident: str = "", reason: str = "", who: str = "officer") -> bool:
    """Whether somebody is told that there is no such picture."""
    try:
        watching.begin(cast.again(who), [source], incident, reason)
    except NotThere:
        return True
    return False


def test_who_is_sent_watches_what_is_there_and_it_is_entered(cast: Cast, here: Incident) -> None:
    seeing, number = camera(cast.s1, "东门 1"), here.number
    for source in (seeing, phone_of(cast.auxiliary)):
        made = watching.begin(cast.again("officer"), [source], number)[source]
        assert (made.source_id, made.incident, made.actor_id) == (source, number, str(cast.officer.pk))
        entry = AuditEntry.objects.get(action="watch", subject_id=str(source))
        assert entry.facts == {"watch": made.pk, "incident": number}
    assert watching.still(cast.again("officer"), {seeing: number}) == {seeing}
    looks = {made.source_id: (made.pk, number) for made in Watch.objects.all()}
    assert watching.listen(cast.again("officer"), looks) == {}, "they look, and hear nothing"


def test_they_watch_nothing_else(cast: Cast, here: Incident) -> None:
    sending.begin(cast.officer)
    sending.begin(cast.duty2)
    other = call(cast.duty_officer, cast.s1, FAR)
    seeing = camera(cast.s1, "东门 1")
    for source, why in [
        (camera(cast.s1, "东门 2", bearing=0.0), "it looks away"),
        (camera(cast.s1, "西门 1", FAR), "it sees another incident"),
        (camera(cast.s2, "邻所 1"), "it sees the place, and is another station's"),
        (phone_of(cast.officer), "it is their own"),
        (phone_of(cast.duty2), "whose it is was not sent"),
    ]:
        assert refused(cast, source, here.number), why
        assert refused(cast, source, other.number), why
        assert refused(cast, source, reason=WORDS), why
    assert refused(cast, seeing, reason=WORDS), "words are no reason for whose right is that of their incident"
    assert refused(cast, seeing)
    for number in (other.number, "S1-000000-0001", "S1\0", f"{here.number}\0"):
        assert refused(cast, seeing, number, WORDS)
    assert not Watch.objects.exists()
    assert not AuditEntry.objects.filter(action="watch").exists()


def released(cast: Cast, here: Incident) -> None:
    units.step(cast.duty_officer, here.number, "2107", "cleared")


def recalled(cast: Cast, here: Incident) -> None:
    units.step(cast.duty_officer, here.number, "2107", "cancelled")


def closed(cast: Cast, here: Incident) -> None:
    incidents.close(cast.duty_officer, here.number, "01")


def merged(cast: Cast, here: Incident) -> None:
    merge.merge(cast.duty_officer, here.number, call(cast.duty_officer, cast.s1).number)


def replaced(cast: Cast, here: Incident) -> None:
    crewed(cast, "2111", "officer", "duty2")


def called_elsewhere(cast: Cast, here: Incident) -> None:
    """To a place that the same camera sees."""
    released(cast, here)
    units.assign(cast.duty_officer, call(cast.duty_officer, cast.s1).number, "2107")


def without_the_right(cast: Cast, here: Incident) -> None:
    Grant.objects.filter(officer=cast.officer).update(role="auxiliary")


@pytest.mark.parametrize("over", [released, recalled, closed, merged, replaced, called_elsewhere, without_the_right])
def test_it_ends_when_they_are_no_longer_on_it(
    cast: Cast, here: Incident, over: Callable[[Cast, Incident], None]
) -> None:
    seeing = camera(cast.s1, "东门 1")
    watched = {seeing: here.number, phone_of(cast.auxiliary): here.number}
    assert watching.still(cast.again("officer"), watched) == set(watched)
    over(cast, here)
    assert watching.still(cast.again("officer"), watched) == set()
    assert refused(cast, seeing, here.number)


def test_a_colleague_who_leaves_is_watched_no_more(cast: Cast, here: Incident) -> None:
    phone = phone_of(cast.auxiliary)
    units.step(cast.duty_officer, here.number, "2109", "cleared")
    assert watching.still(cast.again("officer"), {phone: here.number}) == set()
    assert refused(cast, phone, here.number)


@pytest.mark.parametrize("role", ["auxiliary", "technician", "administrator", "reviewer", "watchlist_admin"])
def test_on_the_same_unit_others_watch_nothing(cast: Cast, here: Incident, role: str) -> None:
    """A technician's right is that of cameras' health: that somebody put them on a crew makes it no other."""
    seeing = camera(cast.s1, "东门 1")
    crewed(cast, "2111", "officer", role)
    units.assign(cast.duty_officer, here.number, "2111")
    assert refused(cast, seeing, here.number, WORDS, who=role)
    assert not refused(cast, seeing, here.number)


def test_who_may_watch_all_may_with_any_reason(cast: Cast, here: Incident) -> None:
    seeing = camera(cast.s1, "东门 1")
    other = call(cast.duty_officer, cast.s1, FAR)
    for number, reason in ((here.number, ""), (other.number, ""), ("", WORDS)):
        watching.begin(cast.again("duty_officer"), [seeing], number, reason)
    with pytest.raises(Forbidden) as told:
        watching.begin(cast.again("duty_officer"), [seeing])
    assert told.value.code == "reason_required"


def test_stations_above_beside_and_below(cast: Cast, here: Incident) -> None:
    """A centre's officer on a unit of S1 sees what is there; one of S1 nothing of stations above, beside, or where nobody sent
    them below."""
    cast.people["of_centre"] = people.add_officer(None, "of_centre", "officer", cast.centre, None, name="中")
    Officer.objects.filter(username="of_centre").update(station=cast.s1)
    crewed(cast, "2111", "of_centre")
    units.assign(cast.duty_officer, here.number, "2111")
    assert not refused(cast, camera(cast.s1, "东门 1"), here.number, who="of_centre")
    below = Station.objects.create(parent=cast.s1, code="S11", name="警务室", zone="Asia/Shanghai")
    of_below = call(cast.again("duty_officer"), below)
    for station in (cast.centre, cast.s2, below):
        source = camera(station, "外 1")
        for number in (here.number, of_below.number):
            assert refused(cast, source, number), station.code


def test_who_is_an_officer_elsewhere_and_an_auxiliary_here_watches_nothing_here(cast: Cast, here: Incident) -> None:
    Grant.objects.create(officer=cast.auxiliary, station=cast.s2, role="officer")
    assert refused(cast, camera(cast.s1, "东门 1"), here.number, who="auxiliary")


def test_a_token_without_the_right_watches_nothing(cast: Cast, here: Incident) -> None:
    seeing = camera(cast.s1, "东门 1")
    for scopes, sees in ((["own_orders", "see_map", "watch_cameras"], True), (["own_orders", "see_map"], False)):
        officer = principals.of_bearer(f"Bearer {people.add_token(None, cast.officer, 1, scopes)}")
        assert officer
        assert watching.watchable(officer, here.number).filter(pk=seeing).exists() is sees


def test_turning_and_what_was_recorded_stay_for_others(cast: Cast, here: Incident, client: Client) -> None:
    seeing = PictureSource.objects.get(pk=camera(cast.s1, "东门 1"))
    headers = {"Authorization": f"Bearer {cast.token('officer')}"}
    asked = {"sources": [seeing.pk], "since": here.opened_at.isoformat(), "until": here.opened_at.isoformat()}
    turn = {**PLACE, "incident": here.number}
    for path, body, status in (("playbacks/", asked, 403), (f"cameras/{seeing.camera_id}/look/", turn, 404)):
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
        assert answer.status_code == status, path
    assert client.get("/api/v1/recordings/sources/", headers=headers).status_code == 403
