"""Somebody out there needs others: an SOS, or a request for help."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Principal, VisibleQuerySet
from dispatch.models.incidents import Incident
from dispatch.models.units import Unit, crew_of


class CallForHelpQuerySet(VisibleQuerySet):
    def own(self, principal: Principal) -> Q:
        """One's own calls, and those of one's unit."""
        mine = Q(officer=principal.pk) if principal.kind == "officer" else Q(pk__in=[])
        return mine | Q(unit__in=Unit.objects.filter(crew_of(principal)).values("pk"))


class CallForHelp(models.Model):
    """An SOS or a request for help, with its place. Until a named person ends it, it stands: it is a row, not a signal."""

    SOS, HELP = "sos", "help"

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4, choices=[(SOS, SOS), (HELP, HELP)])
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="calls_for_help")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="calls_for_help")
    text = models.CharField(max_length=400, blank=True)
    wanted = models.SmallIntegerField(default=0)  # so many units more; 0: they do not say
    place = models.PointField(srid=4326, null=True)
    accuracy = models.FloatField(null=True)  # m
    placed_at = models.DateTimeField(null=True)  # when they were at that place
    address = models.CharField(max_length=200, blank=True)  # of what lies nearest
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    word = models.CharField(max_length=400, blank=True)  # with which it was ended

    objects = CallForHelpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer", "kind"], condition=Q(ended_at=None), name="one_call_for_help"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, word="") | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="help_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(kind="sos") | ~Q(word=""), name="sos_ended_with_a_word"
            ),
        ]
