"""What a unit's track says of its assignment, and what a person made of it."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer
from dispatch.models.incidents import Assignment
from dispatch.states import Step

PROPOSED = (Step.EN_ROUTE, Step.ON_SCENE, Step.CLEARED)


class Proposal(models.Model):
    """By its track a unit left, arrived or was done at `at`. A person confirms that or not; both times are kept, since
    the assignment has the confirmed one."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="proposals")
    step = models.CharField(max_length=12, choices=[(str(one), str(one)) for one in PROPOSED])
    at = models.DateTimeField()  # by the track
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")  # None: the status said it
    is_confirmed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "step"], condition=Q(decided_at=None), name="one_proposal"),
            models.CheckConstraint(
                condition=Q(decided_at=None, is_confirmed=None)
                | Q(decided_at__isnull=False, is_confirmed__isnull=False),
                name="proposal_decided",
            ),
        ]
