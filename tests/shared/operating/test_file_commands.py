"""What commands that take in files have alike."""

import asyncio
import io
import signal
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import pytest

from shared.kernel.errors import InvalidValue, Unavailable
from shared.kernel.file_records import Batch, Counts, FileUnusable, RecordError
from shared.operating.file_commands import GivenFile, pieces_of, take_in


def anything(format: str, mapping: Mapping[str, str]) -> None:
    """Find nothing wrong."""


async def batches(*given: Batch | Exception) -> AsyncGenerator[Batch]:
    for each in given:
        if isinstance(each, Exception):
            raise each
        yield each


@pytest.mark.parametrize(
    ("name", "chosen", "format"), [("x.TSV", None, "csv"), ("x", None, "json"), ("x.csv", "json", "json")]
)
def test_the_format_is_the_one_that_is_said_or_else_that_of_the_name(
    name: str, chosen: str | None, format: str, tmp_path: Path
) -> None:
    (tmp_path / name).touch()

    assert format == GivenFile.checked(tmp_path / name, chosen, "{}", anything).format


def test_standard_input_is_always_there() -> None:
    assert "json" == GivenFile.checked(Path("-"), None, "{}", anything).format


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_file_that_is_none_ends_the_command_with_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        GivenFile.checked(tmp_path / name, None, "{}", anything)

    assert f"There is no file {tmp_path / name}.\n" == capsys.readouterr().err


@pytest.mark.parametrize("mapping", ["", "[]", '{"name": 7}', '{"name": " "}', "[" * 100_000])
def test_a_mapping_that_is_none_ends_the_command_with_a_sentence(
    mapping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        GivenFile.checked(Path("x.csv"), None, mapping, anything)

    assert "The mapping is a JSON object of texts" in capsys.readouterr().err


def test_what_the_service_cannot_read_ends_the_command_before_the_file_is_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def nothing(format: str, mapping: Mapping[str, str]) -> None:
        raise InvalidValue(f"No {format} with {mapping['name']}.", field="format")

    with pytest.raises(SystemExit, match="2"):
        GivenFile.checked(Path("nowhere.csv"), None, '{"name": "b"}', nothing)

    assert "No csv with b.\n" == capsys.readouterr().err


def test_each_fault_is_a_line_and_the_sum_comes_last(capsys: pytest.CaptureFixture[str]) -> None:
    faults = (RecordError(1, "a-1", "no-name", "It has no name."), RecordError(3, None, "no-size", "It has no size."))

    with pytest.raises(SystemExit, match="1"):
        take_in(batches(Batch(Counts(3, 1, 0, 1, 1), faults), Batch(Counts(10_000, created=10_000))), dry_run=True)

    told = capsys.readouterr()
    assert ["record 1 (a-1): no-name: It has no name.", "record 3: no-size: It has no size.", "10003 records"] == (
        told.err.splitlines()
    )
    assert "Read 10003 records. Would have created 10001, updated 0, left 1 as they were; 1 failed.\n" == told.out


def test_a_file_in_which_nothing_is_refused_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    warned = Batch(Counts(1, skipped=1), (RecordError(1, "a-1", "record-differs", "Its size is followed no more."),))

    take_in(batches(warned), dry_run=False)

    assert "Read 1 records. Have created 0, updated 0, left 1 as they were; 0 failed.\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "code", "told"),
    [
        ([], "2", "It is not UTF-8.\n"),
        ([Batch(Counts(1, created=1))], "1", "It is not UTF-8. What was imported before stays; run it again.\n"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_unless_some_of_it_went_in(
    before: list[Batch], code: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=code):
        take_in(batches(*before, FileUnusable("It is not UTF-8.")), dry_run=False)

    assert ("", told) == capsys.readouterr()


def test_what_was_left_out_is_named_with_how_often_the_most_frequent_first(capsys: pytest.CaptureFixture[str]) -> None:
    some = [Batch(Counts(2, skipped=2), left_out=one) for one in ({"colour": 1, "age": 2}, {"colour": 2}, {})]

    take_in(batches(*some), dry_run=False)

    assert ["left out: colour (3)", "left out: age (2)"] == capsys.readouterr().out.splitlines()[:-1]


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (Unavailable("Nobody answers."), "Nobody answers. What was imported before stays; run it again."),
        (OSError("disk"), "It broke off: disk. What was imported before stays; run it again."),
    ],
)
def test_who_breaks_off_says_why_and_what_stays(
    failure: Exception, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        take_in(batches(Batch(Counts(1, created=1)), failure), dry_run=False)

    assert ("", f"{sentence}\n") == capsys.readouterr()


def test_who_interrupts_is_told_what_stays_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def endless() -> AsyncGenerator[Batch]:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)
        yield Batch(Counts(1, created=1))

    with pytest.raises(SystemExit, match="130"):
        take_in(endless(), dry_run=False)

    assert ("", "It was interrupted. What was imported before stays; run it again.\n") == capsys.readouterr()


async def test_what_was_opened_is_read_to_its_end_and_closed() -> None:
    content = io.BytesIO(b"x" * 300_000)

    assert 300_000 == len(b"".join([piece async for piece in pieces_of(content)]))
    assert content.closed
