"""The personal details of a member as they are kept: sealed, as one text."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from members_service.domain.membership.personal_details import Address, Note, PersonalDetails
from members_service.persistence.data_keys import DataKeys

DETAILS = "details"
_ADDRESS = ("street", "postal_code", "city", "country")


def seal_details(keys: DataKeys, details: PersonalDetails, *, owner: UUID) -> str:
    """Return the details as they are kept for the member `owner`; what is not known takes no room."""
    return keys.seal(json.dumps(plain_details(details), ensure_ascii=False), owner=owner, field=DETAILS)


def open_details(keys: DataKeys, sealed: str, *, owner: UUID) -> PersonalDetails:
    """Return the details that were sealed for the member `owner`."""
    return read_details(json.loads(keys.open(sealed, owner=owner, field=DETAILS)))


def plain_details(details: PersonalDetails) -> dict[str, Any]:
    """Return the details as JSON values, without what is not known."""
    address = details.address
    written: dict[str, Any] = {
        "phone": details.phone,
        "mobile": details.mobile,
        "given_name": details.given_name,
        "family_name": details.family_name,
        "address": address and {name: getattr(address, name) for name in _ADDRESS if getattr(address, name)},
        "date_of_birth": details.date_of_birth and details.date_of_birth.isoformat(),
        "notes": [{"text": note.text, "show_at_desk": note.show_at_desk} for note in details.notes],
        "attributes": dict(details.attributes),
    }
    return {name: value for name, value in written.items() if value}


def read_details(kept: dict[str, Any]) -> PersonalDetails:
    """Return what `plain_details` has written."""
    born = kept.get("date_of_birth")
    return PersonalDetails(
        phone=kept.get("phone"),
        mobile=kept.get("mobile"),
        given_name=kept.get("given_name"),
        family_name=kept.get("family_name"),
        address=Address.of(**kept.get("address", {})),
        date_of_birth=date.fromisoformat(born) if born else None,
        notes=tuple(Note(**note) for note in kept.get("notes", ())),
        attributes=kept.get("attributes", {}),
    )
