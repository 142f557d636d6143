"""Secrets that the library hands out once and keeps only as a digest."""

import hashlib


def digest(secret: str) -> bytes:
    """Return what is kept of a secret drawn at random: enough to recognise it, not to use it.

    A plain hash does for secrets of 256 random bits, which nobody can guess; a person's password needs a slow one.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
