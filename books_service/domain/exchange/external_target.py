"""Other catalogues that are searched for records, and how each is asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.text import line
from shared.kernel.errors import InvalidValue, NotFound, PeerFailed, PeerTooSlow
from shared.kernel.public_addresses import may_be_asked

LONGEST_TARGET_CODE, LONGEST_TITLE, LONGEST_ADDRESS, LONGEST_NAME = 40, 200, 500, 100
VERSIONS = ("1.1", "1.2", "2.0")
_CODE = re.compile("[a-z0-9][a-z0-9-]*")


class TargetNotFound(NotFound):
    """No other catalogue is known by this code."""

    code = "external-target-not-found"
    detail = "No other catalogue has this code here. The list of them has the codes."


class InvalidTargetAddress(InvalidValue):
    """The address of another catalogue is https and public, unless the operator allows its host."""

    code = "invalid-target-address"
    field = "url"
    detail = (
        "The address of a catalogue begins with https://, names a public host, and has no user, query or fragment. "
        "The operator may allow others in BOOKS_EXTERNAL_HOSTS."
    )


class ExternalTargetFailed(PeerFailed):
    """The other catalogue gave no answer that can be used."""

    code = "external-target-failed"


class ExternalTargetRefused(PeerFailed):
    """The other catalogue says that it cannot answer this."""

    code = "external-target-refused"


class ExternalTargetSlow(PeerTooSlow):
    """The other catalogue did not answer in time."""

    code = "external-target-slow"


@dataclass(frozen=True, slots=True)
class ExternalTarget:
    """Another catalogue: its address and version of SRU, the schema of its MARCXML, and its indexes in CQL."""

    code: str
    title: str
    url: str
    sru_version: str
    record_schema: str
    isbn_index: str
    word_index: str
    version: int

    @classmethod
    def of(cls, *, allowed: Callable[[str], bool], version: int, **given: str) -> Self:
        """Build a target from texts. Hosts that are `allowed` may be asked without https, and in our own network.

        Raises InvalidTargetAddress.
        """
        target = cls(
            **{name: line(value, field=name, limit=LONGEST_ADDRESS) for name, value in given.items()}, version=version
        )
        target.expect_address(allowed)
        return target

    def expect_address(self, allowed: Callable[[str], bool]) -> None:
        """Raise InvalidTargetAddress unless it may be asked. Which address a name has is seen when it is asked."""
        if not may_be_asked(self.url, allowed):
            raise InvalidTargetAddress

    @property
    def host(self) -> str:
        """The host that is asked."""
        return (urlsplit(self.url).hostname or "").lower()

    def query(self, *, words: str | None, isbn: Isbn | None) -> str:
        """Return what is looked for as CQL."""
        if isbn is not None:
            return f"{self.isbn_index}={isbn}"
        quoted = (words or "").replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.word_index} all "{quoted}"'
