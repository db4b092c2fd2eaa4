"""What reports in: devices with their keys, the fixes they sent, where each was last, and what was refused."""

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.gis.db import models
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from command import geo
from command.models import Officer, Station
from command.permissions import Capability, Rights, VisibleQuerySet
from devices.control_models import Control, Slew
from devices.picture_models import (
    TALK_GROUPS,
    CameraNetwork,
    KeptFilm,
    PictureSource,
    Playback,
    Recording,
    RecordingHold,
    RecordingsFolder,
    TalkLook,
    Turn,
    Watch,
)
from devices.sight import Pose
from devices.turning import turned

__all__ = [
    "DATUMS",
    "DOORBELL",
    "KINDS",
    "PROFILES",
    "TALK_GROUPS",
    "Calibration",
    "Camera",
    "CameraNetwork",
    "CameraQuerySet",
    "Device",
    "DevicePrincipal",
    "DeviceQuerySet",
    "Fix",
    "HeldFix",
    "Hold",
    "KeptFilm",
    "LastFix",
    "ManagedCameraQuerySet",
    "ManagedQuerySet",
    "Near",
    "PictureSource",
    "Playback",
    "Quarantine",
    "Recording",
    "RecordingHold",
    "RecordingsFolder",
    "Slew",
    "SteeredCameraQuerySet",
    "TalkLook",
    "TrackedQuerySet",
    "Turn",
    "Watch",
    "WatchedCameraQuerySet",
    "near",
]

KINDS = ("phone", "tracker", "gateway", "camera")
PROFILES = ("traccar8", "traccar9", "osmand", "owntracks", "forward", "fixes")
DATUMS = ("wgs84", "gcj02")
DOORBELL = "devices"  # rung, with a device's id, when ingest must read it anew


class DeviceQuerySet(VisibleQuerySet):
    """Devices, to those who see the station's map."""


class TrackedQuerySet(VisibleQuerySet):
    """Devices, to those who may read where they have been."""

    capability = Capability.READ_TRACKS


class ManagedQuerySet(VisibleQuerySet):
    """Devices, to those who look after them."""

    capability = Capability.MANAGE_DEVICES


@dataclass(frozen=True)
class DevicePrincipal:
    """A device as somebody who asks: it reaches its own doors and nothing else."""

    pk: int
    label: str
    kind: ClassVar[str] = "device"

    def rights(self) -> Rights:
        return Rights.none()


class Device(models.Model):
    """A phone, a tracker behind a gateway, the gateway itself, or a camera. Its profile says which words it speaks."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="devices")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    profile = models.CharField(max_length=10, choices=[(p, p) for p in PROFILES])
    datum = models.CharField(max_length=5, choices=[(d, d) for d in DATUMS], default="wgs84")
    key_hash = models.CharField(max_length=64, unique=True, null=True)  # a tracker speaks through its gateway's key
    gateway = models.ForeignKey("self", models.PROTECT, null=True, related_name="trackers")
    unique_id = models.CharField(max_length=64, null=True)  # a tracker's name at its gateway
    clock_offset_s = models.FloatField(default=0)  # what to add to the times it reports; not 0 once that is steady
    approved_at = models.DateTimeField(null=True)  # None: an unknown tracker waits for an administrator
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now(), db_index=True)  # ingest reads what changed since it last looked

    objects = DeviceQuerySet.as_manager()
    tracked = TrackedQuerySet.as_manager()
    managed = ManagedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "unique_id"], name="one_tracker_per_name"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="device_kind"),
            models.CheckConstraint(condition=Q(profile__in=PROFILES), name="device_profile"),
            models.CheckConstraint(condition=Q(datum__in=DATUMS), name="device_datum"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def principal(self) -> DevicePrincipal:
        """The device as one who acts."""
        return DevicePrincipal(self.pk, self.name)


class Fix(models.Model):
    """A place at a time, as it came; partitioned by the reported UTC day. Written by `devices.record` alone."""

    pk = models.CompositePrimaryKey("device_id", "time")
    device = models.ForeignKey(Device, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="fixes")
    time = models.DateTimeField()  # as the device said
    corrected = models.DateTimeField()  # by its steady offset
    received = models.DateTimeField()
    lat = models.FloatField()
    lon = models.FloatField()
    speed = models.FloatField(null=True)  # m/s
    course = models.FloatField(null=True)  # degrees from north
    altitude = models.FloatField(null=True)  # m
    accuracy = models.FloatField(null=True)  # m
    battery = models.FloatField(null=True)  # 0..1
    mock = models.BooleanField()  # the phone itself says that an app made the place up
    late = models.BooleanField()  # a newer one had been committed before

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(lat__range=(-90, 90), lon__range=(-180, 180)), name="fix_on_earth"),
        ]
        indexes = [
            # Tracks are read by corrected time; nearly always it is the reported one, which the key serves
            models.Index("device", "corrected", condition=~Q(corrected=models.F("time")), name="fix_corrected"),
        ]


class HeldFix(models.Model):
    """A fix past its term that something holds: an incident to which the device's unit was sent. Same columns as `Fix`."""

    pk = models.CompositePrimaryKey("device_id", "time")
    device = models.ForeignKey(
        Device, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="held_fixes"
    )
    time = models.DateTimeField()
    corrected = models.DateTimeField()
    received = models.DateTimeField()
    lat = models.FloatField()
    lon = models.FloatField()
    speed = models.FloatField(null=True)
    course = models.FloatField(null=True)
    altitude = models.FloatField(null=True)
    accuracy = models.FloatField(null=True)
    battery = models.FloatField(null=True)
    mock = models.BooleanField()
    late = models.BooleanField()

    class Meta:
        indexes = [models.Index("device", "corrected", name="held_fix_corrected")]


