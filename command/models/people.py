"""People: who they are, what they may do, how they are let in."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.gis.db import models
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import Q
from django.utils import timezone

from command.models.stations import Station, with_shares
from command.permissions import WALL_ACTS, Capability, Rights, Role


class OfficerManager(BaseUserManager["Officer"]):
    def create_user(self, username: str, password: str | None, **fields: object) -> "Officer":
        """Make and save an officer; `None` as password means that nobody can sign in with one."""
        officer = self.model(username=username, **fields)
        officer.set_password(password)
        officer.save()
        return officer


class Officer(AbstractBaseUser):
    """A person who signs in. What they may do comes from their grants, nothing else."""

    kind: ClassVar = "officer"
    token: "Token | None" = None  # set when a bearer token signed this request
    wall: "frozenset[int] | None" = None  # set when one acts at a screen taken over: the stations it shows
    _rights: Rights | None = None

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    badge = models.CharField(max_length=20, blank=True)
    rank = models.CharField(max_length=40, blank=True)
    station = models.ForeignKey(Station, models.PROTECT, related_name="officers")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)  # it was made by somebody else
    pin = models.CharField(max_length=128, blank=True)  # hashed; with it one takes over a screen

    objects = OfficerManager()
    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.UniqueConstraint("badge", "station", condition=~Q(badge=""), name="one_officer_per_badge")
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def label(self) -> str:
        return self.name or self.username

    def rights(self) -> Rights:
        """What this officer may do where, read once for this instance; a token's scopes or a wall narrow it."""
        if self._rights is None:
            grants = list(self.grants.select_related("station")) if self.is_active else []
            rights = Rights.of_grants((grant.role, grant.station.reach()) for grant in grants)
            rooms = {grant.station_id for grant in grants if grant.station.kind == "room"}
            rights = with_shares(rights, rooms & rights.stations(Capability.SEE_MAP))
            if self.token and self.token.scopes:
                rights = rights.only(self.token.scopes)
            self._rights = rights if self.wall is None else rights.only(WALL_ACTS).within(self.wall)
        return self._rights


class Grant(models.Model):
    """A role at a station and, for rights that reach down, at those below it."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="grants")
    station = models.ForeignKey(Station, models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer", "station", "role"], name="grant_once"),
            models.CheckConstraint(condition=Q(role__in=[r.value for r in Role]), name="grant_known_role"),
        ]


class Session(AbstractBaseSession):
    """Somebody signed in at some browser. What it holds is the session's; the columns tell people about it."""

    officer = models.ForeignKey(Officer, models.CASCADE, null=True, related_name="sessions")
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # last used by a person; scripts that fetch do not count
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The store writes whole rows from what it holds; an existing row keeps the columns that it does not know."""
        if kwargs.get("force_update"):
            kwargs["update_fields"] = ("session_data", "expire_date", "officer")
        super().save(*args, **kwargs)


class Recovery(models.Model):
    """A new beginning for somebody who lost password or second factor: asked by one person, approved by another."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="recoveries")
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    password = models.CharField(max_length=128)  # hashed; it holds once somebody else approves
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)  # approved, withdrawn, or its day is over

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=Q(ended_at=None), name="one_recovery_at_a_time"),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (~Q(approved_by=models.F("asked_by")) & ~Q(approved_by=models.F("officer"))),
                name="recovery_by_two",
            ),
            models.CheckConstraint(condition=~Q(asked_by=models.F("officer")), name="recovery_not_by_oneself"),
        ]


class Duty(models.Model):
    """An officer's turn of duty."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="duties")
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=Q(ended_at=None), name="one_duty_at_a_time")
        ]


class Token(models.Model):
    """A bearer token of an officer for scripts: expires, and may be narrowed to some capabilities."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="tokens")
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # capabilities; empty means all that the officer has
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()


class Claim(models.Model):
    """The token that makes the first administrator of an empty station; it dies with its use."""

    key_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)
