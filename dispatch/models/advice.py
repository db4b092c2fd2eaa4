"""What a recommendation rests on and what it said: skills, run cards, the list that was shown."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer
from dispatch.models.incidents import Assignment, Incident
from dispatch.models.kinds import Kind
from dispatch.models.units import Vehicle


class Skill(models.Model):
    """Something that some people can do, or that some vehicles bring. All stations share the list."""

    code = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=40)
    officers = models.ManyToManyField(Officer, related_name="skills")
    vehicles = models.ManyToManyField(Vehicle, related_name="skills")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class RunCard(models.Model):
    """Whom a kind of incident needs: units, people on each, skills on each. A kind without one needs one unit."""

    kind = models.OneToOneField(Kind, models.CASCADE, related_name="card")
    count = models.SmallIntegerField(default=1)
    crew_min = models.SmallIntegerField(default=1)
    skills = models.ManyToManyField(Skill, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(count__gte=1, crew_min__gte=1), name="somebody_goes")]


class Advice(models.Model):
    """The list that somebody was shown when they sent a unit, frozen as it was."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="advice")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="advice")
    at = models.DateTimeField()  # when it was shown
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    shown = models.JSONField()  # rows as `recommend_shown` writes them: units, seconds, codes
