"""YAML: books as the items of a list, or as documents. Nothing is built from it but texts, lists and mappings."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import yaml

from books_service.adapters.exchange.text.record_trees import record_of
from books_service.application.exchange.ports import FileRecord, ReadingOptions
from shared.kernel.errors import LibraryError
from shared.record_files.texts import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    RecordUnreadable,
    is_broken,
    lines,
)
from shared.record_files.trees import DEEPEST

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, where the library came with it
_NOTHING = {"", "~", "null", "Null", "NULL"}
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "null", "bool", "seq", "map")}
_DOCUMENT = re.compile(r"(?:---|\.\.\.)(?=\s)")
_ITEM = re.compile(r"( *)-(?=\s)")
_IDLE = re.compile(r"\s*+(?:#.*)?$")


class YamlNotPlain(RecordUnreadable):
    code = "yaml-not-plain"
    detail = "This record uses anchors, aliases or tags, or is nested too deeply. Write its values out."


async def read_yaml(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[FileRecord]:
    """Read books from a list of mappings, or from documents of one mapping each.

    Every plain scalar is the text that stands there: `no` is a language and `0439023481` keeps its zero. Each record is
    cut out by its indentation and read by itself, so that a broken one costs no other.
    """
    number = 0
    async for chunk in _chunks(lines(pieces)):
        for value in _values(chunk):
            number += 1
            if isinstance(value, LibraryError):
                yield FileRecord(number, {}, value)
            else:
                yield record_of(number, value, options)


async def _chunks(source: AsyncIterator[str]) -> AsyncIterator[str | None]:
    """Cut a file into its records; None for one that is too long."""
    held: list[str] = []
    size = 0
    indent: str | None = None  # of the items of the present list
    async for line in source:
        document = _DOCUMENT.match(line)
        rest = line[document.end() :] if document else line
        item = None if document else _ITEM.match(line)
        if held and (document or (item and item[1] == indent)):
            yield "".join(held) if size <= MOST_CHARACTERS else None
            held, size = [], 0
        if document:
            indent = None
        if not held and (_IDLE.match(rest) or (indent is None and rest.startswith("%"))):
            continue
        if not held and indent is None and item:
            indent = item[1]
        size += len(rest) if rest.endswith("\n") else MOST_CHARACTERS + 1
        if size <= MOST_CHARACTERS or not held:
            held.append(rest)
    if held:
        yield "".join(held) if size <= MOST_CHARACTERS else None


def _values(chunk: str | None) -> list[Any]:
    """Return the values of a chunk, which is mostly one; for one that cannot be read, the reason."""
    if chunk is None:
        return [RecordTooLong()]
    if is_broken(chunk):
        return [RecordNotUtf8()]
    try:
        tree = _tree(iter(yaml.parse(chunk, _Loader)))
    except RecordUnreadable as error:
        return [error]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in its line {mark.line + 1}"
        return [RecordUnreadable(f"This record is no YAML{where}.")]
    return tree if isinstance(tree, list) else [] if tree is None else [tree]


def _tree(events: Iterator[Any]) -> Any:
    """Return the value of the one document that `events` tell of."""
    for event in events:
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            tree = None if isinstance(event, yaml.StreamEndEvent) else _node(event, events, DEEPEST)
            for _ in events:
                pass  # what follows may be wrong, too
            return tree
    return None


def _node(event: Any, events: Iterator[Any], deepest: int) -> Any:
    tag = getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent) or event.anchor or tag not in {None, "!", *_PLAIN_TAGS} or not deepest:
        raise YamlNotPlain
    if isinstance(event, yaml.ScalarEvent):
        return None if event.implicit[0] and event.value in _NOTHING else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, deepest - 1))
        return items
    members: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        name = _node(event, events, deepest - 1)
        if not isinstance(name, str) or name in members:
            raise RecordUnreadable("This record names a field twice, or by something that is no name.")
        members[name] = _node(next(events), events, deepest - 1)
    return members
