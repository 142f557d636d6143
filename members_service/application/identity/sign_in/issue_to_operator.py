"""Issue an access token to whoever runs the library, on its own machine."""

from collections.abc import Mapping
from dataclasses import dataclass

from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.sign_in.sign_in_client import SignInClient
from members_service.application.identity.sign_in.verify_credentials import FindAccount
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.authentication import BY_OPERATOR
from members_service.domain.identity.client import FIRST_PARTY, ServiceClient, UnknownClient
from members_service.domain.identity.user_name import user_name_key
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class IssueToOperator:
    """Issue a token without a browser, and leave a record. Whoever has the signing keys could sign anything.

    - In the name of an account: what its roles give, or a part of it. A session begins, which its owner sees in the
      list and can end; nothing refreshes it, so that it is over with its access token.
    - In the name of a registered client: what that one could get with its secret.
    """

    unit_of_work: IdentityWorkFactory
    find_account: FindAccount
    issue_tokens: IssueTokens
    clients: Mapping[str, ServiceClient]
    sign_in_client: SignInClient
    clock: Clock

    async def as_account(self, name: str, *, scopes: frozenset[str] | None = None) -> IssuedTokens:
        """Raises AccountNotFound unless it is enabled, ScopeNotGranted when no scope can be granted."""
        now = self.clock.now()
        found = await self.find_account(user_name_key(name))
        if found is None or found.disabled:
            raise AccountNotFound(f"There is no account {name} that is enabled.")
        async with self.unit_of_work() as uow:
            account = await uow.accounts.get(found.account_id)
            session, refresh_token = await self.issue_tokens.begin(
                uow, account, client_id=FIRST_PARTY, requested=scopes, authentication=BY_OPERATOR, now=now
            )
            uow.audit.add(account.record(AuditAction.SIGNED_IN, now, client_id=FIRST_PARTY, facts={"by": "operator"}))
            await uow.commit()
        return self.issue_tokens(session, account, refresh_token, now=now)

    async def as_client(self, client_id: str, *, scopes: frozenset[str] | None = None) -> IssuedTokens:
        """Raises UnknownClient, and ScopeNotGranted when no scope can be granted."""
        client = self.clients.get(client_id)
        if client is None:
            raise UnknownClient(f"There is no client {client_id} in MEMBERS_CLIENTS.")
        return await self.sign_in_client(client, scopes=scopes)
