"""How a caller names a member: by id, or by the card that a desk scans."""

from dataclasses import dataclass
from uuid import UUID

from shared.kernel.errors import InvalidValue


class OneOfTwo(InvalidValue):
    """A member is named by id or by card number, not by both and not by neither."""

    code = "one-of-two"
    detail = "Name the member by exactly one of `member_id` and `card_number`."
    field = "member_id"


@dataclass(frozen=True, slots=True)
class MemberReference:
    """A member by id or by card number, who may be acting for another one. Raises OneOfTwo."""

    member_id: UUID | None = None
    card_number: str | None = None
    acting_for: UUID | None = None

    def __post_init__(self) -> None:
        if (self.member_id is None) == (self.card_number is None):
            raise OneOfTwo
