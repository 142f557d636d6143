"""What the routes are given."""

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
from shared.web.auth import NOBODY, Caller, OnlyOf

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


async def _by_member(caller: Caller) -> UUID | None:
    return caller.person_id


async def _by(caller: Caller, only_of: OnlyOf) -> str:
    return caller.subject if only_of is None else "borrower"


async def _whose(
    only_of: OnlyOf,
    lending: Annotated[LendingUseCases, Depends(_lending)],
    member_id: Annotated[
        UUID | None, Query(description="Somebody whose guardian one is, and whom one may see. Without it, oneself.")
    ] = None,
) -> UUID:
    return await lending.whose_things(own_id=only_of or NOBODY, member_id=member_id)


_STAFF = frozenset({"librarian", "admin"})


async def _by_staff(caller: Caller) -> bool:
    return not _STAFF.isdisjoint(caller.roles)


async def _may_be_alone(caller: Caller) -> bool:
    return {"loans:write", "loans:offline"} <= caller.scopes


Lending = Annotated[LendingUseCases, Depends(_lending)]
"""What can be asked for where copies are lent and taken back."""

Holding = Annotated[HoldUseCases, Depends(_holding)]
"""What can be asked for about holds."""

Actor = Annotated[str, Depends(_by)]
"""Who acts, for the history of a loan: an account, or `borrower` for the member, whom the loan names anyway."""

Whose = Annotated[UUID, Depends(_whose)]
"""Whose things are in a list of one's own: the caller's, or those of somebody whose guardian the caller is."""

ByMember = Annotated[UUID | None, Depends(_by_member)]
"""Who acts, as a member of the library: staff may be one, too."""

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

ByStaff = Annotated[bool, Depends(_by_staff)]
"""Whether somebody of the staff acts, who signed in, and not a kiosk."""

MayBeAlone = Annotated[bool, Depends(_may_be_alone)]
"""Whether a machine acts that may tell what it did on its own."""
