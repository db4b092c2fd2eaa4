"""By what a camera is turned, and who turned it."""

from django.db import models
from django.db.models import F, Q

from devices.picture_models import Look
from devices.turning import Reach


class Control(models.Model):
    """By what a camera is turned, how far it turns, and where it was turned to last. Tilts count downwards from the horizon."""

    camera = models.OneToOneField("devices.Camera", models.CASCADE, primary_key=True, related_name="control")
    address = models.CharField(max_length=500)  # of its ONVIF device service, with its password
    zero_deg = models.FloatField()  # its bearing at pan 0
    pan_range_deg = models.FloatField(default=180)  # to either side
    highest_deg = models.FloatField(default=0)
    lowest_deg = models.FloatField(default=90)
    pan = models.FloatField(null=True)  # −1 to 1, as commanded last; None: by a preset, or never
    tilt = models.FloatField(null=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(zero_deg__gte=0, zero_deg__lt=360), name="control_zero"),
            models.CheckConstraint(condition=Q(pan_range_deg__gte=1, pan_range_deg__lte=180), name="control_pan"),
            models.CheckConstraint(
                condition=Q(highest_deg__gte=-90, lowest_deg__lte=90, highest_deg__lt=F("lowest_deg")),
                name="control_tilt",
            ),
        ]

    @property
    def reach(self) -> Reach:
        return Reach(self.zero_deg, self.pan_range_deg, self.highest_deg, self.lowest_deg)

    @property
    def looks(self) -> tuple[float, float] | None:
        """Bearing and tilt that it was turned to; None where it never was, or nobody knows."""
        return None if self.pan is None or self.tilt is None else self.reach.looks(self.pan, self.tilt)


class Slew(Look):
    """Somebody turned a camera: entered before it moves."""

    camera = models.ForeignKey("devices.Camera", models.PROTECT, related_name="slews")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(incident="", reason=""), name="turned_for_a_reason"),
        ]
