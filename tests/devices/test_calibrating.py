"""Calibration: pairs in, a plane kept, believed by doors until the camera is moved; who may, and what is refused."""

import json
from typing import Any

import pytest

from command import geo
from command.errors import Invalid, NotThere
from command.models import AuditEntry
from devices import calibrating, cameras, sight
from devices.models import Calibration, Camera
from tests.conftest import PLACE, Cast, confirmed

TRUE = sight.Pose(PLACE["lat"], PLACE["lon"], height_m=6, bearing_deg=45, tilt_deg=12, fov_deg=70)
POINTS = [(0.1, 0.9), (0.9, 0.85), (0.5, 0.5), (0.2, 0.6), (0.75, 0.45), (0.4, 0.7)]
WHERE = {
    **PLACE,
    "height_m": 6.0,
    "bearing_deg": 40.0,
    "fov_deg": 70.0,
    "range_m": 120.0,
    "tilt_deg": 9.0,
}  # 5° and 3° off


def pairs(count: int = 6) -> list[list[float]]:
    """What somebody who points exactly would set."""
    found = [sight.ground(TRUE, x, y) for x, y in POINTS[:count]]
    return [[x, y, one.lat, one.lon] for (x, y), one in zip(POINTS, found, strict=False)]


@pytest.fixture
def camera(cast: Cast) -> Camera:
    return cameras.add_camera(None, cast.s1, "东门", "visible", **WHERE)


def test_what_was_calibrated_is_believed_until_it_is_turned(cast: Cast, camera: Camera) -> None:
    made = calibrating.calibrate(cast.technician, camera.pk, pairs())
    assert made.residual_m is not None
    assert made.residual_m < 0.01
    assert made.calibrated_by == cast.technician
    said = AuditEntry.objects.get(action="calibrate_camera")
    assert (said.subject_id, said.facts) == (str(camera.pk), {"pairs": 6})
    seen = confirmed(cast, "duty_officer").get(f"/api/v1/cameras/{camera.pk}/ground/", {"x": 0.6, "y": 0.55}).json()
    true = sight.ground(TRUE, 0.6, 0.55)
    assert geo.distance_m(true.lat, true.lon, seen["lat"], seen["lon"]) < 0.05
    assert seen["error_m"] < 1
    cameras.change_camera(cast.technician, camera.pk, "东门 1", "visible", **WHERE)
    assert Calibration.objects.count() == 1, "another name turns nothing"
    cameras.change_camera(cast.technician, camera.pk, "东门 1", "visible", **{**WHERE, "bearing_deg": 41.0})
    assert Calibration.objects.count() == 0


def test_saving_the_page_as_it_stands_turns_nothing(cast: Cast, camera: Camera) -> None:
    calibrating.calibrate(cast.technician, camera.pk, pairs())
    client, page = confirmed(cast, "technician"), f"/manage/cameras/{camera.pk}/"
    form = client.get(page).context["form"]
    stands = {name: form[name].value() for name in form.fields}
    assert client.post(page, {**stands, "name": "东门 2"}).status_code == 302
    assert Calibration.objects.filter(camera__name="东门 2").exists()
    assert client.post(page, {**stands, "tilt_deg": "", "aspect": ""}).status_code == 302
    camera.refresh_from_db()
    assert camera.tilt_deg == sight.usual_tilt_deg(6, 120), "left empty, it has its usual one"
    assert not Calibration.objects.exists()


def test_it_is_forgotten_and_made_anew(cast: Cast, camera: Camera) -> None:
    first = calibrating.calibrate(cast.technician, camera.pk, pairs(4))
    assert first.residual_m is None
    assert calibrating.calibrate(cast.technician, camera.pk, pairs(5)).residual_m is not None
    calibrating.forget(cast.technician, camera.pk)
    calibrating.forget(cast.technician, camera.pk)
    assert not Calibration.objects.exists()
    assert AuditEntry.objects.filter(action="forget_calibration").count() == 1


def test_whose_camera_it_is_not_calibrates_nothing(cast: Cast, camera: Camera) -> None:
    for verb in (
        lambda who: calibrating.calibrate(who, camera.pk, pairs()),
        lambda who: calibrating.forget(who, camera.pk),
    ):
        for who in (cast.commander, cast.foreign_commander):
            with pytest.raises(NotThere):
                verb(who)


def test_a_point_in_another_town_is_none_of_its_picture(cast: Cast, camera: Camera) -> None:
    far = [*pairs(), [0.5, 0.6, PLACE["lat"] + 0.1, PLACE["lon"]]]
    with pytest.raises(Invalid) as refused:
        calibrating.calibrate(cast.technician, camera.pk, far)
    assert refused.value.code == "pairs_far"


def test_while_pairs_are_set_the_door_says_what_they_make(cast: Cast, camera: Camera) -> None:
    client, door = confirmed(cast, "technician"), f"/api/v1/cameras/{camera.pk}/fit/"

    def tried(said: Any) -> tuple[int, dict[str, Any]]:
        answer = client.post(door, json.dumps({"pairs": said}), "application/json")
        return answer.status_code, answer.json()

    status, said = tried(pairs())
    assert (status, len(said["plane"]), len(said["off_m"])) == (200, 9, 6)
    assert said["residual_m"] < 0.01
    assert tried(pairs(4))[1]["residual_m"] is None
    assert (tried(pairs(3))[0], tried(pairs(3))[1]["code"]) == (400, "pairs_few")
    for wrong in ([[1, 2, 3]], [[0.5, 1.5, 29, 106]] * 5, "x", [[True, 0, 29, 106]] * 4):
        assert tried(wrong)[0] == 400
    assert not Calibration.objects.exists()


def test_the_page_keeps_pairs_and_says_how_well_they_fit(cast: Cast, camera: Camera) -> None:
    client, page = confirmed(cast, "technician"), f"/manage/cameras/{camera.pk}/calibration/"
    client.cookies["django_language"] = "en"
    assert client.post(page, {"pairs": json.dumps(pairs(3))}).status_code == 400
    assert client.post(page, {"pairs": '[["x"]]'}).status_code == 400
    done = client.post(page, {"pairs": json.dumps(pairs())}, follow=True).content.decode()
    assert "places are found to within 0.00 m" in done
    assert Calibration.objects.get().pairs == pairs()
    assert client.post(f"{page}forget/").status_code == 302
    assert not Calibration.objects.exists()
