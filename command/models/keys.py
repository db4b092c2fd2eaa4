"""Keys that are shown once, and what is kept of them."""

import hashlib
import secrets


def digest(secret: str) -> str:
    """SHA-256 of a random key as hex. Keys have 128 bits and more of entropy, so a slow hash adds nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """A key to be shown once: 192 random bits, URL-safe, and no sign in front that a table would take for a formula."""
    while not (key := secrets.token_urlsafe(24))[0].isalnum():
        pass
    return key
