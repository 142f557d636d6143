"""JSON: books as the elements of an array, or one after the other; each broken one is reported and stepped over."""

from collections.abc import AsyncIterator

from books_service.adapters.exchange.text.record_trees import record_of
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from shared.kernel.errors import LibraryError
from shared.record_files.json_values import AS_WRITTEN, JsonValues


async def read_json(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read books from an array of objects, or from objects that follow one another, as in JSON Lines."""
    number = 0
    async for value in JsonValues(pieces, AS_WRITTEN):
        number += 1
        if isinstance(value, LibraryError):
            yield IncomingRecord(number, {}, value)
        else:
            yield record_of(number, value, options)
