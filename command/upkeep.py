"""What must be done and tidied away in time."""

import datetime as dt

from axes.models import AccessAttempt, AccessFailureLog, AccessLog

from command import alarms, certificates, changes, clock, disk, heads, jobs, leases, signing
from command.models import AuditCheckpoint, AuditEntry, Event, IdempotentReply, Session, Station

REPLIES_KEPT = dt.timedelta(hours=24)
EVENTS_KEPT = dt.timedelta(days=7)  # a client that was away for longer gets a snapshot
SIGNING_IN_KEPT = dt.timedelta(days=30)
AUDIT_KEPT = dt.timedelta(days=3 * 365 + 1)  # the database itself refuses to delete what is younger than three years


def forget_replies() -> int:
    """Delete the replies to POSTs with an Idempotency-Key after their 24 hours; returns how many."""
    return IdempotentReply.objects.filter(created_at__lt=clock.now() - REPLIES_KEPT).delete()[0]


def forget_events() -> int:
    """Delete events from which nobody resumes any more; returns how many. The counters stay."""
    return Event.objects.filter(at__lt=clock.now() - EVENTS_KEPT).delete()[0]


def forget_sessions() -> int:
    """Delete sessions that have ended; returns how many."""
    return Session.objects.filter(expire_date__lt=clock.now()).delete()[0]


def forget_signing_in() -> int:
    """Delete what is known of attempts to sign in, long after the last lock they could bring about; returns how many."""
    old = clock.now() - SIGNING_IN_KEPT
    tables = (AccessAttempt, AccessFailureLog, AccessLog)
    return sum(table.objects.filter(attempt_time__lt=old).delete()[0] for table in tables)


def sign_heads() -> None:
    """Write the signed heads of the audit; an alarm stands at the root station while that can't be done."""
    root = Station.objects.filter(parent=None).order_by("pk").first()
    try:
        heads.write()
    except OSError as lost:
        if root:
            alarms.raise_alarm(root.pk, "audit_heads", 2, "audit", "heads", errno=lost.errno)
        return
    if root:
        alarms.clear_alarm(root.pk, "audit_heads", "audit", "heads")


def end_audit_terms() -> int:
    """Delete entries older than three years behind a signed checkpoint of the last of them; returns how many."""
    return sum(_end_term(station) for station in Station.objects.order_by("pk"))


def _end_term(station: Station) -> int:
    rows = AuditEntry.objects.filter(station=station)
    young = rows.filter(at__gte=clock.now() - AUDIT_KEPT).order_by("number").first()
    last = (rows.filter(number__lt=young.number) if young else rows).order_by("number").last()
    if last is None:
        return 0
    said = {"station": station.code, "number": last.number, "hash": last.hash, "at": clock.now().isoformat()}
    with changes.change():
        AuditCheckpoint.objects.create(station=station, number=last.number, said=signing.signed(said))
        return rows.filter(number__lte=last.number).delete()[0]


TERMS = jobs.pin(
    {
        "replies": forget_replies,
        "events": forget_events,
        "sessions": forget_sessions,
        "leases": leases.forget,
        "signing_in": forget_signing_in,
        "audit": end_audit_terms,
    }
)
HEADS = jobs.pin({"heads": sign_heads}, dt.timedelta(minutes=1))
DISK = jobs.pin({"disk": disk.watch}, dt.timedelta(seconds=30))
CERTIFICATE = jobs.pin({"certificate": certificates.renew})
