"""What books has lost of lending's news is found, and told again."""

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import done


async def test_a_row_that_books_lost_is_found_told_again_and_shown(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    done(await production.check_out(copy, await production.enrol()))
    await production.shows(copy, "on_loan")
    admin, books = await production.admin(), await production.database("books")
    await books.execute("DELETE FROM circulation WHERE copy_id = $1", copy.copy_id)
    await books.close()

    found = done(await admin.get(f"{production.loans}/v1/consistency"))
    done(await admin.post(f"{production.loans}/v1/consistency/repair"))
    await production.shows(copy, "on_loan")
    healed = done(await admin.get(f"{production.loans}/v1/consistency"))

    assert copy.copy_id in [one["copy_id"] for one in found["disagreements"]]
    assert copy.copy_id not in [one["copy_id"] for one in healed["disagreements"]]
    done(await production.give_back(copy))
