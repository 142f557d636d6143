"""Accounts are locked before their sessions, so that two windows of one browser never wait for each other."""

import asyncio
from dataclasses import replace

from members_service.application.identity.sign_in.authorize import SignedIn
from members_service.persistence.data_keys import DataKeys
from shared.persistence.database import Database
from tests.members.desk import Desk


async def test_who_goes_on_while_a_code_is_exchanged_waits_and_nobody_is_refused(
    database: Database, keys: DataKeys
) -> None:
    desk = await Desk(database, keys).open()
    begun = await desk.begin()
    assert isinstance(begun, SignedIn)
    [browser] = await desk.sessions()

    async with desk.unit_of_work() as uow:
        await uow.accounts.get(desk.ada_id)
        asked = replace(desk.command(), cookie=begun.cookie)
        going_on = asyncio.create_task(desk.identity.signing_in.continue_sign_in(asked))
        await asyncio.sleep(0.5)  # it has come as far as it can
        found = await uow.sessions.find(browser.id)
        await uow.commit()

    assert found is not None
    assert (await going_on).code
