"""The floor's tables: stations, people and their roles, screens, events, alarms and the audit."""

import datetime as dt
import hashlib
import secrets
import zoneinfo
from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.gis.db import models
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import Q
from django.utils import timezone

from command.permissions import WALL_ACTS, Capability, Rights, Role, Shared, VisibleQuerySet


def digest(secret: str) -> str:
    """SHA-256 of a random key as hex. Keys have 128 bits and more of entropy, so a slow hash adds nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """A key to be shown once: 192 random bits, URL-safe, and no sign in front that a table would take for a formula."""
    while not (key := secrets.token_urlsafe(24))[0].isalnum():
        pass
    return key


class StationQuerySet(VisibleQuerySet):
    station_path = ""


class Station(models.Model):
    """A station in the tree of stations: a centre's rights reach those below it."""

    KINDS = ("centre", "station", "room")  # a room is an enterprise's or a school's: it sees what its station shares
    SURROUNDINGS = ("city", "suburb", "country")  # which targets of response hold

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=[(one, one) for one in KINDS], default="station")
    zone = models.CharField(max_length=64, default="Asia/Shanghai")
    surroundings = models.CharField(max_length=10, choices=[(one, one) for one in SURROUNDINGS], default="city")
    boundary = models.MultiPolygonField(srid=4326, null=True, blank=True)

    objects = StationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.code

    def reach(self) -> set[int]:
        """Ids of this station and all below it; an enterprise's room reaches nothing but itself."""
        if self.kind == "room":
            return {self.pk}
        below: dict[int | None, list[int]] = {}
        for pk, parent in Station.objects.values_list("pk", "parent_id"):
            below.setdefault(parent, []).append(pk)
        found, waiting = set(), [self.pk]
        while waiting:
            pk = waiting.pop()
            found.add(pk)
            waiting += [child for child in below.get(pk, []) if child not in found]
        return found

    def local(self, moment: dt.datetime) -> dt.datetime:
        """`moment` on the station's clock."""
        return moment.astimezone(zoneinfo.ZoneInfo(self.zone))


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
            rights = _with_shares(rights, rooms & rights.stations(Capability.SEE_MAP))
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
        return _with_shares(rights, {self.station_id} if self.station.kind == "room" else set())


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


class Share(models.Model):
    """What a station shows an enterprise's room: topics of the live picture, everywhere or within an area."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="+")
    room = models.ForeignKey(Station, models.CASCADE, related_name="+")
    topics = models.JSONField(default=list)
    area = models.MultiPolygonField(srid=4326, null=True)  # the room's boundary as it was then; None: wherever it is
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Officer, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "room"], name="one_share"),
            models.CheckConstraint(condition=~Q(station=models.F("room")), name="share_with_another"),
        ]


def _with_shares(rights: Rights, rooms: Collection[int]) -> Rights:
    """These rights and what stations share with the enterprises' rooms `rooms`."""
    if not rooms:
        return rights
    shares = Share.objects.filter(room__in=rooms)
    return rights.with_shared(
        Shared(one.station_id, frozenset(one.topics), str(one.area.wkt) if one.area else None) for one in shares
    )


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


class EventCounter(models.Model):
    """The number of a station's newest event. Its row lock makes events commit in the order of their numbers."""

    station = models.OneToOneField(Station, models.CASCADE, primary_key=True)
    number = models.BigIntegerField(default=0)


class Event(models.Model):
    """One change of state, numbered without gaps per station. Kinds, ids and codes only: never names or free words."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="events")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="event_number")]


class AlarmQuerySet(VisibleQuerySet):
    station_path = "station"


class Alarm(models.Model):
    """Something that needs a person. One is open per kind and subject; `subject_id` names a thing of any room as text."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=40)
    level = models.SmallIntegerField()  # 1 act now, 2 attend, 3 know
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    cleared_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "kind", "subject_kind", "subject_id"],
                condition=Q(cleared_at=None),
                name="one_open_alarm",
            ),
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3]), name="alarm_level"),
        ]


class AuditHead(models.Model):
    """The end of a station's audit chain; always the last lock a transaction takes."""

    station = models.OneToOneField(Station, models.CASCADE, primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class AuditEntry(models.Model):
    """Who did what to what, chained by hash per station. Ids and codes only, so erasing a person never touches it."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="audit")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)  # officer, screen, device, system
    actor_id = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="audit_number")]


class AuditCheckpoint(models.Model):
    """Where a chain begins once its oldest entries have reached their term: the last of them, signed."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    said = models.JSONField()  # station, number, hash, at, key, signature

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="one_checkpoint")]


class Lookup(models.Model):
    """Somebody looked for a person among past calls: why, and a keyed digest of whom, so that repeats can be seen."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="lookups")
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    subject = models.CharField(max_length=64)  # HMAC of the number or name; what was typed is kept nowhere
    purpose = models.CharField(max_length=20)
    reference = models.CharField(max_length=80, blank=True)  # an incident's number or a case
    words = models.CharField(max_length=200, blank=True)
    flag = models.CharField(max_length=12, blank=True)  # repeated, colleague, oneself: a supervisor looks at it
    verdict = models.CharField(max_length=12, blank=True)  # in_order, followed_up: what the supervisor found
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(looked_by=models.F("officer")), name="nobody_judges_oneself"),
        ]
        indexes = [models.Index(fields=["officer", "subject", "at"]), models.Index(fields=["station", "-id"])]


class IdempotentReply(models.Model):
    """What was answered to a POST with an Idempotency-Key, kept 24 h so that a retry changes nothing."""

    principal = models.CharField(max_length=60)  # kind and id
    key = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="one_reply_per_key")]


class JobRun(models.Model):
    """The last run of a job that the clock starts, so that everybody sees when one no longer runs."""

    name = models.CharField(max_length=40, primary_key=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_ok = models.BooleanField(default=False)
    said = models.CharField(max_length=200, blank=True)  # how many went, or what kind of error it was
    succeeded_at = models.DateTimeField(null=True)
