"""Tasks that are handed to auxiliaries."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer, Station
from command.permissions import Principal, VisibleQuerySet
from dispatch.models.incidents import Incident
from dispatch.models.units import Unit, crew_of


class ErrandQuerySet(VisibleQuerySet):
    def own(self, principal: Principal) -> Q:
        """Those of one's own unit."""
        return Q(unit__in=Unit.objects.filter(crew_of(principal)).values("pk"))


class Errand(models.Model):
    """A task that somebody hands to an auxiliary unit, which signs for it and reports back."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="errands")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="errands")
    text = models.CharField(max_length=400)
    place = models.PointField(srid=4326, null=True)
    address = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    report = models.CharField(max_length=1000, blank=True)
    recalled_at = models.DateTimeField(null=True)

    objects = ErrandQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["station", "-id"], name="errand_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, report="")
                | (Q(done_at__isnull=False, accepted_at__isnull=False, done_by__isnull=False) & ~Q(report="")),
                name="errand_done_with_a_report",
            ),
            models.CheckConstraint(condition=Q(done_at=None) | Q(recalled_at=None), name="errand_done_or_recalled"),
        ]
