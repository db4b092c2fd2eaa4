"""What is seen and said: sources of pictures, watches, recordings, films that phones kept, holds, playbacks, turns of talk."""

import uuid

from django.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Capability, VisibleQuerySet

TALK_GROUPS = ("station", "incident", "all", "officer", "aloud")


class PictureSourceQuerySet(VisibleQuerySet):
    """Where pictures come from, to those who may watch cameras."""

    capability = Capability.WATCH_CAMERAS


class PictureSource(models.Model):
    """What sends pictures and sound: a camera, or the phone of somebody on duty. Its key is the number in their packets."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    camera = models.OneToOneField("devices.Camera", models.PROTECT, null=True, related_name="source")
    officer = models.OneToOneField(Officer, models.PROTECT, null=True, related_name="source")
    address = models.CharField(max_length=500, blank=True)  # of a camera: where its stream is, with its password
    is_recorded = models.BooleanField(default=True)
    recorded_from = models.DateTimeField(null=True)  # of a camera: since when it should be recorded
    kept_days = models.PositiveSmallIntegerField(default=30)  # what is recorded, unless something holds it
    sending_since = models.DateTimeField(null=True)

    objects = PictureSourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(camera=None, officer__isnull=False) | Q(camera__isnull=False, officer=None),
                name="one_sender",
            ),
            models.CheckConstraint(condition=Q(kept_days__range=(1, 30)), name="kept_for_days"),
        ]

    @property
    def label(self) -> str:
        return self.camera.name if self.camera else self.officer.label if self.officer else ""


class CameraNetwork(models.Model):
    """A network on which cameras may be though none are usually: this machine's own addresses, for trials."""

    cidr = models.CharField(max_length=50, unique=True)


class Look(models.Model):
    """Who looked, and why: the number of an incident, or words. Kept, since looking is itself on record."""

    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=20)
    incident = models.CharField(max_length=40, blank=True)  # its number: what a higher room knows of it is its own
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class Watch(Look):
    """Somebody watched a source."""

    source = models.ForeignKey(PictureSource, models.PROTECT, related_name="watches")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(incident="", reason=""), name="watched_for_a_reason")]
        indexes = [models.Index(fields=["source"], condition=Q(ended_at=None), name="watched_now")]


class RecordingQuerySet(VisibleQuerySet):
    """What was recorded, to those who may play it."""

    capability = Capability.PLAY_RECORDINGS


class Recording(models.Model):
    """A file of recorded pictures: from when to when, and what proves it. The row stays when the file has reached its term.

    `link` is SHA-256 of the link before (of the same source, 64 zeros at first), whose and which file it is, its SHA-256, and its
    times in µs (`devices.recordings.linked`): a file that is missing, swapped or put in is found by it. The newest link of each
    source goes into the audit every hour.
    """

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")  # where the source was then
    source = models.ForeignKey(PictureSource, models.PROTECT, related_name="recordings")
    number = models.PositiveIntegerField()  # of the source's files, from 1, without gaps
    path = models.CharField(max_length=100, unique=True)  # below the home's recordings
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    before = models.CharField(max_length=64)
    link = models.CharField(max_length=64)
    codec = models.CharField(max_length=4)
    format = models.CharField(max_length=40)  # as browsers name it
    packets = models.PositiveIntegerField()  # 0: a film that a phone kept; nobody looked into it
    is_cut_off = models.BooleanField()  # the recorder was killed while it wrote
    erased_at = models.DateTimeField(null=True)
    is_left = models.BooleanField(default=False)  # erased on record, and its bytes may still be on the disk

    objects = RecordingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_recording_per_number"),
            models.CheckConstraint(condition=Q(ended_at__gte=models.F("began_at")), name="recording_lasts"),
        ]
        indexes = [
            models.Index(fields=["source", "began_at"], name="recorded_when"),
            models.Index(fields=["began_at"], condition=Q(erased_at=None), name="recordings_kept"),
            models.Index(fields=["source", "ended_at"], condition=Q(erased_at=None), name="recordings_due"),
            models.Index(fields=["id"], condition=Q(is_left=True), name="recordings_left"),
        ]


class RecordingsFolder(models.Model):
    """The one folder where recordings are, by the mark that lies in it: another disk has another mark, or none."""

    mark = models.CharField(max_length=32, blank=True)
    since = models.DateTimeField(null=True)


class KeptFilm(models.Model):
    """What an officer's phone kept of a scene: announced with its SHA-256, taken in pieces, and a recording once it is whole.

    The row stays as the receipt by which a phone that asks again learns that it may forget its own copy.
    """

    key = models.UUIDField(unique=True)  # the phone's own name of it
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    incident = models.CharField(max_length=40, blank=True)  # whose scene the phone took it for
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # as the phone counted it
    received = models.BigIntegerField(default=0)  # bytes that are here
    path = models.CharField(max_length=100, unique=True)  # below the home's recordings, named by chance
    announced_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when something of it came last
    recording = models.OneToOneField(Recording, models.PROTECT, null=True, related_name="kept")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received__gte=0, received__lte=models.F("size")), name="film_within_size"
            ),
            models.CheckConstraint(condition=Q(ended_at__gte=models.F("began_at")), name="film_lasts"),
        ]
        indexes = [
            models.Index(fields=["officer", "announced_at"], name="films_of_an_officer"),
            models.Index(fields=["moved_at"], condition=Q(recording=None), name="films_under_way"),
        ]


class RecordingHold(models.Model):
    """Somebody keeps what a source recorded in a time beyond its term. Rooms above say who, as a kind and an id in text."""

    source = models.ForeignKey(PictureSource, models.PROTECT, related_name="holds")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # None: it goes on
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "subject_kind", "subject_id", "since"], name="one_recording_hold"
            ),
        ]
        indexes = [models.Index("source", "since", name="recording_held")]


class Playback(Look):
    """Somebody played recordings of sources."""

    sources = models.ManyToManyField(PictureSource, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    began_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(incident="", reason=""), name="played_for_a_reason")]


class TalkLook(Look):
    """Somebody searched or played what was said."""

    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(incident="", reason=""), name="heard_for_a_reason")]


class TurnQuerySet(VisibleQuerySet):
    """What was said, to those who may play recordings."""

    capability = Capability.PLAY_RECORDINGS


class Turn(models.Model):
    """Somebody spoke in a talk group, once. The sound is a file in the home, named by `key`, with its SHA-256 here."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    group_kind = models.CharField(max_length=10, choices=[(one, one) for one in TALK_GROUPS])
    group_id = models.CharField(max_length=40)  # a code, an incident's number, an officer's id
    speaker = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, blank=True)  # released, silence, limit, taken, forbidden, lost
    packets = models.IntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # "": nothing was said, or it could not be kept
    erased_at = models.DateTimeField(null=True)  # its term was over: the sound is gone, that there was some stays

    objects = TurnQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(group_kind__in=TALK_GROUPS), name="turn_group")]
        indexes = [
            models.Index(fields=["group_kind", "group_id", "-id"], name="turns_of_a_group"),
            models.Index(fields=["began_at"], condition=Q(erased_at=None), name="turns_kept"),
        ]

    @property
    def group(self) -> str:
        return f"{self.group_kind}:{self.group_id}"
