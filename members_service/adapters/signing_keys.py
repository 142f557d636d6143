"""The service's own signing keys, read from PEM files."""

import os
import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from shared.configuration import ConfigurationError
from shared.tokens import SigningKey, StaticKeys

_SETTING = "MEMBERS_SIGNING_KEYS_FILE"
_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_BY_KUBERNETES = "..data"


class SigningKeys:
    """All keys of a PEM file, or of the `.pem` and `.key` files of a folder. The newest signs, all are published.

    Within a file the last key is the newest. In a folder it is the one written last; where Kubernetes wrote them all at
    once, the last by name. Nothing is read before the first use. With `make_missing`, a file that is not there is made.
    """

    def __init__(self, path: Path | None, *, make_missing: bool = False) -> None:
        self._path = path
        self._make_missing = make_missing

    @property
    def newest(self) -> SigningKey:
        """The key that signs."""
        return self._all[-1]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public halves of all keys as a JWK set, the newest first."""
        return {"keys": [key.public_jwk() for key in reversed(self._all)]}

    async def key(self, kid: str) -> Any | None:
        """Return the public key named `kid` in the form in which tokens are verified."""
        return await self._table.key(kid)

    def load(self) -> None:
        """Read the keys now. Raises ConfigurationError with a sentence when there is none that could sign."""
        _ = self._all

    @cached_property
    def _table(self) -> StaticKeys:
        return StaticKeys(self.jwks()["keys"])

    @cached_property
    def _all(self) -> list[SigningKey]:
        if self._path is None:
            raise _misconfigured("is missing: a PEM file, or a folder of them, with EC P-256 private keys.")
        if self._make_missing and not self._path.exists():
            _make(self._path)
        keys: dict[str, SigningKey] = {}
        for pem in _read(self._path):
            try:
                key = SigningKey.from_pem(pem)
            except ValueError as error:
                raise _misconfigured(
                    f"points to {self._path}, which holds a key that cannot be used: {error}."
                ) from None
            keys.pop(key.kid, None)
            keys[key.kid] = key
        if not keys:
            raise _misconfigured(f"points to {self._path}, which holds no PEM private key.")
        return list(keys.values())


def _read(path: Path) -> list[bytes]:
    """Return every private key at `path`, oldest first."""
    try:
        return [pem for file in _files(path) for pem in _PEM.findall(file.read_bytes())]
    except OSError as error:
        raise _misconfigured(f"points to {path}, which cannot be read: {error.strerror}.") from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix in (".pem", ".key") and file.is_file())
    if (path / _BY_KUBERNETES).exists():
        return found
    return sorted(found, key=lambda file: file.stat().st_mtime_ns)


def _make(path: Path) -> None:
    """Write a new key that only its owner may read. Of several processes that try at once, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(SigningKey.generate().to_pem())
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()


def _misconfigured(rest: str) -> ConfigurationError:
    return ConfigurationError((f"{_SETTING} {rest}",))
