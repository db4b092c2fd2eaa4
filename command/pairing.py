"""A screen shows a code; an administrator types it; the screen's browser fetches its key.

The browser is known again by a ticket in a cookie. The code only says which of the waiting ones is meant.
"""

import datetime as dt
import ipaddress
import secrets
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from command import clock
from command.errors import Problem
from command.models import Pairing, Screen, digest, new_secret

ALPHABET = "34679ACDEFGHJKMNPQRTWXY"  # none that looks like another: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V
LENGTH = 8
HOLDS = dt.timedelta(minutes=10)
AT_AN_ADDRESS, IN_ALL = 5, 600  # codes that may wait at a time; of IPv6, an address is a network of 64 bits


@dataclass(frozen=True)
class Collected:
    """What an approved screen's browser is given, once."""

    key: str
    language: str


def waiting(ticket: str) -> Pairing | None:
    """The pairing of this ticket, while it holds."""
    if not ticket:
        return None
    return Pairing.objects.filter(ticket_hash=digest(ticket), expires_at__gt=clock.now()).first()


def begin(address: str) -> tuple[Pairing, str]:
    """A new code for a screen at this address, and the ticket of its browser. Raises Problem (429)."""
    ticket, now, address = new_secret(), clock.now(), _network(address)
    with transaction.atomic():
        with connection.cursor() as cursor:  # so that none slips past the count
            cursor.execute(f"LOCK TABLE {Pairing._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        Pairing.objects.filter(expires_at__lte=now).delete()
        if Pairing.objects.filter(address=address).count() >= AT_AN_ADDRESS or Pairing.objects.count() >= IN_ALL:
            said = _("Too many screens are waiting for their pairing. Codes are free again within 10 minutes.")
            raise Problem("too_many", said, status=429)
        made = Pairing.objects.create(
            code=_new_code(), ticket_hash=digest(ticket), address=address, expires_at=now + HOLDS
        )
    return made, ticket


def _network(address: str) -> str:
    """What one machine can't change at will: of IPv6 its network (RFC 6177 gives each site 2⁶⁴ addresses or more)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    if found.version == 4 or found.ipv4_mapped:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def typed(code: str) -> str:
    """A code as somebody typed it, without blanks and dashes."""
    return "".join(one for one in code.upper() if one.isalnum())


def collect(ticket: str) -> Collected | None:
    """The key of an approved screen, made now and kept nowhere; None while the pairing is not approved.

    Until the ticket's time is over it may be asked again, and the newest key holds: an answer may get lost on the way.
    """
    found = waiting(ticket)
    if found is None or found.screen_id is None:
        return None
    key = new_secret()
    is_there = Screen.objects.filter(pk=found.screen_id, revoked_at=None).update(key_hash=digest(key))
    return Collected(key, found.language) if is_there else None
