"""The formats in which books come in and go out as files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import yaml

from books_service.adapters.exchange.dublin_core import write_dublin_core
from books_service.adapters.exchange.marc.files import (
    NAMESPACE,
    XML_FOOT,
    XML_HEAD,
    read_marc,
    read_marcxml,
    write_authority,
    write_marc,
    write_marcxml,
)
from books_service.adapters.exchange.text.authority_trees import authority_tree
from books_service.adapters.exchange.text.csv_records import read_csv, write_authority_row, write_copy_row, write_rows
from books_service.adapters.exchange.text.json_records import read_json
from books_service.adapters.exchange.text.record_trees import book_tree, copy_tree
from books_service.adapters.exchange.text.yaml_records import read_yaml
from books_service.application.exchange.ports import (
    ExportedBook,
    RecordReader,
    RecordWriter,
)

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the fast one, where the library came with it

RECORD_READERS: Mapping[str, RecordReader] = {
    "csv": read_csv,
    "json": read_json,
    "marc": read_marc,
    "marcxml": read_marcxml,
    "yaml": read_yaml,
}


def _yaml(book: ExportedBook) -> str:
    tree = book_tree(book)
    text: str = yaml.dump([tree], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000)
    return text


RECORD_WRITERS: Mapping[str, RecordWriter] = {
    "csv": RecordWriter(
        "csv", "text/csv; charset=utf-8", lambda book: write_rows(book).encode(), write_rows(None).encode()
    ),
    # One record a line, so that tools for lines can work on it, and a broken line costs one record.
    "json": RecordWriter(
        "json",
        "application/json",
        lambda book: json.dumps(book_tree(book), ensure_ascii=False).encode(),
        b"[\n",
        b",\n",
        b"\n]\n",
    ),
    "marc": RecordWriter("mrc", "application/marc", write_marc),
    "marcxml": RecordWriter(
        "xml",
        "application/marcxml+xml",
        lambda book: write_marcxml(book).encode(),
        XML_HEAD.encode(),
        b"",
        XML_FOOT.encode(),
    ),
    "yaml": RecordWriter("yaml", "application/yaml", lambda book: _yaml(book).encode()),
}


def _copy_lines(book: ExportedBook) -> str:
    named = {"isbn": book.record.main_isbn, "book_id": book.book_id, "book": book.record.external_id}
    names = {name: str(value) for name, value in named.items() if value is not None}
    return "".join(json.dumps({**copy_tree(copy), **names}, ensure_ascii=False) + "\n" for copy in book.copies)


AUTHORITY_WRITERS: Mapping[str, RecordWriter] = {
    "csv": replace(
        RECORD_WRITERS["csv"],
        write=lambda authority: write_authority_row(authority).encode(),
        head=write_authority_row(None).encode(),
    ),
    "json": replace(
        RECORD_WRITERS["json"],
        write=lambda authority: json.dumps(authority_tree(authority), ensure_ascii=False).encode(),
    ),
    "marc": replace(RECORD_WRITERS["marc"], write=partial(write_authority, as_xml=False)),
    "marcxml": replace(RECORD_WRITERS["marcxml"], write=partial(write_authority, as_xml=True)),
}
"""The formats in which authorities go out."""

COPY_WRITERS: Mapping[str, RecordWriter] = {
    "csv": RecordWriter(
        "csv", "text/csv; charset=utf-8", lambda book: write_copy_row(book).encode(), write_copy_row(None).encode()
    ),
    "json": RecordWriter("jsonl", "application/json", lambda book: _copy_lines(book).encode()),
}
"""The formats in which copies go out alone."""


_marcxml = partial(write_marcxml, namespace=NAMESPACE)


HARVEST_SHAPES: Mapping[str, Callable[[ExportedBook], str]] = {
    "oai_dc": partial(write_dublin_core, root="oai_dc"),
    "marc21": _marcxml,
}
"""The forms in which a book is harvested, each an element of XML."""
RETRIEVAL_SHAPES: Mapping[str, Callable[[ExportedBook], str]] = {
    "marcxml": _marcxml,
    "dc": partial(write_dublin_core, root="srw_dc"),
}
"""The forms in which a book answers a query, each an element of XML."""
