"""What the live picture is told: events and alarms, and what was answered to a request that comes again."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from command.models.people import Officer
from command.models.stations import Station
from command.permissions import VisibleQuerySet


class EventCounter(models.Model):
    """The number of a station's newest event. Its row lock makes events commit in the order of their numbers."""

    station = models.OneToOneField(Station, models.CASCADE, primary_key=True)
    number = models.BigIntegerField(default=0)


class Event(models.Model):
    """One change of state, numbered without gaps per station. Kinds, ids and codes only: never names or free words."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="events")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="event_number")]


class AlarmQuerySet(VisibleQuerySet):
    station_path = "station"


class Alarm(models.Model):
    """Something that needs a person. One is open per kind and subject; `subject_id` names a thing of any room as text."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=40)
    level = models.SmallIntegerField()  # 1 act now, 2 attend, 3 know
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    cleared_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "kind", "subject_kind", "subject_id"],
                condition=Q(cleared_at=None),
                name="one_open_alarm",
            ),
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3]), name="alarm_level"),
        ]


class IdempotentReply(models.Model):
    """What was answered to a POST with an Idempotency-Key, kept 24 h so that a retry changes nothing."""

    principal = models.CharField(max_length=60)  # kind and id
    key = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="one_reply_per_key")]
