"""What commands that take in files have alike."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from shared.kernel.errors import InvalidValue, Unavailable
from shared.kernel.file_records import Batch, Counts, FileUnusable, KindCounts, RecordError
from shared.operating.file_commands import InputFile, columns_of, format_of, of_no_use, pieces_of, take_in


async def batches(*given: Batch | Exception) -> AsyncGenerator[Batch]:
    for each in given:
        if isinstance(each, Exception):
            raise each
        yield each


def take(tmp_path: Path, *given: Batch | Exception, dry_run: bool = False) -> None:
    file = tmp_path / "x.json"
    file.touch()
    take_in(InputFile.checked(file), lambda _: batches(*given), dry_run=dry_run)


@pytest.mark.parametrize(
    ("name", "chosen", "format"), [("x.TSV", None, "csv"), ("x.jsonl", None, "json"), ("x.csv", "json", "json")]
)
def test_the_format_is_the_one_that_is_said_or_else_that_of_the_name(
    name: str, chosen: str | None, format: str
) -> None:
    assert format == format_of(Path(name), chosen)


@pytest.mark.parametrize("name", ["-", "members", "members.xls"])
def test_where_no_name_says_the_format_it_must_be_said(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        format_of(Path(name), None)

    assert f"The format of {name} cannot be told from its name: say --format.\n" == capsys.readouterr().err


def test_standard_input_is_always_there() -> None:
    assert Path("-") == InputFile.checked(Path("-")).path


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_file_that_is_none_ends_the_command_with_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        InputFile.checked(tmp_path / name)

    assert f"There is no file {tmp_path / name}.\n" == capsys.readouterr().err


def test_fields_come_with_the_names_of_their_columns() -> None:
    assert {"name": "full name", "category": "a=b"} == columns_of(["name = full name", "category=a=b"])
    assert {} == columns_of(None)


@pytest.mark.parametrize("pair", ["name", "name=", "name= "])
def test_a_column_that_is_none_ends_the_command_with_a_sentence(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        columns_of(["category=a", pair])

    assert f"--map {pair} cannot be read: write FIELD=COLUMN.\n" == capsys.readouterr().err


def test_what_the_service_cannot_read_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"), of_no_use():
        raise InvalidValue("No csv with b.", field="format")

    assert "No csv with b.\n" == capsys.readouterr().err


@pytest.mark.parametrize("reads", [1, 2])
async def test_a_file_is_read_as_often_as_need_be(tmp_path: Path, reads: int) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"x" * 300_000)

    async with InputFile.checked(file, reads=reads).opened() as (pieces, size):
        content = [b"".join([piece async for piece in pieces()]) for _ in range(reads)]

    assert ([b"x" * 300_000] * reads, reads * 300_000) == (content, size)


async def test_what_comes_in_once_is_spooled_where_it_is_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = asyncio.create_task(asyncio.to_thread(pipe.write_bytes, b"title\nEmma\n"))

    async with InputFile.checked(pipe, reads=2).opened() as (pieces, size):
        content = [b"".join([piece async for piece in pieces()]) for _ in range(2)]
    await writing

    assert ([b"title\nEmma\n"] * 2, 22) == (content, size)


def test_each_fault_is_a_line_and_the_sum_comes_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faults = (RecordError(1, "a-1", "no-name", "It has no name."), RecordError(3, None, "no-size", "It has no size."))

    with pytest.raises(SystemExit, match="1"):
        take(tmp_path, Batch(Counts(3, 1, 0, 1, 1), faults), Batch(Counts(10_000, created=10_000)), dry_run=True)

    told = capsys.readouterr()
    assert [
        "record 1 (a-1): no-name: It has no name.",
        "record 3: no-size: It has no size.",
        "x.json: 10003 records",
    ] == (told.err.splitlines())
    assert "Read 10003 records. Would have created 10001, updated 0, left 1 as they were; 1 failed.\n" == told.out


def test_a_file_in_which_nothing_is_refused_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warned = Batch(Counts(1, skipped=1), (RecordError(1, "a-1", "record-differs", "Its size is followed no more."),))

    take(tmp_path, warned)

    assert "Read 1 records. Have created 0, updated 0, left 1 as they were; 0 failed.\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "code", "told"),
    [
        ([], "2", "It is not UTF-8.\n"),
        ([Batch(Counts(1, created=1))], "1", "It is not UTF-8. What was imported before stays; run it again.\n"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_unless_some_of_it_went_in(
    before: list[Batch], code: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=code):
        take(tmp_path, *before, FileUnusable("It is not UTF-8."))

    assert ("", told) == capsys.readouterr()


def test_what_came_inside_of_records_is_counted_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        take(tmp_path, Batch(Counts(1, created=1, kinds={"copies": KindCounts(created=2, failed=1)})))

    assert (
        "Read 1 records. Have created 1, updated 0, left 0 as they were; 0 failed. "
        "Of copies in them: created 2, updated 0, left 0 as they were; 1 failed.\n"
    ) == capsys.readouterr().out


def test_what_was_left_out_is_named_with_how_often_the_most_frequent_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = [Batch(Counts(2, skipped=2), left_out=one) for one in ({"colour": 1, "age": 2}, {"colour": 2}, {})]

    take(tmp_path, *some)

    assert ["left out: colour (3)", "left out: age (2)"] == capsys.readouterr().out.splitlines()[:-1]


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (Unavailable("Nobody answers."), "Nobody answers. What was imported before stays; run it again."),
        (OSError("disk"), "It broke off: disk. What was imported before stays; run it again."),
    ],
)
def test_who_breaks_off_says_why_and_what_stays(
    failure: Exception, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        take(tmp_path, Batch(Counts(1, created=1)), failure)

    assert ("", f"{sentence}\n") == capsys.readouterr()


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Python's own handler, by which a command runs; whatever ran before may have left another, or none."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
def test_who_interrupts_is_told_what_stays_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def endless() -> AsyncGenerator[Batch]:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)
        yield Batch(Counts(1, created=1))

    (tmp_path / "x").touch()
    with pytest.raises(SystemExit, match="130"):
        take_in(InputFile(tmp_path / "x"), lambda _: endless(), dry_run=False)

    assert ("", "It was interrupted. What was imported before stays; run it again.\n") == capsys.readouterr()


async def test_what_was_opened_is_read_to_its_end_and_closed() -> None:
    content = io.BytesIO(b"x" * 300_000)

    assert 300_000 == len(b"".join([piece async for piece in pieces_of(content)]))
    assert content.closed
