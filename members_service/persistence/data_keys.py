"""The keys of personal data: some seal what is written, one makes the digests by which it is found again.

A file of lines `name:key`, each key 32 random bytes in Base64. The line `lookup` is the secret behind keyed digests; it
stays. Every other line is a data key with a name of its own: the last one seals, all of them open.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from members_service.persistence.secret_files import write_once
from shared.environment import ConfigurationError

LOOKUP = "lookup"
_SETTING = "MEMBERS_DATA_KEYS_FILE"
_LINE = re.compile(r"([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]{43}=)")
_MARK = "sealed"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class CannotBeOpened(Exception):
    """A sealed value that was altered, belongs to another owner or field, or whose key is gone from the file."""


@dataclass(frozen=True, slots=True)
class _Keys:
    lookup: bytes = field(repr=False)
    sealing: dict[str, AESGCM] = field(repr=False)


class DataKeys:
    """All keys of a file. Nothing is read before the first use. With `make_missing`, a file that is not there is made.

    A sealed value reads `sealed:NAME:…`: AES-256-GCM under the key of that name. Its owner and field are authenticated
    with it, so that a value copied into another row or column cannot be opened there.
    """

    def __init__(self, path: Path | None, *, make_missing: bool = False) -> None:
        self._path = path
        self._make_missing = make_missing

    def load(self) -> None:
        """Read the keys now. Raises ConfigurationError with a sentence when there are none that could be used."""
        _ = self._keys

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return next(reversed(self._keys.sealing))

    def seal(self, text: str, *, owner: UUID, field: str) -> str:
        """Return `text` sealed under the newest key, for this field of this owner."""
        name, nonce = self.newest, os.urandom(_NONCE_BYTES)
        hidden = nonce + self._keys.sealing[name].encrypt(nonce, text.encode(), _place(owner, field))
        return f"{_MARK}:{name}:{base64.urlsafe_b64encode(hidden).decode()}"

    def open(self, sealed: str, *, owner: UUID, field: str) -> str:
        """Return what was sealed for this field of this owner. Raises CannotBeOpened."""
        mark, _, rest = sealed.partition(":")
        name, _, encoded = rest.partition(":")
        key = self._keys.sealing.get(name)
        if mark != _MARK or key is None:
            raise CannotBeOpened(f"{field} is sealed under a key that is not in the file")
        try:
            hidden = base64.urlsafe_b64decode(encoded)
            return key.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], _place(owner, field)).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotBeOpened(f"{field} was altered, or belongs elsewhere") from error

    def is_newest(self, value: str) -> bool:
        """Whether `value` is sealed under the newest key."""
        return value.startswith(f"{_MARK}:{self.newest}:")

    def digest(self, text: str, *, purpose: str) -> bytes:
        """Return 32 bytes by which equal texts are recognised, and which reveal nothing without the lookup key."""
        return hmac.digest(self.secret(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, which a rotation of the data keys leaves alone."""
        return hmac.digest(self._keys.lookup, purpose.encode(), hashlib.sha256)

    @cached_property
    def _keys(self) -> _Keys:
        if self._path is None:
            raise _misconfigured("is missing: a file of lines `name:key` with the keys for personal data.")
        if self._make_missing and not self._path.exists():
            write_once(self._path, "".join(f"{name}:{_drawn()}\n" for name in (LOOKUP, "1")).encode())
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise _misconfigured(f"points to {self._path}, which cannot be read: {reason}.") from error
        return self._read([line.strip() for line in lines if line.strip() and not line.startswith("#")])

    def _read(self, lines: list[str]) -> _Keys:
        found: dict[str, bytes] = {}
        for line in lines:
            read = _LINE.fullmatch(line)
            key = _decoded(read.group(2)) if read else None
            if read is None or key is None or read.group(1) in found:
                raise _misconfigured(
                    f"points to {self._path}, where a line is not `name:key`, a name of its own and 32 bytes in Base64."
                )
            found[read.group(1)] = key
        lookup = found.pop(LOOKUP, None)
        if lookup is None or not found:
            raise _misconfigured(f"points to {self._path}, which needs a line `{LOOKUP}:…` and at least one data key.")
        return _Keys(lookup, {name: AESGCM(key) for name, key in found.items()})


def _place(owner: UUID, field: str) -> bytes:
    return owner.bytes + field.encode()


def _drawn() -> str:
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return key if len(key) == _KEY_BYTES else None


def _misconfigured(rest: str) -> ConfigurationError:
    return ConfigurationError((f"{_SETTING} {rest}",))
