"""The audit trail: who did what to whose access or data, when and from where. It names nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self, TypedDict
from uuid import UUID

RETENTION_DAYS = 3 * 365
"""The retention of records by default."""
LEAST_RETENTION_DAYS = 90
"""The shortest retention: an intrusion may go unnoticed for weeks, and its trace must still be there."""


class AuditAction(StrEnum):
    """What is worth a record: everything that gives somebody access, takes it away, or touches a person's data."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGNED_OUT = "signed-out"
    UNLOCKED = "unlocked"
    REFRESH_TOKEN_REUSED = "refresh-token-reused"  # noqa: S105 - a word, not a secret
    CODE_REUSED = "code-reused"
    KEY_ROTATED = "key-rotated"
    ACCOUNT_OPENED = "account-opened"
    ACCOUNT_ACTIVATED = "account-activated"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"
    PROVIDER_CHANGED = "identity-provider-changed"
    PROVIDER_REMOVED = "identity-provider-removed"
    PROVIDER_LINKED = "identity-provider-linked"
    SIGN_IN_ELSEWHERE_FAILED = "identity-provider-rejected"
    ROLES_CHANGED = "roles-changed"
    GRANTED = "granted"
    REVOKED = "revoked"
    ROLE_CHANGED = "role-changed"
    ROLE_REMOVED = "role-removed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word, not a secret
    PASSWORD_CHANGE_FAILED = "password-change-failed"  # noqa: S105 - a word, not a secret
    PASSWORD_RESET_OFFERED = "password-reset-offered"  # noqa: S105 - a word, not a secret
    EMAIL_CHANGED = "email-changed"
    SECOND_FACTOR_ENROLLED = "second-factor-enrolled"
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    SECOND_FACTOR_FAILED = "second-factor-failed"
    RECOVERY_CODES_DRAWN = "recovery-codes-drawn"
    RECOVERY_CODE_USED = "recovery-code-used"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_WENT_BACK = "passkey-went-back"
    SESSION_ENDED = "session-ended"
    EXPORTED = "exported"
    ERASURE_ASKED = "erasure-asked"
    ERASURE_WITHDRAWN = "erasure-withdrawn"
    ERASED = "erased"
    READ = "read"
    LISTED = "listed"
    MERGED = "merged"
    PIN_FAILED = "pin-failed"
    PIN_CHANGED = "pin-changed"
    NOTICES_SET = "notices-set"


class Circumstances(TypedDict, total=False):
    """The fields of a record beside its action, its moment and whom it is about."""

    by: str | None
    client_id: str | None
    address: str | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One action. `by` is the account or client that did it, None if unknown; the ids say to whom.

    `address` is where the request came from; it is kept as a keyed digest of its network only. `facts` are words such
    as roles, never anything about a person.
    """

    action: AuditAction
    at: datetime
    by: str | None = None
    account_id: UUID | None = None
    member_id: UUID | None = None
    client_id: str | None = None
    address: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def of(self, action: AuditAction, *, by: UUID | None = None) -> Self:
        """Return the record of another action in the same circumstances; `by` is who did it, if that is known now."""
        return replace(self, action=action, by=self.by if by is None else str(by))
