"""Let somebody try again who has tried too often."""

from dataclasses import dataclass

from members_service.application.identity.sign_in.verify_credentials import FindAccount
from members_service.application.identity.work import IdentityWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.identity.attempts import buckets_of
from members_service.domain.identity.user_name import user_name_key
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Unlock:
    """Give back all tries to sign in with a user name: an e-mail address, or the number of a card with its PIN.

    Networks and devices stay familiar. With an `address` the tries of its whole network are given back, too: of all
    accounts, so that it is for the library's own. Whether there is such an account makes no difference.
    """

    unit_of_work: IdentityWorkFactory
    find_account: FindAccount
    clock: Clock

    async def __call__(self, name: str, *, address: str | None = None) -> None:
        found = await self.find_account(user_name_key(name))
        owner = await self.find_account.owner(user_name_key(name), found)
        async with self.unit_of_work() as uow:
            account_name = name if found is None else found.name
            await uow.attempts.give_all_back(buckets_of(account_name, owner=owner, address=address))
            uow.audit.add(
                AuditRecord(
                    AuditAction.UNLOCKED,
                    self.clock.now(),
                    account_id=found.account_id if found else None,
                    member_id=owner,
                    address=address,
                    facts={"by": "operator"},
                )
            )
            await uow.commit()
