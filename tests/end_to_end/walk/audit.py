"""What must hold whatever was done: where a copy is, who has it, and what is owed, as every side has it."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from books_service.domain.stock.copy_status import CopyStatus
from loans_service.domain.holds.circulation_record import CirculationStatus
from loans_service.domain.holds.hold import ACTIVE, HoldStatus
from loans_service.domain.holds.hold_queue import positions
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_status import LoanStatus
from tests.end_to_end.walk.stage import Copy, Stage
from tests.end_to_end.walk.town import Broken
from tests.loans.library import Records, records

SHOWN_AS = {
    CirculationStatus.REQUESTED: "requested",
    CirculationStatus.HOLD_SHELF: "on_hold_shelf",
    CirculationStatus.IN_TRANSIT: "in_transit",
}
HELD_AS = {
    CirculationStatus.REQUESTED: HoldStatus.WAITING,
    CirculationStatus.HOLD_SHELF: HoldStatus.READY,
    CirculationStatus.IN_TRANSIT: HoldStatus.IN_TRANSIT,
}


class Audit:
    """Looks at the library from all sides, once all news has arrived."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.looked = 0
        self.wrong: list[str] = []

    async def __call__(self) -> None:
        """Raise Broken with everything that disagrees."""
        town = self.stage.town
        await town.settle()
        self.looked += 1
        self.wrong = []
        async with town.databases["loans"].reading() as connection:
            kept: Records = await connection.run_sync(records)
        out = self._loans_by_copy(kept)
        self._holds_and_records(kept, out)
        await self._catalogue(kept, out)
        await self._lists(kept)
        await self._money(kept)
        await self._people(kept)
        if self.wrong:
            raise Broken("\n".join(self.wrong))

    def _expect(self, holds: object, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)

    def _loans_by_copy(self, kept: Records) -> dict[UUID, Loan]:
        out: dict[UUID, Loan] = {}
        for loan in kept.loans.values():
            if loan.is_open:
                self._expect(loan.copy.copy_id not in out, f"{loan.copy.barcode} is on loan twice")
                out[loan.copy.copy_id] = loan
        return out

    def _holds_and_records(self, kept: Records, out: dict[UUID, Loan]) -> None:
        active = {hold.id: hold for hold in kept.holds.values() if hold.status in ACTIVE}
        volumes = {copy.copy_id: copy.volume and copy.volume.removeprefix("Vol. ") for copy in self.stage.copies}
        for copy_id, row in kept.away.items():
            where, hold = f"{row['barcode']} ({row['status']})", active.get(row["hold_id"])
            self._expect(copy_id not in out or row["status"] == CirculationStatus.HOME, f"{where} is on loan and away")
            if row["hold_id"] is None:
                continue
            if hold is None:
                self._expect(None, f"{where} serves a hold that has ended")
                continue
            self._expect(hold.status == HELD_AS.get(row["status"]), f"{where} serves a hold that is {hold.status}")
            self._expect(hold.copy_id == copy_id, f"{where} serves a hold that has another copy")
            self._expect(hold.book_id == row["book_id"], f"{where} serves a hold on another book")
            volume = volumes.get(str(copy_id))
            fits = row["status"] != CirculationStatus.REQUESTED or hold.volume_key in (None, volume)
            self._expect(fits, f"{where}, volume {volume}, is to be pulled for a hold on volume {hold.volume}")
        served = Counter(row["hold_id"] for row in kept.away.values() if row["hold_id"] is not None)
        for hold in active.values():
            has_copy = hold.copy_id is not None
            self._expect(
                served[hold.id] == int(has_copy), f"hold {hold.id} ({hold.status}) is served {served[hold.id]} times"
            )
            self._expect(hold.status is not HoldStatus.READY or hold.pickup_until, f"hold {hold.id} is ready for ever")

    async def _catalogue(self, kept: Records, out: dict[UUID, Loan]) -> None:
        found = await self.stage.do("GET", "loans", "/v1/consistency")
        self._expect(not found["disagreements"], f"consistency tells: {found['disagreements']}")
        on_loan: Counter[str] = Counter()
        statuses: dict[str, CopyStatus] = {}
        for copy in self.stage.copies:
            shown = await self.stage.do("GET", "books", f"/v1/copies/{copy.copy_id}")
            statuses[copy.copy_id] = CopyStatus(shown["status"])
            bound_with = [each["book_id"] for each in shown["bound_with"]]
            self._expect(bound_with == copy.bound_with, f"{copy.barcode} holds {bound_with}, not {copy.bound_with}")
            loan, row = out.get(UUID(copy.copy_id)), kept.away.get(UUID(copy.copy_id))
            what = f"{copy.barcode} is shown as {shown['availability']}, transit {shown.get('transit_to')}"
            self._expect(shown["book_id"] == copy.book_id, f"{copy.barcode} belongs to {shown['book_id']}")
            is_out = loan is not None and loan.status is LoanStatus.OPEN
            on_loan.update(copy.titles if is_out and CopyStatus(shown["status"]).public else [])
            self._expect((shown["availability"] == "on_loan") == is_out, f"{what}; out: {is_out}")
            if loan is not None:
                due_at = loan.due_at.isoformat().replace("+00:00", "Z") if is_out else None
                self._expect(shown["due_at"] == due_at, f"{what}, due {shown['due_at']}, not {due_at}")
                continue
            told = None if row is None else SHOWN_AS.get(row["status"])
            if shown["status"] == "in_service":
                others = {"requested", "on_hold_shelf", "in_transit"}
                agrees = shown["availability"] == told if told else shown["availability"] not in others
                self._expect(agrees, f"{what}; lending says {told}")
            self._stands(copy, shown, row)
        for book_id in (*self.stage.books, *self.stage.pamphlets):
            counted = (await self.stage.do("GET", "books", f"/v1/books/{book_id}"))["availability"]["on_loan"]
            self._expect(counted == on_loan[book_id], f"{book_id}: {counted} on loan, not {on_loan[book_id]}")
        self._bound_titles(kept, statuses)

    def _bound_titles(self, kept: Records, statuses: dict[str, CopyStatus]) -> None:
        """Compare who waits for a bound copy with which copies hold the title; own ones come first."""
        copies = {UUID(copy.copy_id): copy for copy in self.stage.copies}
        holdable = [copy for copy in self.stage.copies if statuses[copy.copy_id].holdable]
        waiting = [hold for hold in kept.holds.values() if hold.status is HoldStatus.WAITING]
        for hold in waiting:
            title = str(hold.bound_book_id or hold.book_id)
            own = [copy for copy in holdable if copy.book_id == title]
            if hold.bound_book_id is not None and hold.wanted_copy_id is not None:
                copy = copies[hold.wanted_copy_id]
                self._expect(title in copy.bound_with, f"hold {hold.id} on {title} waits for {copy.barcode}")
                of_one = len({copy.volume.removeprefix("Vol. ") for copy in own if copy.volume is not None}) <= 1
                self._expect(not (own and of_one), f"hold {hold.id} does not wait for {[copy.barcode for copy in own]}")
            elif hold.wanted is None:
                bound = {UUID(copy.copy_id) for copy in holdable if title in copy.bound_with}
                there = any(each.member_id == hold.member_id and each.wanted_copy_id in bound for each in waiting)
                self._expect(own or not bound or there, f"hold {hold.id} on {title} waits for no copy of {bound}")

    def _stands(self, copy: Copy, shown: dict[str, Any], row: Any) -> None:
        """Compare where the catalogue says that a copy stands with what lending and the walk know."""
        if "stands" not in shown or shown["status"] != "in_service":
            return
        stands = shown["stands"]
        if row is not None and row["status"] != CirculationStatus.IN_TRANSIT:
            here = f"{copy.barcode} stands in {stands}, lending has it in {row['branch']} ({row['status']})"
            self._expect(stands["branch"] == row["branch"], here)
        if copy.stands is not None and row is None:
            self._expect(stands["branch"] == copy.stands, f"{copy.barcode} was put back in {copy.stands}: {stands}")

    async def _lists(self, kept: Records) -> None:
        listed = set()
        for branch in self.stage.branches:
            items = (await self.stage.do("GET", "loans", f"/v1/holds/pull-list?limit=100&branch={branch}"))["items"]
            listed |= {(item["copy_id"], item["hold_id"], branch) for item in items}
        wanted = {
            (str(copy_id), str(row["hold_id"]), row["branch"])
            for copy_id, row in kept.away.items()
            if row["status"] == CirculationStatus.REQUESTED
        }
        self._expect(listed == wanted, f"the pull lists differ: {listed ^ wanted}")
        for book_id in (*self.stage.books, *self.stage.pamphlets):
            queue = (await self.stage.do("GET", "loans", f"/v1/hold-queues/{book_id}?limit=100"))["items"]
            places = [hold["position"] for hold in queue]
            expected = [*positions(hold["volume"] and hold["volume"].removeprefix("Vol. ") for hold in queue)]
            self._expect(places == expected, f"the places of {book_id} are {places}")
            waiting = [hold for hold in kept.holds.values() if hold.status is HoldStatus.WAITING]
            number = sum(str(hold.book_id) == book_id for hold in waiting)
            self._expect(number == len(queue), f"{number} wait for {book_id}, {len(queue)} are in its queue")

    async def _money(self, kept: Records) -> None:
        sums: dict[UUID, int] = defaultdict(int)
        for posted in kept.posted:
            sign = 1 if posted["posting"] in {"charged", "refunded"} else -1
            sums[posted["fine_id"]] += sign * posted["amount"]
        for fine_id, owed in kept.owed.items():
            self._expect(sums[fine_id] == owed >= 0, f"fine {fine_id}: {owed} owed, {sums[fine_id]} by its ledger")
        paid = sum(posted["amount"] for posted in kept.posted if posted["posting"] == "paid")
        refunded = sum(posted["amount"] for posted in kept.posted if posted["posting"] == "refunded")
        self._expect(paid == self.stage.paid, f"{paid} is on record as paid, {self.stage.paid} was taken")
        self._expect(refunded <= paid, f"{refunded} is to be given back of {paid}")
        owing = {loan_id for loan_id, _ in await self._owing()}
        for loan in kept.loans.values():
            if loan.status is LoanStatus.LOST:
                self._expect(loan.id in owing, f"nothing is owed for {loan.id}, which is lost and open")
            if loan.status is LoanStatus.LOST_AND_PAID:
                self._expect(loan.id not in owing, f"{loan.id} is lost and paid, but owed for")

    async def _owing(self) -> list[tuple[UUID, int]]:
        found: list[tuple[UUID, int]] = []
        cursor: str | None = ""
        while cursor is not None:
            path = f"/v1/fines?limit=100&status=owed{cursor and '&cursor=' + cursor}"
            page = await self.stage.do("GET", "loans", path)
            found += [(UUID(each["loan_id"]), each["owed"]["amount"]) for each in page["items"] if each["loan_id"]]
            cursor = page["next_cursor"]
        return found

    async def _people(self, kept: Records) -> None:
        for reader in self.stage.readers:
            own = [loan for loan in kept.loans.values() if str(loan.member_id) == reader.member_id and loan.is_open]
            counted = sum(loan.status is not LoanStatus.CLAIMED_RETURNED for loan in own)
            for name in (reader.member_id, *reader.former[-1:]):
                shown = await self.stage.do("GET", "loans", f"/v1/borrowers/{name}")
                owed = sum(
                    each["owed"]["amount"]
                    for each in (await self.stage.do("GET", "loans", f"/v1/fines?limit=100&member_id={name}"))["items"]
                )
                self._expect(shown["open_loans"] == counted, f"{reader.card} has {counted} loans: {shown}")
                self._expect(shown["owed"]["amount"] == owed, f"{reader.card} owes {owed}: {shown}")
                loans = await self.stage.do("GET", "loans", f"/v1/loans?limit=100&member_id={name}")
                listed = {
                    each["loan_id"] for each in loans["items"] if each["status"] in {"open", "lost", "claimed_returned"}
                }
                self._expect(listed == {str(loan.id) for loan in own}, f"the loans of {reader.card} differ")
