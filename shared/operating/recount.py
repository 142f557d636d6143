"""The command that compares the figures of a service with its records."""

import asyncio
import sys
from typing import Annotated

import typer

from shared.command_line import FAILED, exit_on_failure, load_or_exit
from shared.kernel.clock import SystemClock
from shared.persistence.cube.recounting import Difference, Recounted
from shared.service import Service, opened_database, recount_of
from shared.service.settings import OwnSettings


def add_recount(commands: typer.Typer, service: Service, *, settings: type[OwnSettings]) -> None:
    """Add `recount` to the commands of a service."""

    @commands.command("recount")
    def recount(
        *,
        repair: Annotated[bool, typer.Option("--repair", help="Set the figures to what the records come to.")] = False,
    ) -> None:
        """Compare figures with the records from which they were counted; exit 1 when something is left that differs."""
        chosen = load_or_exit(settings, service.name, rabbitmq_url=None)
        with exit_on_failure("It broke off: {}."):
            found = asyncio.run(_recounted(service, chosen, repair=repair))
        for difference in found.differences:
            typer.echo(_line(difference))
        typer.echo(f"compared {found.compared}, differing {found.differing}, repaired {found.repaired}")
        sys.exit(0 if found.is_clean else FAILED)


async def _recounted(service: Service, settings: OwnSettings, *, repair: bool) -> Recounted:
    async with opened_database(service, settings) as database:
        recount = recount_of(service, settings, database, SystemClock())
        return Recounted() if recount is None else await recount(repair=repair)


def _line(difference: Difference) -> str:
    along = ", ".join(f"{name} {value}" for name, value in difference.along.items())
    when = f"{difference.span} {difference.starts_on}"
    where = f" ({along})" if along else ""
    return f"{difference.atom}, {when}{where}: {difference.in_cube} counted, {difference.in_records} on record"
