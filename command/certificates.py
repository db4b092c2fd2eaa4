"""The station's own certificate authority for its LAN, and the server's certificate that it signs.

`$STATION_HOME/lan/`: `ca.pem` and its key, made once; `server.pem` and its key, made anew when names change or the end comes
near. The authority may sign for private addresses and for the names it was made for, and for nothing else in the world: who
installs it on a phone does not hand the phone's other connections to whoever steals the key.
"""

import contextlib
import datetime as dt
import ipaddress
import os
import signal
from collections.abc import Collection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from command import clock
from command.errors import Invalid

AUTHORITY_HOLDS = dt.timedelta(days=3650)
SERVER_HOLDS = dt.timedelta(days=397)  # phones take none that holds for longer than 825
ANEW_BEFORE = dt.timedelta(days=30)
BACKDATED = dt.timedelta(hours=1)  # phones whose clock is behind
PRIVATE_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
PRIVATE_NETS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7",
    "fe80::/10", "::1/128",
)  # fmt: skip
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def folder() -> Path:
    """Where all four files lie."""
    return Path(settings.HOME) / "lan"


def ensure(hosts: Collection[str]) -> bool:
    """Make what is missing, too old or for other names; `hosts` are names and addresses. True: there is a new certificate.

    Raises Invalid for a host that the authority may not sign for.
    """
    folder().mkdir(mode=0o700, exist_ok=True)
    if not (folder() / "ca.pem").exists():
        _make_authority(hosts)
    authority = _read("ca.pem")
    assert authority is not None  # nosec B101 # it narrows a type
    _see_that_permitted(authority, hosts)
    if not _is_due(authority, hosts):
        return False
    _make_server(authority, hosts)
    return True


def renew() -> int:
    """Make the server's certificate anew when its end is near, and have the front door use it; 1 if it was.

    nginx runs as one process, which can't reload: it ends, and its supervisor starts it again within a second.
    """
    if not settings.LAN or not ensure(settings.LAN_HOSTS):
        return 0
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((Path(settings.HOME) / "nginx" / "nginx.pid").read_text()), signal.SIGQUIT)
    return 1


def ends_at() -> dt.datetime | None:
    """When the server's certificate ends; None where there is none."""
    found = _read("server.pem")
    return found.not_valid_after_utc if found else None


def authority() -> bytes | None:
    """The authority's certificate as DER, for phones to install; None where there is none."""
    found = _read("ca.pem")
    return found.public_bytes(serialization.Encoding.DER) if found else None


def fingerprint() -> str:
    """SHA-256 of the authority's certificate, as phones show it; "" where there is none."""
    found = _read("ca.pem")
    return found.fingerprint(hashes.SHA256()).hex(":").upper() if found else ""


# ---- making them


def _make_authority(hosts: Collection[str]) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), _named(f"Station Command {os.urandom(3).hex()}")
    made = (
        _begun(name, name, key, AUTHORITY_HOLDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.NameConstraints(_permitted(hosts), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write("ca", made, key)


def _make_server(authority: x509.Certificate, hosts: Collection[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = serialization.load_pem_private_key((folder() / "ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # nosec B101 # it narrows a type
    made = (
        _begun(_named("Station Command"), authority.subject, key, SERVER_HOLDS, authority.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(hosts)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write("server", made, key)


def _begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, holds: dt.timedelta,
    at_most: dt.datetime | None = None,
) -> x509.CertificateBuilder:  # fmt: skip
    now = clock.now()
    end = min(now + holds, at_most) if at_most else now + holds
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _write(stem: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Key and certificate, each whole or not at all and its owner's alone."""
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, content in ((f"{stem}.key", secret), (f"{stem}.pem", made.public_bytes(serialization.Encoding.PEM))):
        fresh = folder() / f"{name}.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
            sink.write(content)
        fresh.replace(folder() / name)


# ---- reading and comparing them


def _read(name: str) -> x509.Certificate | None:
    path = folder() / name
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def _is_due(authority: x509.Certificate, hosts: Collection[str]) -> bool:
    server = _read("server.pem")
    if server is None or server.issuer != authority.subject or server.not_valid_after_utc - clock.now() < ANEW_BEFORE:
        return True
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) != set(_alternatives(hosts))


def _alternatives(hosts: Collection[str]) -> list[x509.GeneralName]:
    return [_general(host) for host in dict.fromkeys(hosts)]


def _general(host: str) -> x509.GeneralName:
    address = _address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(address)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _permitted(hosts: Collection[str]) -> list[x509.GeneralName]:
    """Private addresses and names, and besides them just the hosts of now."""
    nets = [ipaddress.ip_network(net) for net in PRIVATE_NETS]
    names = list(PRIVATE_NAMES)
    for host in hosts:
        address = _address(host)
        if address is None:
            names += [] if _below(host, names) else [host]
        elif not any(address in net for net in nets):
            nets.append(ipaddress.ip_network(address))
    return [*map(x509.DNSName, names), *map(x509.IPAddress, nets)]


def _below(name: str, tops: Collection[str]) -> bool:
    return any(name == top or name.endswith(f".{top}") for top in tops)


def _see_that_permitted(authority: x509.Certificate, hosts: Collection[str]) -> None:
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    names = [one.value for one in limits if isinstance(one, x509.DNSName)]
    nets = [ipaddress.ip_network(str(one.value)) for one in limits if isinstance(one, x509.IPAddress)]
    for host in hosts:
        address = _address(host)
        if not (_below(host, names) if address is None else any(address in net for net in nets)):
            raise Invalid(
                "not_permitted",
                f"{host}: the station's certificate authority was not made for this name. Remove the folder {folder()} to "
                "make another one; every phone must install it again.",
            )
