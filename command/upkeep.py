"""What must be done and tidied away in time."""

import datetime as dt

from command import alarms, changes, clock, heads, signing
from command.models import AuditCheckpoint, AuditEntry, IdempotentReply, Station

REPLIES_KEPT = dt.timedelta(hours=24)
AUDIT_KEPT = dt.timedelta(days=3 * 365 + 1)  # the database itself refuses to delete what is younger than three years


def forget_replies() -> int:
    """Delete the replies to POSTs with an Idempotency-Key after their 24 hours; returns how many."""
    return IdempotentReply.objects.filter(created_at__lt=clock.now() - REPLIES_KEPT).delete()[0]


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
