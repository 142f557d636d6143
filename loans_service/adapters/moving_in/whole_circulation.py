"""Everything that lending stores, exported to and imported from files."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from loans_service.persistence.fines.fine_tables import fine_entries, fines, lateness_suspensions, payments
from loans_service.persistence.import_tables import import_profiles, imported_records
from loans_service.persistence.reports.report_tables import annual_reports
from loans_service.persistence.tables import (
    borrowers,
    branch_zones,
    calendars,
    circulation_records,
    copy_scans,
    holds,
    loan_history,
    loans,
    merged_books,
    plumbing,
    policies,
    reported_copies,
    retarget_requests,
)
from loans_service.persistence.tills.till_tables import (
    payouts,
    till_movements,
    till_receipt_lines,
    till_receipts,
    till_sessions,
    till_years,
    tills,
)
from shared.persistence.database import Database
from shared.persistence.whole_tables import DatabaseNotEmpty, WholeTables

EVERYTHING = WholeTables(
    "loans",
    (
        *(policies, calendars, branch_zones, borrowers, loans, loan_history, holds, circulation_records),
        *(
            copy_scans,
            reported_copies,
            merged_books,
            retarget_requests,
            fines,
            fine_entries,
            payments,
            lateness_suspensions,
            annual_reports,
            *(tills, till_years, till_sessions, till_movements, till_receipts, till_receipt_lines, payouts),
            imported_records,
            import_profiles,
        ),
    ),
    plumbing.outbox,
    plumbing.cube,
)
_TELLING = (
    *(calendars, borrowers, loans, holds, fines, lateness_suspensions),
    *(circulation_records, copy_scans, reported_copies, merged_books),
    *(tills, payouts, annual_reports),
)


async def export_all(database: Database, folder: Path, *, version: str, now: datetime) -> Mapping[str, int]:
    """Write everything into a new folder; return the number of rows by table. Raises FolderUnusable."""
    return await EVERYTHING.write(database, folder, version=version, now=now)


async def import_all(database: Database, folder: Path) -> Mapping[str, int]:
    """Import everything into an unused database, all of it or nothing.

    The shipped policy, if it is the only one, and zones that a worker has stored meanwhile are replaced. Raises
    DatabaseNotEmpty, FolderUnusable or RoleOnlyServes.
    """
    async with database.engine.begin() as connection:
        await EVERYTHING.expect_owner(connection)
        for table in _TELLING:
            if (await connection.execute(select(table).limit(1))).first() is not None:
                raise DatabaseNotEmpty
        if len((await connection.execute(select(policies.c.version).limit(2))).all()) > 1:
            raise DatabaseNotEmpty
        for table in (policies, branch_zones):
            await connection.execute(table.delete())
        return await EVERYTHING.fill(connection, folder)
