"""The personal details of a member as they are kept: sealed, as one text."""

import json
from datetime import date
from uuid import UUID

from members_service.adapters.data_keys import DataKeys
from members_service.domain.membership.personal_details import PersonalDetails

DETAILS = "details"


def seal_details(keys: DataKeys, details: PersonalDetails, *, owner: UUID) -> str:
    """Return the details as they are kept for the member `owner`."""
    born = details.date_of_birth.isoformat() if details.date_of_birth else None
    written = {"phone": details.phone, "address": details.address, "date_of_birth": born}
    return keys.seal(json.dumps(written, ensure_ascii=False), owner=owner, field=DETAILS)


def open_details(keys: DataKeys, sealed: str, *, owner: UUID) -> PersonalDetails:
    """Return the details that were sealed for the member `owner`."""
    kept = json.loads(keys.open(sealed, owner=owner, field=DETAILS))
    born = date.fromisoformat(kept["date_of_birth"]) if kept["date_of_birth"] else None
    return PersonalDetails(kept["phone"], kept["address"], born)
