"""Commands for events that wait to be published, and for dead letters."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from shared.command_line import FAILED, MISCONFIGURED, exit_with, load_or_exit
from shared.kernel.clock import Clock, SystemClock
from shared.messaging.bus import Listener
from shared.messaging.dead_letters import DeadLetter, Decision, go_through
from shared.messaging.delivery import DeliveryOutcome, deliver
from shared.messaging.worker import BackgroundWorker
from shared.operating.doctor import NOT_THERE, reason
from shared.persistence.database import Database
from shared.service import Service, database_of
from shared.service.settings import OwnSettings

EventId = Annotated[str, typer.Argument(help="The id of the event, as `dead` lists it.")]


@dataclass(frozen=True, slots=True)
class OutboxCommands:
    """The commands `outbox …` of a service."""

    service: Service
    background: type[OwnSettings]
    create_worker: Callable[[Any], BackgroundWorker]

    def as_group(self) -> typer.Typer:
        """Return the command group."""
        group = typer.Typer(help="Events that wait to be published, and those that could not be handled here.")
        for name in ("status", "dead", "show", "replay", "drop"):
            group.command(name)(getattr(self, name))
        return group

    def status(self) -> None:
        """Say how many events wait to be published, since when, and of which types."""
        chosen = load_or_exit(self.background, self.service.name, rabbitmq_url=None)
        try:
            waiting = asyncio.run(_waiting(database_of(self.service, chosen), self.service, SystemClock()))
        except NOT_THERE as error:
            exit_with(f"The outbox cannot be read: {reason(error)}.", FAILED)
        typer.echo(waiting.in_words())

    def dead(self) -> None:
        """List the dead letters of this service's listeners, oldest first: id, type, subject, time, listener."""
        for letter in self._letters(lambda _: _keep):
            typer.echo(_line(letter))

    def show(self, event_id: EventId) -> None:
        """Print a dead letter as it came."""
        found = [letter for letter in self._letters(lambda _: _keep) if letter.id == event_id]
        if not found:
            exit_with(f"There is no dead letter {event_id}.", FAILED)
        typer.echo(found[0].body.decode(errors="replace"))

    def replay(
        self, event_id: Annotated[str | None, typer.Argument(help="Only this event; all of them if left out.")] = None
    ) -> None:
        """Hand dead letters to their listener once more, here and now. What it handles is gone; the rest stays dead."""
        done: list[str] = []

        def decide(listener: Listener) -> Decision:
            async def handled(letter: DeadLetter) -> bool:
                if (
                    event_id not in {None, letter.id}
                    or await deliver(listener, letter.body) is not DeliveryOutcome.DONE
                ):
                    return False
                done.append(letter.id)
                return True

            return handled

        tried = [letter for letter in self._letters(decide) if event_id in {None, letter.id}]
        if event_id is not None and not tried:
            exit_with(f"There is no dead letter {event_id}.", FAILED)
        typer.echo(f"{len(done)} of {len(tried)} handled.")
        if len(done) < len(tried):
            sys.exit(FAILED)

    def drop(self, event_id: EventId) -> None:
        """Drop a dead letter for good. What it told of is then never known here: see whether something repairs it."""

        async def is_it(letter: DeadLetter) -> bool:
            return letter.id == event_id

        if event_id not in {letter.id for letter in self._letters(lambda _: is_it)}:
            exit_with(f"There is no dead letter {event_id}.", FAILED)
        typer.echo(f"{event_id} is dropped.")

    def _letters(self, decide: Callable[[Listener], Decision]) -> list[DeadLetter]:
        chosen = load_or_exit(self.background, self.service.name)
        if chosen.rabbitmq_url is None:
            exit_with("RABBITMQ_URL is missing: dead letters lie at the broker (amqp://…).", MISCONFIGURED)
        listeners = self.create_worker(chosen).listeners.values()
        try:
            return asyncio.run(_go_through(chosen, listeners, decide))
        except OSError as error:
            exit_with(f"The broker does not answer: {reason(error)}. Is it up? See RABBITMQ_URL.", FAILED)


async def _keep(_: DeadLetter) -> bool:
    return False


async def _go_through(
    chosen: OwnSettings, listeners: Iterable[Listener], decide: Callable[[Listener], Decision]
) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    for listener in listeners:
        url = chosen.rabbitmq_url or ""
        found += await go_through(url, listener.name, decide(listener), ca_file=chosen.tls_ca_file)
    return found


def _line(letter: DeadLetter) -> str:
    if letter.event is None:
        return f"(unreadable)  {len(letter.body)} bytes  {letter.listener}"
    event = letter.event
    return f"{event.id}  {event.type}  {event.subject}  {event.time:%Y-%m-%dT%H:%M:%SZ}  {letter.listener}"


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """The events that wait in an outbox. `age` is that of the oldest, in seconds."""

    by_type: Mapping[str, int] = field(default_factory=dict[str, int])
    age: float = 0.0

    def in_words(self) -> str:
        """Return it as text, in several lines."""
        if not self.by_type:
            return "Nothing waits to be published."
        lines = [f"{sum(self.by_type.values())} events wait, the oldest for {self.age:.0f} s."]
        return "\n".join([*lines, *(f"{count:8} {type_}" for type_, count in sorted(self.by_type.items()))])


async def _waiting(database: Database, service: Service, clock: Clock) -> OutboxBacklog:
    outbox = service.tables.outbox
    counted = select(outbox.c.type, func.count(), func.min(outbox.c.occurred_at)).group_by(outbox.c.type)
    try:
        rows = await database.rows(counted)
    finally:
        await database.dispose()
    if not rows:
        return OutboxBacklog()
    oldest = min(first for _, _, first in rows)
    return OutboxBacklog({type_: count for type_, count, _ in rows}, (clock.now() - oldest).total_seconds())
