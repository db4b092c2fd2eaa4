"""Stations, and what they show enterprises' rooms."""

import datetime as dt
import zoneinfo
from collections.abc import Collection

from django.contrib.gis.db import models
from django.db.models import Q

from command.permissions import Rights, Shared, VisibleQuerySet


class StationQuerySet(VisibleQuerySet):
    station_path = ""


class Station(models.Model):
    """A station in the tree of stations: a centre's rights reach those below it."""

    KINDS = ("centre", "station", "room")  # a room is an enterprise's or a school's: it sees what its station shares
    SURROUNDINGS = ("city", "suburb", "country")  # which targets of response hold

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=[(one, one) for one in KINDS], default="station")
    zone = models.CharField(max_length=64, default="Asia/Shanghai")
    surroundings = models.CharField(max_length=10, choices=[(one, one) for one in SURROUNDINGS], default="city")
    boundary = models.MultiPolygonField(srid=4326, null=True, blank=True)

    objects = StationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.code

    def reach(self) -> set[int]:
        """Ids of this station and all below it; an enterprise's room reaches nothing but itself."""
        if self.kind == "room":
            return {self.pk}
        below: dict[int | None, list[int]] = {}
        for pk, parent in Station.objects.values_list("pk", "parent_id"):
            below.setdefault(parent, []).append(pk)
        found, waiting = set(), [self.pk]
        while waiting:
            pk = waiting.pop()
            found.add(pk)
            waiting += [child for child in below.get(pk, []) if child not in found]
        return found

    def local(self, moment: dt.datetime) -> dt.datetime:
        """`moment` on the station's clock."""
        return moment.astimezone(zoneinfo.ZoneInfo(self.zone))


class Share(models.Model):
    """What a station shows an enterprise's room: topics of the live picture, everywhere or within an area."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="+")
    room = models.ForeignKey(Station, models.CASCADE, related_name="+")
    topics = models.JSONField(default=list)
    area = models.MultiPolygonField(srid=4326, null=True)  # the room's boundary as it was then; None: wherever it is
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("command.Officer", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "room"], name="one_share"),
            models.CheckConstraint(condition=~Q(station=models.F("room")), name="share_with_another"),
        ]


def with_shares(rights: Rights, rooms: Collection[int]) -> Rights:
    """These rights and what stations share with the enterprises' rooms `rooms`."""
    if not rooms:
        return rights
    shares = Share.objects.filter(room__in=rooms)
    return rights.with_shared(
        Shared(one.station_id, frozenset(one.topics), str(one.area.wkt) if one.area else None) for one in shares
    )
