"""Cameras: where each stands and what it sees, on the picture at once, as pages and as a table that is whole or nothing."""

import csv
import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from command import live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry
from devices import cameras
from devices.models import Camera
from tests.conftest import PLACE, Cast, make_screen

CAMERAS = "/manage/cameras/"
WHERE = {**PLACE, "height_m": 4.5, "bearing_deg": 45.0, "fov_deg": 70.0, "range_m": 60.0}
HEAD = "name,kind,lat,lon,height_m,bearing_deg,fov_deg,range_m,station\n"  # tables from before tilt are taken too


@pytest.fixture
def page(cast: Cast, client: Client) -> Client:
    client.force_login(cast.technician, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def camera(cast: Cast) -> Camera:
    return cameras.add_camera(cast.technician, cast.s1, "东门 1", "visible", **WHERE)


def on_picture(person) -> list[dict]:
    return live.snapshot(person)["topics"]["camera"]


# ---- the verbs


def test_a_camera_is_on_the_picture_as_soon_as_it_is_added(cast: Cast) -> None:
    before = live.snapshot(cast.duty_officer)["cursor"]
    made = cameras.add_camera(cast.technician, cast.s1, " 东门 1 ", "thermal", **{**WHERE, "bearing_deg": 360.0})
    told = live.news(cast.duty_officer, before)["items"]
    assert [(item["topic"], item["id"]) for item in told] == [("camera", str(made.pk))]
    payload = told[0]["payload"]
    assert (payload["name"], payload["kind"], payload["bearing_deg"]) == ("东门 1", "thermal", 0)
    assert {name: payload[name] for name in PLACE} == PLACE
    assert AuditEntry.objects.filter(action="add_camera", subject_id=str(made.pk), station=cast.s1).exists()


def test_it_is_changed_and_retired_for_good(cast: Cast, camera: Camera) -> None:
    cameras.change_camera(cast.technician, camera.pk, "东门", "panorama", **{**WHERE, "fov_deg": 360.0})
    assert on_picture(cast.commander)[0]["fov_deg"] == 360
    before = live.snapshot(cast.commander)["cursor"]
    cameras.retire_camera(cast.technician, camera.pk)
    assert live.news(cast.commander, before)["items"] == [{"topic": "camera", "id": str(camera.pk), "payload": None}]
    assert on_picture(cast.commander) == []
    for verb in (
        lambda: cameras.retire_camera(cast.technician, camera.pk),
        lambda: cameras.change_camera(cast.technician, camera.pk, "x", "visible", **WHERE),
    ):
        with pytest.raises(NotThere):
            verb()
    cameras.add_camera(cast.technician, cast.s1, "东门", "visible", **WHERE)  # its name is free again


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lat": 91}, "lat"), ({"lon": -181}, "lon"), ({"lat": 0, "lon": 0}, "lat"), ({"height_m": -1}, "height_m"),
        ({"bearing_deg": 361}, "bearing_deg"), ({"fov_deg": 0}, "fov_deg"), ({"range_m": float("nan")}, "range_m"),
        ({"range_m": float("inf")}, "range_m"), ({"name": " "}, "name"), ({"kind": "x-ray"}, "kind"),
        ({"tilt_deg": 91}, "tilt_deg"), ({"aspect": 0.0}, "aspect"),
    ],
)  # fmt: skip
def test_what_is_no_camera_is_refused_at_its_field(cast: Cast, wrong: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        cameras.add_camera(cast.technician, cast.s1, **{"name": "c", "kind": "visible", **WHERE, **wrong})
    assert list(refused.value.fields or {}) == [field]


def test_the_database_holds_the_limits_too(camera: Camera) -> None:
    for field, value in (("bearing_deg", 360), ("fov_deg", 0.5), ("range_m", 0), ("height_m", -1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Camera.objects.filter(pk=camera.pk).update(**{field: value})


def test_a_name_is_used_once_at_a_station(cast: Cast, camera: Camera) -> None:
    with pytest.raises(Conflict):
        cameras.add_camera(cast.technician, cast.s1, camera.name, "visible", **WHERE)
    other = cameras.add_camera(cast.technician, cast.s1, "西门", "visible", **WHERE)
    with pytest.raises(Conflict):
        cameras.change_camera(cast.technician, other.pk, camera.name, "visible", **WHERE)
    cameras.add_camera(None, cast.s2, camera.name, "visible", **WHERE)


def test_who_looks_after_cameras_and_who_sees_where_they_stand(cast: Cast, camera: Camera, client: Client) -> None:
    for name in ("commander", "duty_officer", "officer"):
        assert [one["id"] for one in on_picture(cast.people[name])] == [camera.pk], name
        with pytest.raises(Forbidden):
            cameras.add_camera(cast.people[name], cast.s1, "c", "visible", **WHERE)
    for name in ("technician", "administrator", "auxiliary", "foreign_commander"):
        assert on_picture(cast.people[name]) == [], name
    with pytest.raises(NotThere):
        cameras.change_camera(cast.foreign_commander, camera.pk, "c", "visible", **WHERE)
    client.cookies["screen"] = make_screen(cast.s1)
    assert [one["id"] for one in client.get("/api/v1/live/").json()["topics"]["camera"]] == [camera.pk]


# ---- the pages


def sent(**changed: object) -> dict[str, object]:
    return {"name": "东门", "kind": "visible", **WHERE, **changed}


def test_the_form_and_the_map_are_given_the_same_numbers(page: Client, cast: Cast, camera: Camera) -> None:
    assert page.post(f"{CAMERAS}add/", sent(station=cast.s1.pk, name="<西门>")).status_code == 302
    text = page.get(f"{CAMERAS}{camera.pk}/").content.decode()
    for name, value in WHERE.items():
        assert re.search(rf'name="{name}" value="{value:.10g}"', text), name
    found = re.search(r'<script id="others" type="application/json">(.*?)</script>', text)
    assert found
    assert [one["name"] for one in json.loads(found[1])] == ["<西门>"], "its neighbours, without itself"
    assert "&lt;西门&gt;" in page.get(CAMERAS).content.decode()
    assert page.post(f"{CAMERAS}{camera.pk}/", sent(bearing_deg="359.9")).status_code == 302
    camera.refresh_from_db()
    assert (camera.name, camera.bearing_deg) == ("东门", 359.9)
    assert page.post(f"{CAMERAS}{camera.pk}/", sent(lat="", fov_deg="wide")).status_code == 400
    assert page.post(f"{CAMERAS}{camera.pk}/", sent(name="<西门>")).status_code == 409


def test_a_camera_is_retired_after_a_question(page: Client, cast: Cast, camera: Camera) -> None:
    assert "gone from walls and desks" in page.get(f"{CAMERAS}{camera.pk}/retire/").content.decode()
    assert page.post(f"{CAMERAS}{camera.pk}/retire/").status_code == 302
    assert camera.name not in page.get(CAMERAS).content.decode()
    assert camera.name in page.get(f"{CAMERAS}?state=retired").content.decode()
    assert page.get(f"{CAMERAS}{camera.pk}/").status_code == 404


# ---- the table


def tried(page: Client, text: str):
    return page.post(f"{CAMERAS}import/", {"file": SimpleUploadedFile("c.csv", text.encode())})


def test_every_wrong_cell_is_named_and_nothing_is_added(page: Client, cast: Cast, camera: Camera) -> None:
    rows = [
        "西门,,29.6,106.5,4,0,70,60,",
        "北门,x-ray,29.6,106.5,4,0,70,60,S1",
        "南门,,95,106.5,4,400,0,60,S2",
        "中门,,29.6,,1e9,0,nan,60,S1",
        f"{camera.name},,29.6,106.5,,,,,S1",
        "西门,,29.6,106.5,,,,,S1",
    ]
    answer = tried(page, HEAD + "\n".join(rows) + "\n")
    body = answer.content.decode().partition('class="table wrong"')[2].partition("</table>")[0]
    wrong = [re.findall(r"<td>(.*?)</td>", row, re.S)[:2] for row in re.findall(r"<tr>(<td>.*?)</tr>", body, re.S)]
    assert answer.status_code == 400
    assert ["3", "Kind"] in wrong
    assert {one[1] for one in wrong if one[0] == "4"} == {
        "Latitude, ° (WGS-84)", "Bearing, °", "Field of view, °", "Station",
    }  # fmt: skip
    assert {one[1] for one in wrong if one[0] == "5"} == {
        "Longitude, ° (WGS-84)", "Height above the ground, m", "Field of view, °",
    }  # fmt: skip
    assert ["6", "Name"] in wrong
    assert ["7", "Name"] in wrong, "doubled within the file"
    assert Camera.objects.count() == 1


def test_what_is_saved_as_a_table_can_be_read_again(page: Client, cast: Cast, camera: Camera) -> None:
    text = HEAD + "西门,热成像,+29.61,106.55,,.5,70.25,,S1\n"
    assert tried(page, text).status_code == 200
    assert Camera.objects.count() == 1, "it was tried, not kept"
    assert page.post(f"{CAMERAS}import/", {"text": text}).status_code == 200
    made = Camera.objects.get(name="西门")
    assert (made.kind, made.place.y, made.height_m, made.bearing_deg, made.fov_deg, made.range_m) == (
        "thermal", 29.61, 4, 0.5, 70.25, 60,
    )  # fmt: skip
    saved = page.get(f"{CAMERAS}export/").content.decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(saved))][1:] == ["东门 1", "西门"]
    Camera.objects.all().delete()
    assert page.post(f"{CAMERAS}import/", {"text": saved}).status_code == 200
    again = Camera.objects.get(name="西门")
    assert (again.place.coords, again.fov_deg, again.kind) == (made.place.coords, 70.25, "thermal")
    assert AuditEntry.objects.filter(action="export_cameras").count() == 1


# ---- tilt


def test_a_camera_of_which_nobody_said_a_tilt_looks_half_its_range_away(cast: Cast, camera: Camera) -> None:
    assert (camera.tilt_deg, camera.aspect) == (pytest.approx(8.5), pytest.approx(16 / 9))
    cameras.change_camera(cast.technician, camera.pk, "c", "visible", **{**WHERE, "tilt_deg": 30.0})
    cameras.change_camera(cast.technician, camera.pk, "c", "visible", **WHERE)
    camera.refresh_from_db()
    assert camera.tilt_deg == 30, "a door that does not know tilt leaves it as it is"
    assert on_picture(cast.commander)[0]["tilt_deg"] == 30


def test_tilt_goes_through_tables_forms_and_the_command(page: Client, cast: Cast) -> None:
    head = HEAD.replace("fov_deg", "tilt_deg,fov_deg,aspect")
    page.post(
        f"{CAMERAS}import/", {"text": head + "西门,,29.61,106.55,,,-12.5,,1.25,,S1\n北门,,29.61,106.55,,,,,,,S1\n"}
    )
    assert dict(Camera.objects.values_list("name", "tilt_deg")) == {"西门": -12.5, "北门": 7.6}
    saved = page.get(f"{CAMERAS}export/").content.decode("utf-8-sig")
    rows = {row["Name"]: row for row in csv.DictReader(io.StringIO(saved))}
    assert (rows["西门"]["Tilt, °"], rows["西门"]["Width of its picture by its height"]) == ("'-12.5", "1.25")
    Camera.objects.all().delete()
    assert page.post(f"{CAMERAS}import/", {"text": saved}).status_code == 200
    assert Camera.objects.get(name="西门").tilt_deg == -12.5
    assert page.post(f"{CAMERAS}add/", sent(station=cast.s1.pk, tilt_deg="", aspect="")).status_code == 302
    assert Camera.objects.get(name="东门").tilt_deg == pytest.approx(8.5)
    said = io.StringIO()
    call_command("add_camera", "南门", lat=29.61, lon=106.55, tilt=20.0, station="S1", json=True, stdout=said)
    assert Camera.objects.get(pk=json.loads(said.getvalue())["id"]).tilt_deg == 20
