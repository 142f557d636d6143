"""What the routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from loans_service.application.holds.use_cases import HoldUseCases
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.ports import Ports
from shared.web.auth import Caller, OnlyOf


async def _ports(request: Request) -> Ports:  # not a plain function: that would run in a thread, for each request
    ports: Ports = request.app.state.ports
    return ports


async def _lending(request: Request) -> LendingUseCases:
    lending: LendingUseCases = request.app.state.lending
    return lending


async def _holding(request: Request) -> HoldUseCases:
    holding: HoldUseCases = request.app.state.holding
    return holding


async def _by(caller: Caller, only_of: OnlyOf) -> str:
    return caller.subject if only_of is None else "borrower"


_STAFF = frozenset({"librarian", "admin"})


async def _by_staff(caller: Caller) -> bool:
    return not _STAFF.isdisjoint(caller.roles)


UseCases = Annotated[Ports, Depends(_ports)]
"""Everything that the use cases need from outside."""

Lending = Annotated[LendingUseCases, Depends(_lending)]
"""What can be asked for where copies are lent and taken back."""

Holding = Annotated[HoldUseCases, Depends(_holding)]
"""What can be asked for about holds."""

Actor = Annotated[str, Depends(_by)]
"""Who acts, for the history of a loan: an account, or `borrower` for the member, whom the loan names anyway."""

ByStaff = Annotated[bool, Depends(_by_staff)]
"""Whether somebody of the staff acts, who signed in, and not a kiosk."""
