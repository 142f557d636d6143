"""Put another policy in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from loans_service.application.lending.views import PolicyTableView
from loans_service.application.ports import UnitOfWork
from loans_service.domain.rules.policy import Policy
from loans_service.domain.rules.policy_case import PolicyCase
from loans_service.domain.rules.policy_document import Document, in_currency, read_cases, read_policy
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_any


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """The whole table with its test cases, and the version that it takes the place of; None for whichever there is."""

    document: Mapping[str, Any]
    in_place_of: int | None


def read_proposal(document: Document, *, currency: str) -> tuple[Policy, tuple[PolicyCase, ...]]:
    """Return the policy and the test cases that `document` describes, as no version of its own yet.

    Raises InvalidPolicy or PolicyCaseFails, several of them as Refusals: a table is taken whole or not at all.
    """
    policy, cases = read_policy(document, version=0, currency=currency), tuple(read_cases(document))
    faults = (case.failures(policy, where=f"cases.{place}") for place, case in enumerate(cases))
    refuse_if_any(chain.from_iterable(faults))
    return policy, cases


async def change_policy(command: ChangePolicy, *, uow: UnitOfWork, clock: Clock, currency: str) -> PolicyTableView:
    """Put a new version of the policy in force, at once and for every desk.

    - The table is checked as a whole, and every test case stored with it must come out as it says.
    - Amounts without a currency are in the library's; another currency is refused.
    - Loans keep the version that they were made under. The table that is in force already makes no new version.
    """
    document = in_currency(command.document, currency)
    proposal = read_proposal(document, currency=currency)
    async with uow:
        await uow.rulebook.lock_to_change()
        newest = await uow.rulebook.newest_policy()
        if command.in_place_of not in (None, newest.version):
            raise OutOfDate("Somebody else changed the policy meanwhile. Read it again and repeat the change.")
        if proposal == read_proposal(newest.document, currency=currency):
            return newest
        table = PolicyTableView(newest.version + 1, document, clock.now())
        await uow.rulebook.add_policy(table)
        await uow.commit()
    return table
