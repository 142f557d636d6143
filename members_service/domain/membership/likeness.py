"""By what two records of one person are found: the same name, and one more thing that is the same."""

from collections.abc import Iterator
from enum import StrEnum

from members_service.domain.membership.member_record import MemberRecord
from members_service.domain.membership.name import words_of


class Likeness(StrEnum):
    """What two records have in common beside the name."""

    DATE_OF_BIRTH = "date-of-birth"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


def likenesses(record: MemberRecord) -> Iterator[tuple[Likeness, str]]:
    """Yield likenesses with texts: equal ones mean that two records are perhaps of one person.

    The order of the words of a name does not count, nor do accents, case and the way a number is written. Families
    share addresses and telephones; so the name belongs to each of them.
    """
    name, details = " ".join(sorted(words_of(record.name))), record.details
    if not name:
        return
    if details.date_of_birth is not None:
        yield Likeness.DATE_OF_BIRTH, f"{name}\n{details.date_of_birth.isoformat()}"
    if record.email is not None:
        yield Likeness.EMAIL, f"{name}\n{record.email.key}"
    for number in sorted({_digits(text) for text in details.phones} - {""}):
        yield Likeness.PHONE, f"{name}\n{number}"
    if details.address is not None and details.address.street:
        where = " ".join(sorted(words_of(f"{details.address.street} {details.address.postal_code or ''}")))
        yield Likeness.ADDRESS, f"{name}\n{where}"


def _digits(number: str) -> str:
    """Return the last nine digits: with the code of the country or without it is one telephone."""
    return "".join(digit for digit in number if digit.isdecimal())[-9:]
