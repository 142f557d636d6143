"""YAML: books as the items of a list, or as documents. Nothing is built from it but texts, lists and mappings."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import yaml

from books_service.adapters.exchange.text.record_trees import record_of
from books_service.application.exchange.ports import IncomingRecord, ReadingOptions
from shared.kernel.errors import LibraryError
from shared.kernel.pace import Pace
from shared.record_files.texts import (
    MOST_CHARACTERS,
    RecordNotUtf8,
    RecordTooLong,
    RecordUnreadable,
    is_broken,
    lines,
)
from shared.record_files.trees import DEEPEST, MOST_VALUES, RecordTooWide

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, where the library came with it
_NOTHING = {"", "~", "null", "Null", "NULL"}
_AROUND = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "null", "bool", "seq", "map")}
_DOCUMENT = re.compile(r"(?:---|\.\.\.)(?=\s)")
_ITEM = re.compile(r"( *)-(?=\s)")
_IDLE = re.compile(r"\s*+(?:#.*)?$")


class YamlNotPlain(RecordUnreadable):
    code = "yaml-not-plain"
    detail = "This record uses anchors, aliases or tags, or is nested too deeply. Write its values out."


async def read_yaml(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read books from a list of mappings, or from documents of one mapping each.

    Every plain scalar is the text that stands there: `no` is a language and `0439023481` keeps its zero. Each record is
    cut out by its indentation and read by itself, so that a broken one costs no other.
    """
    number, pace = 0, Pace()
    async for chunk in _chunks(lines(pieces)):
        for value in await _values(chunk, pace):
            await pace()
            number += 1
            if isinstance(value, LibraryError):
                yield IncomingRecord(number, {}, value)
            else:
                yield record_of(number, value, options)


async def _chunks(source: AsyncIterator[str]) -> AsyncIterator[str | None]:
    """Split a file into its records; None: a record that is too long."""
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


async def _values(chunk: str | None, pace: Pace) -> list[Any]:
    """Return the values of a chunk, mostly one; for a chunk that cannot be read, the refusal."""
    if chunk is None:
        return [RecordTooLong()]
    if is_broken(chunk):
        return [RecordNotUtf8()]
    try:
        tree = await _tree(iter(yaml.parse(chunk, _Loader)), pace)
    except RecordUnreadable as error:
        return [error]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" in its line {mark.line + 1}"
        return [RecordUnreadable(f"This record is no YAML{where}.")]
    return tree if isinstance(tree, list) else [] if tree is None else [tree]


async def _tree(events: Iterator[Any], pace: Pace) -> Any:
    """Return the value of the one document in `events`, read to their end: what follows it may be invalid."""
    tree, open_nodes, values = None, list[_Node](), 0
    for event in events:
        await pace()
        if isinstance(event, _AROUND):
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            value = open_nodes.pop().value()
        else:
            values += 1
            if values > MOST_VALUES:
                raise RecordTooWide
            _expect_plain(event, levels=len(open_nodes))
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append(_Node(is_mapping=isinstance(event, yaml.MappingStartEvent)))
                continue
            value = None if event.implicit[0] and event.value in _NOTHING else event.value
        if open_nodes:
            open_nodes[-1].take(value)
        else:
            tree = value
    return tree


def _expect_plain(event: Any, *, levels: int) -> None:
    is_plain = not isinstance(event, yaml.AliasEvent) and not event.anchor
    if not is_plain or getattr(event, "tag", None) not in {None, "!", *_PLAIN_TAGS} or levels >= DEEPEST:
        raise YamlNotPlain


class _Node:
    """A list or a mapping that is being read."""

    def __init__(self, *, is_mapping: bool) -> None:
        self._items: list[Any] = []
        self._members: dict[str, Any] = {}
        self._is_mapping = is_mapping
        self._name: str | None = None

    def take(self, value: Any) -> None:
        """Take an item, or the name of a member and then its value. Raises RecordUnreadable."""
        if not self._is_mapping:
            self._items.append(value)
        elif self._name is None:
            if not isinstance(value, str) or value in self._members:
                raise RecordUnreadable("This record names a field twice, or by something that is no name.")
            self._name = value
        else:
            self._members[self._name], self._name = value, None

    def value(self) -> Any:
        """Return what has been read."""
        return self._members if self._is_mapping else self._items
