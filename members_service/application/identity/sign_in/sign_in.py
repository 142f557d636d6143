"""Sign somebody in with e-mail address and password."""

from dataclasses import dataclass

from members_service.application.identity.second_factor.check_code import AskForSecondFactor
from members_service.application.identity.sessions.issue_tokens import IssueTokens
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.sign_in.verify_credentials import Credentials, VerifyCredentials
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.identity.authentication import PASSWORD, PASSWORD_AND_CODE
from members_service.domain.identity.session import granted
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign in and begin a session.

    An account with a second factor needs a code, too; a missing or wrong one is refused only after a right password.
    """

    unit_of_work: IdentityWorkFactory
    verify: VerifyCredentials
    second_factor: AskForSecondFactor
    issue_tokens: IssueTokens
    clock: Clock

    async def __call__(self, credentials: Credentials) -> IssuedTokens:
        now = self.clock.now()
        verified = await self.verify(credentials)
        async with self.unit_of_work() as uow:
            account = await verified.take(uow)
            granted(account.scopes(now), credentials.scopes)  # first, so that no code is used up for nothing
            used_code = await self.second_factor(verified, account, uow=uow, now=now)
            await verified.welcome(uow, now=now)
            session, refresh_token = await self.issue_tokens.begin(
                uow,
                account,
                client_id=credentials.client_id,
                requested=credentials.scopes,
                authentication=PASSWORD_AND_CODE if used_code else PASSWORD,
                now=now,
            )
            await uow.commit()
        return self.issue_tokens(session, account, refresh_token, now=now)
