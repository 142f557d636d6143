"""What is lent, waited for and owed on the evening before a library moves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cached_property, partial
from random import Random
from typing import Any

from deploy.rehearsal.households import Households
from deploy.rehearsal.sizes import RehearsedLibrary, drawn_by_fame
from deploy.rehearsal.stock import CopyOnShelf, RehearsedStock

_LATE, _LOST, _CLAIMED = 0.08, 0.01, 0.005  # of all open loans
_ON_HOLD_SHELF, _IN_TRANSIT = 0.15, 0.05  # of all holds
_MOST_LOANS_OF_ONE = 20
_MOST_DRAWS = 200  # for one copy; so many in vain mean that there are more loans than copies


class TooLittleStock(ValueError):
    """There are not so many copies that can be lent or waited for."""

    def __init__(self) -> None:
        super().__init__(
            "There are too few copies for so many loans and holds: ask for more copies, or for fewer loans."
        )


class RehearsedCirculation:
    """Loans, holds and debts: the known books are lent and waited for most, and some members borrow most."""

    def __init__(self, library: RehearsedLibrary, stock: RehearsedStock, households: Households) -> None:
        self._library = library
        self._stock = stock
        self._households = households

    def loans(self) -> Iterator[dict[str, Any]]:
        """Return every open loan, as loans imports them."""
        for number, (copy, card) in enumerate(self._lent.values()):
            rng = self._library.rng("loan", number)
            days = rng.randrange(22, 80) if rng.random() < _LATE else rng.randrange(1, 21)
            lent_on = self._library.on - timedelta(days=days)
            share = rng.random()
            loan = {
                "external_id": f"l{number:07}",
                "barcode": copy.barcode,
                "card_number": card,
                "checked_out_at": _utc_text(datetime.combine(lent_on, time(rng.randrange(9, 18), rng.randrange(60)))),
                "due_at": _utc_text(datetime.combine(lent_on + timedelta(days=21), time(23, 59, 59))),
                "renewals": rng.choice((0, 0, 0, 1, 2)),
                "branch": copy.branch,
            }
            if share < _LOST + _CLAIMED:
                loan["status"] = "lost" if share < _LOST else "claimed_returned"
            yield loan

    def holds(self) -> Iterator[dict[str, Any]]:
        """Return every hold, as loans imports them: those whose copy has come stand before those who wait."""
        seen, captured = set[tuple[int, str]](), set[str]()
        for number in range(self._library.holds):
            rng = self._library.rng("hold", number)
            share = rng.random()
            comes = share < _ON_HOLD_SHELF + _IN_TRANSIT
            copy = self._copy(rng, partial(self._may_wait, captured, comes=comes))
            card = self._card(rng, partial(_is_new, seen, copy.book))
            seen.add((copy.book, card))
            days = rng.randrange(20, 40) if comes else rng.randrange(20)
            placed = datetime.combine(
                self._library.on - timedelta(days=days), time(rng.randrange(24), rng.randrange(60))
            )
            hold = {
                "external_id": f"h{number:07}",
                "isbn": self._stock.isbn(copy.book),
                "card_number": card,
                "placed_at": _utc_text(placed),
                "pickup_branch": self._stock.branch_code(rng),
            }  # fmt: skip
            if comes:
                captured.add(copy.barcode)
                is_ready = share < _ON_HOLD_SHELF
                until = datetime.combine(self._library.on + timedelta(days=rng.randrange(1, 8)), time(23, 59, 59))
                hold |= {"copy_barcode": copy.barcode, "status": "ready" if is_ready else "in_transit"}
                hold |= {"pickup_until": _utc_text(until), "pickup_branch": copy.branch} if is_ready else {}
            yield hold

    def fines(self) -> Iterator[dict[str, Any]]:
        """Return every debt, as loans imports them."""
        lent = list(self._lent.values())
        for number in range(self._library.fines):
            rng = self._library.rng("fine", number)
            reason = rng.choice(("overdue",) * 8 + ("lost", "processing"))
            amount = 20 * rng.randrange(1, 50) if reason == "overdue" else 500 if reason == "processing" else 2500
            copy, card = rng.choice(lent) if lent else (None, self._card(rng, lambda _: True))
            fine = {
                "external_id": f"f{number:07}",
                "card_number": card,
                "reason": reason,
                "amount": amount,
                "currency": "EUR",
                "since": _utc_text(
                    datetime.combine(self._library.on - timedelta(days=rng.randrange(1, 400)), time(12))
                ),
            }
            if rng.random() < 0.1:
                fine["paid"] = amount // 2
            if copy is not None and reason == "overdue":
                fine["barcode"] = copy.barcode
            yield fine

    @cached_property
    def _lent(self) -> dict[str, tuple[CopyOnShelf, str]]:
        lent, of_one = dict[str, tuple[CopyOnShelf, str]](), dict[str, int]()
        for number in range(self._library.loans):
            rng = self._library.rng("lent", number)
            copy = self._copy(rng, lambda copy: copy.status == "in_service" and copy.barcode not in lent)
            card = self._card(rng, lambda card: of_one.get(card, 0) < _MOST_LOANS_OF_ONE)
            of_one[card] = of_one.get(card, 0) + 1
            lent[copy.barcode] = copy, card
        return lent

    def _may_wait(self, captured: set[str], copy: CopyOnShelf, *, comes: bool) -> bool:
        """Return whether a hold may be for the book of this copy; if it `comes`, for this very copy."""
        if self._stock.isbn(copy.book) is None:
            return False
        return not comes or (
            copy.status == "in_service" and copy.barcode not in self._lent and copy.barcode not in captured
        )

    def _copy(self, rng: Random, fits: Callable[[CopyOnShelf], bool]) -> CopyOnShelf:
        for _ in range(_MOST_DRAWS):
            copies = list(self._stock.copies_of(drawn_by_fame(rng, self._library.books)))
            copy = rng.choice(copies) if copies else None
            if copy is not None and fits(copy):
                return copy
        raise TooLittleStock

    def _card(self, rng: Random, fits: Callable[[str], bool]) -> str:
        for _ in range(_MOST_DRAWS):
            card = self._households.card(drawn_by_fame(rng, self._library.members))
            if fits(card):
                return card
        raise TooLittleStock


def _is_new(seen: set[tuple[int, str]], book: int, card: str) -> bool:
    return (book, card) not in seen


def _utc_text(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
