"""Debts that are sent to a collection agency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.domain.fines.fine import Fine, FineReason
from loans_service.domain.money import Money
from shared.kernel.errors import Conflict


class NothingToCollect(Conflict):
    """The member owes nothing."""

    code = "nothing-to-collect"
    detail = "This member owes nothing any more. Read the list of collections again, and send those that it names."


@dataclass(frozen=True, slots=True)
class Sending:
    """When debts are sent, by whom, and why if a reason is given."""

    at: datetime
    by: str
    why: str = ""


def send_to_collection(owed: Sequence[Fine], sending: Sending, *, fee: Money | None, fee_id: UUID) -> Fine | None:
    """Send all that a member owes, and return the charge of the fee, which is sent with it.

    There is no second fee while the agency still has a debt of the member: what was sent before stays as it is, and
    later debts join it. Raises NothingToCollect.
    """
    if not owed:
        raise NothingToCollect
    sent_before = any(fine.sent_to_collection_at is not None for fine in owed)
    for fine in owed:
        _send(fine, sending)
    if fee is None or sent_before:
        return None
    charged = Fine(
        id=fee_id,
        loan_id=None,
        member_id=owed[0].member_id,
        reason=FineReason.COLLECTION,
        amount=fee,
        now=sending.at,
        why=sending.why,
    )
    _send(charged, sending)
    return charged


def _send(fine: Fine, sending: Sending) -> None:
    fine.send_to_collection(now=sending.at, by=sending.by, why=sending.why)
