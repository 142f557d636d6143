"""What the routes are given."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from loans_service.application.consistency.check_consistency import ConsistencyUseCases
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.rules.use_cases import RulesUseCases
from shared.web.auth import NOBODY, OnlyOf, caller_of, only_of_whom

# None of these is a plain function: that would run in a thread, for each request.


async def _lending(request: Request) -> LendingUseCases:
    use_cases: LendingUseCases = request.app.state.lending
    return use_cases


async def _holding(request: Request) -> HoldUseCases:
    use_cases: HoldUseCases = request.app.state.holding
    return use_cases


async def _fines(request: Request) -> FinesUseCases:
    use_cases: FinesUseCases = request.app.state.fines
    return use_cases


async def _rules(request: Request) -> RulesUseCases:
    use_cases: RulesUseCases = request.app.state.rules
    return use_cases


async def _privacy(request: Request) -> PrivacyUseCases:
    use_cases: PrivacyUseCases = request.app.state.privacy
    return use_cases


async def _consistency(request: Request) -> ConsistencyUseCases:
    use_cases: ConsistencyUseCases = request.app.state.consistency
    return use_cases


async def _moving_in(request: Request) -> MovingInUseCases:
    use_cases: MovingInUseCases = request.app.state.moving_in
    return use_cases


async def _whose(
    only_of: OnlyOf,
    lending: Annotated[LendingUseCases, Depends(_lending)],
    member_id: Annotated[
        UUID | None, Query(description="Somebody whose guardian one is, and whom one may see. Without it, oneself.")
    ] = None,
) -> UUID:
    return await lending.whose_things(own_id=only_of or NOBODY, member_id=member_id)


_STAFF = frozenset({"librarian", "admin"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` is for the history of a loan: an account, or `borrower` for the member, whom the loan names.

    `person_id` is the member that the actor is, as staff may be, too; `only_of` whose things alone may be seen.
    `is_staff`: somebody of the staff who signed in, and not a kiosk. `may_be_alone`: a machine that may tell what it
    did on its own.
    """

    name: str
    person_id: UUID | None
    only_of: UUID | None
    is_staff: bool
    may_be_alone: bool


async def _actor(request: Request) -> Actor:
    caller, only_of = caller_of(request), only_of_whom(request)
    return Actor(
        name=caller.subject if only_of is None else "borrower",
        person_id=caller.person_id,
        only_of=only_of,
        is_staff=not _STAFF.isdisjoint(caller.roles),
        may_be_alone={"loans:write", "loans:offline"} <= caller.scopes,
    )


Lending = Annotated[LendingUseCases, Depends(_lending)]
"""What can be asked for where copies are lent and taken back."""

Holding = Annotated[HoldUseCases, Depends(_holding)]
"""What can be asked for about holds."""

Acting = Annotated[Actor, Depends(_actor)]
"""Who acts: one question for what several would ask, each of which costs as much as a statement."""

Whose = Annotated[UUID, Depends(_whose)]
"""Whose things are in a list of one's own: the caller's, or those of somebody whose guardian the caller is."""

Fines = Annotated[FinesUseCases, Depends(_fines)]
"""What is done with fines."""

Rules = Annotated[RulesUseCases, Depends(_rules)]
"""What is done with policies and calendars."""

Privacy = Annotated[PrivacyUseCases, Depends(_privacy)]
"""What is done for the privacy of borrowers."""

Consistency = Annotated[ConsistencyUseCases, Depends(_consistency)]
"""Whether the records agree."""

MovingIn = Annotated[MovingInUseCases, Depends(_moving_in)]
"""Files of what another system has kept."""
