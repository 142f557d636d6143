"""What a machine has done on its own, as the commands say it."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.lending.renewals.renew_loan import Renew
from loans_service.application.lending.return_copy import Scan
from loans_service.domain.lending.no_block import NoBlock

Command = TypeVar("Command", CheckOut, Renew, Scan)


def as_done(command: Command, at: datetime | None, due_at: datetime | None = None, *, may_be_alone: bool) -> Command:
    """Return the command for what has happened already, if whoever sends it may say so."""
    return replace(command, no_block=NoBlock(at, due_at, command.by, may_be_alone))
