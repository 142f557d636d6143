"""What a file of members says, record by record."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from members_service.domain.membership.guardian import Guarding
from shared.kernel.errors import InvalidValue, LibraryError


class InvalidMapping(InvalidValue):
    """The mapping names a field that a member does not have, or is none."""

    code = "invalid-mapping"
    detail = 'The mapping is a JSON object of texts, such as {"card_number": "cardnumber"}.'
    field = "mapping"


@dataclass(frozen=True, slots=True)
class FiledMember:
    """One member of a file.

    `given` are the fields of the record that are there, by the names that they have on record; `address` and others of
    a person's details are among them.
    """

    given: Mapping[str, Any]
    card_number: str | None = None
    external_id: str | None = None
    joined_on: date | None = None
    suspended_until: date | None = None
    pin: str | None = field(default=None, repr=False)
    guardians: tuple[Guarding, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The record with this number, from 1 on, or why it cannot be read.

    `identifier` is what it is called in reports: a key of the old system or a card number, never a name.
    """

    number: int
    identifier: str | None
    member: FiledMember | LibraryError


MemberFile = Callable[[], AsyncIterator[FileRecord]]
"""Reads the file from its beginning."""


@dataclass(frozen=True, slots=True)
class RecordError:
    """What is wrong with one record."""

    record: int
    identifier: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records: `read` is the sum of the others. Skipped are those that say nothing new."""

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.created + other.created,
            self.updated + other.updated,
            self.skipped + other.skipped,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some records that were kept together."""

    counts: Counts
    errors: tuple[RecordError, ...] = ()
