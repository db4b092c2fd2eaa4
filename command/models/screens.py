"""Screens: paired, taken over, and the secrets that are tried at them."""

from typing import ClassVar

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from command.models.people import Officer
from command.models.stations import Station, with_shares
from command.permissions import Rights, Role


class Screen(models.Model):
    """A wall: it sees what its station may see and never acts."""

    kind: ClassVar = "screen"
    _rights: Rights | None = None

    name = models.CharField(max_length=60)
    station = models.ForeignKey(Station, models.CASCADE, related_name="screens")
    key_hash = models.CharField(max_length=64, unique=True)
    paired_at = models.DateTimeField(default=timezone.now)
    paired_by = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)  # noted about twice a minute while it is on
    revoked_at = models.DateTimeField(null=True)

    @property
    def label(self) -> str:
        return self.name

    def rights(self) -> Rights:
        """What this screen may see, read once for this instance."""
        if self._rights is None:
            self._rights = Rights.none() if self.revoked_at else self._seeing()
        return self._rights

    def _seeing(self) -> Rights:
        rights = Rights.of_grants([(Role.SCREEN, self.station.reach())])
        return with_shares(rights, {self.station_id} if self.station.kind == "room" else set())


class Pairing(models.Model):
    """A screen that shows its code and waits for an administrator to type it."""

    code = models.CharField(max_length=8, unique=True)
    ticket_hash = models.CharField(max_length=64, unique=True)  # of the cookie by which its browser is known again
    address = models.CharField(max_length=45)
    expires_at = models.DateTimeField()
    screen = models.ForeignKey(Screen, models.CASCADE, null=True)  # approved; its browser fetches the key
    language = models.CharField(max_length=10, blank=True)


class TakeOver(models.Model):
    """A person acts at a screen for a few minutes."""

    screen = models.ForeignKey(Screen, models.CASCADE, related_name="take_overs")
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # given back before its time, or replaced

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["screen"], condition=Q(ended_at=None), name="one_person_at_a_screen")
        ]


class Attempts(models.Model):
    """How often in a row a secret was tried: a person's PIN, PINs at a screen, pairing codes by a person."""

    what = models.CharField(max_length=20)
    who = models.BigIntegerField()
    count = models.SmallIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "who"], name="one_count_of_attempts")]
