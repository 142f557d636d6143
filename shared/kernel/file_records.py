"""Records of files from other systems, and the outcome of importing them."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass
from dataclasses import fields as fields_of
from typing import Any, Generic, Literal, Protocol, TypeVar

from shared.kernel.errors import InvalidValue, LibraryError, Refusals, Refused

MOST_RECORDS = 500_000
MOST_LEFT_OUT = 200  # names of fields that are counted; a file may have any number of columns
MOST_SEEN = 500_000  # keys of records that a dry run remembers, in 70 MB at most

_MARKS_OF_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd", b"7z\xbc\xaf")
_LONGEST_MARK = max(map(len, _MARKS_OF_ARCHIVES))

Content = TypeVar("Content")
Formats = Literal["json", "csv"]


class FormatNotSupported(InvalidValue):
    """Records neither come nor go in that kind of file."""

    code = "format-not-supported"

    def __init__(self, formats: Iterable[str]) -> None:
        super().__init__(f"Files are in one of these formats: {', '.join(sorted(formats))}.", field="format")


class InvalidMapping(InvalidValue):
    """The mapping names a field that a record does not have, or is none."""

    code = "invalid-mapping"
    detail = 'The mapping is a JSON object of texts, such as {"name": "full_name"}.'
    field = "mapping"


class FileUnusable(Refused):
    """The file as a whole cannot be read."""

    code = "file-unusable"


class FilePacked(FileUnusable):
    """The file is an archive, or compressed. Nobody can tell how much will come out of it."""

    code = "file-packed"
    detail = "The file is compressed, or a workbook of a spreadsheet. Unpack it, or save it as CSV, first."


class TooManyRecords(FileUnusable):
    code = "too-many-records"
    detail = f"One import takes {MOST_RECORDS} records. Split the file; what was read so far is kept."


async def unpacked(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return `content` unchanged. Raises FilePacked when it begins like an archive or a compressed file."""
    head, began = b"", False
    async for piece in content:
        if began:
            yield piece
            continue
        head += piece
        if len(head) >= _LONGEST_MARK:
            if head.startswith(_MARKS_OF_ARCHIVES):
                raise FilePacked
            began = True
            yield head
    if not began:
        yield head


@dataclass(frozen=True, slots=True)
class RecordError:
    """What is wrong with one record. Records count from 1; 0 is the file as a whole."""

    record: int
    identifier: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FileRecord(Generic[Content]):
    """The record with this number, from 1 on, or why it cannot be read.

    `identifier` names it in reports: a key of the other system, never a person's name. `left_out` names fields with a
    value that the import does not use.
    """

    number: int
    identifier: str | None
    content: Content | LibraryError
    left_out: tuple[str, ...] = ()

    def errors(self, error: LibraryError) -> list[RecordError]:
        """Return `error`, or the errors it combines, as errors of this record."""
        refusals = error.refusals if isinstance(error, Refusals) else (error,)
        return [RecordError(self.number, self.identifier, one.code, one.detail) for one in refusals]


@dataclass(frozen=True, slots=True)
class KindCounts:
    """What became of the things of one kind that came inside of records."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0

    def __add__(self, other: "KindCounts") -> "KindCounts":
        return KindCounts(
            self.created + other.created,
            self.updated + other.updated,
            self.skipped + other.skipped,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """Outcomes of records: `read` is the sum of the next four. Skipped are those that change nothing.

    Things nested in records are counted apart, by kind.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    kinds: Mapping[str, KindCounts] = field(default_factory=dict[str, KindCounts])

    def __add__(self, other: "Counts") -> "Counts":
        kinds = self.kinds or other.kinds
        if self.kinds and other.kinds:
            names = self.kinds.keys() | other.kinds.keys()
            kinds = {name: self.kinds.get(name, _NONE) + other.kinds.get(name, _NONE) for name in names}
        return Counts(
            self.read + other.read,
            self.created + other.created,
            self.updated + other.updated,
            self.skipped + other.skipped,
            self.failed + other.failed,
            kinds,
        )


_NONE = KindCounts()


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcome of records that were stored in one transaction.

    `left_out` counts how often fields that the import does not use had a value.
    """

    counts: Counts
    errors: tuple[RecordError, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])


def in_all(left_out: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return the totals of two counts of left-out fields, keeping the most frequent."""
    return dict((Counter(left_out) + Counter(more)).most_common(MOST_LEFT_OUT))


def left_out_of(records: Iterable[FileRecord[Content]]) -> Mapping[str, int]:
    """Count how often each field of these records was left out."""
    return Counter(name for record in records for name in record.left_out)


class Numbered(Protocol):
    """A record with its number in the file, from 1 on."""

    @property
    def number(self) -> int: ...


Record = TypeVar("Record", bound=Numbered)


async def in_batches(records: AsyncIterator[Record], *, of: int) -> AsyncIterator[list[Record]]:
    """Return the records in batches, in their order. Raises TooManyRecords after the last that is allowed."""
    batch: list[Record] = []
    async for record in records:
        if record.number > MOST_RECORDS:
            if batch:
                yield batch
            raise TooManyRecords
        batch.append(record)
        if len(batch) == of:
            yield batch
            batch = []
    if batch:
        yield batch


class SeenRecords:
    """The keys that a dry run has met, since it stores no record by which it would recognise a repeated one.

    It remembers MOST_SEEN keys, at a few bytes each; in a longer file later keys are not remembered.
    """

    def __init__(self, most: int = MOST_SEEN) -> None:
        self._digests: dict[int, int] = {}
        self._most = most

    def note(self, keys: Iterable[object], content: object) -> None:
        """Remember the content of a record that these keys identify."""
        digest = _short(content)
        for key in map(_short, keys):
            if key in self._digests or len(self._digests) < self._most:
                self._digests[key] = digest

    def again(self, keys: Iterable[object], content: object) -> Counts | None:
        """Return the outcome of a record with one of these keys; None when no record before it had one."""
        if not self._digests:  # as always, unless it is a dry run
            return None
        digest = next((self._digests[key] for key in map(_short, keys) if key in self._digests), None)
        if digest is None:
            return None
        return Counts(read=1, skipped=1) if digest == _short(content) else Counts(read=1, updated=1)


def _short(content: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(content).encode(), digest_size=8).digest())


def digests_of(fields: Mapping[str, object], *, key: bytes = b"") -> dict[str, str]:
    """Return digests of the values of fields, which are equal when the values are and reveal nothing else.

    An empty value has none. With a key, only its holder can guess the value of a digest by trial. Digests are stored,
    so this serialisation never changes.
    """
    plain = {name: _plain(value) for name, value in fields.items()}
    return {name: _digest(f"{name}\n{_text(value)}", key) for name, value in plain.items() if value not in _NOTHING}


_NOTHING: tuple[object, ...] = (None, "", [], {})


def _digest(text: str, key: bytes) -> str:
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=9, key=key)
    return base64.b64encode(digest.digest()).decode()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return a value as JSON without its empty parts, so that a new field of a type does not change its digest."""
    if is_dataclass(value):
        value = {one.name: getattr(value, one.name) for one in fields_of(value)}
    if isinstance(value, Mapping):
        plain = {str(name): _plain(one) for name, one in value.items()}
        return {name: one for name, one in plain.items() if one not in _NOTHING}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=_text)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
