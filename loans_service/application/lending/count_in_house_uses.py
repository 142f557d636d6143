"""Count what was used in the library and put back."""

import asyncio
from dataclasses import dataclass
from typing import Any

from loans_service.application.neighbours import Catalogue, unless_unknown
from loans_service.domain.circulating_copy import CopyKey, barcode_key
from loans_service.domain.lendable_copy import CopyOnLoan, LendableCopy, UnknownBranch
from loans_service.domain.rights import TAKE_BACK
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, NeighbourUnavailable, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise

MOST_USES = 100


@dataclass(frozen=True, slots=True)
class InHouseUses:
    """The copies that lay about in a branch, and who scanned them."""

    barcodes: tuple[str, ...]
    branch: str
    by: str = SYSTEM


@dataclass(frozen=True, slots=True)
class InHouseUseLine:
    """What became of a barcode: its use was counted, or the problem."""

    barcode: str
    counted: bool
    title: str | None
    problem: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class InHouseUsesView:
    """How many uses were counted, and what became of each barcode, in the order of the request."""

    counted: int
    items: tuple[InHouseUseLine, ...]


@refuses(UnknownBranch, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class CountInHouseUses:
    """Count that copies were used in the library: what lies on tables and trolleys before it is shelved.

    - Nobody's name is asked for, and none is stored: what is counted is one more use in this branch, of this item type.
    - A copy that is on loan has come back, and was not used here: return it. One that the catalogue does not have is
      not counted either; the others are.
    - Each barcode counts once in a request.
    """

    unit_of_work: LoansWorkFactory
    catalogue: Catalogue
    clock: Clock

    async def __call__(self, command: InHouseUses, receipt: Receipt | None = None) -> InHouseUsesView:
        authorise(TAKE_BACK, command.branch)
        barcodes = list({barcode_key(each): each for each in command.barcodes}.values())
        found = await asyncio.gather(*(self._copy(each, command.branch) for each in barcodes))
        now = self.clock.now()
        async with self.unit_of_work(receipt, by=command.by) as uow:
            lent = await uow.loans.open_among([each.copy_id for each in found if isinstance(each, LendableCopy)])
            lines = []
            for barcode, copy in zip(barcodes, found, strict=True):
                if isinstance(copy, LendableCopy) and copy.copy_id not in lent:
                    await uow.count_in_house_use(copy.as_circulating(), branch=command.branch, at=now)
                lines.append(_line(barcode, copy, is_lent=isinstance(copy, LendableCopy) and copy.copy_id in lent))
            view = InHouseUsesView(sum(each.counted for each in lines), tuple(lines))
            await uow.commit(answer=view)
        return view

    async def _copy(self, barcode: str, branch: str) -> LendableCopy | LibraryError:
        return await unless_unknown(self.catalogue.lendable_copy(CopyKey(barcode=barcode), desk=branch))


def _line(barcode: str, copy: LendableCopy | LibraryError, *, is_lent: bool) -> InHouseUseLine:
    refusal = CopyOnLoan() if is_lent else copy
    if isinstance(refusal, LibraryError):
        problem = {"code": refusal.code, "detail": refusal.detail}
        return InHouseUseLine(barcode, counted=False, title=getattr(copy, "title", None), problem=problem)
    return InHouseUseLine(barcode, counted=True, title=refusal.title, problem=None)
