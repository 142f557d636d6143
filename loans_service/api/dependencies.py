"""Dependencies of the routes: use cases, and who acts."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from loans_service.application.consistency.use_cases import ConsistencyUseCases
from loans_service.application.fines.use_cases import FinesUseCases
from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.moving_in.use_cases import MovingInUseCases
from loans_service.application.notices.use_cases import NoticeUseCases
from loans_service.application.privacy.use_cases import PrivacyUseCases
from loans_service.application.reports.use_cases import ReportUseCases
from loans_service.application.rules.use_cases import RulesUseCases
from loans_service.application.tills.use_cases import TillUseCases
from loans_service.application.visible_to_borrowers import GUARDIAN
from loans_service.domain.rights import ACT_OFFLINE
from loans_service.domain.tills.till import Method, TillOwner
from shared.kernel.errors import NotAllowed
from shared.tokens import Principal
from shared.web.app_state import from_app_state
from shared.web.auth import NOBODY, OnlyOf, caller_of, only_of_whom

Lending = Annotated[LendingUseCases, from_app_state("lending")]
"""What can be asked for where copies are lent and taken back."""

Holding = Annotated[HoldUseCases, from_app_state("holding")]
"""What can be asked for about holds."""

Fines = Annotated[FinesUseCases, from_app_state("fines")]
"""What is done with fines."""

Tills = Annotated[TillUseCases, from_app_state("tills")]
"""What is done with tills, receipts and payouts."""

Reports = Annotated[ReportUseCases, from_app_state("reports")]
"""Annual forms, and what is written into them."""

Rules = Annotated[RulesUseCases, from_app_state("rules")]
"""What is done with policies and calendars."""

Privacy = Annotated[PrivacyUseCases, from_app_state("privacy")]
"""What is done for the privacy of borrowers."""

Consistency = Annotated[ConsistencyUseCases, from_app_state("consistency")]
"""Whether the records agree."""

NoticeFacts = Annotated[NoticeUseCases, from_app_state("notices")]
"""What notices to members ask."""

MovingIn = Annotated[MovingInUseCases, from_app_state("moving_in")]
"""Files of what another system has kept."""

# All of these are coroutines: a plain function would run in a thread for each request.


async def _whose(
    only_of: OnlyOf,
    lending: Lending,
    member_id: Annotated[
        UUID | None, Query(description="Somebody whose guardian one is, and whom one may see. Without it, oneself.")
    ] = None,
) -> UUID:
    return await lending.whose_things(own_id=only_of or NOBODY, member_id=member_id)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` is for the history of a loan: an account, or `borrower` for the member of the loan.

    `person_id` is the actor's member id, which staff may have, too; `only_of` is the member whose things alone may be
    seen. `is_staff`: a member of staff who signed in, with software that may act as such. `may_act_offline`: a machine
    that may report afterwards what it did.
    """

    name: str
    person_id: UUID | None
    only_of: UUID | None
    is_staff: bool
    may_act_offline: bool
    caller: Principal

    @property
    def own_till(self) -> str:
        """The code of the till of this account or machine, for money where no till is named."""
        if self.caller.roles:
            return TillOwner.ACCOUNT.till(self.caller.subject[-12:])
        return TillOwner.CLIENT.till(self.caller.client_id)

    @property
    def method(self) -> Method:
        """How money is taken if that is not said."""
        return Method.CASH if self.caller.may("loans:write") else Method.ONLINE

    def name_acting(self) -> str:
        """Return the name of one who acts for another member by the own sign-in. Raises NotAllowed for all others."""
        if self.only_of is None:
            raise NotAllowed("Only a guardian who has signed in acts for another member here. Leave acting_for out.")
        return GUARDIAN


async def _actor(request: Request) -> Actor:
    caller, only_of = caller_of(request), only_of_whom(request)
    return Actor(
        name=caller.subject if only_of is None else "borrower",
        person_id=caller.person_id,
        only_of=only_of,
        is_staff=only_of is None and bool(caller.roles),
        may_act_offline=caller.may("loans:write") and caller.has(ACT_OFFLINE),
        caller=caller,
    )


Acting = Annotated[Actor, Depends(_actor)]
"""Who acts, as one dependency: each further one would cost as much as a statement."""

Whose = Annotated[UUID, Depends(_whose)]
"""Whose things a list of one's own shows: the caller's, or those of a ward."""
