"""What stays on record: the audit's chain and look-ups."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models.people import Officer
from command.models.stations import Station


class AuditHead(models.Model):
    """The end of a station's audit chain; always the last lock a transaction takes."""

    station = models.OneToOneField(Station, models.CASCADE, primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class AuditEntry(models.Model):
    """Who did what to what, chained by hash per station. Ids and codes only, so erasing a person never touches it."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="audit")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)  # officer, screen, device, system
    actor_id = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="audit_number")]


class AuditCheckpoint(models.Model):
    """Where a chain begins once its oldest entries have reached their term: the last of them, signed."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    said = models.JSONField()  # station, number, hash, at, key, signature

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="one_checkpoint")]


class Lookup(models.Model):
    """Somebody looked for a person among past calls: why, and a keyed digest of whom, so that repeats can be seen."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="lookups")
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    subject = models.CharField(max_length=64)  # HMAC of the number or name; what was typed is kept nowhere
    purpose = models.CharField(max_length=20)
    reference = models.CharField(max_length=80, blank=True)  # an incident's number or a case
    words = models.CharField(max_length=200, blank=True)
    flag = models.CharField(max_length=12, blank=True)  # repeated, colleague, oneself: a supervisor looks at it
    verdict = models.CharField(max_length=12, blank=True)  # in_order, followed_up: what the supervisor found
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(looked_by=models.F("officer")), name="nobody_judges_oneself"),
        ]
        indexes = [models.Index(fields=["officer", "subject", "at"]), models.Index(fields=["station", "-id"])]
