"""Put another policy in force."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from loans_service.application.neighbours import Branches, Categories
from loans_service.application.rules.rule_views import PolicyView
from loans_service.domain.rules.known_words import KnownWords, UnknownWord
from loans_service.domain.rules.policy import InvalidPolicy, Policy
from loans_service.domain.rules.policy_document import Document, PolicyTable, in_currency, read_cases, read_policy
from loans_service.domain.rules.trials.policy_case import PolicyCase, PolicyCaseFails
from loans_service.persistence.unit_of_work import LoansWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_any, refuses


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The whole table with its test cases, and the version that it replaces; None: any version."""

    document: Mapping[str, Any]
    in_place_of: int | None


def read_proposal(document: Document, *, currency: str) -> tuple[Policy, tuple[PolicyCase, ...]]:
    """Return the policy, without a version of its own, and the test cases that `document` describes.

    Raises InvalidPolicy or PolicyCaseFails, several of them as Refusals: a table is taken whole or not at all.
    """
    policy, cases = read_policy(document, version=0, currency=currency), tuple(read_cases(document))
    faults = (case.failures(policy, where=f"cases.{place}") for place, case in enumerate(cases))
    refuse_if_any(chain.from_iterable(faults))
    return policy, cases


@refuses(InvalidPolicy, UnknownWord, PolicyCaseFails, OutOfDate, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """Put a new version of the policy in force, at once and for every desk, or from a day on.

    - The table is checked as a whole, and every test case stored with it must come out as it says.
    - A category that members does not know, a branch or location that books does not know and an item type that no copy
      can have are refused: such a rule would never match. What the policy in force names already stays, though it may
      be gone meanwhile: who takes a category or a branch away cannot know the rules, and must not keep a policy from
      change.
    - Amounts without a currency are in the library's; another currency is refused.
    - With `valid_from` it is stored now and counts from the beginning of that day in the library's zone. `If-Match`
      then names the version that it replaces: the one that would be in force on that day (`GET /v1/policies?on=`). A
      version without a day counts until the next planned one; of several for one day, the last one counts.
    - Loans keep the version that they were made under. The table that is in force already makes no new version.
    """

    unit_of_work: LoansWorkFactory
    branches: Branches
    categories: Categories
    clock: Clock
    currency: str

    async def __call__(self, command: PolicyChange) -> PolicyView:
        document = in_currency(command.document, self.currency)
        known = await self._known_words()
        async with self.unit_of_work() as uow:
            await uow.rulebook.lock_to_change()
            replaced = await uow.rulebook.policy_in_force(on=_day_of(document))
            refuse_if_any(known.and_those_of(replaced.document).faults_of(document))
            proposal = read_proposal(document, currency=self.currency)
            if command.in_place_of not in (None, replaced.version):
                raise OutOfDate("Somebody else changed the policy meanwhile. Read it again and repeat the change.")
            if proposal == read_proposal(replaced.document, currency=self.currency):
                return _view(replaced)
            starts_at = uow.rulebook.starts_at(proposal[0].valid_from, present=replaced)
            version = await uow.rulebook.next_version()
            table = PolicyTable(version, document, self.clock.now(), starts_at)
            await uow.rulebook.add_policy(table)
            await uow.commit()
        return _view(table)

    async def _known_words(self) -> KnownWords:
        categories, branches = await asyncio.gather(self.categories.categories(), self.branches.branches())
        locations = {location for branch in branches for location in branch.locations}
        return KnownWords(categories, [branch.code for branch in branches], sorted(locations))


def _view(table: PolicyTable) -> PolicyView:
    return PolicyView(table.version, table.document, table.made_at, successor=None)


def _day_of(document: Document) -> date | None:
    """Return the day from which the table is to count, None for at once."""
    day = document.get("valid_from")
    return None if day is None else date.fromisoformat(day)
