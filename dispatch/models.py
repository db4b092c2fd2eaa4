"""Incidents, the units that go, and what happened in between."""

from typing import Any, Self

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Capability, Principal, VisibleQuerySet
from devices.models import Device
from dispatch.states import IncidentState, Step, UnitStatus


def _choices(kinds: type) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in kinds]  # type: ignore[attr-defined]


class Kind(models.Model):
    """What an incident is about: its priority at first, its colour beside the name, what to ask and what to do."""

    COLOURS = ("aqua", "sky", "lime", "lemon", "pink", "sand", "white", "grey")  # none that tells a state
    EXPECTED = ("caller_phone", "caller_name", "facts")

    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60)
    priority = models.SmallIntegerField(default=3)
    order = models.SmallIntegerField(default=100)
    colour = models.CharField(max_length=10, choices=[(one, one) for one in COLOURS], default="grey")
    expects = models.JSONField(default=list)  # of EXPECTED: what the desk asks a caller for
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("order", "slug")
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3, 4]), name="kind_priority"),
        ]

    def __str__(self) -> str:
        return self.slug


class ChecklistLine(models.Model):
    """One thing to do in incidents of a kind. A line that was taken away stays, since somebody may have ticked it."""

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="lines")
    order = models.SmallIntegerField()
    text_zh = models.CharField(max_length=120)
    text_en = models.CharField(max_length=120, blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("order", "pk")


class Target(models.Model):
    """How soon a station in such surroundings wants to act, in seconds from the opening; what is not said here is as
    `dispatch.targets` begins with. None: as soon as possible, nothing is measured."""

    surroundings = models.CharField(max_length=10, choices=[(one, one) for one in Station.SURROUNDINGS])
    priority = models.SmallIntegerField()
    answer_s = models.IntegerField(null=True)
    dispatch_s = models.IntegerField(null=True)
    arrive_s = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["surroundings", "priority"], name="one_target"),
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3, 4]), name="target_priority"),
            models.CheckConstraint(
                condition=(Q(answer_s=None) | Q(answer_s__gt=0))
                & (Q(dispatch_s=None) | Q(dispatch_s__gt=0))
                & (Q(arrive_s=None) | Q(arrive_s__gt=0)),
                name="target_takes_time",
            ),
        ]


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
        incidents = Assignment.objects.filter(own_assignments(principal)).values("incident")
        together = Q(assignments__incident__in=incidents, assignments__ended_at=None)
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
    status = models.CharField(max_length=12, choices=_choices(UnitStatus), default=UnitStatus.OFF_DUTY)
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


class IncidentQuerySet(VisibleQuerySet):
    def own(self, principal: Principal) -> Q:
        """Incidents the principal's unit is sent to, and those they reported themselves and that are still open."""
        sent = Q(pk__in=Assignment.objects.filter(own_assignments(principal)).values("incident"))
        opened = Q(opened_by_id=principal.pk, state=IncidentState.OPEN)
        return sent | opened if principal.kind == "officer" else sent


class Incident(models.Model):
    """A call and what becomes of it. Only open, closed and cancelled are stored; what is between, its assignments say."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="incidents")
    number = models.CharField(max_length=24, unique=True)
    kind = models.ForeignKey(Kind, models.PROTECT, related_name="+")
    priority = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=_choices(IncidentState), default=IncidentState.OPEN)
    place = models.PointField(srid=4326)
    address = models.CharField(max_length=200, blank=True)
    caller_name = models.CharField(max_length=60, blank=True)
    caller_phone = models.CharField(max_length=30, blank=True)
    facts = models.TextField(max_length=4000, blank=True)
    called_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    disposition = models.CharField(max_length=2, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["station", "-id"]),
            models.Index(fields=["station"], condition=Q(state="open"), name="open_incidents"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3, 4]), name="incident_priority"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="closed_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IncidentCounter(models.Model):
    """The serial of a station's newest incident of a day."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="+")
    day = models.DateField()
    serial = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "day"], name="one_counter_a_day")]


class Assignment(models.Model):
    """One unit sent to one incident, with the time of each step. A unit has one at a time: the database sees to it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    status = models.CharField(max_length=12, choices=_choices(Step), default=Step.DISPATCHED)
    status_at = models.DateTimeField()
    assigned_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    dispatched_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    transporting_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(ended_at=None), name="one_assignment_per_unit"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, status__in=["cleared", "cancelled"])
                | (Q(ended_at=None) & ~Q(status__in=["cleared", "cancelled"])),
                name="ended_has_its_time",
            ),
        ]


class Tick(models.Model):
    """A line of the checklist is done in an incident; who and when the log tells too, even if it is taken back."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="ticks")
    line = models.ForeignKey(ChecklistLine, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "line"], name="one_tick")]


class LogEntry(models.Model):
    """What happened in an incident, told once and never edited. The words are people's, the codes are ours."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="log")
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    text = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["station", "-id"]), models.Index(fields=["incident", "id"])]


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


def crew_of(principal: Principal) -> Q:
    """Units the principal is on now."""
    if principal.kind != "officer":
        return Q(pk__in=[])
    return Q(pk__in=Crew.objects.filter(officer_id=principal.pk, left_at=None).values("unit"))


def own_assignments(principal: Principal) -> Q:
    """Assignments under way of the unit the principal is on."""
    if principal.kind != "officer":
        return Q(pk__in=[])
    mine: Any = Crew.objects.filter(officer_id=principal.pk, left_at=None).values("unit")
    return Q(unit__in=mine, ended_at=None)
