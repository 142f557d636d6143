"""Whoever runs the library gets a token on its machine, and lets people try again; both are on record."""

import pytest

from members_service.domain.audit import AuditAction
from members_service.domain.identity.account import AccountNotFound, WrongCredentials
from members_service.domain.identity.client import UnknownClient
from members_service.domain.identity.session import ScopeNotGranted
from members_service.domain.owner_check import TooManyAttempts
from tests.members.desk import TRIES, Desk


async def test_a_token_in_the_name_of_an_account_is_what_its_roles_give_and_its_owner_sees_it(desk: Desk) -> None:
    issued = await desk.identity.signing_in.issue_to_operator.as_account(" ADA@library.example")

    [bearer], [session], [record] = desk.tokens.issued, await desk.sessions(), await desk.audited()
    assert ("self", str(desk.ada_id), session.sid) == (issued.scope, bearer.subject, bearer.sid)
    assert (AuditAction.SIGNED_IN, None, {"by": "operator"}) == (record.action, record.by, record.facts)
    assert 0 == desk.passwords.verified


async def test_a_token_may_be_less_but_never_more(desk: Desk) -> None:
    with pytest.raises(ScopeNotGranted):
        await desk.identity.signing_in.issue_to_operator.as_account("ada@library.example", scopes=frozenset({"admin"}))

    assert [] == await desk.sessions()


async def test_there_is_no_token_in_the_name_of_nobody(desk: Desk) -> None:
    await desk.change(disabled=True)

    for name in ("ada@library.example", "nobody@library.example"):
        with pytest.raises(AccountNotFound, match=name):
            await desk.identity.signing_in.issue_to_operator.as_account(name)
    with pytest.raises(UnknownClient):
        await desk.identity.signing_in.issue_to_operator.as_client("nobody")


async def test_a_token_of_a_client_is_what_its_secret_would_give(desk: Desk) -> None:
    await desk.identity.signing_in.issue_to_operator.as_client("loans", scopes=frozenset({"books:lending"}))

    [bearer] = desk.tokens.issued
    assert ("loans", frozenset({"books:lending"})) == (bearer.subject, bearer.scopes)


async def test_who_has_tried_too_often_may_try_again_at_once_and_others_may_not(desk: Desk) -> None:
    for name in ("ada@library.example", "kim@library.example"):
        for _ in range(TRIES):
            with pytest.raises(WrongCredentials):
                await desk.sign_in(name, "wrong")

    await desk.identity.signing_in.unlock("Ada@Library.example ")

    await desk.sign_in()
    assert AuditAction.UNLOCKED in await desk.trail()
    with pytest.raises(TooManyAttempts):
        await desk.sign_in("kim@library.example", "wrong")


async def test_an_owner_who_has_used_up_the_tries_of_a_familiar_network_is_let_in_and_stays_familiar(
    desk: Desk,
) -> None:
    await desk.sign_in()
    for _ in range(TRIES):
        with pytest.raises(WrongCredentials):
            await desk.sign_in(password="wrong")
    familiar = await desk.familiar_networks()

    await desk.identity.signing_in.unlock("ada@library.example")

    await desk.sign_in()
    assert familiar == await desk.familiar_networks() > 0


async def test_a_network_is_given_its_tries_back_only_where_it_is_named(desk: Desk) -> None:
    async def tried_from_one_network(times: int) -> None:
        for number in range(times):
            with pytest.raises(WrongCredentials):
                await desk.sign_in(f"{number}@library.example", "wrong", address="203.0.113.7")

    await tried_from_one_network(60)
    with pytest.raises(TooManyAttempts):
        await tried_from_one_network(1)
    await desk.identity.signing_in.unlock("0@library.example")
    with pytest.raises(TooManyAttempts):
        await tried_from_one_network(1)

    await desk.identity.signing_in.unlock("0@library.example", address="203.0.113.99")

    await tried_from_one_network(5)
