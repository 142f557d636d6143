"""Which copy of the stock does a record of a file mean? So decided that the same file again changes nothing."""

from books_service.domain.exchange.matching import MatchKey
from books_service.domain.stock.copy_record import CopyRecord
from shared.kernel.errors import InvalidValue, Refused


class BarcodeRepeatedInFile(Refused):
    """Two copies of one file have one barcode and say different things; which is right, a person must say."""

    code = "barcode-repeated-in-file"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"An earlier record of this file has a copy {barcode} too, with other facts; it was taken.")


class ExternalIdRepeatedInFile(Refused):
    """Two copies of one file have one key of the system that they come from."""

    code = "external-id-repeated-in-file"

    def __init__(self, external_id: str) -> None:
        super().__init__(f"An earlier record of this file has a copy {external_id} with another barcode; it was taken.")


class CopyWithoutBook(InvalidValue):
    """A copy is one of a book."""

    code = "copy-without-book"
    detail = "The catalogue has no book with this isbn, book_id or book. Bring the book in first."
    field = "book"


class CopyWithoutBranch(InvalidValue):
    """A new copy is at home somewhere."""

    code = "copy-without-branch"
    detail = "This copy is new, and the file names no branch for it."
    field = "branch"


class CopiesOfFile:
    """The copies of one file, by their barcodes and the keys that they came with; few bytes for each."""

    def __init__(self) -> None:
        self._contents: dict[MatchKey, MatchKey] = {}
        self._steps: list[MatchKey] = []

    def repeats(self, record: CopyRecord, book: object) -> bool:
        """Whether an earlier record said the very same of the very same book's copy; else remember this one.

        Raises BarcodeRepeatedInFile or ExternalIdRepeatedInFile when one said something else.
        """
        contents = MatchKey.of("copy", record, book)
        barcode = MatchKey.of("barcode", record.barcode.key)
        if (earlier := self._contents.get(barcode)) is not None:
            if earlier != contents:
                raise BarcodeRepeatedInFile(str(record.barcode))
            return True
        names = [barcode]
        if record.external_id is not None:
            names.append(MatchKey.of("external", record.external_id.lower()))
            if names[1] in self._contents:
                raise ExternalIdRepeatedInFile(record.external_id)
        self._contents |= dict.fromkeys(names, contents)
        self._steps += names
        return False

    def savepoint(self) -> None:
        """Keep what was remembered so far."""
        self._steps.clear()

    def roll_back(self) -> None:
        """Forget what was remembered since the last savepoint."""
        for key in self._steps:
            del self._contents[key]
        self._steps.clear()
