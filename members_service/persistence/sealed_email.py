"""The e-mail address of a member or an account, sealed, with a digest to find it by."""

from typing import Any, Protocol
from uuid import UUID

from members_service.domain.email import Email
from members_service.persistence.data_keys import DataKeys

EMAIL = "email"


class _Owner(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def email(self) -> Email | None: ...


def email_digest(keys: DataKeys, email_key: str) -> str:
    """Return the digest of the form by which e-mail addresses are compared."""
    return keys.digest(email_key, purpose=EMAIL).hex()


def seal_email(keys: DataKeys, email: Email, *, owner: UUID) -> str:
    """Return the address sealed for the member or account `owner`."""
    return keys.seal(email.address, owner=owner, field=EMAIL)


def open_email(keys: DataKeys, sealed: str, *, owner: UUID) -> Email:
    """Return the address that was sealed for `owner`."""
    return Email.parse(keys.open(sealed, owner=owner, field=EMAIL))


def keep_email(keys: DataKeys, owner: _Owner) -> bool:
    """Put the address of `owner` into its row, if it is another one than before: sealed, and its digest.

    Return whether it is.
    """
    row: Any = owner
    sealed = getattr(row, "_email", None)
    if (None if sealed is None else open_email(keys, sealed, owner=owner.id)) == owner.email:
        return False
    sealed = None if owner.email is None else seal_email(keys, owner.email, owner=owner.id)
    row._email = sealed  # noqa: SLF001 - mapped for the repositories
    row._email_key = None if owner.email is None else email_digest(keys, owner.email.key)  # noqa: SLF001 - likewise
    return True
