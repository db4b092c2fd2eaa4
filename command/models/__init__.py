"""The floor's tables, by what they are about."""

from command.models.audit import AuditCheckpoint, AuditEntry, AuditHead, Lookup
from command.models.jobs import Job, JobRun
from command.models.keys import digest, new_secret
from command.models.live import Alarm, Event, EventCounter, IdempotentReply
from command.models.people import Claim, Duty, Grant, Officer, Recovery, Session, Token
from command.models.screens import Attempts, Pairing, Screen, TakeOver
from command.models.stations import Share, Station

__all__ = [
    "Alarm",
    "Attempts",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditHead",
    "Claim",
    "Duty",
    "Event",
    "EventCounter",
    "Grant",
    "IdempotentReply",
    "Job",
    "JobRun",
    "Lookup",
    "Officer",
    "Pairing",
    "Recovery",
    "Screen",
    "Session",
    "Share",
    "Station",
    "TakeOver",
    "Token",
    "digest",
    "new_secret",
]
