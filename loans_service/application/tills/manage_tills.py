"""Make tills, and list them."""

from dataclasses import dataclass

from loans_service.application.tills.queries import TillQueries
from loans_service.application.tills.till_views import TillView
from loans_service.domain.rights import TILLS
from loans_service.domain.tills.till import ReservedTillCode, Till, TillExists, TillKind, expect_desk_code
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class NewTill:
    """The code that begins the numbers of its receipts, where it stands, and its name."""

    code: str
    branch: str
    name: str
    by: str = SYSTEM


@refuses(TillExists, ReservedTillCode)
@dataclass(frozen=True, slots=True)
class MakeTill:
    """Make a till with a drawer that is counted. Open a session before it takes money.

    - Branches, machines and accounts have tills of their own without being asked: that of the branch MAIN has the code
      `BRANCH.MAIN`, that of the client `kiosk` `CLIENT.KIOSK`. These need no count to take money.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock
    currency: str

    async def __call__(self, command: NewTill, receipt: Receipt | None = None) -> TillView:
        authorise(TILLS, command.branch)
        expect_desk_code(command.code)
        till = Till(command.code, TillKind.DESK, command.branch, command.name, self.currency, 0, None)
        async with self.unit_of_work(receipt, by=command.by) as uow:
            if not await uow.tills.add(till, now=self.clock.now()):
                raise TillExists
            view = TillView.of(till)
            await uow.commit(answer=view)
        return view


@dataclass(frozen=True, slots=True)
class ListTills:
    """List tills by their codes."""

    queries: TillQueries

    async def __call__(self, *, after: str | None, limit: int) -> list[TillView]:
        return await self.queries.tills(after=after, limit=limit)
