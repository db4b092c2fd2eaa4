"""Kinds of incident: what is asked, what is done, how soon."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Station


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
    safety_min = models.SmallIntegerField(null=True)  # so often a unit there says that it is well; None: not asked
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("order", "slug")
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3, 4]), name="kind_priority"),
            models.CheckConstraint(condition=Q(safety_min=None) | Q(safety_min__range=(1, 240)), name="kind_safety"),
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
