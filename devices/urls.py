"""Addresses of this room. The doors of the devices themselves are `devices.ingest`'s."""

from django.urls import path

from command.permissions import Capability
from command.routes import View, from_wall, of_station
from devices import (
    api,
    calibration_pages,
    camera_api,
    camera_pages,
    camera_tables,
    control_pages,
    ground_api,
    kept_api,
    pages,
    playback_pages,
    recording_api,
    refusal_pages,
    steering_api,
    stream_pages,
    tables,
)
from devices.voice import api as voice_api

DEVICES, CAMERAS = Capability.MANAGE_DEVICES, Capability.MANAGE_CAMERAS
PLAY, STEER, WATCH = Capability.PLAY_RECORDINGS, Capability.STEER_CAMERAS, Capability.WATCH_CAMERAS


def _seen(view: View, capability: Capability = DEVICES) -> View:
    return of_station(view, GET=capability)


def _used(view: View, capability: Capability = DEVICES) -> View:
    return of_station(view, GET=capability, POST=capability)


ALL, ONE = "manage/devices/", "manage/devices/<int:device>/"
PLAYBACK = "api/v1/playbacks/<int:playback>/"
CAMERA = "manage/cameras/<int:camera>/"
urlpatterns = [
    path("api/v1/devices/<int:pk>/track/", of_station(api.Track.as_view(), GET=Capability.READ_TRACKS)),
    path("api/v1/recordings/sources/", of_station(recording_api.Playable.as_view(), GET=PLAY)),
    path("api/v1/playbacks/", of_station(recording_api.Playbacks.as_view(), POST=PLAY)),
    path(PLAYBACK, of_station(recording_api.OnePlayback.as_view(), GET=PLAY)),
    path(f"{PLAYBACK}recordings/<int:recording>/", of_station(recording_api.RecordingFile.as_view(), GET=PLAY)),
    path(
        f"{PLAYBACK}recordings/<int:recording>/pictures/",
        of_station(recording_api.RecordingPictures.as_view(), GET=PLAY),
    ),
    path("api/v1/cameras/<int:camera>/recording/", of_station(recording_api.CameraRecording.as_view(), GET=PLAY)),
    path("api/v1/cameras/<int:camera>/still/", of_station(recording_api.CameraStill.as_view(), GET=PLAY)),
    path("api/v1/kept/", of_station(kept_api.Films.as_view(), POST=Capability.OWN_ORDERS)),
    path("api/v1/kept/<uuid:film>/", of_station(kept_api.OneFilm.as_view(), PATCH=Capability.OWN_ORDERS)),
    path("playback/", _used(playback_pages.Playbacks.as_view(), PLAY), name="playbacks"),
    path("playback/<int:playback>/", _seen(playback_pages.OnePlayback.as_view(), PLAY), name="playback"),
    path("api/v1/cameras/", from_wall(camera_api.Cameras.as_view(), GET=Capability.SEE_MAP)),
    path("api/v1/cameras/<int:camera>/fit/", of_station(camera_api.Fit.as_view(), POST=CAMERAS)),
    path("api/v1/cameras/<int:camera>/ground/", of_station(ground_api.GroundOf.as_view(), GET=WATCH)),
    path("api/v1/cameras/<int:camera>/labels/", of_station(ground_api.LabelsOf.as_view(), GET=WATCH)),
    path("api/v1/cameras/<int:camera>/points/", of_station(ground_api.PointsOf.as_view(), GET=WATCH)),
    path("api/v1/cameras/<int:camera>/look/", from_wall(steering_api.Look.as_view(), POST=STEER)),
    path("api/v1/cameras/<int:camera>/presets/", from_wall(steering_api.Presets.as_view(), GET=STEER, POST=STEER)),
    path("api/v1/turns/", of_station(voice_api.Turns.as_view(), GET=Capability.PLAY_RECORDINGS)),
    path("api/v1/turns/<uuid:turn>/", of_station(voice_api.OneTurn.as_view(), GET=Capability.PLAY_RECORDINGS)),
    path(ALL, _seen(pages.Devices.as_view()), name="devices"),
    path(f"{ALL}add/", _used(pages.AddDevice.as_view()), name="add_device"),
    path(f"{ALL}import/", _used(tables.ImportDevices.as_view()), name="import_devices"),
    path(f"{ALL}template/", _seen(tables.DevicesTemplate.as_view()), name="devices_template"),
    path(f"{ALL}export/", _seen(tables.ExportDevices.as_view()), name="export_devices"),
    path(ONE, _seen(pages.OneDevice.as_view()), name="device"),
    path(f"{ONE}change/", _used(pages.ChangeDevice.as_view()), name="change_device"),
    path(f"{ONE}renew/", _used(pages.RenewKey.as_view()), name="renew_key"),
    path(f"{ONE}revoke/", _used(pages.RevokeDevice.as_view()), name="revoke_device"),
    path(f"{ONE}approve/", _used(pages.ApproveDevice.as_view()), name="approve_device"),
    path("manage/quarantine/", _seen(refusal_pages.Refusals.as_view()), name="quarantine"),
    path(
        "manage/quarantine/<int:device>/<slug:code>/",
        _seen(refusal_pages.RefusalsOfDevice.as_view()),
        name="quarantine_device",
    ),
    path("manage/cameras/", _seen(camera_pages.Cameras.as_view(), CAMERAS), name="cameras"),
    path("manage/cameras/add/", _used(camera_pages.AddCamera.as_view(), CAMERAS), name="add_camera"),
    path("manage/cameras/import/", _used(camera_tables.ImportCameras.as_view(), CAMERAS), name="import_cameras"),
    path("manage/cameras/template/", _seen(camera_tables.CamerasTemplate.as_view(), CAMERAS), name="cameras_template"),
    path("manage/cameras/export/", _seen(camera_tables.ExportCameras.as_view(), CAMERAS), name="export_cameras"),
    path(CAMERA, _used(camera_pages.ChangeCamera.as_view(), CAMERAS), name="camera"),
    path(f"{CAMERA}pictures/", _used(stream_pages.SetStream.as_view(), CAMERAS), name="camera_pictures"),
    path(f"{CAMERA}control/", _used(control_pages.SetControl.as_view(), CAMERAS), name="camera_control"),
    path(f"{CAMERA}calibration/", _used(calibration_pages.CalibrateCamera.as_view(), CAMERAS), name="calibration"),
    path(
        f"{CAMERA}calibration/forget/",
        _used(calibration_pages.ForgetCalibration.as_view(), CAMERAS),
        name="forget_calibration",
    ),
    path(f"{CAMERA}retire/", _used(camera_pages.RetireCamera.as_view(), CAMERAS), name="retire_camera"),
]
