"""The pages of stations: the tree, adding below one's own, changing, and the boundary drawn, refused and removed."""

import json

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from command import people, stations
from command.errors import Conflict, Invalid, NotThere
from command.models import AuditEntry, Event, Station
from tests.conftest import Cast

STATIONS = "/manage/stations/"
CORNERS = "29.60, 106.50\n29.60, 106.60\n29.70, 106.60"
SAID = {"name": "新所", "kind": "station", "zone": "Asia/Urumqi", "surroundings": "country"}


@pytest.fixture
def top(cast: Cast, client: Client) -> Client:
    """The administrator of the centre, whose tree holds all three stations."""
    person = people.add_officer(None, "top", "administrator", cast.centre, None, name="某top")
    return signed_in(client, person)


def signed_in(client: Client, person: object) -> Client:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    client.cookies["django_language"] = "en"
    return client


def drawn(station: Station, east: float = 0) -> None:
    box = Polygon.from_bbox((106.5 + east, 29.6, 106.6 + east, 29.7))
    Station.objects.filter(pk=station.pk).update(boundary=MultiPolygon(box, srid=4326))


def test_the_tree_stands_below_its_root_with_each_ones_area(top: Client, cast: Cast) -> None:
    drawn(cast.s1)
    below = Station.objects.create(parent=cast.s2, code="A1", name="警务室")
    text = top.get(STATIONS).content.decode()
    assert [text.index(f">{one.code} ") for one in (cast.centre, cast.s1, cast.s2, below)] == sorted(
        text.index(f">{one.code} ") for one in (cast.centre, cast.s1, cast.s2, below)
    )
    assert "107.70 km²" in text or "107.7" in text
    assert f"{STATIONS}{cast.s2.pk}/boundary/" in text


def test_only_ones_own_branch_is_there(cast: Cast, client: Client) -> None:
    text = signed_in(client, cast.administrator).get(STATIONS).content.decode()
    assert ">S1 " in text
    assert ">S2 " not in text
    for rest in ("", "boundary/", "boundary/remove/"):
        assert client.get(f"{STATIONS}{cast.s2.pk}/{rest}").status_code == 404


def test_a_station_is_added_below_another_and_is_on_record(top: Client, cast: Cast) -> None:
    answer = top.post(f"{STATIONS}add/", {**SAID, "code": " a7 ", "parent": cast.s1.pk})
    assert answer.headers["Location"] == STATIONS
    made = Station.objects.get(code="A7")
    assert (made.parent, made.name, made.zone, made.surroundings) == (cast.s1, "新所", "Asia/Urumqi", "country")
    entry = AuditEntry.objects.get(action="add_station")
    assert (entry.station, entry.facts) == (made, {"code": "A7", "parent": cast.s1.pk})
    assert Event.objects.filter(station=made, topic="station", subject="A7").count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"code": "S1"}, "There is a station S1 already."),
        ({"code": "S-1"}, "expected 1 to 12 capital letters"),
        ({"code": "所"}, "expected 1 to 12 capital letters"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"kind": "castle"}, "Select a valid choice"),
        ({"name": "\u202eevil"}, "expected 1 to 100 characters"),
    ],
)
def test_what_is_wrong_stands_at_its_field(top: Client, cast: Cast, said: dict[str, str], words: str) -> None:
    answer = top.post(f"{STATIONS}add/", {**SAID, "code": "A7", "parent": cast.s1.pk, **said})
    assert answer.status_code in (400, 409)
    assert words in answer.content.decode()
    assert Station.objects.count() == 3


def test_the_verbs_check_by_themselves(cast: Cast) -> None:
    admin = cast.administrator
    with pytest.raises(Invalid) as refused:
        stations.change_station(admin, cast.s1.pk, name=" ", kind="castle", zone="Mars", surroundings="sea")
    assert set(refused.value.fields or {}) == {"name", "kind", "zone", "surroundings"}
    with pytest.raises(NotThere):
        stations.add_station(admin, cast.s2, "A7", **SAID)
    with pytest.raises(NotThere):
        stations.draw_boundary(admin, cast.s2.pk, CORNERS)
    with pytest.raises(Conflict):
        stations.add_station(admin, cast.s1, "S2", **SAID)


def test_changing_says_what_changed_and_only_then(top: Client, cast: Cast) -> None:
    page = f"{STATIONS}{cast.s1.pk}/"
    as_it_is = {"name": cast.s1.name, "kind": "station", "zone": "Asia/Shanghai", "surroundings": "city"}
    assert top.post(page, as_it_is).status_code == 302
    assert not AuditEntry.objects.filter(action="change_station").exists()
    assert top.post(page, {**as_it_is, "zone": "Asia/Hong_Kong"}).status_code == 302
    assert AuditEntry.objects.get(action="change_station").facts == {"fields": ["zone"]}
    cast.s1.refresh_from_db()
    assert cast.s1.zone == "Asia/Hong_Kong"


def test_a_boundary_is_typed_or_sent_as_a_file(top: Client, cast: Cast) -> None:
    page = f"{STATIONS}{cast.s1.pk}/boundary/"
    answer = top.post(page, {"boundary": CORNERS}, follow=True)
    assert "53.8" in answer.content.decode(), "half of the square, in km²"
    file = SimpleUploadedFile("b.geojson", b"\xef\xbb\xbf" + json.dumps(
        {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0]]]}
    ).encode())  # fmt: skip
    assert top.post(page, {"boundary": CORNERS, "file": file}).status_code == 302
    cast.s1.refresh_from_db()
    assert cast.s1.boundary.extent == pytest.approx((0, 0, 0.1, 0.1))
    assert [one.facts["points"] for one in AuditEntry.objects.filter(action="draw_boundary")] == [4, 4]
    assert stations.payload(cast.s1)["bounds"] == pytest.approx([0, 0, 0.1, 0.1])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"boundary": ""}, "id_boundary"),
        ({"boundary": "here and there"}, "id_boundary"),
        ({"file": SimpleUploadedFile("b.json", b"\xff\xfe")}, "id_file"),
        ({"file": SimpleUploadedFile("b.json", b"{")}, "id_file"),
    ],
)
def test_a_bad_boundary_changes_nothing(top: Client, cast: Cast, said: dict[str, object], field: str) -> None:
    drawn(cast.s1)
    answer = top.post(f"{STATIONS}{cast.s1.pk}/boundary/", said)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert text.index(field) < text.index('role="alert"') < text.index("primary", text.index('role="alert"'))
    cast.s1.refresh_from_db()
    assert cast.s1.boundary is not None


def test_the_page_shows_the_neighbours_whom_one_may_see(top: Client, cast: Cast, client: Client) -> None:
    drawn(cast.s1)
    drawn(cast.s2, 0.2)
    page = f"{STATIONS}{cast.s1.pk}/boundary/"
    assert "106.7" in top.get(page).content.decode()
    foreign = signed_in(Client(), cast.administrator).get(page).content.decode()
    assert "106.7" not in foreign


def test_removing_asks_once_and_says_what_will_happen(top: Client, cast: Cast) -> None:
    drawn(cast.s1)
    page = f"{STATIONS}{cast.s1.pk}/boundary/remove/"
    assert "Walls and desks show the whole map instead" in top.get(page).content.decode()
    assert top.post(page).status_code == 302
    cast.s1.refresh_from_db()
    assert cast.s1.boundary is None
    assert AuditEntry.objects.filter(action="remove_boundary").count() == 1
