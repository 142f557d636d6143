from datetime import timedelta

import pytest

from members_service.domain.identity.account import WrongPassword
from members_service.domain.identity.password import PasswordTooShort
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import GRACE, SessionOver
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import TRIES, Desk
from tests.members.fakes import FakePasswords
from tests.members.makers import ADA, PASSWORD


async def test_roles_are_looked_up_anew_at_each_refresh(desk: Desk) -> None:
    await desk.change(Role.ADMIN)
    signed_in = await desk.sign_in()
    await desk.change(Role.MEMBER)

    refreshed = await desk.refresh(signed_in.refresh_token)

    assert "self" == refreshed.scope


async def test_a_used_refresh_token_ends_the_session_and_that_is_kept(desk: Desk) -> None:
    first = await desk.sign_in()
    second = await desk.refresh(first.refresh_token)
    desk.clock.pass_by(GRACE)

    with pytest.raises(SessionOver):
        await desk.refresh(first.refresh_token)

    assert [desk.clock.now()] == [session.ended_at for session in await desk.sessions()]
    with pytest.raises(SessionOver):
        await desk.refresh(second.refresh_token)


async def test_a_disabled_account_cannot_go_on(desk: Desk) -> None:
    signed_in = await desk.sign_in()
    await desk.change(disabled=True)

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)

    [session] = await desk.sessions()
    assert not session.is_on(desk.clock.now())


@pytest.mark.parametrize("token", [None, "nonsense", f"{ADA}.made-up"])
async def test_a_made_up_refresh_token_is_refused(token: str | None, desk: Desk) -> None:
    with pytest.raises(SessionOver):
        await desk.refresh(token)


@pytest.mark.parametrize("rest", ["x", "x.y", "", "x.", ".ours "])
async def test_a_made_up_token_that_names_a_session_does_not_end_it(rest: str, desk: Desk) -> None:
    signed_in = await desk.sign_in()
    [session] = await desk.sessions()
    made_up = f"{session.id.hex}.{rest}"

    with pytest.raises(SessionOver):
        await desk.refresh(made_up)
    await desk.give_back(made_up)

    assert "self" == (await desk.refresh(signed_in.refresh_token)).scope


async def test_a_used_refresh_token_that_is_given_back_ends_its_session(desk: Desk) -> None:
    first = await desk.sign_in()
    second = await desk.refresh(first.refresh_token)

    await desk.give_back(first.refresh_token)

    with pytest.raises(SessionOver):
        await desk.refresh(second.refresh_token)


async def test_giving_a_refresh_token_back_ends_its_session(desk: Desk) -> None:
    signed_in = await desk.sign_in()

    await desk.give_back(signed_in.refresh_token)

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)


async def test_neither_nonsense_nor_another_client_ends_a_session(desk: Desk) -> None:
    signed_in = await desk.sign_in()

    await desk.give_back("nonsense")
    await desk.give_back(signed_in.refresh_token, client_id="swagger")

    assert "self" == (await desk.refresh(signed_in.refresh_token)).scope


class ResetMeanwhile(FakePasswords):
    """Hashes so slowly that the password is reset by then."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    async def hash(self, password: str) -> str:
        async with self._desk.changing() as ada:
            ada.change_password("hash of the reset")
        return await super().hash(password)


async def test_a_changed_password_ends_every_session(desk: Desk) -> None:
    signed_in = await desk.sign_in()

    await desk.change_password(PASSWORD, "eight-loud-badgers-sing")

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)
    assert "self" == (await desk.sign_in(password="eight-loud-badgers-sing")).scope


async def test_who_does_not_know_the_password_cannot_change_it_nor_guess_it(desk: Desk) -> None:
    for _ in range(TRIES):
        with pytest.raises(WrongPassword):
            await desk.change_password("wrong", "eight-loud-badgers-sing")
    with pytest.raises(TooManyAttempts):
        await desk.change_password(PASSWORD, "eight-loud-badgers-sing")


async def test_a_changed_password_obeys_the_rules_too(desk: Desk) -> None:
    with pytest.raises(PasswordTooShort):
        await desk.change_password(PASSWORD, "short")

    assert f"hash of {PASSWORD}" == (await desk.account()).password_hash


async def test_a_new_password_that_is_refused_costs_no_try(desk: Desk) -> None:
    for _ in range(TRIES + 1):
        with pytest.raises(PasswordTooShort):
            await desk.change_password(PASSWORD, "short")

    await desk.change_password(PASSWORD, "eight-loud-badgers-sing")


async def test_a_password_that_was_reset_meanwhile_changes_nothing_any_more(desk: Desk) -> None:
    desk.passwords = ResetMeanwhile(desk)

    with pytest.raises(WrongPassword):
        await desk.change_password(PASSWORD, "eight-loud-badgers-sing")

    assert "hash of the reset" == (await desk.account()).password_hash


async def test_a_session_that_nobody_uses_ends(desk: Desk) -> None:
    signed_in = await desk.sign_in()
    desk.clock.pass_by(timedelta(days=14))

    with pytest.raises(SessionOver):
        await desk.refresh(signed_in.refresh_token)
