from shared.messaging.leadership import leadership, leadership_of
from tests.shared.begun import begin
from tests.shared.stores import Store, eventually


async def leads(store: Store) -> bool:
    async with leadership(store.database) as connect:
        return connect is not None


async def test_one_leads_at_a_time(store: Store) -> None:
    async with leadership(store.database) as first:
        async with leadership(store.database) as second:
            assert (first is not None, second) == (True, None)
        assert not await leads(store)

    assert await leads(store)


async def test_each_work_has_a_leader_of_its_own(store: Store) -> None:
    database = store.database
    async with leadership(database), leadership_of(database, "mailbox") as reads, leadership(database) as second:
        assert (reads is not None, second) == (True, None)


async def test_a_killed_leader_leads_no_longer(store: Store) -> None:
    url = store.database.engine.url.render_as_string(hide_password=False)
    process = await begin("tests.shared.messaging.lead", url, environment={})
    told = await process.stdout.readline()
    while_it_lived = await leads(store)

    process.kill()
    await process.communicate()

    assert (told, while_it_lived) == (b"leads\n", False)
    await eventually(lambda: leads(store))
