"""Commands for operators, the same in every service: events that wait, dead letters, and what is broken."""

import asyncio
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

import typer

from shared import configuration
from shared.command_line import FAILED, MISCONFIGURED
from shared.environment import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.messaging.worker import BackgroundWorker
from shared.operating.doctor import Diagnosis, Look, examine
from shared.operating.outbox import OutboxCommands
from shared.service import Service, database_of
from shared.service.settings import OwnSettings
from shared.settings_reference import name_unknown_settings


def add_operator_commands(
    commands: typer.Typer,
    service: Service,
    *,
    settings: type[OwnSettings],
    background: type[OwnSettings],
    create_worker: Callable[[Any], BackgroundWorker],
    neighbours: Collection[str] = (),
    own_looks: Callable[[Any], Mapping[str, Look]] = lambda _: {},
) -> None:
    """Add `outbox …` and `doctor` to the commands of a service.

    `doctor` checks the `neighbours` that the service calls, and by `own_looks` what is particular to it.
    """
    commands.add_typer(OutboxCommands(service, background, create_worker).as_group(), name="outbox")

    @commands.command("doctor")
    def doctor() -> None:
        """Look at all that this process is told of: a line each, with what to do; exit code 1 if something is wrong."""
        name_unknown_settings(settings, service.name)
        try:
            chosen = configuration.load(settings)
        except ConfigurationError as error:
            for sentence in error.sentences:
                typer.echo(Diagnosis("settings", sentence).in_words())
            sys.exit(MISCONFIGURED)
        database, own = database_of(service, chosen), own_looks(chosen)
        looks = examine(chosen, service.package, database, SystemClock(), neighbours=neighbours, own=own)
        found = [Diagnosis("settings"), *asyncio.run(looks)]
        for finding in found:
            typer.echo(finding.in_words())
        if any(finding.trouble for finding in found):
            sys.exit(FAILED)
