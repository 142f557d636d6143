"""An erasure is a conversation: whoever is killed in the middle of it, it ends once, and erases who still leaves."""

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Member, done, eventually


async def test_an_erasure_goes_on_where_it_was_whoever_was_killed(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    done(await production.check_out(copy, reader))
    await production.kill("members relay")
    await ask(production, reader)
    await production.kill("loans relay")
    await production.start("members relay")
    done(await production.give_back(copy))
    await production.kill("members relay")
    await production.start("loans relay")
    await production.start("members relay")

    await eventually(lambda: is_gone(production, reader), 60)
    told = [action for action in await actions(production, reader) if action != "read"]
    assert ["erased", "erasure-asked"] == told[:2]


async def test_who_stays_after_all_is_not_erased_by_an_answer_that_was_under_way(production: ProductionLibrary) -> None:
    reader = await production.enrol()
    await production.kill("members relay")
    await ask(production, reader)
    admin = await production.admin()
    done(await admin.post(f"{production.members}/v1/members/{reader.member_id}/reinstate"))
    await production.start("members relay")

    connection = await production.database("loans")

    async def has_heard() -> bool:
        query = "SELECT 1 FROM borrowers WHERE member_id = $1 AND leaving_id IS NULL AND leaving_sequence IS NOT NULL"
        return bool(await connection.fetchval(query, reader.member_id))

    await eventually(has_heard, 60)
    await connection.close()

    (copy,) = await production.shelve()
    done(await production.check_out(copy, reader))
    assert not await is_gone(production, reader)
    done(await production.give_back(copy))


async def ask(production: ProductionLibrary, reader: Member) -> None:
    answer = await (await production.admin()).post(f"{production.members}/v1/members/{reader.member_id}/erasure")
    assert 202 == answer.status_code, answer.text


async def is_gone(production: ProductionLibrary, reader: Member) -> bool:
    answer = await (await production.admin()).get(f"{production.members}/v1/members/{reader.member_id}")
    return answer.status_code == 404


async def actions(production: ProductionLibrary, reader: Member) -> list[str]:
    """Return all that was done with the record, the newest first; on a slow machine it was read hundreds of times."""
    admin, asked, found = await production.admin(), {"member_id": reader.member_id, "limit": "100"}, list[str]()
    while True:
        page = done(await admin.get(f"{production.members}/v1/audit", **asked))
        found += [record["deed"] for record in page["items"]]
        if page["next_cursor"] is None:
            return found
        asked["cursor"] = page["next_cursor"]