class Hold(models.Model):
    """Somebody keeps a device's fixes of a time beyond their term. Rooms above say who, as a kind and an id in text."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="holds")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # None: it goes on
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "subject_kind", "subject_id", "since"], name="one_hold"),
        ]
        indexes = [models.Index("device", "since", name="hold_device")]


class LastFix(models.Model):
    """Where each device was last, by corrected time. Written by `devices.record` alone."""

    device = models.OneToOneField(Device, models.CASCADE, primary_key=True, related_name="last_fix")
    time = models.DateTimeField()
    corrected = models.DateTimeField()
    received = models.DateTimeField()
    place = models.PointField(srid=4326)
    speed = models.FloatField(null=True)
    course = models.FloatField(null=True)
    altitude = models.FloatField(null=True)
    accuracy = models.FloatField(null=True)
    battery = models.FloatField(null=True)
    mock = models.BooleanField(default=False)


class CameraQuerySet(VisibleQuerySet):
    """Cameras as marks on the map. Their pictures are another matter (watch_cameras)."""


class ManagedCameraQuerySet(VisibleQuerySet):
    """Cameras, retired ones among them, to those who look after them."""

    capability = Capability.MANAGE_CAMERAS


class WatchedCameraQuerySet(VisibleQuerySet):
    """Cameras, to those who may see their pictures: what a picture shows of the ground is part of it."""

    capability = Capability.WATCH_CAMERAS


class SteeredCameraQuerySet(VisibleQuerySet):
    """Cameras, to those who may turn them."""

    capability = Capability.STEER_CAMERAS


class Camera(models.Model):
    """A camera of a station: where it stands, and which part of the ground it can see. WGS-84, as all places."""

    KINDS = ("visible", "thermal", "panorama", "plate")

    station = models.ForeignKey(Station, models.PROTECT, related_name="cameras")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=[(one, one) for one in KINDS], default="visible")
    place = models.PointField(srid=4326)
    height_m = models.FloatField()  # above the ground
    bearing_deg = models.FloatField()  # of the middle of its view, clockwise from north
    fov_deg = models.FloatField()  # how wide it sees; 360 all around
    tilt_deg = models.FloatField()  # how far below the horizon the middle of its view lies; negative above it
    aspect = models.FloatField(default=16 / 9)  # width of its picture by its height
    range_m = models.FloatField()  # how far a person can be made out
    retired_at = models.DateTimeField(null=True)  # its name may be given to another

    objects = CameraQuerySet.as_manager()
    managed = ManagedCameraQuerySet.as_manager()
    watched = WatchedCameraQuerySet.as_manager()
    steered = SteeredCameraQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "name"], condition=Q(retired_at=None), name="one_camera_per_name"
            ),
            models.CheckConstraint(condition=Q(height_m__gte=0, height_m__lte=1000), name="camera_height"),
            models.CheckConstraint(condition=Q(bearing_deg__gte=0, bearing_deg__lt=360), name="camera_bearing"),
            models.CheckConstraint(condition=Q(fov_deg__gte=1, fov_deg__lte=360), name="camera_fov"),
            models.CheckConstraint(condition=Q(range_m__gte=1, range_m__lte=10000), name="camera_range"),
            models.CheckConstraint(condition=Q(tilt_deg__gte=-90, tilt_deg__lte=90), name="camera_tilt"),
            models.CheckConstraint(condition=Q(aspect__gte=0.2, aspect__lte=20), name="camera_aspect"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pose(self) -> Pose:
        """How it stands, with its calibration where it has one; as it looks now, if it was turned."""
        held: Calibration | None = getattr(self, "calibration", None)
        pose = Pose(
            self.place.y, self.place.x, self.height_m, self.bearing_deg, self.tilt_deg, self.fov_deg, self.aspect,
            plane=tuple(held.plane) if held else None, residual_m=held.residual_m if held else None,
        )  # fmt: skip
        control: Control | None = getattr(self, "control", None)
        return turned(pose, *control.looks) if control and control.looks else pose

    @property
    def eye(self) -> tuple[float, float, float]:
        """Where it looks from: latitude, longitude, metres above the ground."""
        return self.place.y, self.place.x, self.height_m

    @property
    def source_number(self) -> int | None:
        """The number of its pictures; None where it has no address to get them from."""
        source = getattr(self, "source", None)
        return source.pk if source is not None and source.address else None

    @property
    def is_astray(self) -> bool:
        """Whether it was turned, and nobody knows where to."""
        control: Control | None = getattr(self, "control", None)
        return bool(control and control.moved_at and not control.looks)


class Calibration(models.Model):
    """Which part of the ground each part of a camera's picture shows, by pairs of points. Gone when it is turned or moved."""

    camera = models.OneToOneField(Camera, models.CASCADE, primary_key=True, related_name="calibration")
    plane = models.JSONField()  # nine numbers: see `sight.Plane`
    pairs = models.JSONField()  # [x, y, lat, lon] each: shares of the picture, degrees
    residual_m = models.FloatField(null=True)  # None: of four pairs nobody can tell
    calibrated_at = models.DateTimeField()
    calibrated_by = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(residual_m__gte=0), name="calibration_residual")]


