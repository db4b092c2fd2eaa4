"""What `up --lan` needs to know of the machine: its names and addresses, and the certificate that is made for them."""

import ipaddress
import re
import socket
import ssl
from pathlib import Path

from operation import say
from operation.home import Home

NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_HELD = re.compile(r"\|-- (\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL")


def hosts(named: list[str]) -> list[str]:
    """What is asked for by name first, then the machine's addresses and names. Raises Trouble for what is neither."""
    found = [_checked(one) for one in named] + addresses()
    for name in (socket.gethostname(), socket.getfqdn()):
        name = name.lower().rstrip(".")
        if NAME.fullmatch(name) and name != "localhost" and not _is_address(name):
            found += [name, f"{name}.local"] if "." not in name else [name]
    return list(dict.fromkeys([*found, "localhost", "127.0.0.1", "::1"]))


def addresses() -> list[str]:
    """The machine's addresses, the one by which it speaks to others first; those of its loopback and its links left out."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [*_version_4(), *_version_6()]
    known = [str(one) for one in found if not (one.is_loopback or one.is_link_local)]
    usual = _usual()
    return sorted(known, key=lambda one: one != usual)


def _usual() -> str:
    """The address from which the machine would write to a stranger; "" where it knows no way to one."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing; an address of nobody (RFC 5737)
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def _version_4() -> list[ipaddress.IPv4Address]:
    try:
        table = Path("/proc/net/fib_trie").read_text()
    except OSError:
        return []
    return [ipaddress.IPv4Address(one) for one in dict.fromkeys(_HELD.findall(table))]


def _version_6() -> list[ipaddress.IPv6Address]:
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return []
    return [ipaddress.IPv6Address(int(line.split()[0], 16)) for line in lines]


def _checked(host: str) -> str:
    host = host.strip("[]").lower()
    if not (NAME.fullmatch(host) or _is_address(host)):
        raise say.Trouble(f"--host: expected a name like station.lan or an address, found {host!r}.")
    return host


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def has_version_6() -> bool:
    """Whether nginx can listen on IPv6 here."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def trust(home: Home) -> ssl.SSLContext | None:
    """What ./station itself trusts when it asks its own front door; None where that speaks plain HTTP."""
    if not home.hosts:
        return None
    return ssl.create_default_context(cafile=str(home.root / "lan" / "ca.pem"))
