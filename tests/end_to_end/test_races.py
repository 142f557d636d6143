"""Many desks at once: a copy is lent once, and nobody gets past a limit."""

import asyncio
from collections import Counter

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Library, code_of, done

CHILDS_LIMIT = 5


def desks(library: Library) -> list[str]:
    """Return the addresses of the loans processes: two in production, so that nothing in memory can help."""
    return [library.loans, library.second_desk] if isinstance(library, ProductionLibrary) else [library.loans]


async def test_of_twenty_clients_who_want_the_same_copy_one_gets_it(library: Library) -> None:
    (copy,) = await library.shelve()
    readers = [await library.enrol() for _ in range(5)]
    open_desks = desks(library)

    answers = await asyncio.gather(
        *(
            library.check_out(copy, readers[number % len(readers)], desk=open_desks[number % len(open_desks)])
            for number in range(20)
        )
    )

    assert Counter({201: 1, 409: 19}) == Counter(answer.status_code for answer in answers)
    assert {"copy-on-loan"} == {code_of(answer) for answer in answers if answer.status_code == 409}
    (loan,) = await library.loans_of(copy)
    assert {loan["loan_id"]} == {answer.json()["loan_id"] for answer in answers if answer.status_code == 201}
    await library.shows(copy, "on_loan")


async def test_twenty_clients_cause_one_event(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    reader = await production.enrol()
    await asyncio.gather(*(production.check_out(copy, reader, desk=desks(production)[n % 2]) for n in range(20)))

    done(await production.give_back(copy))  # whatever was told about the check-outs is told before this

    events = await production.witness.of_copy(copy.copy_id, 4)
    assert 1 == [event.type for event in events].count("loans.loan.checked_out")
    assert 4 == len(events)


async def test_a_reader_with_one_loan_left_gets_one_loan_at_two_desks_at_once(library: Library) -> None:
    child = await library.enrol("child")
    for copy in await library.shelve(copies=CHILDS_LIMIT - 1):
        done(await library.check_out(copy, child))
    wanted = await library.shelve(copies=2)
    open_desks = desks(library)

    for round_ in range(50):
        answers = await asyncio.gather(
            *(
                library.check_out(copy, child, desk=open_desks[(round_ + number) % len(open_desks)])
                for number, copy in enumerate(wanted)
            )
        )

        assert [201, 422] == sorted(answer.status_code for answer in answers), [answer.text for answer in answers]
        lost, won = sorted(answers, key=lambda answer: answer.status_code, reverse=True)
        assert "loan-limit-reached" == code_of(lost)
        assert (CHILDS_LIMIT, CHILDS_LIMIT) == (lost.json()["limit"], lost.json()["open_loans"])
        (lent,) = [copy for copy in wanted if copy.barcode == won.json()["barcode"]]
        done(await library.give_back(lent))
