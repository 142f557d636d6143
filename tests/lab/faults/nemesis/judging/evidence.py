"""What is left behind after a run, read once: the databases, the events, and what repeated requests are answered."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.end_to_end.witness import Seen
from tests.lab.faults.nemesis.besieged.library import BesiegedLibrary
from tests.lab.faults.nemesis.history import Act, History

Row = dict[str, Any]
_QUERIES = {
    "loans": {
        "loans": "SELECT * FROM loans",
        "loan_history": "SELECT * FROM loan_history ORDER BY entry_id",
        "holds": "SELECT * FROM holds",
        "hold_changes": "SELECT * FROM hold_changes ORDER BY number",
        "circulation_records": "SELECT * FROM circulation_records",
        "fines": "SELECT * FROM fines",
        "fine_entries": "SELECT * FROM fine_entries ORDER BY entry_id",
        **{
            table: f"SELECT * FROM {table}"
            for table in ("tills", "till_years", "till_sessions", "till_movements", "till_receipts", "payouts")
        },
        "borrowers": "SELECT * FROM borrowers",
        "outbox": "SELECT sequence, type, subject FROM outbox",
        "ever_told": "SELECT * FROM ever_told ORDER BY sequence",
    },
    "books": {
        "copies": "SELECT * FROM copies",
        "circulation": "SELECT * FROM circulation",
        "kept_news": "SELECT * FROM kept_news ORDER BY number",
        "outbox": "SELECT sequence, type, subject FROM outbox",
        "ever_told": "SELECT * FROM ever_told ORDER BY sequence",
    },
    "members": {
        "members": "SELECT member_id, leaving_since FROM members",
        "cards": "SELECT member_id FROM cards",
        "outbox": "SELECT sequence, type, subject FROM outbox",
        "ever_told": "SELECT * FROM ever_told ORDER BY sequence",
    },
}


@dataclass(slots=True)
class Evidence:
    """Rows by service and table; `again` is what accepted acts were answered when their key was used once more."""

    history: History
    limits: dict[str, int]  # open loans, by member
    left: set[str]
    rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    events: list[Seen] = field(default_factory=list)
    again: list[tuple[Act, int, dict[str, Any]]] = field(default_factory=list)

    def of(self, table: str, service: str = "loans") -> list[Row]:
        """Return the rows of a table."""
        return self.rows[service][table]

    def grouped(self, table: str, by: str, service: str = "loans") -> dict[str, list[Row]]:
        """Return the rows of a table by what stands in one of their columns."""
        groups: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.of(table, service):
            groups[str(row[by])].append(row)
        return groups

    @property
    def open_loans(self) -> list[Row]:
        """The loans that are not returned."""
        return [row for row in self.of("loans") if row["returned_at"] is None]


async def gather(evidence: Evidence, library: BesiegedLibrary) -> None:
    """Read all databases, and all events of the witness's queue."""
    for service, queries in _QUERIES.items():
        database = await library.database(service)
        try:
            evidence.rows[service] = {
                table: [dict(row) for row in await database.fetch(query)] for table, query in queries.items()
            }
        finally:
            await database.close()
    evidence.events = await library.witness.all()


async def told_so_far(library: BesiegedLibrary) -> list[int]:
    """Return how many events each service has written so far."""
    counts = []
    for service in _QUERIES:
        database = await library.database(service)
        try:
            counts.append(int(await database.fetchval("SELECT count(*) FROM ever_told")))
        finally:
            await database.close()
    return counts
