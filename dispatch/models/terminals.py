"""The browsers that are people's terminals."""

from django.contrib.gis.db import models

from command.models import Officer
from devices.models import Device


class Terminal(models.Model):
    """A browser of an officer, with the device whose key it reports positions by. The device goes where its bearer goes."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="terminals")
    browser = models.UUIDField()  # made by the browser and kept there
    device = models.OneToOneField(Device, models.PROTECT, related_name="+")
    used_at = models.DateTimeField()  # when it last asked for its key

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "browser"], name="one_terminal_a_browser")]
