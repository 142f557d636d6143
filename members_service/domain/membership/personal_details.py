"""What the library knows of a person beyond name and membership: kept for contact, shown to few, written to no log."""

from dataclasses import dataclass
from datetime import date

from shared.kernel.errors import InvalidValue

_EARLIEST_BIRTH = date(1900, 1, 1)


class InvalidDateOfBirth(InvalidValue):
    """Nobody who joins today was born on that day."""

    code = "invalid-date-of-birth"
    detail = "A date of birth lies in the past, and not before 1900."
    field = "date_of_birth"


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """Everything of a member that is kept encrypted at rest belongs in here, and nothing else."""

    phone: str | None = None
    address: str | None = None
    date_of_birth: date | None = None

    def check_on(self, today: date) -> None:
        """Raise InvalidDateOfBirth unless the person can be alive `today`."""
        if self.date_of_birth is not None and not _EARLIEST_BIRTH <= self.date_of_birth <= today:
            raise InvalidDateOfBirth
