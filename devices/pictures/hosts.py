"""Where a camera may be: not on this machine, nor where only machines speak, unless somebody permits a network. No Django.

An address that leads to the station's own doors would make it ask itself on somebody's behalf (server-side request forgery).
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
BY_NAME = ("rtsps", "https")  # whose certificate names the host


class Forbidden(Exception):
    """A place where no camera may be: its address."""


class Unknown(Exception):
    """A name that leads nowhere."""


def resolved(address: str, networks: Iterable[str]) -> str:
    """A camera's address with its host's name looked up, once: what is asked is what was checked. Raises Forbidden, Unknown."""
    parts = urlsplit(address)
    try:
        found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except OSError as away:
        raise Unknown(str(parts.hostname)) from away
    place = ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])
    if not may_be(place, networks):
        raise Forbidden(str(place))
    if parts.scheme in BY_NAME:
        return address
    user, at, _ = parts.netloc.rpartition("@")
    host = f"[{place}]" if place.version == 6 else str(place)
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}{f':{parts.port}' if parts.port else ''}"))


def may_be(place: Address, networks: Iterable[str]) -> bool:
    """Whether a camera may be there: `networks` (CIDR) are permitted whatever they are."""
    if any(place in ipaddress.ip_network(one) for one in networks):
        return True
    place = getattr(place, "ipv4_mapped", None) or place
    is_odd = place.is_loopback or place.is_link_local or place.is_multicast or place.is_unspecified
    return not is_odd and not is_own(place)


def is_own(place: Address) -> bool:
    """Whether it is an address of this machine: nobody else's can be bound to."""
    family = socket.AF_INET6 if place.version == 6 else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((str(place), 0))
        return True
    return False
