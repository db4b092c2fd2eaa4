"""The code that an authenticator app would show now, for people of measurements and faults."""

import base64
import hashlib
import hmac
import struct
import time


def digits(secret: str) -> str:
    """Six digits from a secret in base 32, as the page of enrolment shows it: TOTP, RFC 6238."""
    text = secret.strip()
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
