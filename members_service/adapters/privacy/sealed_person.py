"""What is kept sealed of a person: the e-mail address, and the personal details as one text."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from members_service.adapters.data_keys import DataKeys
from members_service.domain.email import Email
from members_service.domain.identity.account import Account
from members_service.domain.membership.member import Member
from members_service.domain.membership.personal_details import PersonalDetails

EMAIL, DETAILS = "email", "details"


def email_digest(keys: DataKeys, email_key: str) -> str:
    """Return what stands in the database for the form by which e-mail addresses are compared."""
    return keys.digest(email_key, purpose=EMAIL).hex()


def seal_email(keys: DataKeys, email: Email, *, owner: UUID) -> str:
    """Return the address as it is kept for the member or account `owner`."""
    return keys.seal(email.address, owner=owner, field=EMAIL)


def open_email(keys: DataKeys, sealed: str, *, owner: UUID) -> Email:
    """Return the address that was sealed for `owner`."""
    return Email.parse(keys.open(sealed, owner=owner, field=EMAIL))


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


def keep_email(keys: DataKeys, owner: Member | Account) -> None:
    """Put the address of `owner` into its row, if it is new or another one than before: sealed, and its digest."""
    row: Any = owner
    kept = getattr(row, "_email", None)
    if kept is None or open_email(keys, kept, owner=owner.id) != owner.email:
        row._email = seal_email(keys, owner.email, owner=owner.id)  # noqa: SLF001 - mapped for the repositories
        row._email_key = email_digest(keys, owner.email.key)  # noqa: SLF001 - likewise
