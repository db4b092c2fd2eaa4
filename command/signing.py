"""The station's own key (Ed25519), with which heads of the audit, checkpoints and manifests are signed."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings


def canonical(said: Any) -> str:
    """JSON in the one spelling that is hashed and signed: sorted keys, no blanks, UTF-8."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@functools.cache
def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _make(path)
    found = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError(f"{path}: expected an Ed25519 key, found {type(found).__name__}")
    return found


def _make(path: Path) -> None:
    """A new key, readable by the station only. Two processes that make one at once agree: the link of one is refused."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{hashlib.sha256(pem).hexdigest()[:12]}")
    draft.touch(mode=0o600)
    draft.write_bytes(pem)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def public_key() -> str:
    """The public half, 64 hex digits."""
    raw = _key(settings.SIGNING_KEY).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return raw.hex()


def fingerprint() -> str:
    """SHA-256 of the public key in hex: what a verifier must be told by another way than the signed things."""
    return hashlib.sha256(bytes.fromhex(public_key())).hexdigest()


def signed(said: dict[str, Any]) -> dict[str, Any]:
    """`said` with `key` and the `signature` of its canonical JSON."""
    whole = {**said, "key": public_key()}
    signature = _key(settings.SIGNING_KEY).sign(canonical(whole).encode())
    return {**whole, "signature": signature.hex()}
