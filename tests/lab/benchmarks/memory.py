"""What each process of the library holds before and after its work."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.lab.benchmarks.contestants import the_library
from tests.lab.benchmarks.processes import Memory, memory
from tests.lab.benchmarks.report import judged
from tests.lab.benchmarks.rounds import Desk
from tests.lab.benchmarks.servers import DurablePostgres, roots
from tests.servers import RabbitServer

AIMS = {"serve": 110, "relay": 90}
"""MiB that a process holds at most when it has worked, by its command."""
_ACTS = 300
_DESKS = 16


@dataclass(frozen=True, slots=True)
class Held:
    """What was measured, by process: with the stock in place, and after the last act."""

    idle: Mapping[str, Memory]
    worked: Mapping[str, Memory]

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        text = []
        for command, aim in AIMS.items():
            name, most = max(
                ((name, held.resident) for name, held in self.worked.items() if name.endswith(command)),
                key=lambda each: each[1],
            )
            text.append(f"{name} holds {most:.0f} MiB, the most of its kind (aim: {aim}); {judged(most <= aim)}.")
        return text

    def as_json(self) -> dict[str, Any]:
        return {
            "verdicts": self.verdicts(),
            "MiB": {name: {"idle": asdict(self.idle[name]), "worked": asdict(self.worked[name])} for name in self.idle},
        }

    def show(self, console: Console) -> None:
        """Print the table and what it means."""
        table = Table(title=f"MiB once the library is stocked, and after {_ACTS} check-outs and as many returns")
        for heading in ("process", "resident", "after", "its share", "after", "its own", "after"):
            table.add_column(heading, justify="left" if heading == "process" else "right")
        for name, idle in self.idle.items():
            pairs = zip(astuple(idle), astuple(self.worked[name]), strict=True)
            table.add_row(name, *(f"{mib:.1f}" for pair in pairs for mib in pair))
        console.print(table)
        for verdict in self.verdicts():
            console.print(verdict, highlight=False)


async def measure(console: Console) -> Held:
    """Start the library, stock it, and look before and after some acts."""
    with DurablePostgres() as postgres, RabbitServer() as rabbit:
        console.print("Starting the library …")
        async with the_library(postgres, rabbit, copies=_ACTS, members=_ACTS // 5) as library:
            processes = {name: roots(process) for name, process in library.processes.items()}
            idle = {name: memory(ids) for name, ids in processes.items()}
            desk = Desk(library, clients=_DESKS, roots=processes)
            await desk.bring_back((await desk.check_out()).done)
            return Held(idle, {name: memory(ids) for name, ids in processes.items()})
