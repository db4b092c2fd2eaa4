"""Orders: what is sent to the crew of a unit, and how far it came."""

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Station
from command.permissions import Capability, Level, Principal, VisibleQuerySet
from dispatch.models.incidents import Assignment
from dispatch.models.units import Unit, crew_of


class OrderQuerySet(VisibleQuerySet):
    capability = Capability.FOLLOW_DISPATCH

    def visible_to(self, principal: Principal) -> Self:
        """Orders of stations where the principal dispatches, and those of the unit they are on."""
        rights = principal.rights()
        whole = Q(station_id__in=rights.stations(Capability.FOLLOW_DISPATCH))
        own = Q(station_id__in=rights.stations(Capability.OWN_ORDERS, Level.OWN))
        return self.filter(whole | (own & self.own(principal)))

    def own(self, principal: Principal) -> Q:
        """Orders to the unit that the principal is on now."""
        return Q(assignment__unit__in=Unit.objects.filter(crew_of(principal)).values("pk"))


class Order(models.Model):
    """An assignment as it is told to the crew, in both languages, with the time of each step on its way.

    Each is set once; who takes the step of the assignment back takes it away.
    """

    TIMES = ("sent_at", "delivered_at", "seen_at", "accepted_at", "recalled_at")

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="order")
    text_zh = models.TextField()
    text_en = models.TextField()
    payload = models.JSONField(default=dict)  # what the texts say, in codes and figures: see dispatch/order_words.py
    way = models.LineStringField(srid=4326, null=True)  # the way that the texts tell
    way_asked_at = models.DateTimeField(null=True)  # when it was last asked for, found or not
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # handed to an open connection of somebody of the crew
    delivered_at = models.DateTimeField(null=True)  # their terminal said that it has it
    seen_at = models.DateTimeField(null=True)  # somebody looked at it
    accepted_at = models.DateTimeField(null=True)  # somebody said yes, or went
    rung = models.SmallIntegerField(default=1)  # how often it was told to ring
    recalled_at = models.DateTimeField(null=True)
    away_at = models.DateTimeField(null=True)  # no longer on the live picture: its assignment is over

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["station"], condition=Q(away_at=None), name="orders_shown")]
