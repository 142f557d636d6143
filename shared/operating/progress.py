"""The progress of a command with a file: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shared.operating.file_commands import Pieces

_SAYS_EVERY = 10_000  # records, where there is no terminal for a bar


class FileProgress:
    """How many bytes and records of a file are done."""

    def __init__(self, progress: Progress, task: TaskID, name: str) -> None:
        self._progress = progress
        self._task = task
        self._name = name
        self._records = 0

    def watched(self, pieces: Pieces) -> Pieces:
        """Return a reader of the same pieces that advances the bar."""

        async def read() -> AsyncIterator[bytes]:
            async for piece in pieces():
                yield piece
                self.advance(len(piece))

        return read

    def advance(self, size: int) -> None:
        """Report that so many more bytes are done."""
        self._progress.advance(self._task, size)

    def reach(self, records: int) -> None:
        """Report how many records are done."""
        says = f"{self._name}: {records} records"
        self._progress.update(self._task, description=says)
        if self._progress.disable and records // _SAYS_EVERY > self._records // _SAYS_EVERY:
            typer.echo(says, err=True)
        self._records = records


@contextmanager
def progress_of(name: str, size: int | None) -> Iterator[FileProgress]:
    """Show the progress of a file of this size; None when its size is unknown."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield FileProgress(progress, progress.add_task(name, total=size), name)
