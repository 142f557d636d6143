"""Adds signing keys to their file or folder, and takes old ones away."""

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from members_service.adapters.identity.signing_keys import FoundKey, keys_in, misconfigured
from members_service.application.identity.rotate_key import NextKey, TooManyKeys
from members_service.domain.identity.session import ACCESS_TOKEN_LASTS
from members_service.persistence.secret_files import write_once
from shared.tokens import MOST_KEYS, SigningKey

_PUBLISHED_FOR = ACCESS_TOKEN_LASTS + timedelta(minutes=5)
"""How long a key is published after another one took over: its last token is gone by then."""


class KeyRingFile:
    """Implements `rotate_key.KeyRing` for what `SigningKeys` reads from `path`.

    Raises ConfigurationError where it cannot write.
    """

    def __init__(self, path: Path, *, lead: timedelta) -> None:
        self._path = path
        self._lead = lead

    def add_next(self, *, now: datetime) -> NextKey:
        try:
            return self._add_next(now)
        except OSError as error:
            reason = f"{error.strerror}. Add the key to a mounted secret at its source"
            raise misconfigured(f"points to {self._path}, where no key can be added: {reason}.") from error

    def _add_next(self, now: datetime) -> NextKey:
        key = SigningKey.generate()
        if not self._path.exists():
            write_once(self._path, key.to_pem())
            return NextKey(key.kid, now, removed=0)
        found = keys_in(self._path)
        needed = self._still_needed(found, now)
        if len(needed) >= MOST_KEYS:
            raise TooManyKeys
        if self._path.is_dir():
            write_once(self._path / f"{now:%Y%m%dT%H%M%S%fZ}-{key.kid[:8]}.pem", key.to_pem())
            for file in {each.file for each in found} - {each.file for each in needed}:
                file.unlink()
        else:
            _replace(self._path, b"\n".join([*(each.pem for each in needed), key.to_pem()]))
        return NextKey(key.kid, now + self._lead if found else now, removed=len(found) - len(needed))

    def _still_needed(self, found: list[FoundKey], now: datetime) -> list[FoundKey]:
        """Return the key that has signed for so long that no token of an older one is left, and all that are newer."""
        settled = now.timestamp() - (self._lead + _PUBLISHED_FOR).total_seconds()
        signing = max((place for place, key in enumerate(found) if key.since <= settled), default=0)
        return found[signing:]


def _replace(path: Path, content: bytes) -> None:
    """Replace a file atomically; its permissions stay."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, temporary)
        owner = path.stat()
        with suppress(PermissionError):
            os.chown(temporary, owner.st_uid, owner.st_gid)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
