"""The shift: its log and its hand-over."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station


class ShiftNote(models.Model):
    """A line of the shift log. It is never edited; what was wrong is put right by another line."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)

    class Meta:
        indexes = [models.Index(fields=["station", "-id"])]


class Handover(models.Model):
    """One shift hands the station to the next: what stood open is frozen with it, and somebody else signs for it."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    text = models.TextField(max_length=4000, blank=True)
    state = models.JSONField()  # numbers of open incidents, call signs out, ids of open alarms
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station"], condition=Q(taken_at=None), name="one_handover_at_a_time"),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None)
                | (Q(taken_at__isnull=False) & ~Q(taken_by=models.F("given_by"))),
                name="handover_by_two",
            ),
        ]
