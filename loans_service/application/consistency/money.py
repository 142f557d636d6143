"""Whether the money adds up: the ledger of fines, what was taken at tills, each drawer, and the receipts' numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from loans_service.application.consistency.queries.sums import MoneyQueries, Sums
from loans_service.application.tills.till_views import BalanceView, DrawerView, LedgerView, NumbersView, TakenView
from loans_service.domain.money import Money
from loans_service.domain.tills.balance import DrawerSums, LedgerSums, MoneySums
from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True, slots=True)
class MoneyFaults:
    """What does not add up: `sums_wrong` names the currency, `tills_wrong` drawers, and tills that lack a number."""

    sums_wrong: list[str]
    tills_wrong: list[str]


@dataclass(frozen=True, slots=True)
class ShowBalance:
    """Show whether the money of the library's currency adds up, as of one moment.

    - `ledger`: charged - waived = owed + settled.
    - `money`: settled = taken by all methods, and elsewhere - given back - due to members.
    - `drawers`: what was counted at the opening + cash taken - cash given back ± movements and booked differences. A
      till that is closed shows its last session.
    - `numbers`: as many receipts as serials were given.
    - Old postings and receipts are kept as sums, which `GET /v1/consistency` counts anew.
    - Nothing is repaired by itself: what does not agree is a fault to be looked into.
    """

    queries: MoneyQueries
    currency: str

    async def __call__(self) -> BalanceView:
        sums = await self.queries.sums(self.currency)
        found = faults_of(sums, self.currency)
        return BalanceView(
            ledger=self._ledger(sums.ledger),
            money=self._money(sums.money, sums.ledger),
            drawers=[self._drawer(each) for each in sums.drawers],
            numbers=[from_attributes(each, NumbersView) for each in sums.numbers],
            agrees=not found.sums_wrong and not found.tills_wrong,
        )

    async def faults(self) -> MoneyFaults:
        """Return what does not agree when everything is counted anew."""
        return faults_of(await self.queries.recounted(self.currency), self.currency)

    def _amount(self, amount: int) -> Money:
        return Money(amount, self.currency)

    def _by_method(self, amounts: Mapping[str, int]) -> dict[str, Money]:
        return {method: self._amount(amount) for method, amount in amounts.items()}

    def _ledger(self, sums: LedgerSums) -> LedgerView:
        amounts = {name: self._amount(getattr(sums, name)) for name in ("charged", "waived", "owed", "settled")}
        return LedgerView(**amounts, agrees=sums.agrees)

    def _money(self, sums: MoneySums, ledger: LedgerSums) -> TakenView:
        return TakenView(
            taken=self._by_method(sums.taken),
            elsewhere=self._amount(ledger.elsewhere),
            given_back=self._by_method(sums.given_back),
            due=self._amount(sums.due),
            agrees=sums.agrees_with(ledger),
        )

    def _drawer(self, sums: DrawerSums) -> DrawerView:
        return DrawerView(
            till=sums.till,
            opening=self._amount(sums.opening),
            taken=self._amount(sums.taken),
            given_back=self._amount(sums.given),
            moved=self._amount(sums.moved),
            differences=self._amount(sums.differences),
            drawer=self._amount(sums.drawer),
            agrees=sums.agrees,
        )


def faults_of(sums: Sums, currency: str) -> MoneyFaults:
    """Return what does not agree."""
    agree = sums.ledger.agrees and sums.money.agrees_with(sums.ledger) and sums.is_kept_rightly
    tills = {each.till for each in sums.drawers if not each.agrees}
    tills |= {each.till for each in sums.numbers if not each.agrees}
    return MoneyFaults([] if agree else [currency], sorted(tills))
