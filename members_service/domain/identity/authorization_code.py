"""An authorization code: what signing in on our own page gives to the software that sent the person there."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from members_service.domain.identity.authentication import PASSWORD, Authentication
from shared.kernel.errors import NotAllowed

CODE_LASTS = timedelta(minutes=1)

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class CodeNotValid(NotAllowed):
    """The code is unknown, used, too old, or was not given for this request; the refusal does not say which."""

    code = "invalid_grant"
    detail = (
        "The code is not valid: it works once, for a minute, and only with the client, redirect_uri and "
        "code_verifier of its request. Begin again at the authorization endpoint."
    )


@dataclass(frozen=True, slots=True)
class Challenge:
    """The digest of a secret that only the software knows which began the sign-in (PKCE, RFC 7636, S256)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a challenge; None when it cannot be one."""
        return cls(text) if _CHALLENGE.fullmatch(text) else None

    def is_met_by(self, verifier: str) -> bool:
        """Return whether `verifier` is the secret."""
        if not _VERIFIER.fullmatch(verifier):
            return False
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
        return hmac.compare_digest(made, self.text)


class AuthorizationCode:
    """Stored as its digest. `session_id` is that of the session for which it was exchanged, if it was.

    `second_factor`: whether what was proved first holds one; `methods` is how, as kept, and `session_there` where, if
    it was at a provider. `parent_id` is the browser's session, if it has one, and `signed_in_at` when its owner proved
    that there.
    """

    def __init__(
        self,
        *,
        digest: bytes,
        account_id: UUID,
        client_id: str,
        redirect_uri: str,
        challenge: Challenge,
        requested: frozenset[str] | None,
        now: datetime,
        authentication: Authentication = PASSWORD,
        parent_id: UUID | None = None,
        signed_in_at: datetime | None = None,
    ) -> None:
        self.digest = digest
        self.account_id = account_id
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.challenge = challenge.text
        self.requested = requested
        self.second_factor = authentication.second_factor
        self.methods: str | None = authentication.kept
        self.session_there = authentication.session_there
        self.parent_id = parent_id
        self.signed_in_at = signed_in_at
        self.expires_at = now + CODE_LASTS
        self.session_id: UUID | None = None

    @property
    def authentication(self) -> Authentication:
        """How its owner has proved who it is."""
        return Authentication.of_kept(self.methods, second_factor=self.second_factor, session_there=self.session_there)

    def exchange(self, session_id: UUID, *, client_id: str, redirect_uri: str, verifier: str, now: datetime) -> None:
        """Let the software that began the sign-in have its session. Raises CodeNotValid for everything else."""
        fits = (client_id, redirect_uri) == (self.client_id, self.redirect_uri)
        fresh = self.session_id is None and now < self.expires_at
        if not (fits and fresh and Challenge(self.challenge).is_met_by(verifier)):
            raise CodeNotValid
        self.session_id = session_id
