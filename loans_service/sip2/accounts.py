"""The accounts of machines: a file of data, read again when it changes."""

import hashlib
import hmac
import time
from pathlib import Path
from typing import Annotated, Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator

LOOKS_EVERY = 1.0
"""Seconds, at least, between two checks whether the file has changed."""

SHORTEST_SECRET = 16
"""The minimum number of characters, against guessing. The length behind a hash is not known."""

TERMINATORS = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}

_MEDIA_TYPES = {
    "book": "001",
    "reference": "001",
    "magazine": "002",
    "audio": "004",
    "video": "005",
    "cd": "006",
    "dvd": "006",
}
_OTHER_MEDIUM = "000"

_log = structlog.get_logger(__name__)


class ScreenTexts(BaseModel):
    """Whether texts are shown (AF) and printed (AG), and an account's own texts by name and language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    screen: bool = True
    print: bool = False
    words: dict[str, dict[str, str]] = Field(default_factory=dict)


class MachineAccount(BaseModel):
    """The login of a machine, and the client that it acts as. Either `secret` or its SHA-256 `secret_hash` is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: Annotated[str, Field(min_length=1, max_length=64)]
    secret: Annotated[SecretStr, Field(min_length=SHORTEST_SECRET)] | None = None
    secret_hash: Annotated[str, Field(pattern="^(sha256:)?[0-9a-fA-F]{64}$")] | None = None
    client_id: str
    client_secret: SecretStr
    branch: str
    encoding: Literal["cp850", "latin-1", "utf-8"] = "cp850"
    terminator: Literal["CR", "LF", "CRLF"] = "CR"
    checksum: bool = True
    language: Literal["en", "fr"] = "en"
    messages: ScreenTexts = ScreenTexts()
    pin: Literal["optional", "required"] = "optional"
    media_types: dict[str, Annotated[str, Field(pattern="^[0-9]{3}$")]] = Field(default_factory=dict)

    def media_type(self, item_type: str | None) -> str:
        """Return the standard's media type (CK) of an item type, by which the machine chooses an unlocker."""
        return self.media_types.get(item_type or "") or _MEDIA_TYPES.get(item_type or "", _OTHER_MEDIUM)

    @model_validator(mode="after")
    def has_one_secret(self) -> Self:
        """Refuse an account with both forms of its secret, or with neither."""
        if (self.secret is None) == (self.secret_hash is None):
            raise ValueError("give either secret or secret_hash")
        return self

    def signs_in_like(self, other: "MachineAccount") -> bool:
        """Return whether login and secret are the same, so that a machine stays signed in."""
        return (self.login, self.secret, self.secret_hash) == (other.login, other.secret, other.secret_hash)

    def knows(self, secret: str) -> bool:
        """Return whether this is the secret, in constant time."""
        presented = hashlib.sha256(secret.encode()).hexdigest()
        if self.secret is not None:
            stored = hashlib.sha256(self.secret.get_secret_value().encode()).hexdigest()
        else:
            stored = (self.secret_hash or "").removeprefix("sha256:").lower()
        return hmac.compare_digest(presented, stored)


_ACCOUNTS = TypeAdapter(list[MachineAccount])


class AccountsFile:
    """The accounts by login. A change of the file takes effect within a second, unless it cannot be read.

    Raises ValueError, with a reason, when the file cannot be read at the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = self._look()
        self._looked_at = time.monotonic()
        self._accounts = self._load()

    def find(self, login: str) -> MachineAccount | None:
        """Return the account with this login as it is now."""
        self._read_again()
        return self._accounts.get(login)

    def _read_again(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOKS_EVERY:
            return
        self._looked_at = now
        mark = self._look()
        if mark == self._mark:
            return
        try:
            self._accounts = self._load()
        except ValueError as error:
            _log.warning("changed accounts cannot be used; those before them count", reason=str(error))
        else:
            _log.info("the accounts of machines were read again", accounts=len(self._accounts))
        self._mark = mark

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load(self) -> dict[str, MachineAccount]:
        try:
            found = _ACCOUNTS.validate_json(self._path.read_bytes())
        except OSError as error:
            raise ValueError(f"{self._path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            where = "/".join(map(str, first["loc"]))
            raise ValueError(f"{self._path} holds no accounts ({where}: {first['msg']})") from None
        accounts = {account.login: account for account in found}
        if len(accounts) < len(found):
            raise ValueError(f"{self._path} names a login twice")
        return accounts
