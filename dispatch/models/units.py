"""The units that go: their vehicles, their crews."""

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Capability, Principal, VisibleQuerySet
from devices.models import Device
from dispatch.states import UnitStatus, choices


class VehicleQuerySet(VisibleQuerySet):
    """Vehicles, to those who look after them."""

    capability = Capability.MANAGE_DEVICES


class Vehicle(models.Model):
    """A vehicle of a station; which unit drives it, the unit says."""

    KINDS = [(one, one) for one in ("car", "van", "motorcycle", "bicycle", "boat", "other")]

    station = models.ForeignKey(Station, models.PROTECT, related_name="vehicles")
    plate = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=KINDS, default="car")
    seats = models.SmallIntegerField(null=True)
    equipment = models.CharField(max_length=200, blank=True)  # in words

    objects = VehicleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "plate"], name="one_vehicle_per_plate")]


class UnitQuerySet(VisibleQuerySet):
    def visible_to(self, principal: Principal) -> Self:
        """Units that the principal may see; a retired one is on no list."""
        return super().visible_to(principal).filter(retired_at=None)

    def own(self, principal: Principal) -> Q:
        """Units the principal is on or usually on, and those sent to the same open incident."""
        sent = Unit.objects.filter(crew_of(principal), assignments__ended_at=None)
        together = Q(assignments__incident__in=sent.values("assignments__incident"), assignments__ended_at=None)
        usual = Q(usual_crew=principal.pk) if principal.kind == "officer" else Q(pk__in=[])
        units = Unit.objects.filter(crew_of(principal) | usual | together)
        return Q(pk__in=units.values("pk"))


class ManagedUnitQuerySet(VisibleQuerySet):
    """Units, retired ones among them, to those who look after them."""

    capability = Capability.MANAGE_DEVICES


class Unit(models.Model):
    """Who is sent: a crew with a call sign, perhaps with a vehicle, and the devices it carries."""

    KINDS = [("foot", "foot"), ("car", "car"), ("auxiliary", "auxiliary")]

    station = models.ForeignKey(Station, models.PROTECT, related_name="units")
    call_sign = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=KINDS, default="foot")
    vehicle = models.ForeignKey(Vehicle, models.SET_NULL, null=True, blank=True)
    status = models.CharField(max_length=12, choices=choices(UnitStatus), default=UnitStatus.OFF_DUTY)
    status_at = models.DateTimeField()
    devices = models.ManyToManyField(Device, related_name="units")
    usual_crew = models.ManyToManyField(Officer, related_name="+")  # who books on with it where nobody else is named
    retired_at = models.DateTimeField(null=True)  # its call sign may be given to another

    objects = UnitQuerySet.as_manager()
    managed = ManagedUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "call_sign"], condition=Q(retired_at=None), name="one_unit_per_call_sign"
            ),
            models.CheckConstraint(condition=Q(retired_at=None) | Q(status="off_duty"), name="retired_is_off_duty"),
        ]

    def __str__(self) -> str:
        return self.call_sign

    @property
    def key(self) -> str:
        """The unit's name on the live picture: call signs may repeat among stations."""
        return f"{self.station.code}/{self.call_sign}"


class Crew(models.Model):
    """An officer on a unit, for a while."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="crew")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="crews")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=Q(left_at=None), name="one_unit_per_officer")
        ]


def crew_of(principal: Principal) -> Q:
    """Units the principal is on now."""
    if principal.kind != "officer":
        return Q(pk__in=[])
    return Q(pk__in=Crew.objects.filter(officer_id=principal.pk, left_at=None).values("unit"))