class Quarantine(models.Model):
    """What a known key sent and could not be taken: the code says why, `raw` is what came, without any key."""

    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="+")
    station = models.ForeignKey(Station, models.PROTECT, null=True, related_name="+")
    received = models.DateTimeField(db_index=True)
    code = models.CharField(max_length=40)
    profile = models.CharField(max_length=10)
    raw = models.TextField()


@dataclass(frozen=True, slots=True)
class Near:
    """A device and how far away it was last seen, in metres."""

    device_id: int
    distance_m: float


_NEAREST = (
    "SELECT device_id, ST_X(place), ST_Y(place), place <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326) AS far "
    "FROM devices_lastfix ORDER BY far LIMIT %s"
)
_NEAREST_OF = (
    "SELECT device_id, ST_X(place), ST_Y(place), place <-> ST_SetSRID(ST_MakePoint(%s, %s), 4326) AS far "
    "FROM devices_lastfix JOIN devices_device d ON d.id = device_id AND d.station_id = ANY(%s) ORDER BY far LIMIT %s"
)


def near(lat: float, lon: float, k: int, station_ids: list[int] | None = None) -> list[Near]:
    """The `k` devices last seen nearest to a place, nearest first, of all stations or of some.

    The index knows distance in degrees, which are shorter from west to east. So some more are fetched, until none
    left out could be nearer in metres.
    """
    wanted = k + 8
    while True:
        rows = _nearest_in_degrees(lat, lon, wanted, station_ids)
        found = [Near(pk, geo.distance_m(lat, lon, y, x)) for pk, x, y, _ in rows]
        found.sort(key=lambda one: one.distance_m)
        if len(rows) < wanted or found[k - 1].distance_m <= geo.metres_at_least(lat, rows[-1][3]):
            return found[:k]
        wanted *= 4


def _nearest_in_degrees(
    lat: float, lon: float, limit: int, station_ids: list[int] | None
) -> list[tuple[int, float, float, float]]:
    with connection.cursor() as cursor:
        if station_ids is None:
            cursor.execute(_NEAREST, [lon, lat, limit])
        else:
            cursor.execute(_NEAREST_OF, [lon, lat, station_ids, limit])
        return cursor.fetchall()
