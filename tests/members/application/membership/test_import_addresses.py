"""Who comes again from another system with another e-mail address signs in with it."""

from typing import Any

import pytest

from members_service.application.identity.accounts.account_views import AccountFilter
from members_service.application.membership.renew_membership import MembershipRenewal
from members_service.domain.membership.member_refusals import RenewalNotLater
from tests.members.application.membership.test_import_members import ADA, KIM, everybody, taken
from tests.members.makers import an_account
from tests.members.register import Register

NEW = "ada.king@x.y"


async def addresses(register: Register, card: str = "A1") -> list[str]:
    """Return with what addresses the member with this card signs in."""
    wanted = AccountFilter(member_id=(await everybody(register))[card].member_id)
    return [account.email for account in await register.accounts.accounts(wanted, limit=None, after=None)]


@pytest.mark.parametrize("before", [{}, {"email": "ada@x.y"}])
async def test_the_account_follows_and_who_has_none_gets_one(register: Register, before: dict[str, Any]) -> None:
    ada = {name: value for name, value in ADA.items() if name != "email"}
    await taken(register, ada | before)

    whole = await taken(register, ada | {"email": NEW})
    again = await taken(register, ada | {"email": NEW})

    assert (1, 1) == (whole.counts.updated, again.counts.skipped)
    assert [NEW] == await addresses(register)


async def test_an_address_that_somebody_signs_in_with_stays_theirs(register: Register) -> None:
    await taken(register, ADA, KIM)
    await register.keep(an_account(email=NEW))

    await taken(register, ADA | {"email": NEW}, KIM | {"email": "kim@x.y"}, ADA | {"email": "KIM@x.y"})

    assert (["ada@x.y"], ["kim@x.y"]) == (await addresses(register), await addresses(register, "K1"))


async def test_another_spelling_is_no_other_address_and_a_dry_run_moves_nobody(register: Register) -> None:
    await taken(register, ADA)

    await taken(register, ADA | {"email": "ADA@x.y"})
    await taken(register, ADA | {"email": NEW}, dry_run=True)

    assert ["ada@x.y"] == await addresses(register)


async def test_a_membership_that_never_ends_is_not_renewed_and_nobody_joined_before_calendars(
    register: Register,
) -> None:
    whole = await taken(register, ADA | {"expires_on": "9999-12-31"}, KIM | {"joined_on": "0001-01-01"})

    ada = (await everybody(register))["A1"].member_id
    with pytest.raises(RenewalNotLater):
        await register.membership.renew_membership(MembershipRenewal(ada))
    assert [("2", "invalid-field")] == [(one.identifier, one.code) for one in whole.errors]
