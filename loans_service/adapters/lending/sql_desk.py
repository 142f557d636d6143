"""The desk: all that a check-out is decided by, read in one statement and handed to whoever keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from loans_service.adapters.holds.sql_circulation_records import FACTS, STATE, SqlCirculationRecords, State
from loans_service.adapters.holds.sql_holds import SqlHolds
from loans_service.adapters.lending.sql_circumstances import AWAY, HOLD, LOAN, circumstances
from loans_service.adapters.rules.sql_rulebook import RulesCache, SqlRulebook
from loans_service.application.lending.circumstances import CapturedElsewhere, Circumstances
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.circulation_record import CirculationRecord
from loans_service.domain.holds.hold_queue import Claim, HoldQueue
from loans_service.domain.money import Money


class SqlDesk:
    """Implements `circumstances.Desk`: whatever of it may change is known to holds and copies from then on."""

    def __init__(
        self, rulebook: SqlRulebook, kept: RulesCache, *, holds: SqlHolds, copies: SqlCirculationRecords
    ) -> None:
        self._rulebook = rulebook
        self._kept = kept
        self._holds = holds
        self._copies = copies

    async def circumstances(
        self, *, branch: str, timezone: str, copy_id: UUID, book_id: UUID, member_id: UUID, now: datetime
    ) -> Circumstances:
        asked: dict[str, Any] = {"copy_id": copy_id, "book_id": book_id, "member_id": member_id, "now": now}
        rows, rules = await self._rulebook.ask(circumstances(), branch=branch, timezone=timezone, **asked)
        held = [row for row in rows if row.kind == HOLD]
        for row in held:
            if row.Hold is not None:
                self._holds.note(row.Hold)
        away = {row.copy_id: (row, self._record(row)) for row in rows if row.kind == AWAY}
        found = away.pop(copy_id, None)
        return Circumstances(
            rules=rules,
            open_loans=tuple(
                OpenLoan(row.copy_id, row.member_id, row.due_at, row.word) for row in rows if row.kind == LOAN
            ),
            held=_claims(held, copy_id),
            own={row.held_id: row.Hold for row in held if row.member_id == member_id},
            away=None if found is None else found[1],
            other=next((self._elsewhere(row, lies, held) for row, lies in away.values()), None),
            owed=Money(int(rows[0].owed), self._kept.currency) if rows[0].owed else None,
        )

    def _record(self, row: Row[Any]) -> CirculationRecord:
        copy = CirculatingCopy(*(getattr(row, f"away_{name}") for name in FACTS))
        return self._copies.note(copy, State(*(getattr(row, f"away_{name}") for name in STATE)))

    def _elsewhere(self, row: Row[Any], lies: CirculationRecord, held: Sequence[Row[Any]]) -> CapturedElsewhere:
        calendar = self._kept.calendar_of(lies.branch.upper(), row.away_calendar, row.away_calendar_text)
        wanting = (each.Hold for each in held if each.only_copy in (None, lies.copy.copy_id))
        return CapturedElsewhere(lies, calendar, HoldQueue(wanting))


def _claims(held: Sequence[Row[Any]], copy_id: UUID) -> tuple[Claim, ...]:
    """Return those that bear on this copy, in their order: not who waits for the other one alone."""
    bearing = (row for row in held if row.only_copy in (None, copy_id) or row.copy_id == copy_id)
    ordered = sorted(bearing, key=lambda row: (row.place_in_queue, row.held_id))
    return tuple(Claim(row.held_id, row.member_id, row.word, row.copy_id) for row in ordered)
