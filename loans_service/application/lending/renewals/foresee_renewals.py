"""Foresee whether listed loans could be renewed."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.read_borrower import ReadBorrower
from loans_service.application.lending.renewals.queries import QueuePart, RenewalQueries
from loans_service.application.lending.views import LoanView
from loans_service.application.neighbours import MemberDirectory, MemberKey
from loans_service.application.refusal_views import RefusalView
from loans_service.application.rules.queries import RuleQueries
from loans_service.domain.borrower import Borrower, MemberNotFound, Standing
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.renewal import RenewalFacts, against_renewal
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.domain.rules.policy import Policy
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError

_LIBRARY = ""  # no branch: what the library's policy says everywhere


@dataclass(frozen=True, slots=True)
class RenewalView:
    """The refusals that a renewal would meet, and how many other members wait for the book, or this volume of it."""

    refusals: list[RefusalView]
    waiting: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The facts for some loans: the queues of their books, which are recalled, the rules and the standings."""

    queues: Sequence[QueuePart]
    recalled: frozenset[UUID]
    rules: dict[tuple[str, str | None], CirculationRules]
    standings: dict[UUID, Standing | MemberNotFound]
    borrowers: dict[UUID, Borrower]
    now: datetime


@dataclass(frozen=True, slots=True)
class ForeseeRenewals:
    """Return for each loan id the refusals that a renewal would meet, and how many other members wait for the book.

    The rules are those of the renewal itself. The number of statements does not depend on that of loans or holds, only
    on that of branches, and on that of borrowers where the policy stops renewals for what they owe. The neighbours are
    not asked about ended loans.
    """

    renewals: RenewalQueries
    rules: RuleQueries
    accounts: BorrowerAccountQueries
    read: ReadBorrower
    members: MemberDirectory
    clock: Clock

    async def __call__(self, listed: Sequence[LoanView]) -> dict[UUID, RenewalView]:
        if not listed:
            return {}
        books, borrowers = {loan.book_id for loan in listed}, {loan.member_id for loan in listed}
        waiting = await self.renewals.waiting(books, borrowers)
        loans = await self.renewals.loans_of_ids([loan.loan_id for loan in listed])
        around = await self._around([loan for loan in loans if loan.is_open])
        return {
            loan.id: RenewalView(
                [RefusalView.of(each) for each in _against(loan, around)],
                sum(each.number for each in waiting if each.would_take(loan)),
            )
            for loan in loans
        }

    async def _around(self, loans: Collection[Loan]) -> Surroundings:
        now = self.clock.now()
        books, ids = {loan.copy.book_id for loan in loans}, [loan.id for loan in loans]
        members = [*{loan.member_id for loan in loans}]
        standings = await asyncio.gather(*map(self._standing, members))
        known = {standing.member_id: standing for standing in standings if isinstance(standing, Standing)}
        return Surroundings(
            queues=await self.renewals.queue_parts(books, members, now=now),
            recalled=await self.renewals.recalled(ids, now=now),
            rules={
                (branch, zone): await self.rules.in_force(branch=branch, timezone=zone)
                for branch, zone in sorted({_place(loan) for loan in loans}, key=str)
            },
            standings=dict(zip(members, standings, strict=True)),
            borrowers=await self._borrowers(known.values(), now=now),
            now=now,
        )

    async def _borrowers(self, standings: Collection[Standing], *, now: datetime) -> dict[UUID, Borrower]:
        """Return what the borrowers owe and have overdue, if the policy stops renewals for it."""
        policy = (await self.rules.in_force(branch=_LIBRARY)).policy
        asked = standings if policy.renewals_stopped_by else ()
        return {each.member_id: await self._borrower(each, policy, now=now) for each in asked}

    async def _borrower(self, standing: Standing, policy: Policy, *, now: datetime) -> Borrower:
        account = await self.accounts.of_member(standing.member_id, now=now)
        return await self.read(standing, account, policy.terms_for(standing.category), now=now)

    async def _standing(self, member_id: UUID) -> Standing | MemberNotFound:
        try:
            return await self.members.standing(MemberKey(member_id=member_id))
        except MemberNotFound as unknown:
            return unknown


def _place(loan: Loan) -> tuple[str, str | None]:
    return loan.branch, loan.timezone


def _against(loan: Loan, around: Surroundings) -> Sequence[LibraryError]:
    if not loan.is_open:
        return loan.refusals()
    standing = around.standings[loan.member_id]
    if isinstance(standing, MemberNotFound):
        return [standing]
    rules, copy = around.rules[_place(loan)], loan.copy
    lends = rules.policy.lends(copy.item_type, branch=copy.home_branch, location=copy.location)
    sends = partial(rules.policy.holds.transport.brings, copy.item_type, lent_in=loan.branch, home=copy.home_branch)
    others = [
        part
        for part in around.queues
        if part.comes_before(loan) and lends(part.category, part.known(around.now)) and sends(part.pickup_branch)
    ]
    unserved = any(not part.served for part in others)
    recalled = unserved and loan.id in around.recalled
    facts = RenewalFacts(
        loan,
        standing,
        bool(others),
        unserved,
        rules.calendar,
        around.now,
        recalled=recalled,
        borrower=around.borrowers.get(standing.member_id),
    )
    return against_renewal(facts, rules.policy)
