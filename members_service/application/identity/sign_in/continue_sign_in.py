"""Sign in again without a password, in a browser that keeps the sign-in."""

from dataclasses import dataclass

from members_service.application.identity.sign_in.authorize import GiveCode, PageSignIn, SignedIn
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.identity.session import NotSignedInHere
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ContinueSignIn:
    """Give software a code for whoever is signed in in this browser.

    Raises NotSignedInHere when nobody is any more, or when the account needs a second factor by now that was not asked
    for; ScopeNotGranted when the account may do nothing of what the software asks for. A session that begins like this
    counts as no fresh sign-in: the password was typed before.
    """

    unit_of_work: IdentityWorkFactory
    give_code: GiveCode
    requirement: Requirement
    clock: Clock

    async def __call__(self, command: PageSignIn) -> SignedIn:
        now, credentials = self.clock.now(), command.credentials
        async with self.unit_of_work() as uow:
            kept_sign_ins = self.give_code.kept_sign_ins
            owner = await kept_sign_ins.owner(command.kept, uow=uow)
            if owner is None:
                raise NotSignedInHere
            account = await uow.accounts.get(owner)  # before its session, as everybody locks them: a code refers to it
            session = await kept_sign_ins.find(command.kept, uow=uow, now=now)
            if (
                session is None
                or not account.may_go_on(self.requirement)
                or (account.second_factor and not session.second_factor)
            ):
                raise NotSignedInHere
            session.use(now)
            signed_in = self.give_code.from_session(account, command, session, uow=uow, now=now)
            uow.audit.add(
                account.record(
                    AuditAction.SIGNED_IN,
                    now,
                    by=str(account.id),
                    client_id=credentials.client_id,
                    address=credentials.address,
                    facts={"browser": session.sid},
                )
            )
            await uow.commit()
        return signed_in
