"""How single values are read, so that a form can tell all that is wrong with it at once, before anything is done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.guardian import Guarding
from members_service.domain.membership.member_record import LANGUAGE_TAG, ReadingHistory, check_language
from members_service.domain.membership.named_member import NamedMember
from members_service.domain.membership.personal_details import Address, Note
from members_service.domain.pin import check_pin

READ_CARD_NUMBER = CardNumber.parse
READ_PIN = check_pin
READ_LANGUAGE = check_language
LOOKS_LIKE_LANGUAGE = f"^{LANGUAGE_TAG}$"


def read_address(parts: Mapping[str, str | None] | None) -> Address | None:
    """Return an address by its parts; None where nothing of it is known."""
    return None if parts is None else Address.of(**parts)


def read_notes(notes: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    """Return notes by their fields."""
    return tuple(Note(**note) for note in notes)


def read_guardians(guardians: Iterable[Mapping[str, Any]]) -> list[Guarding]:
    """Return guardians by their fields. Raises OneOfTwo."""
    return [
        Guarding(NamedMember(one.get("member_id"), one.get("card_number")), frozenset(one["may"])) for one in guardians
    ]


READ_CHANGE: Mapping[str, Callable[[Any], Any]] = {
    "notes": lambda value: read_notes(value or ()),
    "guardians": lambda value: read_guardians(value or ()),
    "attributes": lambda value: value or {},
    "reading_history": ReadingHistory,
}
"""How the values of a change are read that are not taken as they are; null empties a list."""
