"""Incidents, who is sent to them, and what happened in between."""

from typing import Any, Self

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Principal, VisibleQuerySet
from dispatch.models.kinds import ChecklistLine, Kind
from dispatch.models.units import Crew, Unit
from dispatch.states import DISPOSITIONS, IncidentState, Step, choices


class IncidentQuerySet(VisibleQuerySet):
    def own(self, principal: Principal) -> Q:
        """Incidents the principal's unit is sent to, and those they reported themselves and that are still open."""
        sent = Q(pk__in=Assignment.objects.filter(own_assignments(principal)).values("incident"))
        opened = Q(opened_by_id=principal.pk, state=IncidentState.OPEN)
        return sent | opened if principal.kind == "officer" else sent

    def manned_by(self, principal: Principal) -> Self:
        """Open incidents that the principal's unit is sent to now."""
        sent = Assignment.objects.filter(own_assignments(principal)).values("incident")
        return self.filter(state=IncidentState.OPEN, pk__in=sent)


class Incident(models.Model):
    """A call and what becomes of it. Only open, closed and cancelled are stored; what is between, its assignments say."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="incidents")
    number = models.CharField(max_length=24, unique=True)
    kind = models.ForeignKey(Kind, models.PROTECT, related_name="+")
    priority = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=choices(IncidentState), default=IncidentState.OPEN)
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

    @property
    def result(self) -> str:
        """How it ended, as the msgid of `states.DISPOSITIONS`; "" while nobody has said so."""
        return DISPOSITIONS.get(self.disposition, self.disposition)

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
    status = models.CharField(max_length=12, choices=choices(Step), default=Step.DISPATCHED)
    status_at = models.DateTimeField()
    assigned_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    dispatched_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    transporting_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)  # when they last said that they are well

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


def own_assignments(principal: Principal) -> Q:
    """Assignments under way of the unit the principal is on."""
    if principal.kind != "officer":
        return Q(pk__in=[])
    mine: Any = Crew.objects.filter(officer_id=principal.pk, left_at=None).values("unit")
    return Q(unit__in=mine, ended_at=None)
