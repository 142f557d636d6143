"""A TCP line between a client and a server on this machine, which a test can slow down, hold or break."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

from tests.ports import HOST


class Line:
    """Passes bytes on in both directions. Open it with `async with`; clients connect to `port`.

    Answers come `late` seconds later than they would. Where nobody listens at `target`, it leads to `spare`, as the
    address of a service in a cluster would.
    """

    def __init__(self, target: int, port: int = 0, *, spare: int | None = None) -> None:
        self.port = port
        self._server: asyncio.Server | None = None
        self.late = 0.0
        self._targets = [target] if spare is None else [target, spare]
        self._pumps: set[asyncio.Task[None]] = set()
        self._hold_questions: asyncio.Event | None = None
        self._hold_answers: asyncio.Event | None = None
        self._reached = asyncio.Event()
        self._open = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is None:  # it was never opened: something before it failed
            return
        self._server.close()
        await self.hang_up()
        await self._server.wait_closed()

    def lead_to(self, target: int) -> None:
        """Connect whoever comes from now on with another server; connections that are there stay."""
        self._targets = [target]

    async def hang_up(self) -> None:
        """Break every connection there is; new ones may be made."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def questions_held(self) -> AsyncIterator[asyncio.Event]:
        """Keep back what clients send, until the block ends. The event is set when something was kept back."""
        self._hold_questions, self._reached = asyncio.Event(), asyncio.Event()
        try:
            yield self._reached
        finally:
            self._hold_questions.set()
            self._hold_questions = None

    @contextlib.asynccontextmanager
    async def answers_held(self) -> AsyncIterator[asyncio.Event]:
        """Keep back what the server answers, until the block ends. The event is set when something was kept back."""
        self._hold_answers, self._reached = asyncio.Event(), asyncio.Event()
        try:
            yield self._reached
        finally:
            self._hold_answers.set()
            self._hold_answers = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        with contextlib.closing(writer.transport):
            for target in self._targets:
                with contextlib.suppress(ConnectionRefusedError):
                    there, back = await asyncio.open_connection(HOST, target)
                    with contextlib.closing(back.transport):
                        await self._connect(reader, writer, there, back)
                    break
            else:
                writer.transport.abort()
        self._pumps.discard(task)

    async def _connect(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        back: asyncio.StreamWriter,
    ) -> None:
        """Pass bytes on until either side has no more to say or was lost."""
        directions = [
            asyncio.create_task(self._pass_on(reader, back, questions=True)),
            asyncio.create_task(self._pass_on(there, writer, questions=False)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            writer.transport.abort()
            back.transport.abort()
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, questions: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(65536):
                hold = self._hold_questions if questions else self._hold_answers
                if hold is not None:
                    self._reached.set()
                    await hold.wait()
                if self.late and not questions:
                    await asyncio.sleep(self.late)
                sink.write(chunk)
                await sink.drain()
