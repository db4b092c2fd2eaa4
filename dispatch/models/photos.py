"""Photos that belong to notes. The table knows them, the bytes lie in the home's own folder (`dispatch/photo_files.py`)."""

from django.contrib.gis.db import models
from django.db.models import Q

from command.models import Officer
from dispatch.models.incidents import LogEntry


class Photo(models.Model):
    """One photo of a note: announced with the note, so that its words need not wait, and filled in when it has come."""

    entry = models.ForeignKey(LogEntry, models.PROTECT, related_name="photos")
    key = models.UUIDField(unique=True)  # made by the phone
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")  # nobody else may send it
    announced_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    sent_sha256 = models.CharField(max_length=64, blank=True)  # of what the phone sent, to know a repeat
    sha256 = models.CharField(max_length=64, blank=True)  # of what is kept
    width = models.SmallIntegerField(null=True)  # pixels
    height = models.SmallIntegerField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(arrived_at=None, sha256="") | Q(arrived_at__isnull=False, width__gt=0, height__gt=0),
                name="arrived_has_its_size",
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def state(self) -> str:
        """awaited, here or erased."""
        return "erased" if self.erased_at else "here" if self.arrived_at else "awaited"
