"""Where a camera may be: not on this machine, nor where only machines speak, unless somebody permits a network. No Django.

An address that leads to the station's own doors would make it ask itself on somebody's behalf (server-side request forgery).
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

METADATA = ("100.100.100.200", "fd00:ec2::254")  # where clouds tell a server its secrets, besides link-local addresses
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """A place where no camera may be: its address."""


class Unknown(Exception):
    """A name that leads nowhere."""


def place_of(address: str, networks: Iterable[str]) -> str:
    """Where a camera's address leads now, looked up once: what is asked is what was checked. Raises Forbidden, Unknown."""
    name = urlsplit(address).hostname
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError as away:
        raise Unknown(str(name)) from away
    place = ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])
    if not may_be(place, networks):
        raise Forbidden(str(place))
    return str(place)


def resolved(address: str, networks: Iterable[str]) -> str:
    """A camera's address with the place it leads to now instead of its host's name. Raises Forbidden, Unknown."""
    parts, place = urlsplit(address), place_of(address, networks)
    user, at, _ = parts.netloc.rpartition("@")
    host = f"[{place}]" if ":" in place else place
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}{f':{parts.port}' if parts.port else ''}"))


def may_be(place: Address, networks: Iterable[str]) -> bool:
    """Whether a camera may be there: `networks` (CIDR) are permitted whatever they are."""
    if any(place in ipaddress.ip_network(one) for one in networks):
        return True
    place = getattr(place, "ipv4_mapped", None) or place
    is_odd = place.is_loopback or place.is_link_local or place.is_multicast or place.is_unspecified
    return not is_odd and str(place) not in METADATA and not is_own(place)


def is_own(place: Address) -> bool:
    """Whether it is an address of this machine: nobody else's can be bound to."""
    family = socket.AF_INET6 if place.version == 6 else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((str(place), 0))
        return True
    return False
