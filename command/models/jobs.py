"""Jobs: the last run of each that the clock starts, and those that must happen once, with their lease."""

from django.contrib.gis.db import models
from django.db.models import Q


class JobRun(models.Model):
    """The last run of a job that the clock starts, so that everybody sees when one no longer runs."""

    name = models.CharField(max_length=40, primary_key=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_ok = models.BooleanField(default=False)
    said = models.CharField(max_length=200, blank=True)  # how many went, or what kind of error it was
    succeeded_at = models.DateTimeField(null=True)


class Job(models.Model):
    """Something that must happen once, not before `due_at`. `kind` and `key` name its effect: there is one such row.

    Who works at it holds a lease; when that has run out, because a worker died or is slow, another takes the job up as
    well, and whoever is done first writes `done_at` together with the effect.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)  # what it is about: a number or an id
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True)  # what kind of error its last attempt ended with

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_job_per_effect")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="jobs_to_do")]
