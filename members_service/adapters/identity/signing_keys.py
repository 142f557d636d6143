"""The service's own signing keys, read from PEM files, and read again when these change."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from members_service.persistence.secret_files import write_once
from shared.environment import ConfigurationError
from shared.tasks import every
from shared.tokens import MOST_KEYS, SigningKey, StaticKeys

log = structlog.get_logger(__name__)

LEAD = timedelta(minutes=6)
"""How long a key is published before it signs: what others keep of the key set is good for five minutes."""

_SETTING = "MEMBERS_SIGNING_KEYS_FILE"
_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_BY_KUBERNETES = "..data"
_LOOKS_EVERY = 2.0  # seconds

Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A private key in a file, and since when (in seconds since 1970) the file has it."""

    pem: bytes
    file: Path
    since: float


@dataclass(frozen=True, slots=True)
class _Loaded:
    stamp: Stamp
    keys: tuple[tuple[SigningKey, float], ...]
    table: StaticKeys


class SigningKeys:
    """All keys of a PEM file, or of the `.pem` and `.key` files of a folder; all of them are published.

    The newest of those signs that have been there for `lead`; where none has, the oldest: so a new key is known
    everywhere before it signs, and all processes that see the same files choose the same key. Within a file the last
    key is the newest. In a folder it is the one written last; where Kubernetes wrote them all at once, the last by
    name. Nothing is read before the first use. With `make_missing`, a file that is not there is made.
    """

    def __init__(self, path: Path | None, *, make_missing: bool = False, lead: timedelta = LEAD) -> None:
        self._path = path
        self._make_missing = make_missing
        self._lead = lead.total_seconds()
        self._loaded: _Loaded | None = None
        self._refused: Stamp | None = None

    def signer(self, now: datetime) -> SigningKey:
        """Return the key that signs now."""
        keys = self._now.keys
        published = (key for key, since in reversed(keys) if since + self._lead <= now.timestamp())
        return next(published, keys[0][0])

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public halves of all keys as a JWK set, the newest first."""
        return {"keys": [key.public_jwk() for key, _ in reversed(self._now.keys)]}

    async def key(self, kid: str) -> Any | None:
        """Return the public key named `kid` in the form in which tokens are verified."""
        return await self._now.table.key(kid)

    def knows(self, kid: str) -> bool:
        """Return whether the key named `kid` is among those that were read last."""
        return self._now.table.knows(kid)

    def load(self) -> None:
        """Read the keys now. Raises ConfigurationError with a sentence when there is none that could sign."""
        if self._path is None:
            raise misconfigured("is missing: a PEM file, or a folder of them, with EC P-256 private keys.")
        if self._make_missing and not self._path.exists():
            write_once(self._path, SigningKey.generate().to_pem())
        self._loaded = _read(self._path)

    def refresh(self) -> None:
        """Read the keys again if their files have changed. Files that cannot be used leave the keys as they are."""
        if self._path is None or self._loaded is None:
            return
        stamp: Stamp | None = None
        try:
            stamp = _stamp_of(self._path)
            if stamp in (self._loaded.stamp, self._refused):
                return
            self._loaded = _read(self._path)
        except (ConfigurationError, OSError) as error:
            log.warning("the signing keys have changed and cannot be used; the old ones hold", reason=str(error))
            self._refused = stamp
        else:
            self._refused = None
            log.info("signing keys read", keys=[key.kid for key, _ in self._loaded.keys])

    async def watch(self, stop: asyncio.Event) -> None:
        """Refresh every few seconds until `stop` is set."""

        async def look() -> None:
            await asyncio.to_thread(self.refresh)

        await every(_LOOKS_EVERY, look, stop=stop, name="signing keys")

    @property
    def _now(self) -> _Loaded:
        if self._loaded is None:
            self.load()
        assert self._loaded is not None  # noqa: S101 - load() has set it
        return self._loaded


def keys_in(path: Path) -> list[FoundKey]:
    """Return every private key at `path`, oldest first. Raises OSError."""
    found = []
    for file in _files(path):
        since = file.stat().st_mtime
        found += [FoundKey(pem, file, since) for pem in _PEM.findall(file.read_bytes())]
    return found


def _read(path: Path) -> _Loaded:
    keys: dict[str, tuple[SigningKey, float]] = {}
    try:
        stamp = _stamp_of(path)
        for found in keys_in(path):
            key = SigningKey.from_pem(found.pem)
            keys.pop(key.kid, None)
            keys[key.kid] = (key, found.since)
    except OSError as error:
        raise misconfigured(f"points to {path}, which cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise misconfigured(f"points to {path}, which holds a key that cannot be used: {error}.") from None
    if not keys:
        raise misconfigured(f"points to {path}, which holds no PEM private key.")
    if len(keys) > MOST_KEYS:
        raise misconfigured(
            f"points to {path}, which holds {len(keys)} keys; others read {MOST_KEYS}. Take old ones out."
        )
    return _Loaded(stamp, tuple(keys.values()), StaticKeys(key.public_jwk() for key, _ in keys.values()))


def _stamp_of(path: Path) -> Stamp:
    states = [(file.name, file.stat()) for file in _files(path)]
    return tuple((name, state.st_ino, state.st_mtime_ns, state.st_size) for name, state in states)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix in (".pem", ".key") and file.is_file())
    if (path / _BY_KUBERNETES).exists():
        return found
    return sorted(found, key=lambda file: file.stat().st_mtime_ns)


def misconfigured(rest: str) -> ConfigurationError:
    """Return the error, whose sentence begins with the name of the setting."""
    return ConfigurationError((f"{_SETTING} {rest}",))
