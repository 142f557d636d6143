"""The personal details of a member, sealed as one text."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import structlog

from members_service.domain.membership.personal_details import Address, Note, PersonalDetails
from members_service.persistence.data_keys import CannotBeOpened, DataKeys

DETAILS = "details"
T = TypeVar("T")
_log = structlog.get_logger(__name__)
_ADDRESS = ("street", "postal_code", "city", "country")


def seal_details(keys: DataKeys, details: PersonalDetails, *, owner: UUID) -> str:
    """Return the details sealed for the member `owner`, without the fields that are unknown."""
    return keys.seal(json.dumps(plain_details(details), ensure_ascii=False), owner=owner, field=DETAILS)


def open_details(keys: DataKeys, sealed: str, *, owner: UUID) -> PersonalDetails:
    """Return the details that were sealed for the member `owner`."""
    return read_details(json.loads(keys.open(sealed, owner=owner, field=DETAILS)))


def open_born_and_notes(keys: DataKeys, sealed: str, *, owner: UUID) -> tuple[date | None, tuple[Note, ...]]:
    """Return the date of birth and the notes in the details that were sealed for the member `owner`.

    Every check-out asks for these two; to make all details of them takes longer than to open them.
    """
    document = json.loads(keys.open(sealed, owner=owner, field=DETAILS))
    return _born(document), _notes(document)


def if_it_opens(how: Callable[..., T], keys: DataKeys, sealed: str, *, owner: UUID, **more: str) -> T | None:
    """Return what was sealed; None, and a line in the log, if it cannot be opened but work at the desk must go on."""
    try:
        return how(keys, sealed, owner=owner, **more)
    except CannotBeOpened as error:
        _log.error("left out, for it cannot be opened", owner=str(owner), reason=str(error))
        return None


def plain_details(details: PersonalDetails) -> dict[str, Any]:
    """Return the details as JSON values, without the fields that are unknown."""
    written: dict[str, Any] = {
        "phone": details.phone,
        "mobile": details.mobile,
        "given_name": details.given_name,
        "family_name": details.family_name,
        "address": _plain_address(details.address),
        "date_of_birth": details.date_of_birth and details.date_of_birth.isoformat(),
        "notes": [{"text": note.text, "show_at_desk": note.show_at_desk} for note in details.notes],
        "attributes": dict(details.attributes),
        "title": details.title,
        "preferred_name": details.preferred_name,
        "other_phone": details.other_phone,
        "second_address": _plain_address(details.second_address),
    }
    return {name: value for name, value in written.items() if value}


def read_details(document: dict[str, Any]) -> PersonalDetails:
    """Return what `plain_details` has written."""
    return PersonalDetails(
        phone=document.get("phone"),
        mobile=document.get("mobile"),
        given_name=document.get("given_name"),
        family_name=document.get("family_name"),
        address=Address.of(**document.get("address", {})),
        date_of_birth=_born(document),
        notes=_notes(document),
        attributes=document.get("attributes", {}),
        title=document.get("title"),
        preferred_name=document.get("preferred_name"),
        other_phone=document.get("other_phone"),
        second_address=Address.of(**document.get("second_address", {})),
    )


def _born(document: dict[str, Any]) -> date | None:
    born = document.get("date_of_birth")
    return date.fromisoformat(born) if born else None


def _notes(document: dict[str, Any]) -> tuple[Note, ...]:
    return tuple(Note(**note) for note in document.get("notes", ()))


def _plain_address(address: Address | None) -> dict[str, Any] | None:
    if address is None:
        return None
    return {name: getattr(address, name) for name in _ADDRESS if getattr(address, name)}
