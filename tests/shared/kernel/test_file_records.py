"""What becomes of the records of a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import pytest

from shared.kernel import file_records
from shared.kernel.errors import InvalidValue
from shared.kernel.file_records import (
    MOST_LEFT_OUT,
    Counts,
    FileRecord,
    SeenRecords,
    TooManyRecords,
    digests_of,
    in_all,
    in_batches,
    left_out_of,
)

KEPT = {"title": "Xj8RX+XlIiM+", "authors": "3tGQBd5GLfNB", "place": "Rq+XpNnhkAug"}
SAME, OTHER = Counts(read=1, skipped=1), Counts(read=1, updated=1)


def test_what_was_left_out_is_added_up_and_of_very_many_names_the_most_frequent_stay() -> None:
    noise = {f"column {number}": 1 for number in range(MOST_LEFT_OUT + 10)}

    whole = in_all(in_all(noise, {"colour": 2}), {"colour": 1, "age": 2})

    assert (MOST_LEFT_OUT, ["colour", "age"]) == (len(whole), list(whole)[:2])
    assert (3, 2) == (whole["colour"], whole["age"])


def test_a_field_that_a_bad_record_has_is_left_out_too() -> None:
    bad: FileRecord[str] = FileRecord(2, None, InvalidValue("No.", field="name"), ("age",))

    assert {"age": 2, "colour": 1} == left_out_of([FileRecord(1, None, "x", ("age", "colour")), bad])


async def five_records() -> AsyncIterator[FileRecord[str]]:
    for number in range(1, 6):
        yield FileRecord(number, None, "x")


async def test_records_come_in_batches_the_last_of_which_is_short() -> None:
    found = [[one.number for one in batch] async for batch in in_batches(five_records(), of=2)]

    assert [[1, 2], [3, 4], [5]] == found


async def test_of_a_file_with_very_many_records_the_first_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_records, "MOST_RECORDS", 3)
    batches = in_batches(five_records(), of=2)

    found = [[one.number for one in await anext(batches)] for _ in range(2)]
    with pytest.raises(TooManyRecords):
        await anext(batches)

    assert [[1, 2], [3]] == found


def test_a_record_that_comes_again_is_known_by_any_of_its_keys() -> None:
    seen = SeenRecords()
    seen.note(["id 1", "card A"], "Ada")

    assert (SAME, OTHER) == (seen.again(["id 1"], "Ada"), seen.again(["id 2", "card A"], "Ada Lovelace"))
    assert (None, None) == (seen.again(["id 2"], "Ada"), seen.again([], "Ada"))


def test_what_a_record_said_last_is_what_counts() -> None:
    seen = SeenRecords()
    for content in ("Ada", "Ada Lovelace"):
        seen.note(["id 1"], content)

    assert (OTHER, SAME) == (seen.again(["id 1"], "Ada"), seen.again(["id 1"], "Ada Lovelace"))


def test_memory_is_bounded_what_comes_last_is_forgotten() -> None:
    seen = SeenRecords(most=2)
    for key in ("1", "2", "3"):
        seen.note([key], "x")
    seen.note(["1"], "y")

    assert (SAME, SAME, None) == (seen.again(["1"], "y"), seen.again(["2"], "x"), seen.again(["3"], "x"))


@dataclass(frozen=True)
class _Address:
    city: str
    street: str | None = None


def test_equal_values_have_equal_digests_and_others_have_others() -> None:
    digests = digests_of({"a": ("x", 1), "b": _Address("Wien"), "c": date(2026, 1, 2), "d": {"y": 1, "x": 2}})

    assert digests == digests_of({"a": ["x", 1], "b": {"city": "Wien"}, "c": "2026-01-02", "d": {"x": 2, "y": 1}})
    others = digests_of({"a": ("x", 2), "b": _Address("Graz"), "c": None, "d": {"x": 1, "y": 2}})
    assert {"a", "b", "d"} == others.keys()
    assert not set(digests.values()) & set(others.values())


def test_what_says_nothing_has_no_digest_and_a_value_in_another_field_another_one() -> None:
    assert {} == digests_of({"a": None, "b": (), "c": "", "d": {}})
    assert {"e"} == digests_of({"e": False}).keys()
    assert 2 == len(set(digests_of({"a": "x", "b": "x"}).values()))


def test_digests_are_kept_so_that_they_never_change() -> None:
    digests = {"title": "Emma", "authors": ("Jane Austen",), "place": _Address("Wien")}

    assert KEPT == digests_of(digests)
    assert not set(KEPT.values()) & set(digests_of(digests, key=b"secret").values())
