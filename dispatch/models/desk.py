"""What the desk keeps beside incidents and units: calls that wait for a unit, doubles, what is known of places, who was
briefed."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Capability, VisibleQuerySet
from dispatch.models.incidents import Incident
from dispatch.models.units import Unit


class Stacked(models.Model):
    """A call that waits for a unit which is still elsewhere; the oldest is next. Gone once the unit is sent or not meant."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="stacked")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="stacked")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["unit", "incident"], name="stacked_once")]


class Merge(models.Model):
    """A call that turned out to be another one's double: it was closed, and who was sent to it goes to the other."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="merges")
    into = models.ForeignKey(Incident, models.PROTECT, related_name="merged")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    units = models.JSONField(default=list)  # ids of the units that were moved, so that it can be undone
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident"], condition=Q(undone_at=None), name="merged_once"),
            models.CheckConstraint(condition=~Q(incident=models.F("into")), name="not_into_itself"),
        ]


class PlaceNoteQuerySet(VisibleQuerySet):
    """Notes on places, to those who send people there."""

    capability = Capability.DISPATCH


class PlaceNote(models.Model):
    """What the station knows of a place and tells whoever is sent there. It ends by itself: no register grows from it."""

    KINDS = ("hazard", "key_holder", "access", "other")

    station = models.ForeignKey(Station, models.PROTECT, related_name="place_notes")
    kind = models.CharField(max_length=12, choices=[(one, one) for one in KINDS])
    place = models.PointField(srid=4326)
    address = models.CharField(max_length=200)
    radius_m = models.SmallIntegerField(default=50)  # calls so near to it are told
    words = models.TextField(max_length=1000)
    contact_name = models.CharField(max_length=60, blank=True)  # of a key-holder who agreed to be called
    contact_phone = models.CharField(max_length=30, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    until = models.DateField()  # the last day on which it is told
    retired_at = models.DateTimeField(null=True)

    objects = PlaceNoteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["station"], condition=Q(retired_at=None), name="place_notes_told")]
        constraints = [
            models.CheckConstraint(condition=Q(radius_m__gte=5, radius_m__lte=500), name="place_note_radius"),
        ]


class Briefed(models.Model):
    """Somebody was shown what is known of an incident's place and number; entered once a person."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="briefed")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "officer"], name="briefed_once")]
