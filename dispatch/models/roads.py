"""Roads as the station knows them beyond the map: closed ones, and how fast its own cars drive now."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import VisibleQuerySet


class RoadBlock(models.Model):
    """A place, a line or an area where no car gets through, from when somebody said so until it is lifted or over."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="road_blocks")
    geometry = models.GeometryField(srid=4326)  # as drawn: a point, a line or a polygon
    words = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)  # None: until somebody lifts it
    lifted_at = models.DateTimeField(null=True)  # by a person, or when `until` had come

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(until=None) | Q(until__gt=models.F("at")), name="block_ends")]
        indexes = [models.Index("at", condition=Q(lifted_at=None), name="block_stands")]


class RoadSpeed(models.Model):
    """How fast the station's own cars drove lately on a piece of road, in one direction. Nothing says which cars."""

    build = models.CharField(max_length=16)  # of the engine's tiles: another build numbers its pieces otherwise
    edge = models.BigIntegerField()  # the engine's number of the piece
    speed = models.FloatField()  # m/s, smoothed
    weight = models.FloatField()  # how many passages stand behind it, the older ones for less
    at = models.DateTimeField()  # the newest of them

    class Meta:
        constraints = [models.UniqueConstraint("build", "edge", name="one_speed_per_edge")]
